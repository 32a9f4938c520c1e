//! Appending: order, durability, several processes, repetition, conflicts.

use super::*;
use crate::{Credential, Error, Idempotency};
use proptest::prelude::*;
use std::collections::BTreeSet;
use vigia_domain::session::SessionEvent;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_stores_on_one_folder_never_fork_the_tree() {
    let place = Place::new();
    let one = place.init().await;
    let two = place.open().await;
    let mut waiting = Vec::new();
    for n in 0..40_u64 {
        let store = if n % 2 == 0 { one.clone() } else { two.clone() };
        waiting.push(tokio::spawn(async move {
            let events = (0..7)
                .map(|m| failed(n * 10 + m, "joao@example.com", [10, 0, 0, 1]))
                .collect();
            ingest(&store, events).await.unwrap().seqs
        }));
    }
    let mut seen = BTreeSet::new();
    for seqs in waiting {
        for seq in seqs.await.unwrap() {
            assert!(seen.insert(seq));
        }
    }
    assert_eq!(seen.into_iter().collect::<Vec<_>>(), (0..280).collect::<Vec<_>>());
    assert_eq!(one.head().await.unwrap(), two.head().await.unwrap());
    assert_whole(&one).await;
    // Both named one person, so both found or made the same subject.
    assert_eq!(
        one.subject_erase(&permit(), "joao@example.com")
            .await
            .unwrap()
            .subjects
            .len(),
        1
    );
}

#[tokio::test]
async fn another_process_s_growth_is_seen() {
    let place = Place::new();
    let one = place.init().await;
    let two = place.open().await;
    let mut grown = two.grown();
    ingest(&one, vec![failed(1, "a@example.com", [1, 2, 3, 4])])
        .await
        .unwrap();
    assert_eq!(*grown.wait_for(|size| *size == 1).await.unwrap(), 1);
}

#[tokio::test]
async fn what_went_in_comes_out() {
    let place = Place::new();
    let store = place.init().await;
    let events: Vec<Event> = (0..700)
        .map(|n| worked(n, &format!("user{}@example.com", n % 50), [10, 0, 0, 9]))
        .collect();
    ingest(&store, events.clone()).await.unwrap();
    store.close().await;
    let store = place.open().await;
    let out: Vec<Event> = exported(&store)
        .await
        .into_iter()
        .map(|exported| exported.event)
        .collect();
    assert_eq!(out, events);
    assert_whole(&store).await;
}

#[tokio::test]
async fn recording_times_never_fall_even_when_the_clock_does() {
    let place = Place::new();
    let store = place.init().await;
    ingest(&store, vec![failed(1, "a@example.com", [1, 2, 3, 4])])
        .await
        .unwrap();
    place.clock.advance(TimeDelta::hours(-3));
    ingest(&store, vec![failed(2, "a@example.com", [1, 2, 3, 4])])
        .await
        .unwrap();
    place.clock.advance(TimeDelta::hours(5));
    ingest(&store, vec![failed(3, "a@example.com", [1, 2, 3, 4])])
        .await
        .unwrap();
    let times: Vec<_> = exported(&store).await.iter().map(|e| e.recorded_at).collect();
    assert!(times.is_sorted());
    let late = from_micros(START).unwrap() + TimeDelta::hours(1);
    assert_eq!(store.first_seq_since(&permit(), late).await.unwrap(), 2);
    assert_eq!(
        store
            .first_seq_since(&permit(), Timestamp::UNIX_EPOCH)
            .await
            .unwrap(),
        0
    );
    assert_eq!(
        store
            .first_seq_since(&permit(), late + TimeDelta::days(9))
            .await
            .unwrap(),
        3
    );
}

#[tokio::test]
async fn a_repeated_request_gets_the_first_answer_and_adds_nothing() {
    let place = Place::new();
    let store = place.init().await;
    let send = |body: u8, reply: &'static [u8]| Batch {
        idempotency: Some(Idempotency {
            key: "k1".to_owned(),
            body: [body; 32],
        }),
        reply: reply.to_vec(),
        ..batch(vec![failed(1, "a@example.com", [1, 2, 3, 4])])
    };
    let permit = permit();
    let twins = [send(1, b"first"), send(1, b"twin")].map(|twin| store.ingest(&permit, twin));
    let [first, twin]: [_; 2] = futures::future::join_all(twins).await.try_into().unwrap();
    assert_eq!(first.unwrap().replayed, None);
    let twin = twin.unwrap();
    assert_eq!((twin.replayed.as_deref(), twin.seqs), (Some(&b"first"[..]), 0..1));
    let other = store.ingest(&permit, send(2, b"")).await;
    assert!(matches!(other, Err(Error::IdempotencyMismatch)));
    assert_eq!(store.head().await.unwrap().size, 1);
    place.clock.advance(TimeDelta::hours(25));
    assert_eq!(
        store.ingest(&permit, send(2, b"anew")).await.unwrap().replayed,
        None
    );
}

#[tokio::test]
async fn a_change_that_comes_second_is_told_so_and_changes_nothing() {
    let place = Place::new();
    let store = place.init().await;
    let account = create_account(&store, 1, "admin@example.com").await.unwrap();
    let taken = create_account(&store, 2, "Admin@Example.com ").await;
    assert!(matches!(taken, Err(Error::EmailTaken)));
    let again = create_account(&store, 1, "admin@example.com").await;
    assert!(matches!(again, Err(Error::Conflict { kind: "account" })));
    assert_eq!(store.head().await.unwrap().size, 1);
    let found = store
        .account_by_email("ADMIN@example.com")
        .await
        .unwrap()
        .unwrap();
    assert_eq!((found.id, found.version), (account.0, 1));
    let email = store.email_of(&found.state).await.unwrap();
    assert_eq!(email.as_deref(), Some("admin@example.com"));
    let secret = store.credential(Credential::Password(account)).await.unwrap();
    assert_eq!(
        secret.as_ref().map(|secret| secret.as_slice()),
        Some(&b"a hash"[..])
    );
    assert_whole(&store).await;
}

#[tokio::test]
async fn nobody_changes_what_their_permit_does_not_reach() {
    let place = Place::new();
    let store = place.init().await;
    let account = AccountId(Uuid::from_u128(1));
    let made = account_created(1, account, "a@example.com");
    let own = store.record(Authority::Own, vec![made.clone()]).await;
    assert!(matches!(own, Err(Error::NotPermitted("account"))));
    assert!(matches!(ingest(&store, vec![made]).await, Err(Error::Reserved)));
    let mut forged = failed(2, "a@example.com", [1, 2, 3, 4]);
    forged.aggregate = Some(Aggregate {
        kind: AggregateKind::Session,
        id: Uuid::nil(),
        version: 1,
        payload: serde_json::to_value(SessionEvent::Refreshed {
            generation: 1,
            expires_at: Timestamp::UNIX_EPOCH,
        })
        .unwrap(),
    });
    assert!(matches!(ingest(&store, vec![forged]).await, Err(Error::Reserved)));
    assert!(matches!(
        store.record(Authority::Own, Vec::new()).await,
        Err(Error::NoEvent)
    ));
    assert_eq!(store.head().await.unwrap().size, 0);
}

#[tokio::test]
async fn a_closed_store_says_so_after_writing_what_waited() {
    let place = Place::new();
    let store = place.init().await;
    let waiting = tokio::spawn({
        let store = store.clone();
        async move { ingest(&store, vec![failed(1, "a@example.com", [1, 2, 3, 4])]).await }
    });
    waiting.await.unwrap().unwrap();
    store.close().await;
    let late = ingest(&store, vec![failed(2, "a@example.com", [1, 2, 3, 4])]).await;
    assert!(matches!(late, Err(Error::Closed)));
}

#[tokio::test]
async fn a_batch_that_weighs_more_than_the_queue_waits_for_nobody() {
    let place = Place::new();
    let store = place.init().await;
    let _all = store.take_room(crate::append::QUEUE_KIB).unwrap();
    let busy = ingest(&store, vec![failed(1, "a@example.com", [1, 2, 3, 4])]).await;
    assert!(matches!(busy, Err(Error::Busy)));
}

#[tokio::test]
async fn a_folder_is_made_once_and_a_newer_schema_is_refused() {
    let place = Place::new();
    let store = place.init().await;
    let twice = Store::init(place.options(), "vigia.test/log").await;
    assert!(matches!(twice, Err(Error::AlreadyInitialised(_))));
    sqlx::query("INSERT INTO migration (version, checksum) VALUES (99, '')")
        .execute(store.platform())
        .await
        .unwrap();
    store.close().await;
    let newer = Store::open(place.options()).await;
    assert!(matches!(newer, Err(Error::NewerSchema { found: 99, .. })));
    let empty = Place::new();
    assert!(matches!(
        Store::open(empty.options()).await,
        Err(Error::NotInitialised(_))
    ));
}

#[tokio::test]
async fn a_commit_that_fails_leaves_nothing_half_written() {
    let place = Place::new();
    let store = place.init().await;
    ingest(&store, vec![failed(1, "a@example.com", [1, 2, 3, 4])])
        .await
        .unwrap();
    refuse_inserts(&store, "posting").await;
    let broken = ingest(&store, vec![failed(2, "b@example.com", [1, 2, 3, 4])]).await;
    assert!(matches!(broken, Err(Error::Database { .. })));
    assert_eq!(store.head().await.unwrap().size, 1);
    assert_whole(&store).await;
    drop_trigger(&store, "broken", "posting").await;
    let seqs = ingest(&store, vec![failed(3, "b@example.com", [1, 2, 3, 4])])
        .await
        .unwrap()
        .seqs;
    assert_eq!(seqs, 1..2);
    assert_whole(&store).await;
}

#[tokio::test]
async fn another_process_that_writes_is_waited_for() {
    let place = Place::new();
    let store = place.init().await;
    let other = place.open().await;
    let held = crate::engine::begin_write_in(other.platform(), "holding it")
        .await
        .unwrap();
    let mut waiting = Box::pin(ingest(&store, vec![failed(1, "a@example.com", [1, 2, 3, 4])]));
    assert!(futures::poll!(&mut waiting).is_pending());
    assert_eq!(other.head().await.unwrap().size, 0);
    held.rollback().await.unwrap();
    assert_eq!(waiting.await.unwrap().seqs, 0..1);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn any_sequence_of_batches_is_one_whole_log(sizes in prop::collection::vec(0_usize..90, 1..8)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let place = Place::new();
            let store = place.init().await;
            let mut next = 0;
            for size in &sizes {
                let events: Vec<Event> = (0..*size as u64)
                    .map(|n| failed(next + n, &format!("u{}@example.com", n % 7), [10, 1, 0, (n % 5) as u8]))
                    .collect();
                let seqs = ingest(&store, events).await.unwrap().seqs;
                assert_eq!(seqs, next..next + *size as u64);
                next = seqs.end;
            }
            assert_whole(&store).await;
            assert_eq!(store.root(next).await.unwrap(), store.head().await.unwrap().root);
        });
    }
}

#[tokio::test]
async fn a_disk_that_was_full_takes_events_again() {
    let place = Place::new();
    place.init().await.close().await;
    let progress = Progress::default();
    let full = progress.disk_is_full.clone();
    let store = Store::open_with(place.options(), progress).await.unwrap();
    let many = |from: u64| {
        let from_there = from..from + 500;
        from_there
            .map(|n| worked(n, &format!("user{n}@example.com"), [10, 0, 0, 9]))
            .collect()
    };
    full.store(true, Ordering::SeqCst);
    let refused = ingest(&store, many(0)).await;
    assert!(
        matches!(refused, Err(crate::Error::DiskFull { .. })),
        "{refused:?}"
    );
    assert!(store.ready().await.is_err());
    full.store(false, Ordering::SeqCst);
    assert_eq!(ingest(&store, many(1000)).await.unwrap().seqs, 0..500);
    store.ready().await.unwrap();
    assert_whole(&store).await;
}
