//! A sign-in: tokens in the keyring, refreshed by one caller at a time.
//!
//! A refresh token works once, and using an old one ends the session, so two consoles on one
//! profile must never refresh side by side: a lock file beside the profile makes them take turns,
//! and whoever comes second finds the first one's new tokens in the keyring. A keyring that stops
//! answering costs no session: new tokens stay in memory, and are kept as soon as it answers again.

use crate::Error;
use crate::home;
use crate::secret::Keeper;
use chrono::TimeDelta;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;
use std::sync::Arc;
use tokio::sync::Mutex;
use vigia_client::Client;
use vigia_domain::{Clock, Timestamp};
use vigia_wire::auth::{RefreshRequest, Tokens};
use vigia_wire::{Code, Problem};
use zeroize::Zeroizing;

/// An access token that ends sooner than this is refreshed first, in seconds.
const MARGIN_SECONDS: i64 = 30;
/// How long a keyring that did not take new tokens is left alone, in seconds.
const PAUSE_SECONDS: i64 = 60;

#[derive(Clone, Serialize, Deserialize)]
struct Kept {
    access_token: String,
    access_ends: Timestamp,
    refresh_token: String,
    refresh_ends: Timestamp,
    /// When the keyring last refused these tokens: they are in memory only.
    #[serde(skip)]
    refused_at: Option<Timestamp>,
}

/// The session of a profile.
pub struct Session {
    client: Client,
    keeper: Keeper,
    clock: Arc<dyn Clock>,
    secret: String,
    lock: PathBuf,
    current: Mutex<Option<Kept>>,
}

impl Session {
    /// The session kept under this name, if there is one.
    #[must_use]
    pub fn new(client: Client, keeper: Keeper, clock: Arc<dyn Clock>, secret: String, lock: PathBuf) -> Self {
        Self {
            client,
            keeper,
            clock,
            secret,
            lock,
            current: Mutex::new(None),
        }
    }

    /// Keeps the tokens of a new sign-in.
    ///
    /// # Errors
    /// Where the keyring fails.
    pub async fn begin(&self, tokens: Tokens) -> Result<(), Error> {
        let mut current = self.current.lock().await;
        let kept = self.taken(tokens);
        self.keep(&kept).await?;
        *current = Some(kept);
        Ok(())
    }

    /// The tokens in memory, kept anew: what began without a keyring goes on with one.
    ///
    /// # Errors
    /// Where the keyring fails.
    pub async fn keep_again(&self) -> Result<(), Error> {
        match self.current.lock().await.as_ref() {
            Some(kept) => self.keep(kept).await,
            None => Ok(()),
        }
    }

    /// Whether tokens are at hand in this process.
    pub async fn is_begun(&self) -> bool {
        self.current.lock().await.is_some()
    }

    fn taken(&self, tokens: Tokens) -> Kept {
        let now = self.clock.now();
        Kept {
            access_ends: now + TimeDelta::seconds(tokens.expires_in.into()),
            refresh_ends: now + TimeDelta::seconds(tokens.refresh_expires_in.into()),
            access_token: tokens.access_token,
            refresh_token: tokens.refresh_token,
            refused_at: None,
        }
    }

    async fn keep(&self, kept: &Kept) -> Result<(), Error> {
        let path = self.secret.clone();
        let text = serde_json::to_vec(kept).map_err(|source| Error::Malformed { path, source })?;
        Ok(self.keeper.set(&self.secret, Zeroizing::new(text)).await?)
    }

    /// Keeps tokens that must not be lost: where the keyring refuses, they stay in memory, and it is
    /// asked again later.
    async fn keep_or_hold(&self, kept: &mut Kept) {
        kept.refused_at = match self.keep(kept).await {
            Ok(()) => None,
            Err(error) => {
                tracing::warn!(error = %error.with_causes(), "the session stays in memory only");
                Some(self.clock.now())
            }
        };
    }

    async fn load(&self) -> Result<Option<Kept>, Error> {
        let secret = self.keeper.get(&self.secret).await?;
        // What does not read back is no session.
        Ok(secret.and_then(|text| serde_json::from_slice(&text).ok()))
    }

    /// An access token that works now.
    ///
    /// # Errors
    /// `not_signed_in` where there is no session or it is over; the platform's problem where it
    /// cannot be asked.
    pub async fn access(&self) -> Result<String, Error> {
        self.token(None).await
    }

    /// Another access token than this one, which the platform does not take any more: its clock is
    /// not this computer's.
    ///
    /// # Errors
    /// As [`Session::access`].
    pub async fn renew(&self, ended: &str) -> Result<String, Error> {
        self.token(Some(ended)).await
    }

    async fn token(&self, ended: Option<&str>) -> Result<String, Error> {
        let mut current = self.current.lock().await;
        let now = self.clock.now();
        let soon = now + TimeDelta::seconds(MARGIN_SECONDS);
        let works = |kept: &Kept| kept.access_ends > soon && ended != Some(kept.access_token.as_str());
        if let Some(kept) = current.as_mut().filter(|kept| works(kept)) {
            let pause = TimeDelta::seconds(PAUSE_SECONDS);
            if kept.refused_at.is_some_and(|at| now - at > pause) {
                self.keep_or_hold(kept).await;
            }
            return Ok(kept.access_token.clone());
        }
        let lock = self.lock.clone();
        let held = tokio::task::spawn_blocking(move || home::lock(&lock)).await;
        let _held = held.map_err(|_| Error::not_signed_in())??;
        // What the keyring did not take is newer than what it holds.
        let held = current.clone().filter(|kept| kept.refused_at.is_some());
        let kept = match held {
            Some(kept) => Some(kept),
            None => self.load().await?,
        };
        let Some(kept) = kept else {
            *current = None;
            return Err(Error::not_signed_in());
        };
        if works(&kept) {
            let token = kept.access_token.clone();
            *current = Some(kept);
            return Ok(token);
        }
        let refresh_token = kept.refresh_token.clone();
        match self.client.refresh(&RefreshRequest { refresh_token }).await {
            Ok(tokens) => {
                let mut kept = self.taken(tokens);
                self.keep_or_hold(&mut kept).await;
                let token = kept.access_token.clone();
                *current = Some(kept);
                Ok(token)
            }
            Err(problem) => {
                if is_over(&problem) {
                    *current = None;
                    self.keeper.delete(&self.secret).await?;
                }
                Err(problem.into())
            }
        }
    }

    /// Forgets the tokens here, and ends the session on the platform where it can be reached.
    ///
    /// # Errors
    /// Where the keyring fails.
    pub async fn end(&self) -> Result<(), Error> {
        if let Ok(access) = self.access().await
            && let Err(problem) = self.client.logout(&access).await
        {
            tracing::info!(
                code = problem.code.as_str(),
                "the platform was not told of the sign-out"
            );
        }
        *self.current.lock().await = None;
        self.keeper.delete(&self.secret).await?;
        Ok(())
    }

    /// The platform says that the session is over: forget it.
    ///
    /// # Errors
    /// Where the keyring fails.
    pub async fn forget(&self) -> Result<(), Error> {
        *self.current.lock().await = None;
        self.keeper.delete(&self.secret).await?;
        Ok(())
    }
}

/// Whether a problem means that signing in again is needed.
#[must_use]
pub fn is_over(problem: &Problem) -> bool {
    matches!(problem.code, Code::SessionEnded | Code::NotSignedIn)
}
