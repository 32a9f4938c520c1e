//! A keyring that outlives consoles and can be locked, and a clock that runs ahead when told to.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use vigia_desk::secret::{Memory, Secret, SecretError, Secrets};
use vigia_desk::view::status::KeyringTrouble;
use vigia_domain::{Clock, Timestamp};
use vigia_server::edge::SystemClock;

/// A keyring in memory.
#[derive(Default)]
pub struct Keyring {
    within: Memory,
    locked: AtomicBool,
}

impl Keyring {
    /// Locks it, or unlocks it.
    pub fn lock(&self, locked: bool) {
        self.locked.store(locked, Ordering::Relaxed);
    }

    /// The same for a console.
    #[must_use]
    pub fn shared(self: &Arc<Self>) -> Box<dyn Secrets> {
        Box::new(Shared(Arc::clone(self)))
    }

    /// What lies in it, locked or not.
    #[must_use]
    pub fn within(&self) -> &Memory {
        &self.within
    }

    fn open(&self) -> Result<&Memory, SecretError> {
        if self.locked.load(Ordering::Relaxed) {
            return Err(SecretError {
                attempt: "asking the keyring",
                trouble: KeyringTrouble::Locked,
                reason: "the collection is locked".to_owned(),
            });
        }
        Ok(&self.within)
    }
}

struct Shared(Arc<Keyring>);

impl Secrets for Shared {
    fn get(&self, name: &str) -> Result<Option<Secret>, SecretError> {
        self.0.open()?.get(name)
    }

    fn set(&self, name: &str, secret: &[u8]) -> Result<(), SecretError> {
        self.0.open()?.set(name, secret)
    }

    fn delete(&self, name: &str) -> Result<(), SecretError> {
        self.0.open()?.delete(name)
    }
}

/// The computer's clock, and how far it is ahead.
#[derive(Default)]
pub struct AheadClock(AtomicI64);

impl AheadClock {
    /// Lets minutes pass at once.
    pub fn pass(&self, minutes: i64) {
        self.0.fetch_add(minutes, Ordering::Relaxed);
    }
}

impl Clock for AheadClock {
    fn now(&self) -> Timestamp {
        SystemClock.now() + chrono::TimeDelta::minutes(self.0.load(Ordering::Relaxed))
    }
}
