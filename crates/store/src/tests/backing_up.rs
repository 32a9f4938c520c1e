//! Backups: whole or not there, opened only by the master key, and what is erased stays erased.

use super::*;
use crate::{BackupList, BackupPlan, Error, Restore, Restored};
use std::path::PathBuf;
use std::sync::atomic::AtomicUsize;
use zeroize::Zeroizing;

const ANA: &str = "ana@example.com";
const JOAO: &str = "joao@example.com";

pub(super) fn plan(to: &Path) -> BackupPlan {
    BackupPlan {
        to: to.to_owned(),
        vault_to: None,
        keep_days: 30,
    }
}

pub(super) async fn back_up(place: &Place, store: &Store, to: &Path) -> String {
    let made = store
        .backup(&permit(), &plan(to), place.clock.now(), || true)
        .await;
    made.unwrap().name
}

pub(super) fn master(place: &Place) -> Zeroizing<[u8; 32]> {
    let bytes = std::fs::read(place.folder.path().join("keys/master")).unwrap();
    Zeroizing::new(bytes.try_into().unwrap())
}

pub(super) async fn filled(place: &Place) -> Store {
    let store = place.init().await;
    let mut events = Vec::new();
    for n in 0..40 {
        events.push(worked(n, &format!("user{n}@example.com"), [10, 0, 0, 9]));
    }
    events.push(failed(100, JOAO, [189, 50, 10, 20]));
    events.push(worked(101, JOAO, [177, 20, 30, 40]));
    events.push(worked(102, ANA, [177, 20, 30, 41]));
    ingest(&store, events).await.unwrap();
    create_account(&store, 200, JOAO).await.unwrap();
    store
}

pub(super) struct Again {
    pub(super) place: Place,
    pub(super) folder: PathBuf,
}

pub(super) async fn restore(place: &Place, from: &Path, name: Option<&str>) -> (Again, Result<Restored>) {
    let again = Place {
        folder: TempDir::new().unwrap(),
        clock: place.clock.clone(),
    };
    let folder = again.folder.path().join("data");
    let wanted = Restore {
        from: from.to_owned(),
        vault_from: None,
        name: name.map(str::to_owned),
        master: master(place),
        keep_master: true,
    };
    let restored = Store::restore(&permit(), &wanted, again.options_at(&folder)).await;
    (Again { place: again, folder }, restored)
}

async fn open(again: &Again) -> Store {
    Store::open(again.place.options_at(&again.folder)).await.unwrap()
}

fn words(events: &[Exported]) -> String {
    serde_json::to_string(&events.iter().map(|one| &one.event).collect::<Vec<_>>()).unwrap()
}

#[tokio::test]
async fn a_restored_backup_verifies_and_replays_and_holds_the_same_events() {
    let place = Place::new();
    let store = filled(&place).await;
    let before = exported(&store).await;
    let to = TempDir::new().unwrap();
    let name = back_up(&place, &store, to.path()).await;
    let state = store.backup_state().await.unwrap();
    assert_eq!(state.last.unwrap().name, name);
    assert!(!state.pending);
    let (again, restored) = restore(&place, to.path(), None).await;
    let restored = restored.unwrap();
    assert_eq!((restored.erased, restored.findings.len()), (0, 0));
    assert_eq!(restored.manifest.size, before.len() as u64);
    let store = open(&again).await;
    assert_whole(&store).await;
    let after = exported(&store).await;
    assert_eq!(after[..before.len()], before[..]);
    assert!(store.account_by_email(JOAO).await.unwrap().is_some());
    // It goes on from there.
    ingest(&store, vec![worked(300, ANA, [1, 1, 1, 1])])
        .await
        .unwrap();
    assert_whole(&store).await;
}

#[tokio::test]
async fn an_erased_person_stays_erased_in_a_backup_from_before() {
    let place = Place::new();
    let store = filled(&place).await;
    let to = TempDir::new().unwrap();
    let before = back_up(&place, &store, to.path()).await;
    store.subject_erase(&permit(), JOAO).await.unwrap();
    assert!(store.backup_state().await.unwrap().pending, "until the next set");
    place.clock.advance(TimeDelta::hours(1));
    back_up(&place, &store, to.path()).await;
    assert!(!store.backup_state().await.unwrap().pending);
    let list = BackupList::read(to.path(), None).unwrap();
    assert_eq!(list.databases.len(), 2);
    assert_eq!(
        std::fs::read_dir(to.path().join("vault")).unwrap().count(),
        1,
        "one set alone"
    );

    let (again, restored) = restore(&place, to.path(), Some(&before)).await;
    let restored = restored.unwrap();
    assert_eq!(restored.manifest.name, before);
    assert_eq!(restored.erased, 2, "in api and in vigia");
    let store = open(&again).await;
    assert_whole(&store).await;
    let text = words(&exported(&store).await);
    assert!(!text.contains("joao") && text.contains(ANA) && text.contains("189.50.10.20"));
    assert!(store.account_by_email(JOAO).await.unwrap().is_none());
    let account = store
        .account(AccountId(Uuid::from_u128(200)))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(account.state.status, vigia_domain::account::AccountStatus::Erased);
    let verdict = verdict(&store).await;
    assert!(verdict.groups_erased >= 3);
}

#[tokio::test]
async fn what_retention_took_after_a_backup_is_told_again() {
    let place = Place::new();
    let store = filled(&place).await;
    let to = TempDir::new().unwrap();
    let before = back_up(&place, &store, to.path()).await;
    place.clock.advance(TimeDelta::days(20));
    back_up(&place, &store, to.path()).await;
    place.clock.advance(TimeDelta::days(75));
    store
        .retain(&permit(), place.clock.now(), false, || true)
        .await
        .unwrap();
    let removed = store
        .backup(
            &permit(),
            &BackupPlan {
                keep_days: 90,
                ..plan(to.path())
            },
            place.clock.now(),
            || true,
        )
        .await
        .unwrap()
        .removed;
    assert_eq!(removed, [before], "beyond its days");
    let list = BackupList::read(to.path(), None).unwrap();
    let (again, restored) = restore(&place, to.path(), Some(&list.databases[0].manifest.name)).await;
    assert!(restored.unwrap().dropped > 0);
    assert_whole(&open(&again).await).await;
}

#[tokio::test]
async fn another_master_key_opens_nothing_and_says_so() {
    let place = Place::new();
    let store = filled(&place).await;
    let to = TempDir::new().unwrap();
    back_up(&place, &store, to.path()).await;
    std::fs::write(place.folder.path().join("keys/master"), [9; 32]).unwrap();
    let (again, refused) = restore(&place, to.path(), None).await;
    assert!(matches!(refused, Err(Error::BackupDoesNotOpen(_))), "{refused:?}");
    assert!(!again.folder.exists());
    assert_eq!(std::fs::read_dir(again.place.folder.path()).unwrap().count(), 0);
}

#[tokio::test]
async fn a_place_where_something_lies_is_refused() {
    let place = Place::new();
    let store = filled(&place).await;
    let to = TempDir::new().unwrap();
    back_up(&place, &store, to.path()).await;
    let options = place.options();
    let wanted = Restore {
        from: to.path().to_owned(),
        vault_from: None,
        name: None,
        master: master(&place),
        keep_master: true,
    };
    let refused = Store::restore(&permit(), &wanted, options).await;
    assert!(matches!(refused, Err(Error::NotEmpty(_))), "{refused:?}");
    assert_whole(&store).await;
}

#[tokio::test]
async fn a_backup_that_was_stopped_or_found_no_room_leaves_the_last_one_alone() {
    let place = Place::new();
    let store = filled(&place).await;
    let to = TempDir::new().unwrap();
    let name = back_up(&place, &store, to.path()).await;
    place.clock.advance(TimeDelta::hours(1));
    for after in 0..3 {
        let asked = AtomicUsize::new(0);
        let stopped = store
            .backup(&permit(), &plan(to.path()), place.clock.now(), || {
                asked.fetch_add(1, Ordering::SeqCst) < after
            })
            .await;
        assert!(matches!(stopped, Err(Error::Stopped)), "{after} {stopped:?}");
        let list = BackupList::read(to.path(), None).unwrap();
        assert_eq!(list.databases.len(), 1);
        for part in ["database", "vault"] {
            let there: Vec<_> = std::fs::read_dir(to.path().join(part)).unwrap().collect();
            assert_eq!(there.len(), 1, "nothing half-made");
        }
    }
    // Where a file lies in the folder's place nothing can be made.
    let nowhere = to.path().join("file");
    std::fs::write(&nowhere, b"").unwrap();
    let failed = store
        .backup(&permit(), &plan(&nowhere), place.clock.now(), || true)
        .await;
    assert!(matches!(failed, Err(Error::File { .. })), "{failed:?}");
    assert_eq!(store.backup_state().await.unwrap().last.unwrap().name, name);
    let (_, restored) = restore(&place, to.path(), None).await;
    assert_eq!(restored.unwrap().manifest.name, name);
}

#[tokio::test]
async fn a_ledger_that_was_changed_from_outside_replaces_no_backup() {
    let place = Place::new();
    let store = filled(&place).await;
    let to = TempDir::new().unwrap();
    let name = back_up(&place, &store, to.path()).await;
    place.clock.advance(TimeDelta::days(95));
    store
        .retain(&permit(), place.clock.now(), false, || true)
        .await
        .unwrap();
    // What retention took is explained, a body that went by itself is not.
    let pruned = back_up(&place, &store, to.path()).await;
    ingest(
        &store,
        vec![worked(300, ANA, [1, 1, 1, 1]), worked(301, ANA, [1, 1, 1, 1])],
    )
    .await
    .unwrap();
    let seq = store.head().await.unwrap().size - 2;
    sqlx::query("UPDATE entry SET body = NULL WHERE seq = $1")
        .bind(i64::try_from(seq).unwrap())
        .execute(store.platform())
        .await
        .unwrap();
    place.clock.advance(TimeDelta::hours(1));
    let refused = store
        .backup(&permit(), &plan(to.path()), place.clock.now(), || true)
        .await
        .unwrap_err();
    assert!(
        matches!(refused, Error::LedgerBroken { seq: Some(found), .. } if found == seq),
        "{refused}"
    );
    assert!(
        refused.to_string().contains(&format!("(entry {seq})")),
        "{refused}"
    );
    let list = BackupList::read(to.path(), None).unwrap();
    assert_eq!(list.vault.unwrap().0.name, pruned, "the last set stays");
    assert!(name < pruned);
    let (_, restored) = restore(&place, to.path(), None).await;
    assert_eq!(restored.unwrap().manifest.name, pruned);
}

#[tokio::test]
async fn no_backup_holds_the_master_key_or_anybody_in_clear() {
    let place = Place::new();
    let store = filled(&place).await;
    let to = TempDir::new().unwrap();
    let name = back_up(&place, &store, to.path()).await;
    for file in [
        format!("database/{name}/platform.vigia"),
        format!("database/{name}/manifest.json"),
        format!("vault/{name}/vault.vigia"),
    ] {
        let bytes = std::fs::read(to.path().join(&file)).unwrap();
        let holds = |needle: &[u8]| bytes.windows(needle.len()).any(|window| window == needle);
        assert!(
            !holds(JOAO.as_bytes()) && !holds(master(&place).as_slice()),
            "{file}"
        );
    }
}
