//! Backups with the binary: killed over a restore, mixed up by hand, put where they do not belong.

use crate::binary::{Said, on, program_on, run};
use serde_json::{Value, json};
use sqlx::{Connection as _, Row as _};
use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use tempfile::TempDir;
use vigia_tests::database;
use vigia_tests::platform::House;

/// What of a backup's file the console's pipe and buffers hold at most, in bytes, and some more.
const BEYOND_BUFFERS: usize = 600_000;
/// What is kept back of it, in bytes.
const KEPT_BACK: usize = 1_000;

fn text(path: &Path) -> &str {
    path.to_str().expect("text")
}

/// A running platform with a backup of its own.
struct Kept {
    house: House,
    place: TempDir,
    name: String,
}

impl Kept {
    async fn new(lines: usize) -> Self {
        let house = House::start().await;
        let key = house.ingest_key().await;
        let line = |n: usize| format!("line {n} of an application that says the same again and again\n");
        let body: String = (0..lines).map(line).collect();
        house.ingest(&key, "", body).await;
        let place = TempDir::new().expect("a folder");
        let to = place.path().join("backups");
        let made = on(house.folder(), &["backup"], &["--to", text(&to), "--json"]);
        assert_eq!(made.code, 0, "{}{}", made.out, made.err);
        let made: Value = serde_json::from_str(&made.out).expect("JSON");
        let name = made["name"].as_str().expect("a name").to_owned();
        Self { house, place, name }
    }

    fn backups(&self) -> PathBuf {
        self.place.path().join("backups")
    }

    fn file(&self, part: &str, name: &str) -> PathBuf {
        self.backups().join(part).join(&self.name).join(name)
    }

    fn master(&self) -> PathBuf {
        self.house.folder().join("keys/master")
    }

    fn restore(&self, data: &Path) -> Command {
        let mut command = program_on(data);
        command
            .args(["restore", "--data", text(data)])
            .args(["--from", text(&self.backups())])
            .args(["--master-key", text(&self.master())]);
        command
    }

    fn check(&self) -> Said {
        run(&[
            "check-backup",
            "--from",
            text(&self.backups()),
            "--master-key",
            text(&self.master()),
        ])
    }
}

fn said(command: &mut Command) -> Said {
    let output = command.output().expect("started");
    Said {
        code: output.status.code().expect("an exit code"),
        out: String::from_utf8_lossy(&output.stdout).into_owned(),
        err: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

/// Begins a restore, and kills it when it has filled the vault and a part of the ledger: the ledger's
/// file is a pipe whose end does not come.
fn kill_half_way(kept: &Kept, data: &Path) {
    let file = kept.file("database", "platform.vigia");
    let aside = kept.file("database", "aside");
    let bytes = std::fs::read(&file).expect("the ledger's file");
    assert!(bytes.len() > BEYOND_BUFFERS, "{} bytes", bytes.len());
    std::fs::rename(&file, &aside).expect("moved aside");
    let made = Command::new("mkfifo").arg(&file).status();
    assert!(made.expect("mkfifo").success());
    let mut restoring = kept
        .restore(data)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("started");
    let mut pipe = OpenOptions::new().write(true).open(&file).expect("a reader");
    pipe.write_all(&bytes[..bytes.len() - KEPT_BACK]).expect("read");
    restoring.kill().expect("killed");
    restoring.wait().expect("an end");
    drop(pipe);
    std::fs::rename(&aside, &file).expect("moved back");
}

async fn number(url: &str, sql: &'static str) -> i64 {
    let mut server = sqlx::postgres::PgConnection::connect(url)
        .await
        .expect("the database");
    let row = sqlx::query(sql).fetch_one(&mut server).await.expect("a row");
    server.close().await.expect("closed");
    row.get(0)
}

#[tokio::test]
async fn a_restore_killed_half_way_is_begun_again_by_the_same_command_on_postgresql() {
    let kept = Kept::new(6_000).await;
    let data = kept.place.path().join("restored");
    let Some(url) = database::of(&data) else { return };
    for _ in 0..2 {
        kill_half_way(&kept, &data);
        assert!(!data.exists(), "it has no name yet");
        let marked = "SELECT count(*) FROM vigia.meta WHERE name = 'restoring' AND value = 'begun'";
        assert_eq!(number(&url, marked).await, 1);
        assert_eq!(number(&url, "SELECT count(*) FROM vigia_vault.counter").await, 1);
        assert_eq!(number(&url, "SELECT count(*) FROM vigia.entry").await, 0);
    }
    let restored = said(&mut kept.restore(&data));
    assert_eq!(restored.code, 0, "{}{}", restored.out, restored.err);
    assert_eq!(on(&data, &["verify"], &[]).code, 0);
    assert_eq!(on(&data, &["replay"], &["--check"]).code, 0);
    assert_eq!(
        number(&url, "SELECT count(*) FROM vigia.meta WHERE name = 'restoring'").await,
        0
    );

    // What is whole now is refused.
    let elsewhere = kept.place.path().join("elsewhere");
    let refused = said(kept.restore(&elsewhere).env("VIGIA_DATABASE", &url));
    assert_eq!(refused.code, 5, "{}{}", refused.out, refused.err);
    assert!(
        refused.err.contains("already holds a platform"),
        "{}",
        refused.err
    );
    assert_eq!(on(&data, &["verify"], &[]).code, 0);
}

#[tokio::test]
async fn a_restore_killed_half_way_is_begun_again_by_the_same_command_on_sqlite() {
    let kept = Kept::new(6_000).await;
    let data = kept.place.path().join("restored");
    database::in_folder(&data);
    kill_half_way(&kept, &data);
    assert!(!data.exists(), "it has no name yet");
    let restored = said(&mut kept.restore(&data));
    assert_eq!(restored.code, 0, "{}{}", restored.out, restored.err);
    assert_eq!(on(&data, &["verify"], &[]).code, 0);
}

#[tokio::test]
async fn check_backup_says_no_where_a_manifest_does_not_fit_its_files() {
    let kept = Kept::new(10).await;
    let whole = kept.check();
    assert_eq!(whole.code, 0, "{}{}", whole.out, whole.err);
    for (part, name, value, what) in [
        ("database", "root", json!("0".repeat(64)), "another root"),
        ("database", "size", json!(1), "another number of entries"),
        ("vault", "generation", json!(99), "another generation"),
    ] {
        let path = kept.file(part, "manifest.json");
        let right = std::fs::read(&path).expect("a manifest");
        let mut manifest: Value = serde_json::from_slice(&right).expect("JSON");
        manifest[name] = value;
        std::fs::write(&path, manifest.to_string()).expect("written");
        let found = kept.check();
        assert_eq!(found.code, 1, "{part} {name}: {}{}", found.out, found.err);
        assert!(found.out.contains(text(&path)), "{}", found.out);
        assert!(found.out.contains(what), "{}", found.out);
        std::fs::write(&path, right).expect("written");
    }
    let path = kept.file("vault", "vault.vigia");
    std::fs::remove_file(&path).expect("removed");
    let found = kept.check();
    assert_eq!(found.code, 1, "{}{}", found.out, found.err);
    assert!(found.out.contains("vault.vigia is missing"), "{}", found.out);
    let left = std::fs::read_dir(kept.backups()).expect("the backups").count();
    assert_eq!(left, 2, "nothing of the check stays");
}

#[tokio::test]
async fn a_backup_into_the_data_folder_is_wrong_usage_whatever_links_lead_there() {
    let house = House::start().await;
    let place = TempDir::new().expect("a folder");
    let link = place.path().join("link");
    std::os::unix::fs::symlink(house.folder(), &link).expect("a link");
    let good = place.path().join("backups");
    let inside = house.folder().join("backups");
    for (option, arguments) in [
        ("--to", vec!["--to", text(&inside)]),
        ("--to", vec!["--to", text(&link)]),
        (
            "--vault-to",
            vec!["--to", text(&good), "--vault-to", text(&inside)],
        ),
    ] {
        let refused = on(house.folder(), &["backup"], &arguments);
        assert_eq!(refused.code, 2, "{arguments:?}: {}{}", refused.out, refused.err);
        assert!(refused.err.contains(option), "{}", refused.err);
        assert!(refused.err.contains("lies in the data folder"), "{}", refused.err);
    }
    assert!(!inside.exists() && !good.exists(), "nothing was made");
    let made = on(house.folder(), &["backup"], &["--to", text(&good)]);
    assert_eq!(made.code, 0, "{}{}", made.out, made.err);
    house.stop().await;
}
