//! `vigia-platform migrate`: a data folder moves to a server, its proofs intact.

use crate::binary::{Said, on, program_on, verify};
use std::path::Path;
use tempfile::TempDir;
use vigia_tests::database;
use vigia_tests::platform::{HandClock, House};

fn text(path: &Path) -> &str {
    path.to_str().expect("text")
}

fn migrate(arguments: &[&str]) -> Said {
    let output = program_on(Path::new("/nowhere"))
        .env_remove("VIGIA_DATABASE")
        .arg("migrate")
        .args(arguments)
        .output()
        .expect("started");
    Said {
        code: output.status.code().expect("an exit code"),
        out: String::from_utf8_lossy(&output.stdout).into_owned(),
        err: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

/// A stopped platform on SQLite, and an empty database; `None` without a test server.
async fn begin() -> Option<(TempDir, String, String)> {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let url = database::of(&folder.path().join("target"))?;
    database::in_folder(folder.path());
    let house = House::start_in(folder).await;
    let key = house.ingest_key().await;
    house
        .ingest(&key, "", "a line of an application\n".repeat(300))
        .await;
    let note = house.platform.store().head().await.expect("the head").checkpoint;
    Some((house.stop().await.0, url, note))
}

#[tokio::test]
async fn a_data_folder_moves_to_a_server_and_every_proof_holds_on_postgresql() {
    let Some((folder, url, note)) = begin().await else {
        return;
    };
    let kept = folder.path().join("kept.txt");
    std::fs::write(&kept, note).expect("written");
    let before = on(folder.path(), &["export"], &["--json"]).out;
    let target = folder.path().join("target.txt");
    std::fs::write(&target, format!("{url}\n")).expect("written");
    let from = format!("sqlite:{}", text(folder.path()));
    let moved = migrate(&["--from", &from, "--to-file", text(&target)]);
    assert_eq!(moved.code, 0, "{}{}", moved.out, moved.err);
    assert!(moved.out.contains("copied and compared"), "{}", moved.out);

    let old = on(folder.path(), &["export"], &["--json"]);
    assert_eq!(old.code, 5, "{}", old.out);
    assert!(
        old.err.contains("was moved to PostgreSQL database"),
        "{}",
        old.err
    );
    let again = migrate(&["--from", &from, "--to", &url]);
    assert_eq!(again.code, 0, "{}", again.err);
    assert!(again.out.contains("moved by an earlier run"), "{}", again.out);

    database::moved_to(folder.path(), &url);
    let whole = verify(folder.path(), &["--checkpoint", text(&kept)]);
    assert_eq!(whole.code, 0, "{}{}", whole.out, whole.err);
    assert_eq!(on(folder.path(), &["replay"], &["--check"]).code, 0);
    let after = on(folder.path(), &["export"], &["--json"]).out;
    assert!(after.starts_with(before.trim_end()), "every event is as it was");
    let told: Vec<&str> = after
        .lines()
        .filter(|line| line.contains("\"platform.migrated\""))
        .collect();
    assert_eq!(told.len(), 1);
    assert!(told[0].contains("SQLite in the data folder"), "{}", told[0]);
}

#[tokio::test]
async fn a_migrate_killed_before_it_told_the_log_tells_it_when_repeated_on_postgresql() {
    let Some((folder, url, _)) = begin().await else {
        return;
    };
    let clock = HandClock::new();
    let options = |database| vigia_server::Options {
        database,
        ..House::options(folder.path(), &clock)
    };
    let to = vigia_server::Database::Postgres(url.parse().expect("an address"));
    vigia_store::Store::transfer(options(vigia_server::Database::Folder), &options(to))
        .await
        .expect("moved");
    let from = format!("sqlite:{}", text(folder.path()));
    for _ in 0..2 {
        let again = migrate(&["--from", &from, "--to", &url]);
        assert_eq!(again.code, 0, "{}{}", again.out, again.err);
    }
    database::moved_to(folder.path(), &url);
    let after = on(folder.path(), &["export"], &["--json"]).out;
    assert_eq!(after.matches("\"platform.migrated\"").count(), 1);
}

#[tokio::test]
async fn what_does_not_fit_is_refused_before_anything_is_touched_on_postgresql() {
    let Some((folder, url, _)) = begin().await else {
        return;
    };
    let from = format!("sqlite:{}", text(folder.path()));
    let wrong = [
        vec!["--from", &from],
        vec!["--from", &from, "--to", &from],
        vec!["--from", &from, "--to", "mysql://x/y"],
        vec!["--from", &from, "--to", &url, "--data", "/tmp"],
        vec!["--from", "/somewhere", "--to", &url],
    ];
    for arguments in wrong {
        let said = migrate(&arguments);
        assert_eq!(said.code, 2, "{arguments:?}: {}{}", said.out, said.err);
    }
    let nothing = tempfile::tempdir().expect("a temporary folder");
    let none = format!("sqlite:{}", text(nothing.path()));
    assert_eq!(migrate(&["--from", &none, "--to", &url]).code, 5);
    assert_eq!(verify(folder.path(), &[]).code, 0);
    assert_eq!(on(folder.path(), &["export"], &["--json"]).code, 0);
}

#[test]
fn a_password_shows_in_no_message() {
    let from = "postgres://vigia:hush-hush@127.0.0.1:1/vigia?sslmode=disable";
    for arguments in [
        vec![
            "--from",
            from,
            "--to",
            "postgres://v:hush-hush@127.0.0.1:1/w",
            "--data",
            "/nowhere",
        ],
        vec!["--from", from, "--to", "postgres://v:hush-hush@127.0.0.1:x/w"],
        vec![
            "--from",
            from,
            "--to",
            "postgres://v:hush-hush@127.0.0.1/w?pw=hush-hush",
        ],
    ] {
        let said = migrate(&arguments);
        assert_ne!(said.code, 0);
        assert!(
            !format!("{}{}", said.out, said.err).contains("hush"),
            "{}",
            said.err
        );
    }
}
