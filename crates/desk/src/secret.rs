//! Where secrets are kept: the system's keyring, or nowhere.
//!
//! The keyring may block (a locked one asks for its password in a window of its own), so it is
//! always asked on a thread of its own, which nobody waits for at the end, and never waited for
//! longer than `PATIENCE`. Without one, secrets live in this process and end with it; it can be
//! tried again at any time ([`Keeper::retry`]).

use crate::view::status::{Keyring, KeyringTrouble};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;
use zeroize::Zeroizing;

/// How long to wait for the keyring.
pub const PATIENCE: Duration = Duration::from_secs(10);
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
    /// What kind of trouble it is.
    pub trouble: KeyringTrouble,
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
        keyring::Entry::new(SERVICE, name).map_err(|error| failed(attempt, &error))
    }
}

fn failed(attempt: &'static str, error: &keyring::Error) -> SecretError {
    let trouble = match error {
        keyring::Error::NoStorageAccess(_) => KeyringTrouble::Locked,
        _ => KeyringTrouble::Missing,
    };
    SecretError {
        attempt,
        trouble,
        reason: error.to_string(),
    }
}

impl Secrets for SystemKeyring {
    fn get(&self, name: &str) -> Result<Option<Secret>, SecretError> {
        let attempt = "reading from the keyring";
        match Self::entry(attempt, name)?.get_secret() {
            Ok(secret) => Ok(Some(Zeroizing::new(secret))),
            Err(keyring::Error::NoEntry) => Ok(None),
            Err(error) => Err(failed(attempt, &error)),
        }
    }

    fn set(&self, name: &str, secret: &[u8]) -> Result<(), SecretError> {
        let attempt = "writing to the keyring";
        let entry = Self::entry(attempt, name)?;
        entry.set_secret(secret).map_err(|error| failed(attempt, &error))
    }

    fn delete(&self, name: &str) -> Result<(), SecretError> {
        let attempt = "deleting from the keyring";
        match Self::entry(attempt, name)?.delete_credential() {
            Ok(()) | Err(keyring::Error::NoEntry) => Ok(()),
            Err(error) => Err(failed(attempt, &error)),
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

/// The name that is tried first. What is tried with is kept there for the next time: consoles that
/// start side by side must not delete it under each other's hands.
const PROBE: &str = "probe";

/// The place that was found to work, asked from asynchronous code. Clones share it.
#[derive(Clone)]
pub struct Keeper(Arc<Places>);

struct Places {
    lasting: Arc<dyn Secrets>,
    memory: Arc<dyn Secrets>,
    state: RwLock<Keyring>,
    patience: Duration,
}

impl Keeper {
    /// Tries the place given; falls back to memory.
    pub async fn new(secrets: Arc<dyn Secrets>) -> Self {
        Self::patient(secrets, PATIENCE).await
    }

    /// Memory, and why.
    #[must_use]
    pub fn in_memory(reason: String) -> Self {
        let memory: Arc<dyn Secrets> = Arc::new(Memory::default());
        let trouble = KeyringTrouble::Missing;
        Self(Arc::new(Places {
            lasting: Arc::clone(&memory),
            memory,
            state: RwLock::new(Keyring::MemoryOnly { trouble, reason }),
            patience: PATIENCE,
        }))
    }

    async fn patient(secrets: Arc<dyn Secrets>, patience: Duration) -> Self {
        let keeper = Self(Arc::new(Places {
            lasting: secrets,
            memory: Arc::new(Memory::default()),
            state: RwLock::new(Keyring::Unknown),
            patience,
        }));
        keeper.retry().await;
        keeper
    }

    /// Tries the lasting place again; says whether secrets outlive this process now.
    pub async fn retry(&self) -> bool {
        let probed = ask(
            &self.0.lasting,
            self.0.patience,
            "trying the keyring",
            |secrets| match secrets.get(PROBE)? {
                Some(_) => Ok(()),
                None => secrets.set(PROBE, b"probe"),
            },
        );
        let state = match probed.await {
            Ok(()) => Keyring::Available,
            // It was there when this console started: what lies in it is not given up.
            Err(error) if self.lasts() => refusing(&error),
            Err(error) => {
                tracing::warn!(%error, "no keyring: secrets stay in memory and the copy is deleted on exit");
                Keyring::MemoryOnly {
                    trouble: error.trouble,
                    reason: error.to_string(),
                }
            }
        };
        let lasts = matches!(state, Keyring::Available);
        *self.0.state.write().unwrap_or_else(PoisonError::into_inner) = state;
        lasts
    }

    /// Where secrets are kept.
    #[must_use]
    pub fn state(&self) -> Keyring {
        self.0
            .state
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Whether secrets outlive this process.
    #[must_use]
    pub fn lasts(&self) -> bool {
        matches!(self.state(), Keyring::Available | Keyring::Refusing { .. })
    }

    fn place(&self) -> &Arc<dyn Secrets> {
        if self.lasts() {
            &self.0.lasting
        } else {
            &self.0.memory
        }
    }

    async fn use_place<T: Send + 'static>(
        &self,
        attempt: &'static str,
        what: impl FnOnce(&dyn Secrets) -> Result<T, SecretError> + Send + 'static,
    ) -> Result<T, SecretError> {
        let answer = ask(self.place(), self.0.patience, attempt, what).await;
        let mut state = self.0.state.write().unwrap_or_else(PoisonError::into_inner);
        match (&answer, &*state) {
            (Err(error), Keyring::Available) => *state = refusing(error),
            (Ok(_), Keyring::Refusing { .. }) => *state = Keyring::Available,
            _ => {}
        }
        answer
    }

    /// The secret with this name.
    ///
    /// # Errors
    /// Where the keyring fails or does not answer in time.
    pub async fn get(&self, name: &str) -> Result<Option<Secret>, SecretError> {
        let name = name.to_owned();
        self.use_place("reading from the keyring", move |secrets| secrets.get(&name))
            .await
    }

    /// Keeps a secret.
    ///
    /// # Errors
    /// Where the keyring fails or does not answer in time.
    pub async fn set(&self, name: &str, secret: Secret) -> Result<(), SecretError> {
        let name = name.to_owned();
        self.use_place("writing to the keyring", move |secrets| {
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
        self.use_place("deleting from the keyring", move |secrets| secrets.delete(&name))
            .await
    }
}

fn refusing(error: &SecretError) -> Keyring {
    Keyring::Refusing {
        trouble: error.trouble,
        reason: error.to_string(),
    }
}

/// Asks on a thread of its own: one of the runtime's would be waited for when the process ends, for
/// as long as the keyring waits for its password.
async fn ask<T: Send + 'static>(
    secrets: &Arc<dyn Secrets>,
    patience: Duration,
    attempt: &'static str,
    what: impl FnOnce(&dyn Secrets) -> Result<T, SecretError> + Send + 'static,
) -> Result<T, SecretError> {
    let secrets = Arc::clone(secrets);
    let (answer, answered) = tokio::sync::oneshot::channel();
    let failed = |reason: String, trouble| SecretError {
        attempt,
        trouble,
        reason,
    };
    let asking = std::thread::Builder::new()
        .name("keyring".to_owned())
        .spawn(move || {
            // Whoever asked may have stopped waiting.
            let _ = answer.send(what(secrets.as_ref()));
        });
    if let Err(error) = asking {
        return Err(failed(error.to_string(), KeyringTrouble::Missing));
    }
    match tokio::time::timeout(patience, answered).await {
        Ok(Ok(answer)) => answer,
        Ok(Err(_)) => Err(failed(
            "the keyring's client failed".to_owned(),
            KeyringTrouble::Missing,
        )),
        Err(_) => {
            let reason = format!(
                "it did not answer within {} s; it may be locked",
                patience.as_secs()
            );
            Err(failed(reason, KeyringTrouble::Silent))
        }
    }
}

#[cfg(test)]
mod tests;
