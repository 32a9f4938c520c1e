//! Moving to another database: proofs intact, nothing lost, the old one closed for good.

use super::*;
use crate::transfer::{Breaks, Step};
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

    // Once more finds everything done, and touches nothing.
    let again = Store::transfer(place.options(), &to).await.unwrap();
    assert_eq!((again.before, again.head), (true, head));
    let store = Store::open(at(&place, &to.database)).await.unwrap();
    assert_eq!(store.head().await.unwrap(), grown);
    store.close().await;
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

/// Breaks a move off after every step, then repeats it: at no moment are there two platforms or
/// none.
async fn break_everywhere(place: &Place, from: &Database, to: &Database) {
    let steps = [
        Step::Claimed,
        Step::Copied,
        Step::VaultCommitted,
        Step::PlatformCommitted,
        Step::SourceClosed,
        Step::Arrived,
    ];
    let (from, to) = (|| at(place, from), || at(place, to));
    for (n, step) in (0..).zip(steps) {
        let breaks = Breaks { after: Some(step) };
        let broken = Store::transfer_with(from(), &to(), breaks).await;
        assert!(matches!(broken, Err(Error::Closed)), "{step:?}: {broken:?}");
        let moved = matches!(step, Step::SourceClosed | Step::Arrived);
        let source = Store::open(from()).await;
        if moved {
            assert!(matches!(source, Err(Error::Moved { .. })), "{step:?}");
        } else {
            // The source is the platform still, and grows; what lies in the target is outdated.
            let source = source.unwrap();
            let event = worked(20_000 + n, PERSON, [10, 0, 0, 9]);
            ingest(&source, vec![event]).await.unwrap();
            assert_whole(&source).await;
            source.close().await;
        }
        if step == Step::Arrived {
            assert_whole(&Store::look(to()).await.unwrap()).await;
        } else {
            for refused in [Store::open(to()).await, Store::look(to()).await] {
                let error = refused.err().unwrap();
                assert!(matches!(error, Error::Arriving { .. }), "{step:?}: {error:?}");
                assert!(error.to_string().contains("run the same `migrate` again"));
            }
        }
    }
    let done = Store::transfer(from(), &to()).await.unwrap();
    assert!(done.before);
    let store = Store::open(to()).await.unwrap();
    assert_eq!(store.head().await.unwrap(), done.head);
    let numbers = exported(&store).await.len();
    assert_eq!(u64::try_from(numbers).unwrap(), done.head.size);
    assert_whole(&store).await;
    assert_eq!(store.missing_triggers().await.unwrap(), Vec::<&str>::new());
    store.subject_erase(&permit(), PERSON).await.unwrap();
    assert_whole(&store).await;
    store.close().await;
}

#[tokio::test]
async fn a_move_that_broke_off_anywhere_is_repeated_to_its_end_there_and_back_on_postgresql() {
    let Some((place, to)) = begin().await else { return };
    break_everywhere(&place, &Database::Folder, &to.database).await;
    std::fs::remove_file(place.folder.path().join("platform.db")).unwrap();
    std::fs::remove_file(place.folder.path().join("vault.db")).unwrap();
    let store = Store::open(at(&place, &to.database)).await.unwrap();
    ingest(&store, vec![failed(30_000, PERSON, [1, 2, 3, 4])])
        .await
        .unwrap();
    store.close().await;
    break_everywhere(&place, &to.database, &Database::Folder).await;
}

#[tokio::test]
async fn a_move_whose_last_commit_the_server_refuses_is_repeated_on_postgresql() {
    let Some((place, to)) = begin().await else { return };
    let breaks = Breaks {
        after: Some(Step::Claimed),
    };
    let broken = Store::transfer_with(place.options(), &to, breaks).await;
    assert!(matches!(broken, Err(Error::Closed)));
    let places = crate::database::Places::of(&to.database, &crate::folder::Folder::new(to.folder.clone()));
    let target = crate::engine::open(&places.platform, crate::engine::Mode::Write)
        .await
        .unwrap();
    let boom = "CREATE FUNCTION boom() RETURNS trigger LANGUAGE plpgsql AS
         $$ BEGIN RAISE 'no room' USING ERRCODE = 'disk_full'; END $$;
         CREATE CONSTRAINT TRIGGER boom AFTER INSERT ON head DEFERRABLE INITIALLY DEFERRED
         FOR EACH ROW EXECUTE FUNCTION boom()";
    sqlx::raw_sql(boom).execute(&target).await.unwrap();
    for _ in 0..2 {
        let full = Store::transfer(place.options(), &to).await;
        assert!(matches!(full, Err(Error::DiskFull { .. })), "{full:?}");
    }
    place.open().await.close().await;
    let mended = "DROP TRIGGER boom ON head";
    sqlx::raw_sql(mended).execute(&target).await.unwrap();
    let moved = Store::transfer(place.options(), &to).await.unwrap();
    assert!(!moved.before);
    assert_whole(&Store::open(at(&place, &to.database)).await.unwrap()).await;
}

#[tokio::test]
async fn what_moved_elsewhere_is_not_copied_a_second_time_on_postgresql() {
    let Some((place, to)) = begin().await else { return };
    let store = place.open().await;
    run(
        &store,
        "INSERT INTO meta (name, value) VALUES ('moved', 'elsewhere')",
    )
    .await;
    store.close().await;
    let twice = Store::transfer(place.options(), &to).await;
    assert!(matches!(twice, Err(Error::Moved { .. })), "{twice:?}");
}

#[tokio::test]
async fn another_platform_neither_takes_nor_empties_what_is_arriving_on_postgresql() {
    let Some((place, to)) = begin().await else { return };
    let breaks = Breaks {
        after: Some(Step::PlatformCommitted),
    };
    let broken = Store::transfer_with(place.options(), &to, breaks).await;
    assert!(matches!(broken, Err(Error::Closed)));
    let other = Place::new();
    database::in_folder(other.folder.path());
    let store = Store::init(other.options(), "vigia.test/other").await.unwrap();
    store.close().await;
    let taken = Store::transfer(other.options(), &at(&other, &to.database)).await;
    assert!(matches!(taken, Err(Error::Arriving { .. })), "{taken:?}");
    let fresh = TempDir::new().unwrap();
    let options = Options {
        folder: fresh.path().to_owned(),
        ..at(&other, &to.database)
    };
    let made = Store::init(options, "vigia.test/other").await;
    assert!(matches!(made, Err(Error::Arriving { .. })));
    Store::transfer(place.options(), &to).await.unwrap();
    assert_whole(&Store::open(at(&place, &to.database)).await.unwrap()).await;
}
