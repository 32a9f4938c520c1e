//! Restores that break off and are begun again, and manifests that do not fit.

use super::backing_up::{Again, back_up, filled, master, restore};
use super::*;
use crate::backup::{Breaks, Step};
use crate::{Error, Restore, Restored};
use serde_json::{Value, json};

/// A platform's only backup, and where it could be restored.
struct Kept {
    original: Place,
    to: TempDir,
    name: String,
}

impl Kept {
    async fn new() -> Self {
        let original = Place::new();
        let store = filled(&original).await;
        let to = TempDir::new().unwrap();
        let name = back_up(&original, &store, to.path()).await;
        store.close().await;
        Self { original, to, name }
    }

    fn wanted(&self) -> Restore {
        Restore {
            from: self.to.path().to_owned(),
            vault_from: None,
            name: None,
            master: master(&self.original),
            keep_master: true,
        }
    }

    fn again(&self) -> Again {
        let folder = TempDir::new().unwrap();
        Again {
            folder: folder.path().join("data"),
            place: Place {
                folder,
                clock: self.original.clock.clone(),
            },
        }
    }

    async fn restore(&self, again: &Again, folder: &Path, after: Option<Step>) -> Result<Restored> {
        let options = Options {
            folder: folder.to_owned(),
            ..again.options()
        };
        Store::restore_with(&permit(), &self.wanted(), options, Breaks { after }).await
    }
}

impl Again {
    fn options(&self) -> Options {
        self.place.options_at(&self.folder)
    }

    fn is_on_a_server(&self) -> bool {
        self.options().database != Database::Folder
    }
}

/// Whoever has keys that would fit is told what the database is.
async fn assert_is_refused_as_half(kept: &Kept, again: &Again, step: Step) {
    let with_keys = || Options {
        folder: kept.original.folder.path().to_owned(),
        ..again.options()
    };
    for refused in [Store::open(with_keys()).await, Store::look(with_keys()).await] {
        let error = refused.err().unwrap();
        assert!(matches!(error, Error::Restoring), "{step:?}: {error:?}");
        assert!(error.to_string().contains("run the same `restore` again"));
    }
    let fresh = TempDir::new().unwrap();
    let made = Options {
        folder: fresh.path().to_owned(),
        ..again.options()
    };
    let made = Store::init(made, "vigia.test/other").await;
    assert!(matches!(made, Err(Error::Restoring)), "{step:?}");
}

#[tokio::test]
async fn a_restore_that_broke_off_anywhere_is_begun_again_by_the_same_call() {
    let kept = Kept::new().await;
    let again = kept.again();
    for step in [
        Step::Claimed,
        Step::VaultFilled,
        Step::PlatformFilled,
        Step::Whole,
    ] {
        let broken = kept.restore(&again, &again.folder, Some(step)).await;
        assert!(matches!(broken, Err(Error::Closed)), "{step:?}: {broken:?}");
        assert!(!again.folder.exists(), "{step:?}: the folder has no name yet");
        // What a killed one leaves beside the place is in nobody's way.
        let beside = again.folder.with_file_name("data.restoring");
        std::fs::create_dir_all(beside.join("keys")).unwrap();
        if again.is_on_a_server() && step != Step::Whole {
            assert_is_refused_as_half(&kept, &again, step).await;
        }
    }
    let restored = kept.restore(&again, &again.folder, None).await.unwrap();
    assert_eq!(
        (restored.manifest.name, restored.findings),
        (kept.name.clone(), vec![])
    );
    assert_eq!(
        std::fs::read_dir(again.place.folder.path()).unwrap().count(),
        1,
        "the folder alone"
    );
    let store = Store::open(again.options()).await.unwrap();
    assert_whole(&store).await;
    assert_eq!(store.missing_triggers().await.unwrap(), Vec::<&str>::new());
    ingest(&store, vec![worked(9_000, "ana@example.com", [1, 1, 1, 1])])
        .await
        .unwrap();
    assert_whole(&store).await;
}

#[tokio::test]
async fn a_restore_that_broke_off_after_its_last_step_left_a_platform() {
    let kept = Kept::new().await;
    let again = kept.again();
    let broken = kept.restore(&again, &again.folder, Some(Step::Named)).await;
    assert!(matches!(broken, Err(Error::Closed)), "{broken:?}");
    let repeated = kept.restore(&again, &again.folder, None).await;
    assert!(matches!(repeated, Err(Error::NotEmpty(_))), "{repeated:?}");
    assert_whole(&Store::look(again.options()).await.unwrap()).await;
    let store = Store::open(again.options()).await.unwrap();
    assert_whole(&store).await;
    store.close().await;
    // Whoever opened it has taken the mark away.
    if again.is_on_a_server() {
        let elsewhere = again.place.folder.path().join("elsewhere");
        let refused = kept.restore(&again, &elsewhere, None).await;
        assert!(matches!(refused, Err(Error::DatabaseInUse)), "{refused:?}");
        assert!(!elsewhere.exists());
    }
}

#[tokio::test]
async fn a_database_with_a_whole_platform_is_not_restored_into_on_postgresql() {
    let kept = Kept::new().await;
    let again = kept.again();
    if !again.is_on_a_server() {
        return;
    }
    kept.restore(&again, &again.folder, None).await.unwrap();
    let elsewhere = again.place.folder.path().join("elsewhere");
    // Neither what was restored nor what was made.
    for database in [again.options().database, kept.original.options().database] {
        let options = Options {
            folder: elsewhere.clone(),
            database,
            ..again.options()
        };
        let refused = Store::restore(&permit(), &kept.wanted(), options).await;
        assert!(matches!(refused, Err(Error::DatabaseInUse)), "{refused:?}");
    }
    assert_whole(&Store::open(again.options()).await.unwrap()).await;
    assert_whole(&kept.original.open().await).await;
}

/// Writes a manifest in which one value is another.
fn falsify(manifest: &Path, pointer: &str, value: &Value) -> Vec<u8> {
    let bytes = std::fs::read(manifest).unwrap();
    let mut changed: Value = serde_json::from_slice(&bytes).unwrap();
    let place = changed.pointer_mut(pointer).unwrap();
    assert_ne!(place, value);
    *place = value.clone();
    std::fs::write(manifest, changed.to_string()).unwrap();
    bytes
}

#[tokio::test]
async fn a_manifest_that_does_not_fit_its_file_restores_nothing_and_says_where() {
    let kept = Kept::new().await;
    let manifest = |part: &str| kept.to.path().join(part).join(&kept.name).join("manifest.json");
    let hash = json!("0".repeat(64));
    for (part, pointer, value, what) in [
        ("database", "/name", json!("20200101T000000Z"), "name"),
        ("database", "/platform_schema", json!(1), "schema"),
        ("database", "/size", json!(7), "number of entries"),
        ("database", "/root", hash.clone(), "root"),
        ("database", "/checkpoint", json!("another"), "checkpoint"),
        ("database", "/origin", json!("vigia.test/other"), "origin"),
        ("database", "/database/bytes", json!(7), "length of the file"),
        (
            "database",
            "/database/sha256",
            hash.clone(),
            "SHA-256 of the file",
        ),
        ("database", "/database/rows", json!(7), "number of rows"),
        ("vault", "/name", json!("20990101T000000Z"), "name"),
        ("vault", "/vault_schema", json!(0), "schema"),
        ("vault", "/generation", json!(700), "generation of the vault"),
        ("vault", "/vault/bytes", json!(7), "length of the file"),
        ("vault", "/vault/sha256", hash, "SHA-256 of the file"),
        ("vault", "/vault/rows", json!(7), "number of rows"),
    ] {
        let path = manifest(part);
        let right = falsify(&path, pointer, &value);
        let (again, refused) = restore(&kept.original, kept.to.path(), None).await;
        let error = refused.err().unwrap();
        let Error::ManifestDoesNotFit {
            manifest,
            what: found,
        } = &error
        else {
            panic!("{part}{pointer}: {error:?}");
        };
        assert_eq!((manifest, *found), (&path, what), "{part}{pointer}");
        assert!(!error.is_local(), "it says something about the backup");
        assert!(!again.folder.exists(), "{part}{pointer}");
        std::fs::write(&path, right).unwrap();
    }
    let (_, restored) = restore(&kept.original, kept.to.path(), None).await;
    assert_eq!(restored.unwrap().manifest.name, kept.name);
}

#[tokio::test]
async fn a_backup_of_which_a_file_is_missing_is_called_incomplete() {
    let kept = Kept::new().await;
    for file in [
        format!("database/{}/platform.vigia", kept.name),
        format!("database/{}/manifest.json", kept.name),
        format!("vault/{}/vault.vigia", kept.name),
        format!("vault/{}/manifest.json", kept.name),
    ] {
        let path = kept.to.path().join(&file);
        let bytes = std::fs::read(&path).unwrap();
        std::fs::remove_file(&path).unwrap();
        let (_, refused) = restore(&kept.original, kept.to.path(), None).await;
        let error = refused.err().unwrap();
        assert!(
            matches!(&error, Error::BackupIncomplete(missing) if *missing == path),
            "{file}: {error:?}"
        );
        std::fs::write(&path, bytes).unwrap();
    }
}
