//! Reading: what a permit opens, proofs, and what a verifier sees of a damaged database.

use super::*;
use crate::Error;
use vigia_domain::access::{BuiltInRole, Conditions, Granted};
use vigia_domain::entry::{Entry, Group};
use vigia_ledger::proof::{verify_consistency, verify_inclusion};

async fn filled(place: &Place, events: u64) -> Store {
    let store = place.init().await;
    let events = (0..events)
        .map(|n| worked(n, &format!("user{}@example.com", n % 9), [10, 0, 0, 9]))
        .collect();
    ingest(&store, events).await.unwrap();
    store
}

#[tokio::test]
async fn without_pii_a_reader_gets_entries_and_no_person() {
    let place = Place::new();
    let store = filled(&place, 20).await;
    let masked = store.sync_page(&permit(), None, 3, 5).await.unwrap();
    assert_eq!(
        masked.iter().map(|row| row.seq).collect::<Vec<_>>(),
        [3, 4, 5, 6, 7]
    );
    assert!(
        masked
            .iter()
            .all(|row| row.body.is_some() && row.groups.is_empty())
    );
    let open = store.sync_page(&permit(), Some(&permit()), 3, 1).await.unwrap();
    let group = Group::from_bytes(&open[0].groups[0].group).unwrap();
    assert_eq!(group.actor.unwrap().email.as_deref(), Some("user3@example.com"));
}

#[tokio::test]
async fn a_reader_of_one_service_gets_bare_leaves_of_the_others() {
    let place = Place::new();
    let store = filled(&place, 2).await;
    let mut ssh = failed(7, "root@example.com", [1, 2, 3, 4]);
    ssh.service = "sshd".to_owned();
    ingest(&store, vec![ssh]).await.unwrap();
    let requester = Requester {
        principal: vigia_domain::access::Principal::Operator,
        grants: vec![Grant {
            what: Granted::Role(BuiltInRole::Admin),
            conditions: Conditions {
                services: Some(["sshd".to_owned()].into()),
                ..Conditions::default()
            },
        }],
    };
    let context = Context {
        now: Timestamp::UNIX_EPOCH,
        address: None,
        mfa_at: None,
    };
    let read = authorize(&requester, &context).unwrap();
    let rows = store.sync_page(&read, None, 0, 10).await.unwrap();
    let seen: Vec<bool> = rows.iter().map(|row| row.body.is_some()).collect();
    assert_eq!(seen, [false, false, true]);
    let write = authorize(&requester, &context).unwrap();
    let refused = store
        .ingest(&write, batch(vec![failed(9, "a@example.com", [1, 2, 3, 4])]))
        .await;
    assert!(matches!(refused, Err(Error::OutOfScope(_))));
}

#[tokio::test]
async fn proofs_hold_against_the_signed_head() {
    let place = Place::new();
    let store = filled(&place, 700).await;
    let head = store.head().await.unwrap();
    for seq in [0, 1, 255, 256, 511, 699] {
        let path = store.inclusion_proof(seq, 700).await.unwrap();
        let leaf = store.tile(0, seq / 256, (seq % 256 + 1) as u16).await.unwrap();
        let leaf = leaf.last().unwrap();
        verify_inclusion(seq, 700, leaf, &head.root, &path).unwrap();
    }
    for from in [1, 255, 256, 257, 512, 699, 700] {
        let proof = store.consistency_proof(from, 700).await.unwrap();
        let root = store.root(from).await.unwrap();
        verify_consistency(from, 700, &root, &head.root, &proof).unwrap();
    }
    assert_eq!(store.tile(1, 0, 2).await.unwrap().len(), 2);
    assert!(matches!(store.tile(1, 0, 3).await, Err(Error::OutOfRange(_))));
    assert!(matches!(
        store.inclusion_proof(700, 700).await,
        Err(Error::OutOfRange(_))
    ));
    assert!(matches!(
        store.consistency_proof(1, 701).await,
        Err(Error::OutOfRange(_))
    ));
    assert_eq!(
        store.compact_range(700).await.unwrap().len(),
        700_u64.count_ones() as usize
    );
}

#[tokio::test]
async fn the_ledger_s_rows_cannot_be_changed_by_mistake() {
    let place = Place::new();
    let store = filled(&place, 3).await;
    for sql in [
        "DELETE FROM entry",
        "UPDATE entry SET body = leaf",
        "UPDATE entry SET seq = seq + 9",
    ] {
        assert!(sqlx::query(sql).execute(store.platform()).await.is_err(), "{sql}");
    }
    assert_whole(&store).await;
}

#[tokio::test]
async fn every_way_of_tampering_is_noticed() {
    for tampering in [
        "UPDATE entry SET body = zeroblob(length(body)) WHERE seq = 4",
        "UPDATE entry SET body = NULL WHERE seq = 4",
        "UPDATE entry SET body = 'text' WHERE seq = 4",
        "UPDATE entry SET leaf = zeroblob(32) WHERE seq = 4",
        "DELETE FROM entry WHERE seq = 4",
        "DELETE FROM entry WHERE seq >= 8",
        "UPDATE entry SET seq = 100 WHERE seq = 4; UPDATE entry SET seq = 4 WHERE seq = 5;
         UPDATE entry SET seq = 5 WHERE seq = 100",
        "INSERT INTO entry (seq, leaf, body) SELECT 10, leaf, body FROM entry WHERE seq = 4",
        "DELETE FROM sealed WHERE slot = 4 * 256",
        "INSERT INTO sealed (slot, data) VALUES (4 * 256 + 7, zeroblob(60))",
        "UPDATE sealed SET data = zeroblob(length(data)) WHERE slot = 4 * 256",
    ] {
        let place = Place::new();
        let store = filled(&place, 10).await;
        assert_whole(&store).await;
        tamper(&store, tampering).await;
        assert!(!verdict(&store).await.is_whole(), "{tampering}");
    }
}

/// Changes entries, whatever guards them.
async fn tamper(store: &Store, tampering: &str) {
    for trigger in ["entry_is_not_changed", "entry_is_not_removed"] {
        drop_trigger(store, trigger, "entry").await;
    }
    run(store, tampering).await;
}

/// PostgreSQL lets no number into a column of bytes.
#[tokio::test]
async fn a_leaf_that_is_a_number_is_noticed_on_sqlite() {
    let place = Place::new();
    let store = filled(&place, 10).await;
    if Engine::of_pool(store.platform()) == Engine::Sqlite {
        tamper(&store, "UPDATE entry SET leaf = 7 WHERE seq = 4").await;
        assert!(!verdict(&store).await.is_whole());
    }
}

#[tokio::test]
async fn a_missing_trigger_is_named() {
    let place = Place::new();
    let store = filled(&place, 1).await;
    assert_eq!(store.missing_triggers().await.unwrap(), [""; 0]);
    drop_trigger(&store, "entry_is_not_removed", "entry").await;
    assert_eq!(store.missing_triggers().await.unwrap(), ["entry_is_not_removed"]);
}

#[tokio::test]
async fn a_changed_state_row_is_not_what_its_events_say() {
    let place = Place::new();
    let store = place.init().await;
    create_account(&store, 1, "admin@example.com").await.unwrap();
    run(&store, "UPDATE aggregate SET version = 2").await;
    let differences = store.replay_check(&permit()).await.unwrap();
    assert_eq!(differences.len(), 1);
    run(&store, "DELETE FROM aggregate").await;
    assert_eq!(store.replay_check(&permit()).await.unwrap()[0].stored, None);
}

#[tokio::test]
async fn every_entry_decodes_and_its_commitments_are_of_the_groups() {
    let place = Place::new();
    let store = filled(&place, 30).await;
    for row in store.sync_page(&permit(), Some(&permit()), 0, 100).await.unwrap() {
        let body = row.body.unwrap();
        let entry = Entry::from_bytes(&body).unwrap();
        assert_eq!(vigia_ledger::leaf_hash(&body), row.leaf);
        for opened in row.groups {
            let commitment = vigia_ledger::commitment(&opened.seed, &opened.group);
            assert_eq!(entry.groups[opened.index as usize].hash, commitment);
        }
    }
}

#[tokio::test]
async fn every_column_is_listed_in_the_data_map() {
    let place = Place::new();
    let store = place.init().await;
    let map = include_str!("../../../../data-map.toml");
    for column in store.schema().await.unwrap() {
        let table = format!("[{}.{}]", column.database, column.table);
        let (_, rest) = map
            .split_once(&table)
            .unwrap_or_else(|| panic!("{table} is not in the data map"));
        let section = rest.split("\n[").next().unwrap();
        let listed = section
            .lines()
            .any(|line| line.starts_with(&format!("{} =", column.column)));
        assert!(listed, "{table} lacks {}", column.column);
    }
}

#[tokio::test]
async fn a_state_row_that_claims_a_later_entry_is_a_difference() {
    let place = Place::new();
    let store = filled(&place, 1).await;
    create_account(&store, 40, "ana@example.com").await.unwrap();
    assert_whole(&store).await;
    run(&store, "UPDATE aggregate SET updated_seq = 1000000000").await;
    assert_eq!(store.replay_check(&permit()).await.unwrap().len(), 1);
}

#[tokio::test]
async fn many_rows_in_one_are_the_rows_one_by_one() {
    let place = Place::new();
    let store = place.init().await;
    let events = (0..40).map(|n| worked(n, &format!("user{n}@example.com"), [10, 0, 0, 9]));
    ingest(&store, events.collect()).await.unwrap();
    run(&store, "UPDATE entry SET body = NULL WHERE seq IN (3, 39)").await;
    for (from, limit) in [(0, 100), (0, 7), (3, 1), (39, 5), (40, 5)] {
        let one_by_one = store.entries_one_by_one(from, limit).await.unwrap();
        let in_one = store.entries_in_one(from, limit).await.unwrap().unwrap();
        assert_eq!(in_one, one_by_one, "{from} {limit}");
        assert_eq!(one_by_one.len() as u64, limit.min(40 - from));
    }
}
