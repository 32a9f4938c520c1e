//! Files that do not read back, and two consoles on one file.

use super::sample::key;
use super::sample_log::{Log, found};
use super::{Cache, CacheError, Found};
use std::path::Path;
use vigia_domain::Kind;

async fn filled(path: &Path) -> u64 {
    let cache = Cache::open(path, &key()).await.unwrap();
    let mut log = Log::default();
    log.grow(1_000);
    log.pull(&cache).await;
    cache.close().await;
    std::fs::metadata(path).unwrap().len()
}

fn damage(path: &Path, at: u64) {
    let mut bytes = std::fs::read(path).unwrap();
    bytes[usize::try_from(at).unwrap()] ^= 0x10;
    std::fs::write(path, bytes).unwrap();
}

#[tokio::test]
async fn a_copy_whose_beginning_does_not_read_back_is_known_for_damaged() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cache.db");
    assert_eq!(Cache::look(&path, &key()).await.unwrap(), Found::Nothing);
    let size = filled(&path).await;
    assert_eq!(Cache::look(&path, &key()).await.unwrap(), Found::Copy);
    let whole = std::fs::read(&path).unwrap();

    let other = zeroize::Zeroizing::new([8; 32]);
    assert_eq!(
        Cache::look(&path, &other).await.unwrap(),
        Found::Damaged,
        "another key"
    );
    damage(&path, 100);
    assert_eq!(
        Cache::look(&path, &key()).await.unwrap(),
        Found::Damaged,
        "a flipped byte"
    );
    std::fs::write(&path, b"").unwrap();
    assert_eq!(
        Cache::look(&path, &key()).await.unwrap(),
        Found::Damaged,
        "an empty file"
    );
    std::fs::write(&path, vec![0x5a; 100_000]).unwrap();
    assert_eq!(Cache::look(&path, &key()).await.unwrap(), Found::Damaged, "noise");
    std::fs::write(&path, &whole[..1_000]).unwrap();
    assert_eq!(
        Cache::look(&path, &key()).await.unwrap(),
        Found::Damaged,
        "cut within a page"
    );

    // A damaged one begins anew, and works.
    assert!(size > 1_000);
    assert!(filled(&path).await > 1_000);
    assert_eq!(Cache::look(&path, &key()).await.unwrap(), Found::Copy);
}

#[tokio::test]
async fn damage_further_inside_is_noticed_by_whoever_reads_it_and_by_a_check() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cache.db");
    let size = filled(&path).await;
    let whole = std::fs::read(&path).unwrap();
    for kind in ["flipped", "cut"] {
        std::fs::write(&path, &whole).unwrap();
        match kind {
            "flipped" => (10..size / 4_096)
                .step_by(3)
                .for_each(|page| damage(&path, page * 4_096 + 77)),
            _ => std::fs::write(&path, &whole[..whole.len() / 2]).unwrap(),
        }
        let Ok(cache) = Cache::open(&path, &key()).await else {
            panic!("{kind}: it can be opened, or begins anew");
        };
        if kind == "flipped" {
            let checked = cache.check().await;
            assert!(matches!(&checked, Err(error) if error.is_damage()), "{checked:?}");
            let read = async {
                for seq in 0..1_000 {
                    cache.events(&[seq]).await?;
                }
                Ok::<_, CacheError>(())
            };
            let read = read.await;
            assert!(matches!(&read, Err(error) if error.is_damage()), "{read:?}");
        } else {
            let read = cache.range().await.and(cache.check().await);
            assert!(
                read.is_err() || cache.range().await.unwrap().size() == 0,
                "{kind}"
            );
        }
        cache.close().await;
    }
}

#[tokio::test]
async fn garbage_in_the_write_ahead_log_costs_at_most_what_lay_there() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cache.db");
    filled(&path).await;
    std::fs::write(folder.path().join("cache.db-wal"), vec![0x77; 50_000]).unwrap();
    let cache = Cache::open(&path, &key()).await.unwrap();
    assert_eq!(cache.range().await.unwrap().size(), 1_000);
    cache.check().await.unwrap();
}

#[tokio::test]
async fn a_copy_that_cannot_be_reached_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cache.db");
    filled(&path).await;
    let bytes = std::fs::read(&path).unwrap();
    // Where SQLite cannot make its files beside it, nothing says that the copy is bad.
    std::fs::create_dir(folder.path().join("cache.db-wal")).unwrap();
    assert!(Cache::open(&path, &key()).await.is_err());
    assert_eq!(std::fs::read(&path).unwrap(), bytes);
}

#[tokio::test]
async fn two_consoles_write_into_one_copy_and_neither_uses_the_others_dictionary() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cache.db");
    let one = Cache::open(&path, &key()).await.unwrap();
    let other = Cache::open(&path, &key()).await.unwrap();
    let mut log = Log::default();
    log.grow(20);
    log.pull(&one).await;
    // The other begins anew with other words first, so the same numbers mean something else.
    other.clear().await.unwrap();
    let mut odd = Log::default();
    odd.grow(3);
    for event in &mut odd.events {
        event.kind = Kind::SYSTEM_LOG;
        event.service = "sshd".to_owned();
    }
    odd.pull(&other).await;
    odd.grow(10);
    odd.pull(&one).await;
    assert_eq!(found(&one, "kind:auth.login.failed").await.len(), 10);
    assert_eq!(found(&other, "service:sshd").await.len(), 3);
    one.close().await;
    other.close().await;
}
