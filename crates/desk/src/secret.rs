//! Where secrets are kept: the system's keyring, or nowhere.
//!
//! The keyring may block (a locked one asks for its password in a window of its own), so it is
//! always asked on a thread of its own and never waited for longer than `PATIENCE`. Without one,
//! secrets live in this process and end with it.

use crate::view::status::Keyring;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use zeroize::Zeroizing;

/// How long to wait for the keyring.
const PATIENCE: Duration = Duration::from_secs(5);
/// The name under which the keyring lists what is Vigia's.
const SERVICE: &str = "vigia";

/// A secret, wiped when dropped.
pub type Secret = Zeroizing<Vec<u8>>;

/// The keyring did not do what it was asked.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{attempt}: {reason}")]
pub struct SecretError {
    /// What was being attempted.
    pub attempt: &'static str,
    /// The keyring's word for it.
    pub reason: String,
}

/// Somewhere to keep secrets. Calls may block.
pub trait Secrets: Send + Sync {
    /// The secret with this name.
    ///
    /// # Errors
    /// Where it cannot be asked.
    fn get(&self, name: &str) -> Result<Option<Secret>, SecretError>;

    /// Keeps a secret.
    ///
    /// # Errors
    /// Where it cannot be kept.
    fn set(&self, name: &str, secret: &[u8]) -> Result<(), SecretError>;

    /// Forgets a secret.
    ///
    /// # Errors
    /// Where it cannot be asked.
    fn delete(&self, name: &str) -> Result<(), SecretError>;
}

/// The system's keyring.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemKeyring;

impl SystemKeyring {
    fn entry(attempt: &'static str, name: &str) -> Result<keyring::Entry, SecretError> {
        keyring::Entry::new(SERVICE, name).map_err(|error| SecretError {
            attempt,
            reason: error.to_string(),
        })
    }
}

impl Secrets for SystemKeyring {
    fn get(&self, name: &str) -> Result<Option<Secret>, SecretError> {
        let attempt = "reading from the keyring";
        match Self::entry(attempt, name)?.get_secret() {
            Ok(secret) => Ok(Some(Zeroizing::new(secret))),
            Err(keyring::Error::NoEntry) => Ok(None),
            Err(error) => Err(SecretError {
                attempt,
                reason: error.to_string(),
            }),
        }
    }

    fn set(&self, name: &str, secret: &[u8]) -> Result<(), SecretError> {
        let attempt = "writing to the keyring";
        let entry = Self::entry(attempt, name)?;
        entry.set_secret(secret).map_err(|error| SecretError {
            attempt,
            reason: error.to_string(),
        })
    }

    fn delete(&self, name: &str) -> Result<(), SecretError> {
        let attempt = "deleting from the keyring";
        match Self::entry(attempt, name)?.delete_credential() {
            Ok(()) | Err(keyring::Error::NoEntry) => Ok(()),
            Err(error) => Err(SecretError {
                attempt,
                reason: error.to_string(),
            }),
        }
    }
}

/// Memory: everything ends with the process.
#[derive(Default)]
pub struct Memory(Mutex<HashMap<String, Secret>>);

impl Secrets for Memory {
    fn get(&self, name: &str) -> Result<Option<Secret>, SecretError> {
        Ok(self
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get(name)
            .cloned())
    }

    fn set(&self, name: &str, secret: &[u8]) -> Result<(), SecretError> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.insert(name.to_owned(), Zeroizing::new(secret.to_vec()));
        Ok(())
    }

    fn delete(&self, name: &str) -> Result<(), SecretError> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(name);
        Ok(())
    }
}

/// The place that was found to work, asked from asynchronous code.
#[derive(Clone)]
pub struct Keeper {
    secrets: Arc<dyn Secrets>,
    state: Keyring,
}

impl Keeper {
    /// Tries the place given; falls back to memory. What is tried with is kept there for the next
    /// time: consoles that start side by side must not delete it under each other's hands.
    pub async fn new(secrets: Arc<dyn Secrets>) -> Self {
        const PROBE: &str = "probe";
        let probe = ask(&secrets, "trying the keyring", |secrets| {
            match secrets.get(PROBE)? {
                Some(_) => Ok(()),
                None => secrets.set(PROBE, b"probe"),
            }
        });
        match probe.await {
            Ok(()) => Self {
                secrets,
                state: Keyring::Available,
            },
            Err(error) => {
                tracing::warn!(%error, "no keyring: secrets stay in memory and the copy is deleted on exit");
                Self::in_memory(error.to_string())
            }
        }
    }

    /// Memory, and why.
    #[must_use]
    pub fn in_memory(reason: String) -> Self {
        Self {
            secrets: Arc::new(Memory::default()),
            state: Keyring::MemoryOnly { reason },
        }
    }

    /// Where secrets are kept.
    #[must_use]
    pub fn state(&self) -> &Keyring {
        &self.state
    }

    /// Whether secrets outlive this process.
    #[must_use]
    pub fn lasts(&self) -> bool {
        matches!(self.state, Keyring::Available)
    }

    /// The secret with this name.
    ///
    /// # Errors
    /// Where the keyring fails or does not answer in time.
    pub async fn get(&self, name: &str) -> Result<Option<Secret>, SecretError> {
        let name = name.to_owned();
        ask(&self.secrets, "reading from the keyring", move |secrets| {
            secrets.get(&name)
        })
        .await
    }

    /// Keeps a secret.
    ///
    /// # Errors
    /// Where the keyring fails or does not answer in time.
    pub async fn set(&self, name: &str, secret: Secret) -> Result<(), SecretError> {
        let name = name.to_owned();
        ask(&self.secrets, "writing to the keyring", move |secrets| {
            secrets.set(&name, &secret)
        })
        .await
    }

    /// Forgets a secret.
    ///
    /// # Errors
    /// Where the keyring fails or does not answer in time.
    pub async fn delete(&self, name: &str) -> Result<(), SecretError> {
        let name = name.to_owned();
        ask(&self.secrets, "deleting from the keyring", move |secrets| {
            secrets.delete(&name)
        })
        .await
    }
}

async fn ask<T: Send + 'static>(
    secrets: &Arc<dyn Secrets>,
    attempt: &'static str,
    what: impl FnOnce(&dyn Secrets) -> Result<T, SecretError> + Send + 'static,
) -> Result<T, SecretError> {
    let secrets = Arc::clone(secrets);
    let asked = tokio::task::spawn_blocking(move || what(secrets.as_ref()));
    match tokio::time::timeout(PATIENCE, asked).await {
        Ok(Ok(answer)) => answer,
        Ok(Err(_)) => Err(SecretError {
            attempt,
            reason: "the keyring's client failed".to_owned(),
        }),
        Err(_) => {
            let reason = format!(
                "it did not answer within {} s; it may be locked",
                PATIENCE.as_secs()
            );
            Err(SecretError { attempt, reason })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Refuses;

    impl Secrets for Refuses {
        fn get(&self, _: &str) -> Result<Option<Secret>, SecretError> {
            Err(SecretError {
                attempt: "reading",
                reason: "locked".to_owned(),
            })
        }
        fn set(&self, _: &str, _: &[u8]) -> Result<(), SecretError> {
            Err(SecretError {
                attempt: "writing",
                reason: "locked".to_owned(),
            })
        }
        fn delete(&self, _: &str) -> Result<(), SecretError> {
            Ok(())
        }
    }

    #[tokio::test]
    async fn without_a_keyring_secrets_stay_in_memory_and_the_reason_is_told() {
        let keeper = Keeper::new(Arc::new(Refuses)).await;
        assert!(!keeper.lasts());
        assert!(matches!(keeper.state(), Keyring::MemoryOnly { reason } if reason.contains("locked")));
        keeper.set("a", Zeroizing::new(b"b".to_vec())).await.unwrap();
        assert_eq!(keeper.get("a").await.unwrap().unwrap().as_slice(), b"b");
    }
}
