//! Moving to another database: proofs intact, nothing lost, the old one closed for good.

use super::*;
use crate::{Credential, Error};

const PERSON: &str = "joao@example.com";

/// A platform on SQLite with a bit of everything, and where it could move to.
async fn begin() -> Option<(Place, Options)> {
    let place = Place::new();
    let target = TempDir::new().unwrap();
    let url = database::of(target.path())?;
    database::in_folder(place.folder.path());
    let store = place.init().await;
    let events = (0..2_500)
        .map(|n| worked(n, &format!("user{}@example.com", n % 50), [10, 0, 0, 9]))
        .collect();
    ingest(&store, events).await.unwrap();
    ingest(&store, vec![failed(9_000, PERSON, [189, 50, 10, 20])])
        .await
        .unwrap();
    create_account(&store, 9_001, "admin@example.com").await.unwrap();
    store.subject_erase(&permit(), "user7@example.com").await.unwrap();
    store.close().await;
    let to = Options {
        database: Database::Postgres(url.parse().unwrap()),
        ..place.options()
    };
    Some((place, to))
}

fn at(place: &Place, database: &Database) -> Options {
    Options {
        database: database.clone(),
        ..place.options()
    }
}

#[tokio::test]
async fn a_platform_moves_to_a_server_and_back_on_postgresql() {
    let Some((place, to)) = begin().await else { return };
    let running = place.open().await;
    let (head, before) = (running.head().await.unwrap(), exported(&running).await);
    let moved = Store::transfer(place.options(), &to).await.unwrap();
    assert_eq!(moved.head, head);
    assert!(moved.tables.contains(&("platform.entry".to_owned(), head.size)));

    // The old one takes nothing more, whoever had it open, and can still be looked at.
    let late = ingest(&running, vec![failed(9_100, PERSON, [1, 2, 3, 4])]).await;
    assert!(matches!(late, Err(Error::Moved { .. })), "{late:?}");
    running.close().await;
    assert!(matches!(
        Store::open(place.options()).await,
        Err(Error::Moved { .. })
    ));
    assert_whole(&Store::look(place.options()).await.unwrap()).await;

    let store = Store::open(at(&place, &to.database)).await.unwrap();
    assert_eq!(store.head().await.unwrap(), head);
    assert_eq!(exported(&store).await, before);
    assert_whole(&store).await;
    let account = store
        .account_by_email("admin@example.com")
        .await
        .unwrap()
        .unwrap();
    let password = Credential::Password(AccountId(account.id));
    assert!(store.credential(password).await.unwrap().is_some());
    ingest(&store, vec![worked(9_200, PERSON, [10, 0, 0, 9])])
        .await
        .unwrap();
    let erased = store.subject_erase(&permit(), PERSON).await.unwrap();
    assert_eq!((erased.subjects.len(), erased.groups), (1, 2));
    assert_whole(&store).await;
    let grown = store.head().await.unwrap();
    store.close().await;

    let used = Store::transfer(place.options(), &to).await;
    assert!(matches!(used, Err(Error::DatabaseInUse)), "{used:?}");
    std::fs::remove_file(place.folder.path().join("platform.db")).unwrap();
    std::fs::remove_file(place.folder.path().join("vault.db")).unwrap();
    let back = Store::transfer(at(&place, &to.database), &place.options())
        .await
        .unwrap();
    assert_eq!(back.head, grown);
    let store = place.open().await;
    assert_whole(&store).await;
    ingest(&store, vec![worked(9_300, PERSON, [10, 0, 0, 9])])
        .await
        .unwrap();
    let gone = Store::open(at(&place, &to.database)).await;
    assert!(matches!(gone, Err(Error::Moved { .. })));
}

#[tokio::test]
async fn a_copy_of_what_was_tampered_with_is_refused_and_leaves_both_as_they_were_on_postgresql() {
    let Some((place, to)) = begin().await else { return };
    let store = place.open().await;
    for trigger in ["entry_is_not_changed", "entry_is_not_removed"] {
        drop_trigger(&store, trigger, "entry").await;
    }
    run(&store, "UPDATE entry SET body = zeroblob(9) WHERE seq = 40").await;
    let refused = Store::transfer(place.options(), &to).await;
    assert!(
        matches!(refused, Err(Error::NotTheSame("entries"))),
        "{refused:?}"
    );
    ingest(&store, vec![worked(9_300, PERSON, [10, 0, 0, 9])])
        .await
        .unwrap();
    // Nothing of it is in the target, so it can be tried again.
    let again = Store::transfer(place.options(), &to).await;
    assert!(matches!(again, Err(Error::NotTheSame("entries"))), "{again:?}");
}

#[tokio::test]
async fn a_move_that_broke_off_before_its_last_commit_is_repeated_on_postgresql() {
    let Some((place, to)) = begin().await else { return };
    let store = place.open().await;
    // As if the server had been lost at the last moment: the source is closed, the target empty.
    run(
        &store,
        "INSERT INTO meta (name, value) VALUES ('moved', 'elsewhere')",
    )
    .await;
    store.close().await;
    Store::transfer(place.options(), &to).await.unwrap();
    let store = Store::open(at(&place, &to.database)).await.unwrap();
    assert_whole(&store).await;
    database::moved_to(place.folder.path(), "postgres:///elsewhere");
    assert!(matches!(place.options().database, Database::Postgres(_)));
}
