//! A keyring that is locked, and one that waits for its password.

use super::*;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;

/// A keyring that is locked until somebody unlocks it.
#[derive(Default)]
struct Lockable {
    open: AtomicBool,
    within: Memory,
}

impl Lockable {
    fn guard(&self) -> Result<&Memory, SecretError> {
        if self.open.load(Ordering::Relaxed) {
            return Ok(&self.within);
        }
        Err(SecretError {
            attempt: "asking",
            trouble: KeyringTrouble::Locked,
            reason: "locked".to_owned(),
        })
    }
}

impl Secrets for Lockable {
    fn get(&self, name: &str) -> Result<Option<Secret>, SecretError> {
        self.guard()?.get(name)
    }
    fn set(&self, name: &str, secret: &[u8]) -> Result<(), SecretError> {
        self.guard()?.set(name, secret)
    }
    fn delete(&self, name: &str) -> Result<(), SecretError> {
        self.guard()?.delete(name)
    }
}

#[tokio::test]
async fn a_locked_keyring_leaves_secrets_in_memory_until_it_is_tried_again() {
    let keyring = Arc::new(Lockable::default());
    let keeper = Keeper::new(Arc::<Lockable>::clone(&keyring)).await;
    assert!(!keeper.lasts());
    assert!(
        matches!(keeper.state(), Keyring::MemoryOnly { trouble: KeyringTrouble::Locked, reason } if reason.contains("locked"))
    );
    keeper.set("a", Zeroizing::new(b"b".to_vec())).await.unwrap();
    assert_eq!(keeper.get("a").await.unwrap().unwrap().as_slice(), b"b");
    assert!(!keeper.retry().await);
    keyring.open.store(true, Ordering::Relaxed);
    assert!(keeper.retry().await);
    assert_eq!(keeper.state(), Keyring::Available);
    assert!(
        keyring.within.get("a").unwrap().is_none(),
        "memory and keyring are two places"
    );
}

/// A keyring that waits for a password in a window of its own.
struct Blocks(Mutex<mpsc::Receiver<()>>);

impl Secrets for Blocks {
    fn get(&self, _: &str) -> Result<Option<Secret>, SecretError> {
        let _ = self.0.lock().unwrap().recv();
        Ok(None)
    }
    fn set(&self, _: &str, _: &[u8]) -> Result<(), SecretError> {
        Ok(())
    }
    fn delete(&self, _: &str) -> Result<(), SecretError> {
        Ok(())
    }
}

#[test]
fn a_keyring_that_waits_for_a_password_is_not_waited_for_not_even_at_the_end() {
    let (unlock, waits) = mpsc::channel();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .unwrap();
    let keyring = Arc::new(Blocks(Mutex::new(waits)));
    let keeper = runtime.block_on(Keeper::patient(keyring, Duration::from_millis(20)));
    assert!(
        matches!(keeper.state(), Keyring::MemoryOnly { trouble: KeyringTrouble::Silent, reason } if reason.contains("did not answer"))
    );
    // Would hang if the thread belonged to the runtime.
    drop(runtime);
    drop(unlock);
}
