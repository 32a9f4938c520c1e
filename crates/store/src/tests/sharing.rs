//! Several processes on one database: one log, one set of keys, news that travel.

use super::*;
use crate::Error;
use std::time::Duration;

/// Two stores on one database, as two instances have them.
async fn two() -> (Place, Store, Store) {
    let place = Place::new();
    let one = place.init().await;
    let two = place.open().await;
    (place, one, two)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_erases_while_the_other_appends() {
    let (_place, one, two) = two().await;
    let person = |n: u64| format!("user{}@example.com", n % 5);
    for n in 0..20 {
        ingest(&two, vec![worked(n, &person(n), [10, 0, 0, 9])])
            .await
            .unwrap();
    }
    let appending = tokio::spawn({
        let two = two.clone();
        async move {
            for n in 20..80 {
                ingest(&two, vec![worked(n, &person(n), [10, 0, 0, 9])])
                    .await
                    .unwrap();
            }
        }
    });
    for n in 0..5 {
        one.subject_erase(&permit(), &person(n)).await.unwrap();
    }
    appending.await.unwrap();
    let kinds: Vec<_> = exported(&one)
        .await
        .into_iter()
        .map(|one| one.event.kind)
        .collect();
    let stones = kinds
        .iter()
        .filter(|kind| **kind == Kind::PRIVACY_SUBJECT_ERASED)
        .count();
    assert_eq!((kinds.len(), stones), (85, 5));
    assert_whole(&one).await;
    assert_whole(&two).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_that_erase_at_once_wait_for_each_other() {
    let (_place, one, two) = two().await;
    let events = (0..30)
        .map(|n| worked(n, &format!("user{n}@example.com"), [10, 0, 0, 9]))
        .collect();
    ingest(&one, events).await.unwrap();
    let mut erasing = Vec::new();
    for n in 0..8 {
        let store = if n % 2 == 0 { one.clone() } else { two.clone() };
        erasing.push(tokio::spawn(async move {
            store
                .subject_erase(&permit(), &format!("user{n}@example.com"))
                .await
        }));
    }
    for erased in erasing {
        assert_eq!(erased.await.unwrap().unwrap().subjects.len(), 1);
    }
    for store in [&one, &two] {
        let text = serde_json::to_string(
            &exported(store)
                .await
                .iter()
                .map(|one| one.event.clone())
                .collect::<Vec<_>>(),
        );
        let text = text.unwrap();
        assert!(!text.contains("user0@") && !text.contains("user7@") && text.contains("user8@"));
        assert_whole(store).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_waits_hears_of_another_s_append_within_a_second() {
    let (_place, one, two) = two().await;
    for n in 0..5 {
        let mut grown = two.grown();
        let size = ingest(&one, vec![failed(n, "a@example.com", [1, 2, 3, 4])])
            .await
            .unwrap()
            .seqs
            .end;
        let heard =
            tokio::time::timeout(Duration::from_secs(1), grown.wait_for(|known| *known >= size)).await;
        assert!(heard.is_ok(), "{size}");
    }
}

#[tokio::test]
async fn text_that_a_database_would_refuse_is_kept_as_it_came() {
    let place = Place::new();
    let store = place.init().await;
    let mut odd = failed(1, "nul\0@example.com", [1, 2, 3, 4]);
    odd.message = Some("a\0b \u{fffe} 👀".to_owned());
    odd.raw.0 = vec![0, 0xff, 0xfe, b'x'];
    ingest(&store, vec![odd.clone()]).await.unwrap();
    assert_eq!(exported(&store).await.remove(0).event, odd);
    store.subject_erase(&permit(), "nul\0@example.com").await.unwrap();
    assert_whole(&store).await;
}

/// What only a server does: it ends sessions, is shared by folders, lists who is connected.
mod server {
    use super::*;
    use sqlx::Connection as _;

    /// Ends every other session on the test's database.
    async fn cut_off(store: &Store) {
        let mut connection = store.platform().acquire().await.unwrap();
        sqlx::query(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
             WHERE datname = current_database() AND pid <> pg_backend_pid()",
        )
        .execute(&mut *connection)
        .await
        .unwrap();
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_lost_connection_costs_nothing_that_was_acknowledged_on_postgresql() {
        let (_place, one, two) = two().await;
        if Engine::of_pool(one.platform()) != Engine::Postgres {
            return;
        }
        let appending = tokio::spawn({
            let one = one.clone();
            async move {
                let mut acknowledged = Vec::new();
                let mut refused = 0;
                for n in 0..300 {
                    match ingest(&one, vec![worked(n, "a@example.com", [10, 0, 0, 9])]).await {
                        Ok(done) => acknowledged.push((done.seqs.start, id(n))),
                        Err(Error::Unreachable { .. } | Error::Locked { .. } | Error::Database { .. }) => {
                            refused += 1
                        }
                        Err(error) => panic!("{error}"),
                    }
                }
                (acknowledged, refused)
            }
        });
        let mut grown = two.grown();
        for size in [20, 60, 100] {
            grown.wait_for(|known| *known >= size).await.unwrap();
            cut_off(&two).await;
        }
        let (acknowledged, refused) = appending.await.unwrap();
        assert!(refused <= 9, "{refused}");
        let there = exported(&one).await;
        for (seq, id) in acknowledged {
            assert_eq!(there[usize::try_from(seq).unwrap()].event.id, id);
        }
        assert_whole(&one).await;
        // And news travel again.
        let size = ingest(&one, vec![failed(900, "a@example.com", [1, 2, 3, 4])])
            .await
            .unwrap()
            .seqs
            .end;
        grown.wait_for(|known| *known >= size).await.unwrap();
    }

    /// What does not end in a commit keeps nobody from writing: the server is told at once.
    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn whoever_has_nothing_to_commit_lets_the_others_write_on_postgresql() {
        let (place, one, two) = two().await;
        if Engine::of_pool(one.platform()) != Engine::Postgres {
            return;
        }
        let mut n = 0;
        let mut writes = async |after: &str| {
            n += 1;
            let appended = ingest(&two, vec![worked(n, "a@example.com", [10, 0, 0, 9])]);
            let appended = tokio::time::timeout(Duration::from_secs(5), appended).await;
            assert!(matches!(appended, Ok(Ok(_))), "after {after}");
        };
        // Nothing to prune, nothing to sweep.
        one.retain(&permit(), place.clock.now(), false, || true)
            .await
            .unwrap();
        writes("a run of retention that found nothing").await;
        let failed: Result<()> = one
            .on_writer(|writer| {
                Box::pin(async move {
                    let _vault = crate::engine::begin_write(&mut writer.vault, "a test").await?;
                    let _platform = crate::engine::begin_write(&mut writer.platform, "a test").await?;
                    Err(Error::Stopped)
                })
            })
            .await;
        assert!(failed.is_err());
        writes("work that failed").await;
        let nobody = one.subject_erase(&permit(), "nobody@example.com").await;
        assert!(matches!(nobody, Err(Error::NobodyKnown)));
        writes("an erasure of nobody").await;
        // Whoever opens a platform that is up to date waits for no writer.
        let held = crate::engine::begin_write_in(one.platform(), "holding it")
            .await
            .unwrap();
        let opened = tokio::time::timeout(Duration::from_secs(5), place.open()).await;
        assert!(opened.is_ok(), "opening");
        held.rollback().await.unwrap();
        assert_whole(&two).await;
    }

    #[tokio::test]
    async fn another_folder_cannot_take_a_used_database_on_postgresql() {
        let place = Place::new();
        let store = place.init().await;
        if Engine::of_pool(store.platform()) != Engine::Postgres {
            return;
        }
        let other = TempDir::new().unwrap();
        let options = Options {
            folder: other.path().to_owned(),
            ..place.options()
        };
        let taken = Store::init(options, "vigia.test/other").await;
        assert!(matches!(taken, Err(Error::DatabaseInUse)));
        assert!(!other.path().join("platform.db").exists());
        let fresh = Place::new();
        let options = Options {
            database: fresh.options().database,
            ..place.options()
        };
        assert!(matches!(Store::open(options).await, Err(Error::EmptyDatabase)));
        let names: Vec<_> = std::fs::read_dir(place.folder.path()).unwrap().collect();
        assert_eq!(names.len(), 1, "the keys alone");
    }

    #[tokio::test]
    async fn whoever_looks_cannot_write_on_postgresql() {
        let place = Place::new();
        let store = place.init().await;
        if Engine::of_pool(store.platform()) != Engine::Postgres {
            return;
        }
        store.close().await;
        let looking = Store::look(place.options()).await.unwrap();
        let refused = sqlx::query("DELETE FROM idempotency")
            .execute(looking.platform())
            .await;
        assert!(refused.unwrap_err().to_string().contains("read-only"));
        let unlogged: (i64,) = sqlx::query_as(
            "SELECT count(*) FROM pg_settings WHERE name = 'synchronous_commit' AND setting = 'on'",
        )
        .fetch_one(looking.platform())
        .await
        .unwrap();
        assert_eq!(unlogged.0, 1);
    }

    /// The statements of docs/operations.md, as whoever administers the server would run them.
    #[tokio::test]
    async fn the_documented_rights_are_enough_on_postgresql() {
        let place = Place::new();
        let Some(url) = database::of(place.folder.path()) else {
            return;
        };
        let role = format!("vigia_least_{}", std::process::id());
        let setup = format!(
            "CREATE ROLE {role} LOGIN;
             DO $$ BEGIN EXECUTE format('REVOKE ALL ON DATABASE %I FROM PUBLIC', current_database());
                         EXECUTE format('GRANT CONNECT ON DATABASE %I TO {role}', current_database()); END $$;
             CREATE SCHEMA vigia AUTHORIZATION {role};
             CREATE SCHEMA vigia_vault AUTHORIZATION {role};"
        );
        let mut admin = sqlx::postgres::PgConnection::connect(&url).await.unwrap();
        sqlx::raw_sql(AssertSqlSafe(setup))
            .execute(&mut admin)
            .await
            .unwrap();
        let least = url.replace("user=postgres", &format!("user={role}"));
        database::moved_to(place.folder.path(), &least);
        let store = place.init().await;
        ingest(&store, vec![worked(1, "a@example.com", [10, 0, 0, 9])])
            .await
            .unwrap();
        store.subject_erase(&permit(), "a@example.com").await.unwrap();
        assert_whole(&store).await;
        store.close().await;
        place.open().await.close().await;
        let gone = format!("DROP OWNED BY {role} CASCADE; DROP ROLE {role}");
        sqlx::raw_sql(AssertSqlSafe(gone))
            .execute(&mut admin)
            .await
            .unwrap();
    }
}
