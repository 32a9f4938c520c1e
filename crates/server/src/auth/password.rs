//! Passwords: which are taken, how they are hashed, and the same work where there is no account.
//!
//! argon2id with 19 MiB and two passes (OWASP's first choice). Hashing runs on blocking threads, a
//! few at a time, so that a flood of sign-ins neither stalls the platform nor takes its memory.

use crate::{Error, edge};
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use std::sync::Arc;
use tokio::sync::Semaphore;
use zeroize::Zeroizing;

/// The shortest password taken, in bytes.
pub const MIN_BYTES: usize = 12;
/// The longest password taken, in bytes.
pub const MAX_BYTES: usize = 1024;
/// Memory of one hash, in KiB.
const MEMORY_KIB: u32 = 19 * 1024;
/// Passes over that memory.
const PASSES: u32 = 2;
/// Hashes computed at the same time.
const AT_ONCE: usize = 4;

/// Passwords that everybody tries first, one a line, in lower case.
const COMMON: &str = include_str!("common_passwords.txt");

/// Why a password is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Weak {
    /// Fewer than [`MIN_BYTES`].
    #[error("at least 12 characters are needed")]
    Short,
    /// More than [`MAX_BYTES`].
    #[error("at most 1024 bytes are taken")]
    Long,
    /// Among the first that an attacker tries.
    #[error("this password is among the first that are tried")]
    Common,
    /// The e-mail, or part of it.
    #[error("the password must not be the e-mail address")]
    Email,
}

/// Judges a new password for this e-mail.
///
/// # Errors
/// Why it is not taken.
pub fn judge(password: &str, email: &str) -> Result<(), Weak> {
    if password.len() < MIN_BYTES {
        return Err(Weak::Short);
    }
    if password.len() > MAX_BYTES {
        return Err(Weak::Long);
    }
    let lower = password.to_lowercase();
    if lower == email.trim().to_lowercase() {
        return Err(Weak::Email);
    }
    let mut letters = lower.chars();
    let first = letters.next();
    if COMMON.lines().any(|common| common == lower) || letters.all(|letter| Some(letter) == first) {
        return Err(Weak::Common);
    }
    Ok(())
}

/// Hashes and checks passwords.
#[derive(Clone)]
pub struct Passwords {
    places: Arc<Semaphore>,
    dummy: Arc<str>,
}

impl Passwords {
    /// Ready to check; makes the hash that stands in where there is no account.
    ///
    /// # Errors
    /// Where the system gives no randomness.
    pub fn new() -> Result<Self, Error> {
        let nobody = edge::random::<16>()?;
        Ok(Self {
            places: Arc::new(Semaphore::new(AT_ONCE)),
            dummy: hash_now(&nobody, &edge::random::<16>()?)?.into(),
        })
    }

    /// The PHC string of a new password.
    ///
    /// # Errors
    /// Where hashing fails or the platform is stopping.
    pub async fn hash(&self, password: &str) -> Result<String, Error> {
        let password = Zeroizing::new(password.to_owned());
        let salt = edge::random::<16>()?;
        self.work(move || hash_now(password.as_bytes(), &salt)).await
    }

    /// Whether this is the password; without a hash, the same work and always no.
    ///
    /// # Errors
    /// Where the stored hash is none, or the platform is stopping.
    pub async fn verify(&self, password: &str, hash: Option<String>) -> Result<bool, Error> {
        let password = Zeroizing::new(password.to_owned());
        let known = hash.is_some();
        let hash = hash.unwrap_or_else(|| self.dummy.to_string());
        let same = self
            .work(move || {
                let parsed = PasswordHash::new(&hash).map_err(|_| Error::Hashing)?;
                Ok(hasher()?.verify_password(password.as_bytes(), &parsed).is_ok())
            })
            .await?;
        Ok(known && same)
    }

    async fn work<T: Send + 'static>(
        &self,
        job: impl FnOnce() -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let place = Arc::clone(&self.places).acquire_owned().await;
        let place = place.map_err(|_| Error::Stopping)?;
        let done = tokio::task::spawn_blocking(move || {
            let result = job();
            drop(place);
            result
        });
        done.await.map_err(|_| Error::Stopping)?
    }
}

fn hasher() -> Result<Argon2<'static>, Error> {
    let params = Params::new(MEMORY_KIB, PASSES, 1, None).map_err(|_| Error::Hashing)?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

fn hash_now(password: &[u8], salt: &[u8]) -> Result<String, Error> {
    let hash: argon2::password_hash::phc::PasswordHash = hasher()?
        .hash_password_with_salt(password, salt)
        .map_err(|_| Error::Hashing)?;
    Ok(hash.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_long_common_and_repeated_passwords_are_refused() {
        assert_eq!(judge("eleven-char", "a@b.c"), Err(Weak::Short));
        assert_eq!(judge(&"x7".repeat(513), "a@b.c"), Err(Weak::Long));
        assert_eq!(judge("Password1234", "a@b.c"), Err(Weak::Common));
        assert_eq!(judge("aaaaaaaaaaaaaaaa", "a@b.c"), Err(Weak::Common));
        assert_eq!(judge("Admin@example.com", "admin@example.com"), Err(Weak::Email));
        assert_eq!(judge("twelve chars", "a@b.c"), Ok(()));
        assert_eq!(judge(&"x7".repeat(512), "a@b.c"), Ok(()));
    }

    #[tokio::test]
    async fn a_password_opens_its_own_hash_and_nothing_opens_a_missing_one() {
        let passwords = Passwords::new().unwrap();
        let hash = passwords.hash("correct horse battery").await.unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        let right = passwords
            .verify("correct horse battery", Some(hash.clone()))
            .await;
        assert!(right.unwrap());
        assert!(!passwords.verify("correct horse", Some(hash)).await.unwrap());
        assert!(!passwords.verify("correct horse battery", None).await.unwrap());
    }
}
