//! Addresses of large commits: found like any other, and gone like any other.

use super::*;
use crate::Lookup;
use vigia_ledger::bucket::{Keyring, MasterKey};

const VICTIM: &str = "joao@example.com";
const MANY: u64 = 300;

fn address(n: u64) -> [u8; 4] {
    let [.., high, low] = n.to_be_bytes();
    [10, 20, high, low]
}

/// A commit large enough for lists: everybody from an address of their own, every tenth attempt failed.
async fn filled(place: &Place) -> Store {
    let store = place.init().await;
    let mut events: Vec<Event> = (0..MANY)
        .map(|n| match n % 10 {
            0 => failed(n, &format!("user{n}@example.com"), address(n)),
            _ => worked(n, &format!("user{n}@example.com"), address(n)),
        })
        .collect();
    events.push(worked(MANY, VICTIM, [177, 20, 30, 40]));
    let mut v6 = worked(MANY + 1, "six@example.com", [1, 1, 1, 1]);
    v6.source.ip = Some("2001:db8::7".parse().unwrap());
    events.push(v6);
    ingest(&store, events).await.unwrap();
    // And a small one, of rows.
    ingest(&store, vec![worked(MANY + 2, "user7@example.com", address(7))])
        .await
        .unwrap();
    store
}

/// The entries that an address or network leads to.
async fn led(store: &Store, text: &str) -> Vec<u64> {
    let lookup = [Lookup::Address(text.to_owned())];
    let indexed = store.look_up(&permit(), Some(&permit()), &lookup).await.unwrap();
    let size = store.head().await.unwrap().size;
    let conditions = [indexed.unwrap()];
    store.posted(&permit(), &conditions, &(0..size)).await.unwrap()
}

async fn lists(store: &Store) -> Vec<(i64, Vec<u8>)> {
    sqlx::query_as("SELECT slot, data FROM seen ORDER BY slot")
        .fetch_all(&store.vault().pool)
        .await
        .unwrap()
}

#[tokio::test]
async fn an_address_of_a_large_commit_leads_to_its_entries_and_so_do_its_networks() {
    let place = Place::new();
    let store = filled(&place).await;
    assert!(!lists(&store).await.is_empty());
    for again in 0..2 {
        assert_eq!(led(&store, "10.20.0.7").await, [7, MANY + 2], "{again}");
        assert_eq!(led(&store, "10.20.0.10").await, [10]);
        assert_eq!(led(&store, "10.20.1.0/24").await, Vec::from_iter(256..MANY));
        assert_eq!(led(&store, "10.0.0.0/8").await.len(), 301);
        assert_eq!(led(&store, "2001:db8::/32").await, [MANY + 1]);
        assert_eq!(led(&store, "203.0.113.7").await, [0_u64; 0]);
    }
    // What comes later is found, too, and the commit in which an entry lies.
    let more = (400..700).map(|n| worked(n, "late@example.com", address(7)));
    ingest(&store, more.collect()).await.unwrap();
    assert_eq!(led(&store, "10.20.0.7").await.len(), 302);
    let lookup = [Lookup::Address("10.20.0.7".to_owned())];
    let indexed = store.look_up(&permit(), Some(&permit()), &lookup).await.unwrap();
    let conditions = [indexed.unwrap()];
    for (seq, begins) in [(200, 0), (302, 302), (303, 303), (500, 303)] {
        let before = store.posted_before(&permit(), &conditions, seq).await.unwrap();
        assert_eq!(before, begins, "{seq}");
    }
    assert_whole(&store).await;
}

#[tokio::test]
async fn an_erasure_takes_a_persons_addresses_out_of_the_lists_and_leaves_all_others() {
    let place = Place::new();
    let store = filled(&place).await;
    assert_eq!(led(&store, "177.20.30.40").await, [MANY]);
    let before = lists(&store).await;
    let erased = store.subject_erase(&permit(), VICTIM).await.unwrap();
    assert_eq!(led(&store, "177.0.0.0/8").await, [0_u64; 0]);
    for n in 0..MANY {
        let [a, b, c, d] = address(n);
        assert!(led(&store, &format!("{a}.{b}.{c}.{d}")).await.contains(&n), "{n}");
    }
    // The lists as they were do not open with the keys that are left.
    let folder = place.folder.path();
    let master = MasterKey(
        std::fs::read(folder.join("keys/master"))
            .unwrap()
            .try_into()
            .unwrap(),
    );
    let keys = Keyring::from_bytes(&std::fs::read(folder.join("keys/buckets")).unwrap(), &master).unwrap();
    for subject in &erased.subjects {
        let of_bucket = before
            .iter()
            .filter(|(slot, _)| slot % 256 == i64::from(subject.bucket()));
        for (slot, data) in of_bucket {
            let name = [b"seen".as_slice(), &slot.to_be_bytes()].concat();
            for key in keys.keys(subject.bucket()) {
                assert!(key.open_value(&name, data).is_err());
            }
        }
        assert!(
            before
                .iter()
                .any(|(slot, _)| slot % 256 == i64::from(subject.bucket()))
        );
    }
    assert_whole(&store).await;
    store.close().await;
    assert_eq!(led(&place.open().await, "10.0.0.0/8").await.len(), 301);
}

#[tokio::test]
async fn what_was_pruned_is_in_no_list_and_a_dropped_period_takes_its_addresses_along() {
    let place = Place::new();
    let store = filled(&place).await;
    place.clock.advance(TimeDelta::days(60));
    ingest(
        &store,
        (500..800)
            .map(|n| worked(n, "late@example.com", address(9)))
            .collect(),
    )
    .await
    .unwrap();
    place.clock.advance(TimeDelta::days(60));
    let done = retaining::retain(&place, &store).await;
    assert!(done.periods > 0 && done.people > MANY);
    // Beside it, what no index holds: Vigia's own record of what went.
    let left = led(&store, "10.0.0.0/8").await;
    assert!(
        left.iter().all(|seq| *seq >= 303) && left.len() >= 300,
        "{left:?}"
    );
    assert!(lists(&store).await.iter().all(|(slot, _)| slot / 256 == 303));
    place.clock.advance(TimeDelta::days(400));
    retaining::retain(&place, &store).await;
    assert!(lists(&store).await.is_empty());
    assert_whole(&store).await;
}

#[tokio::test]
async fn two_processes_never_make_two_people_of_one() {
    let place = Place::new();
    let (one, other) = (place.init().await, place.open().await);
    for (n, store) in (0..).zip([&one, &other, &one, &other]) {
        ingest(store, vec![worked(n, VICTIM, address(n))]).await.unwrap();
        ingest(
            store,
            vec![worked(10 + n, &format!("user{}@example.com", n / 2), address(n))],
        )
        .await
        .unwrap();
    }
    let people: (i64,) = sqlx::query_as("SELECT count(*) FROM subject")
        .fetch_one(&one.vault().pool)
        .await
        .unwrap();
    assert_eq!(people.0, 3);
    // Erased by one, they are somebody new to the other.
    let first = one.subject_erase(&permit(), VICTIM).await.unwrap();
    ingest(&other, vec![worked(20, VICTIM, address(1))])
        .await
        .unwrap();
    let second = one.subject_erase(&permit(), VICTIM).await.unwrap();
    assert!(first.subjects.len() == 1 && first.subjects.is_disjoint(&second.subjects));
    assert_whole(&one).await;
}
