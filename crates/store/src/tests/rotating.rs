//! Keys that change: the log's, which whoever trusts the old one can follow, and the master key.

use super::*;
use crate::erase::Step;
use vigia_ledger::checkpoint::{LogVerifier, open};

/// What the verifier says with every key that leads to the one in force, and every head that joins.
async fn assert_whole_along_the_chain(store: &Store) {
    let (keys, notes) = store.trusted_keys().await.unwrap();
    let mut audit = store.audit(&permit()).await.unwrap();
    let own = audit.head().checkpoint.clone();
    let heads = notes.iter().chain([&own]).map(|note| {
        let checkpoint = trusted_head(note, &keys).unwrap();
        Head::of(&checkpoint, note)
    });
    let mut auditor = Auditor::new(heads.collect());
    loop {
        let rows = audit.next_page().await.unwrap();
        if rows.is_empty() {
            break;
        }
        rows.iter().for_each(|row| row.judge(&mut auditor));
    }
    let verdict = auditor.finish();
    assert!(verdict.is_whole(), "{:?}", verdict.findings);
    assert_eq!(verdict.heads_confirmed.len(), notes.len() + 1);
    assert_eq!(store.replay_check(&permit()).await.unwrap(), []);
}

#[tokio::test]
async fn whoever_trusts_the_first_log_key_can_follow_to_the_last() {
    let place = Place::new();
    let store = place.init().await;
    let first = store.verifier();
    ingest(&store, vec![worked(1, "ana@example.com", [10, 0, 0, 1])])
        .await
        .unwrap();
    let kept = store.head().await.unwrap().checkpoint;
    for n in 2..4 {
        store.rotate_log_key(&permit()).await.unwrap();
        ingest(&store, vec![worked(n, "ana@example.com", [10, 0, 0, 1])])
            .await
            .unwrap();
    }
    let last = store.verifier();
    assert_ne!(first, last);
    let rotations = store.rotations().await.unwrap();
    assert_eq!(rotations.len(), 2);
    let mut trusted = first.clone();
    for rotation in &rotations {
        let after = LogVerifier::from_vkey(&rotation.change.after).unwrap();
        assert!(open(&rotation.checkpoint, std::slice::from_ref(&trusted)).is_ok());
        assert!(open(&rotation.checkpoint, std::slice::from_ref(&after)).is_ok());
        trusted = after;
    }
    assert_eq!(trusted, last);
    let head = store.head().await.unwrap().checkpoint;
    assert!(
        open(&head, std::slice::from_ref(&first)).is_err(),
        "the old key signs no more"
    );
    let (keys, _) = store.trusted_keys().await.unwrap();
    assert_eq!(keys.len(), 3);
    assert!(
        trusted_head(&kept, &keys).is_ok(),
        "what was kept before still counts"
    );
    assert_whole_along_the_chain(&store).await;
    store.close().await;
    let store = place.open().await;
    assert_eq!(store.verifier(), last);
    assert_whole_along_the_chain(&store).await;
}

#[tokio::test]
async fn a_process_that_rotated_nothing_signs_with_the_new_log_key_from_its_next_commit_on() {
    let place = Place::new();
    let serving = place.init().await;
    ingest(&serving, vec![worked(1, "ana@example.com", [10, 0, 0, 1])])
        .await
        .unwrap();
    let command = place.open().await;
    command.rotate_log_key(&permit()).await.unwrap();
    let new = command.verifier();
    assert_eq!(serving.log_verifier().await.unwrap(), new, "told at once");
    command.close().await;
    ingest(&serving, vec![worked(2, "ana@example.com", [10, 0, 0, 1])])
        .await
        .unwrap();
    let head = serving.head().await.unwrap().checkpoint;
    assert!(open(&head, std::slice::from_ref(&new)).is_ok());
    assert_whole_along_the_chain(&serving).await;
}

#[tokio::test]
async fn a_rotation_that_broke_off_has_one_key_in_force_all_the_same() {
    let place = Place::new();
    let store = place.init().await;
    let old = store.verifier();
    store.close().await;
    let store = place.open_to_break(Step::TombstoneAppended).await;
    assert!(store.rotate_log_key(&permit()).await.is_err());
    // The event is there, and the fresh key is not in its place yet.
    ingest(&store, vec![worked(1, "ana@example.com", [10, 0, 0, 1])])
        .await
        .unwrap();
    assert_ne!(store.log_verifier().await.unwrap(), old);
    assert_whole_along_the_chain(&store).await;
    store.close().await;
    let store = place.open().await;
    assert!(!place.folder.path().join("keys/log.next").exists());
    ingest(&store, vec![worked(2, "ana@example.com", [10, 0, 0, 1])])
        .await
        .unwrap();
    store.rotate_log_key(&permit()).await.unwrap();
    assert_whole_along_the_chain(&store).await;
}

#[tokio::test]
async fn after_the_master_key_was_rotated_everything_opens_and_the_old_key_opens_nothing() {
    let place = Place::new();
    let serving = place.init().await;
    let email = "ana@example.com";
    create_account(&serving, 5, email).await.unwrap();
    ingest(&serving, vec![worked(1, email, [10, 0, 0, 1])])
        .await
        .unwrap();
    let keys = place.folder.path().join("keys");
    let old = std::fs::read(keys.join("master")).unwrap();
    let command = place.open().await;
    command.rotate_master_key(&permit(), None).await.unwrap();
    command.close().await;
    assert_ne!(std::fs::read(keys.join("master")).unwrap(), old);
    // The process that rotated nothing goes on, erases included.
    ingest(&serving, vec![worked(2, "davi@example.com", [10, 0, 0, 2])])
        .await
        .unwrap();
    serving
        .subject_erase(&permit(), "davi@example.com")
        .await
        .unwrap();
    assert_whole(&serving).await;
    serving.close().await;
    let store = place.open().await;
    assert!(store.account_by_email(email).await.unwrap().is_some());
    assert_whole(&store).await;
    store.close().await;
    let mut wrong = place.options();
    wrong.master = Master::Given(zeroize::Zeroizing::new(old.try_into().unwrap()));
    let refused = Store::open(wrong).await.err();
    assert!(
        matches!(refused, Some(crate::Error::WrongMasterKey)),
        "{refused:?}"
    );
    std::fs::remove_file(keys.join("master")).unwrap();
    let missing = Store::open(place.options()).await.err();
    assert!(
        matches!(missing, Some(crate::Error::MasterKeyMissing(_))),
        "{missing:?}"
    );
}

#[tokio::test]
async fn a_rotation_of_the_master_key_that_broke_off_leaves_one_that_opens_everything() {
    for step in [Step::KeysAdded, Step::TombstoneAppended] {
        let place = Place::new();
        let store = place.init().await;
        ingest(&store, vec![worked(1, "ana@example.com", [10, 0, 0, 1])])
            .await
            .unwrap();
        store.close().await;
        let before = std::fs::read(place.folder.path().join("keys/master")).unwrap();
        let store = place.open_to_break(step).await;
        assert!(store.rotate_master_key(&permit(), None).await.is_err());
        store.close().await;
        let store = place.open().await;
        assert_whole(&store).await;
        let after = std::fs::read(place.folder.path().join("keys/master")).unwrap();
        assert_eq!(before == after, step == Step::KeysAdded, "{step:?}");
        for entry in std::fs::read_dir(place.folder.path().join("keys")).unwrap() {
            let name = entry.unwrap().file_name().into_string().unwrap();
            assert!(!name.contains("next-master") && name != "rotating", "{name}");
        }
    }
}
