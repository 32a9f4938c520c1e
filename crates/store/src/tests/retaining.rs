//! Retention: what is over goes, what is held stays, and everything that is left proves itself.

use super::*;
use crate::{Error, Retained};
use std::collections::BTreeMap;
use vigia_domain::clock::day_of;
use vigia_domain::hold::{Criteria, HoldEvent};
use vigia_domain::retention::{Class, Keep, POLICY, RetentionEvent};

pub(super) const ANA: &str = "ana@example.com";
pub(super) const JOAO: &str = "joao@example.com";

fn own(
    n: u64,
    kind: Kind,
    of: AggregateKind,
    of_id: Uuid,
    version: u64,
    payload: serde_json::Value,
) -> Event {
    let mut event = Event::new(id(n), from_micros(START).unwrap(), kind, "vigia");
    event.aggregate = Some(Aggregate {
        kind: of,
        id: of_id,
        version,
        payload,
    });
    event
}

async fn keep(store: &Store, n: u64, version: u64, classes: BTreeMap<Class, Keep>) {
    let payload = serde_json::to_value(RetentionEvent::Changed { classes }).unwrap();
    let event = own(
        n,
        Kind::RETENTION_CHANGED,
        AggregateKind::Retention,
        POLICY,
        version,
        payload,
    );
    let permit = permit();
    store
        .record(Authority::Retention(&permit), vec![event])
        .await
        .unwrap();
}

pub(super) async fn hold(store: &Store, n: u64, criteria: Criteria, person: Option<&str>) -> Uuid {
    let of = Uuid::from_u128(n.into());
    let payload = HoldEvent::Placed {
        criteria,
        person: person.is_some(),
    };
    let payload = serde_json::to_value(payload).unwrap();
    let mut event = own(n, Kind::HOLD_PLACED, AggregateKind::Hold, of, 1, payload);
    event.target.kind = person.map(|_| "user".to_owned());
    event.target.email = person.map(str::to_owned);
    let permit = permit();
    store
        .record(Authority::Holds(&permit), vec![event])
        .await
        .unwrap();
    of
}

async fn release(store: &Store, n: u64, of: Uuid) {
    let payload = serde_json::to_value(HoldEvent::Released).unwrap();
    let event = own(n, Kind::HOLD_RELEASED, AggregateKind::Hold, of, 2, payload);
    let permit = permit();
    store
        .record(Authority::Holds(&permit), vec![event])
        .await
        .unwrap();
}

pub(super) async fn retain(place: &Place, store: &Store) -> Retained {
    let now = place.clock.now();
    store.retain(&permit(), now, false, || true).await.unwrap()
}

/// Entries that still have their bytes.
pub(super) async fn bytes(store: &Store) -> Vec<i64> {
    let rows: Vec<(i64,)> = sqlx::query_as("SELECT seq FROM entry WHERE body IS NOT NULL ORDER BY seq")
        .fetch_all(store.platform())
        .await
        .unwrap();
    rows.into_iter().map(|(seq,)| seq).collect()
}

pub(super) async fn periods(store: &Store) -> Vec<(i64, i64)> {
    sqlx::query_as("SELECT day, class FROM period WHERE class > 0 ORDER BY day, class")
        .fetch_all(&store.vault().pool)
        .await
        .unwrap()
}

async fn count(store: &Store, text: &'static str) -> i64 {
    let row: (i64,) = sqlx::query_as(text).fetch_one(&store.vault().pool).await.unwrap();
    row.0
}

/// Two days of two people, an attacker and a line of nobody's.
pub(super) async fn filled(place: &Place) -> Store {
    let store = place.init().await;
    for day in 0..2 {
        let base = day * 10;
        let mut line = worked(base + 3, ANA, [10, 0, 0, 3]);
        line.kind = "app.log".parse().unwrap();
        line.actor = vigia_domain::event::Actor::default();
        line.raw.0 = b"nobody is named here".to_vec();
        let events = vec![
            worked(base, ANA, [10, 0, 0, 1]),
            failed(base + 1, JOAO, [189, 50, 10, 20]),
            worked(base + 2, JOAO, [10, 0, 0, 2]),
            line,
        ];
        ingest(&store, events).await.unwrap();
        place.clock.advance(TimeDelta::days(1));
    }
    store
}

#[tokio::test]
async fn what_is_over_goes_and_everything_still_verifies() {
    let place = Place::new();
    let store = filled(&place).await;
    let day = i64::from(day_of(from_micros(START).unwrap()));
    assert_eq!(
        retain(&place, &store).await,
        Retained::default(),
        "nothing is over yet"
    );
    place.clock.advance(TimeDelta::days(89));
    let done = retain(&place, &store).await;
    assert_eq!(
        done.entries,
        [(Class::Security, 3), (Class::Application, 1)].into(),
        "the first day's"
    );
    assert_eq!((done.people, done.periods, done.held), (0, 2, 0));
    assert_eq!(bytes(&store).await, [4, 5, 6, 7, 8, 9]);
    assert_eq!(periods(&store).await, [(day + 1, 1), (day + 1, 3)]);
    assert_whole(&store).await;
    let verdict = verdict(&store).await;
    assert_eq!(verdict.entries_pruned, 4);
    assert_eq!(
        retain(&place, &store).await,
        Retained::default(),
        "once is enough"
    );
    // Proofs of the neighbours still lead to the root.
    let head = store.head().await.unwrap();
    for seq in [4, 7, 8] {
        let proof = store.inclusion_proof(seq, head.size).await.unwrap();
        let leaf =
            store.tile(0, 0, u16::try_from(head.size).unwrap()).await.unwrap()[usize::try_from(seq).unwrap()];
        vigia_ledger::proof::verify_inclusion(seq, head.size, &leaf, &head.root, &proof).unwrap();
    }
}

#[tokio::test]
async fn people_of_whom_nothing_is_left_are_forgotten_and_their_addresses_with_them() {
    let place = Place::new();
    let store = filled(&place).await;
    assert_eq!(count(&store, "SELECT count(*) FROM subject").await, 2);
    place.clock.advance(TimeDelta::days(91));
    let done = retain(&place, &store).await;
    assert_eq!((done.people, done.periods), (2, 4));
    assert_eq!(count(&store, "SELECT count(*) FROM subject").await, 0);
    assert_eq!(
        count(&store, "SELECT count(*) FROM token WHERE service <> 'vigia'").await,
        0
    );
    let postings: (i64,) = sqlx::query_as("SELECT count(*) FROM posting WHERE first < 8")
        .fetch_one(store.platform())
        .await
        .unwrap();
    assert_eq!(postings.0, 0);
    assert_whole(&store).await;
    // Seen again, they are somebody new, and everything goes on.
    ingest(&store, vec![worked(90, ANA, [10, 0, 0, 1])])
        .await
        .unwrap();
    assert_eq!(
        exported(&store)
            .await
            .last()
            .unwrap()
            .event
            .actor
            .email
            .as_deref(),
        Some(ANA)
    );
    assert_whole(&store).await;
}

#[tokio::test]
async fn vigias_own_events_and_the_state_stay() {
    let place = Place::new();
    let store = filled(&place).await;
    let account = create_account(&store, 50, "admin@example.com").await.unwrap();
    place.clock.advance(TimeDelta::days(400));
    retain(&place, &store).await;
    assert!(store.account(account).await.unwrap().is_some());
    assert!(
        store
            .account_by_email("admin@example.com")
            .await
            .unwrap()
            .is_some()
    );
    assert_whole(&store).await;
}

#[tokio::test]
async fn each_class_is_kept_as_long_as_the_policy_says() {
    let place = Place::new();
    let store = filled(&place).await;
    keep(
        &store,
        60,
        1,
        [
            (Class::Security, Keep::ForEver),
            (Class::Application, Keep::Days(1)),
        ]
        .into(),
    )
    .await;
    let done = retain(&place, &store).await;
    assert_eq!(done.entries, [(Class::Application, 1)].into());
    place.clock.advance(TimeDelta::days(1_000));
    let done = retain(&place, &store).await;
    assert_eq!(done.entries, [(Class::Application, 1)].into());
    assert_whole(&store).await;
}

#[tokio::test]
async fn what_is_under_legal_hold_stays_readable_while_its_periods_old_key_goes() {
    let place = Place::new();
    let store = filled(&place).await;
    let criteria = Criteria {
        kinds: ["auth.login.failed".to_owned()].into(),
        ..Criteria::default()
    };
    let held = hold(&store, 70, criteria, None).await;
    let before: (Vec<u8>,) =
        sqlx::query_as("SELECT wrapped FROM period WHERE class = 1 ORDER BY day LIMIT 1")
            .fetch_one(&store.vault().pool)
            .await
            .unwrap();
    place.clock.advance(TimeDelta::days(200));
    let done = retain(&place, &store).await;
    assert_eq!(
        (done.held, done.periods),
        (2, 2),
        "the application's periods went"
    );
    assert_eq!(bytes(&store).await[..2], [1, 5]);
    // Nothing that was pruned lay under the key of what is held: its source alone did.
    let attempts: Vec<_> = exported(&store)
        .await
        .into_iter()
        .filter(|one| one.event.kind == Kind::AUTH_LOGIN_FAILED)
        .collect();
    assert_eq!(attempts.len(), 2);
    assert!(
        attempts
            .iter()
            .all(|one| one.event.source.ip == Some([189, 50, 10, 20].into()))
    );
    assert_whole(&store).await;

    release(&store, 71, held).await;
    let done = retain(&place, &store).await;
    assert_eq!(
        (done.entries[&Class::Security], done.people, done.periods),
        (2, 1, 2)
    );
    assert!(periods(&store).await.is_empty());
    let after = count(&store, "SELECT count(*) FROM period WHERE class > 0").await;
    assert!(after == 0 && !before.0.is_empty());
    assert_whole(&store).await;
}

#[tokio::test]
async fn a_period_that_lost_some_and_keeps_some_gets_a_fresh_key() {
    let place = Place::new();
    let store = place.init().await;
    let mut kept = failed(1, ANA, [10, 0, 0, 1]);
    kept.service = "kept".to_owned();
    ingest(&store, vec![failed(0, JOAO, [189, 50, 10, 20]), kept])
        .await
        .unwrap();
    let criteria = Criteria {
        services: ["kept".to_owned()].into(),
        ..Criteria::default()
    };
    hold(&store, 70, criteria, None).await;
    let text = "SELECT wrapped FROM period WHERE class = 1";
    let before: (Vec<u8>,) = sqlx::query_as(text).fetch_one(&store.vault().pool).await.unwrap();
    let sealed = "SELECT data FROM sealed WHERE slot >= 256 AND slot < 512 ORDER BY slot";
    let old: Vec<(Vec<u8>,)> = sqlx::query_as(sealed).fetch_all(store.platform()).await.unwrap();
    place.clock.advance(TimeDelta::days(91));
    let done = retain(&place, &store).await;
    assert_eq!((done.held, done.periods), (1, 1));
    let after: (Vec<u8>,) = sqlx::query_as(text).fetch_one(&store.vault().pool).await.unwrap();
    let new: Vec<(Vec<u8>,)> = sqlx::query_as(sealed).fetch_all(store.platform()).await.unwrap();
    assert!(before != after && old != new, "sealed anew, under another key");
    let events = exported(&store).await;
    assert_eq!(events[0].event.source.ip, Some([10, 0, 0, 1].into()));
    assert_whole(&store).await;
    // The address still leads to it: a row beside the one of what no index holds.
    let address = [crate::Lookup::Address("10.0.0.1".to_owned())];
    let led = store.look_up(&permit(), Some(&permit()), &address).await.unwrap();
    let rows = led.unwrap().rows;
    assert_eq!(rows.len(), 2, "{rows:?}");
    let row = i64::try_from(rows[1]).unwrap();
    let postings: Vec<(i64, Vec<u8>)> = sqlx::query_as("SELECT first, seqs FROM posting WHERE row = $1")
        .bind(row)
        .fetch_all(store.platform())
        .await
        .unwrap();
    let seqs: Vec<u64> = postings
        .iter()
        .flat_map(|(first, seqs)| {
            crate::append::decode_posting(u64::try_from(*first).unwrap(), seqs).unwrap()
        })
        .collect();
    assert_eq!(seqs, [1]);
    assert_eq!(retain(&place, &store).await.periods, 0, "once is enough");
}

#[tokio::test]
async fn a_person_under_legal_hold_is_kept_and_cannot_be_erased() {
    let place = Place::new();
    let store = filled(&place).await;
    let held = hold(&store, 70, Criteria::default(), Some(JOAO)).await;
    place.clock.advance(TimeDelta::days(200));
    let done = retain(&place, &store).await;
    assert_eq!((done.held, done.people), (4, 1));
    assert_eq!(bytes(&store).await[..4], [1, 2, 5, 6]);
    let refused = store.subject_erase(&permit(), JOAO).await;
    assert!(
        matches!(refused, Err(Error::Held(id)) if id == held),
        "{refused:?}"
    );
    assert_eq!(store.holds().await.unwrap()[0].person.as_deref(), Some(JOAO));
    release(&store, 71, held).await;
    store.subject_erase(&permit(), JOAO).await.unwrap();
    retain(&place, &store).await;
    assert_whole(&store).await;
}
