//! Erasing: nothing opens afterwards, whatever copies were made before and wherever it broke off.

use super::*;
use crate::database::Places;
use crate::erase::Step;
use crate::{Credential, Error};
use std::fs;
use vigia_domain::account::AccountStatus;
use vigia_ledger::blind::token;
use vigia_ledger::bucket::{Keyring, MasterKey};

const VICTIM: &str = "joao@example.com";

/// Others in every bucket's neighbourhood, the victim in two services and with an account.
async fn filled(place: &Place) -> Store {
    let store = place.init().await;
    let mut events = Vec::new();
    for n in 0..60 {
        events.push(worked(n, &format!("user{n}@example.com"), [10, 0, 0, 9]));
    }
    events.push(failed(100, VICTIM, [189, 50, 10, 20]));
    events.push(worked(101, VICTIM, [177, 20, 30, 40]));
    let mut elsewhere = worked(102, VICTIM, [177, 20, 30, 41]);
    elsewhere.service = "billing".to_owned();
    events.push(elsewhere);
    let mut joint = worked(103, "user1@example.com", [10, 0, 0, 9]);
    joint.message = Some(format!("shared a file with {VICTIM}"));
    events.push(joint);
    ingest(&store, events).await.unwrap();
    create_account(&store, 200, VICTIM).await.unwrap();
    store
}

/// Everything that a backup of the databases, taken by hand, would hold, and the keys.
fn copy_platform(from: &Path, to: &Path) {
    copy(from, to);
    database::copy(from, to);
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// Whether the bytes lie in any file of the folder.
fn lies_in(folder: &Path, needle: &[u8]) -> bool {
    fs::read_dir(folder).unwrap().any(|entry| {
        let entry = entry.unwrap();
        if entry.file_type().unwrap().is_dir() {
            return lies_in(&entry.path(), needle);
        }
        fs::read(entry.path())
            .unwrap()
            .windows(needle.len())
            .any(|window| window == needle)
    })
}

async fn assert_erased(store: &Store) {
    let events = exported(store).await;
    let text = serde_json::to_string(&events.iter().map(|e| &e.event).collect::<Vec<_>>()).unwrap();
    assert!(!text.contains("joao") && !text.contains("177.20.30"));
    // The unknown attacker's address and everybody else stay.
    assert!(text.contains("189.50.10.20") && text.contains("user59@example.com"));
    assert!(store.account_by_email(VICTIM).await.unwrap().is_none());
    let account = AccountId(Uuid::from_u128(200));
    let state = store.account(account).await.unwrap().unwrap().state;
    assert_eq!((state.status, state.subject), (AccountStatus::Erased, None));
    assert!(
        store
            .credential(Credential::Password(account))
            .await
            .unwrap()
            .is_none()
    );
    assert_whole(store).await;
}

#[tokio::test]
async fn nothing_of_an_erased_person_is_left() {
    let place = Place::new();
    let store = filled(&place).await;
    // api, billing and vigia: three subjects. Groups: actor and text of the failed attempt are one,
    // then one each, the joint one, and the account's.
    let sealed: (Vec<u8>,) = sqlx::query_as("SELECT data FROM sealed WHERE slot = 61 * 256")
        .fetch_one(store.platform())
        .await
        .unwrap();
    let wrapped: Vec<(Vec<u8>, Vec<u8>)> = sqlx::query_as("SELECT id, wrapped FROM subject")
        .fetch_all(&store.vault().pool)
        .await
        .unwrap();
    let erased = store.subject_erase(&permit(), " Joao@Example.com").await.unwrap();
    assert_eq!((erased.subjects.len(), erased.groups), (3, 5));
    assert_eq!(erased.accounts, [AccountId(Uuid::from_u128(200))]);
    assert_erased(&store).await;
    assert!(!lies_in(place.folder.path(), VICTIM.as_bytes()));
    assert!(!lies_in(place.folder.path(), &sealed.0));
    for (id, wrapped) in wrapped {
        let gone = erased.subjects.iter().any(|subject| subject.0 == *id);
        assert!(!gone || !lies_in(place.folder.path(), &wrapped));
    }
    let wal = fs::metadata(place.folder.path().join("platform.db-wal")).map_or(0, |file| file.len());
    assert_eq!(wal, 0);
    let unknown = store.subject_erase(&permit(), VICTIM).await;
    assert!(matches!(unknown, Err(Error::NobodyKnown)));
    // Seen again, they are somebody new.
    ingest(&store, vec![worked(300, VICTIM, [1, 1, 1, 1])])
        .await
        .unwrap();
    let again = store.subject_erase(&permit(), VICTIM).await.unwrap();
    assert!(again.subjects.is_disjoint(&erased.subjects));
    assert_whole(&store).await;
}

#[tokio::test]
async fn an_erasure_that_broke_off_anywhere_is_finished_at_the_next_opening() {
    for step in [
        Step::Intended,
        Step::KeysAdded,
        Step::Forgotten,
        Step::TombstoneAppended,
        Step::KeysDropped,
    ] {
        let place = Place::new();
        filled(&place).await.close().await;
        let store = place.open_to_break(step).await;
        assert!(store.subject_erase(&permit(), VICTIM).await.is_err());
        store.close().await;
        let before = TempDir::new().unwrap();
        copy(place.folder.path(), before.path());
        let store = place.open().await;
        assert_erased(&store).await;
        let mut vault = store.vault().pool.acquire().await.unwrap();
        assert!(
            store.vault().open_erasures(&mut vault).await.unwrap().is_empty(),
            "{step:?}"
        );
        drop(vault);
        ingest(&store, vec![worked(900, "new@example.com", [1, 1, 1, 1])])
            .await
            .unwrap();
        assert_whole(&store).await;
        store.close().await;
        assert_erased(&place.open().await).await;
    }
}

#[tokio::test]
async fn an_erasure_that_failed_is_finished_before_the_next_one() {
    for step in [Step::KeysAdded, Step::Forgotten, Step::TombstoneAppended] {
        let place = Place::new();
        filled(&place).await.close().await;
        let store = place.open_to_break(step).await;
        assert!(store.subject_erase(&permit(), VICTIM).await.is_err());
        let other = store.subject_erase(&permit(), "user7@example.com").await.unwrap();
        assert_eq!(other.groups, 1);
        assert_erased(&store).await;
    }
}

#[tokio::test]
async fn a_running_process_drops_its_keys_when_another_erases() {
    let place = Place::new();
    let running = filled(&place).await;
    assert!(!exported(&running).await.is_empty());
    let other = place.open().await;
    other.subject_erase(&permit(), VICTIM).await.unwrap();
    assert_erased(&running).await;
    ingest(&running, vec![worked(900, "user1@example.com", [10, 0, 0, 9])])
        .await
        .unwrap();
    assert_erased(&other).await;
}

#[tokio::test]
async fn databases_from_before_and_keys_from_after_open_nothing() {
    let place = Place::new();
    let store = filled(&place).await;
    store.close().await;
    let before = TempDir::new().unwrap();
    copy_platform(place.folder.path(), before.path());
    let old = Keyring::from_bytes(
        &fs::read(before.path().join("keys/buckets")).unwrap(),
        &master(before.path()),
    )
    .unwrap();
    let store = place.open().await;
    let erased = store.subject_erase(&permit(), VICTIM).await.unwrap();
    store.close().await;
    fs::remove_dir_all(before.path().join("keys")).unwrap();
    copy(&place.folder.path().join("keys"), &before.path().join("keys"));

    let mixed = Store::open(place.options_at(before.path())).await;
    assert!(matches!(mixed, Err(Error::KeysOfAnotherTime { .. })));

    // Whoever reads the old tables themselves gets no further.
    let bytes = fs::read(before.path().join("keys/buckets")).unwrap();
    let keys = Keyring::from_bytes(&bytes, &master(before.path())).unwrap();
    let options = place.options_at(before.path());
    let places = Places::of(&options.database, &crate::folder::Folder::new(options.folder));
    let vault = crate::engine::open(&places.vault, crate::engine::Mode::Write)
        .await
        .unwrap();
    for subject in &erased.subjects {
        let row: (Vec<u8>,) = sqlx::query_as("SELECT wrapped FROM subject WHERE id = $1")
            .bind(subject.0.to_vec())
            .fetch_one(&vault)
            .await
            .unwrap();
        let owner = vigia_ledger::bucket::KeyOwner::Subject(subject.0);
        assert!(
            old.newest(subject.bucket())
                .unwrap()
                .unwrap(owner, &row.0)
                .is_ok()
        );
        for key in (0..=u8::MAX).flat_map(|bucket| keys.keys(bucket)) {
            assert!(key.unwrap(owner, &row.0).is_err());
        }
    }
    assert_no_token_matches(&vault, &keys, &erased.subjects).await;
}

fn master(folder: &Path) -> MasterKey {
    MasterKey(fs::read(folder.join("keys/master")).unwrap().try_into().unwrap())
}

/// Tries the e-mail, every /16 and every address of the victim's own against the blind index as it
/// was.
async fn assert_no_token_matches(
    vault: &sqlx::AnyPool,
    keys: &Keyring,
    subjects: &std::collections::BTreeSet<vigia_domain::SubjectId>,
) {
    let mut stored = std::collections::HashSet::new();
    for subject in subjects {
        let rows: Vec<(Vec<u8>,)> =
            sqlx::query_as("SELECT t.token FROM token t JOIN subject s ON s.row = t.holder WHERE s.id = $1")
                .bind(subject.0.to_vec())
                .fetch_all(vault)
                .await
                .unwrap();
        stored.extend(rows.into_iter().map(|row| row.0));
    }
    assert!(stored.len() > 3);
    for subject in subjects {
        let index = keys.newest(subject.bucket()).unwrap().index_key();
        assert!(!stored.contains(token(&index, "account", VICTIM.as_bytes()).as_slice()));
        for low in 0..=u16::MAX {
            let [c, d] = low.to_be_bytes();
            let [full, _, net, whole] = crate::vault::prefixes([177, 20, c, d].into());
            let [_, _, other, _] = crate::vault::prefixes([c, d, 0, 0].into());
            for value in [full, net, whole, other] {
                assert!(!stored.contains(token(&index, "address", value.as_bytes()).as_slice()));
            }
        }
    }
}

#[tokio::test]
async fn a_damaged_index_keeps_nobody_from_being_erased() {
    let place = Place::new();
    let store = filled(&place).await;
    run(&store, "UPDATE posting SET seqs = zeroblob(2)").await;
    let erased = store.subject_erase(&permit(), VICTIM).await.unwrap();
    assert!(erased.groups > 0);
    store.close().await;
    assert_whole(&place.open().await).await;
}

#[tokio::test]
async fn an_erasure_that_cannot_be_finished_keeps_nobody_from_opening() {
    let place = Place::new();
    let store = filled(&place).await;
    let odd = "INSERT INTO erasure (id, subjects, state) VALUES ('no id', '[]', 'no state')";
    sqlx::raw_sql(odd).execute(&store.vault().pool).await.unwrap();
    store.close().await;
    assert_whole(&place.open().await).await;
}
