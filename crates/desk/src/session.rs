//! A sign-in: tokens in the keyring, refreshed by one caller at a time.
//!
//! A refresh token works once, and using an old one ends the session, so two consoles on one
//! profile must never refresh side by side: a lock file beside the profile makes them take turns,
//! and whoever comes second finds the first one's new tokens in the keyring.

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

#[derive(Clone, Serialize, Deserialize)]
struct Kept {
    access_token: String,
    access_ends: Timestamp,
    refresh_token: String,
    refresh_ends: Timestamp,
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
        *current = Some(self.keep(tokens).await?);
        Ok(())
    }

    async fn keep(&self, tokens: Tokens) -> Result<Kept, Error> {
        let now = self.clock.now();
        let kept = Kept {
            access_ends: now + TimeDelta::seconds(tokens.expires_in.into()),
            refresh_ends: now + TimeDelta::seconds(tokens.refresh_expires_in.into()),
            access_token: tokens.access_token,
            refresh_token: tokens.refresh_token,
        };
        let path = self.secret.clone();
        let text = serde_json::to_vec(&kept).map_err(|source| Error::Malformed { path, source })?;
        self.keeper.set(&self.secret, Zeroizing::new(text)).await?;
        Ok(kept)
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
        let mut current = self.current.lock().await;
        let soon = self.clock.now() + TimeDelta::seconds(MARGIN_SECONDS);
        if let Some(kept) = current.as_ref().filter(|kept| kept.access_ends > soon) {
            return Ok(kept.access_token.clone());
        }
        let lock = self.lock.clone();
        let held = tokio::task::spawn_blocking(move || home::lock(&lock)).await;
        let _held = held.map_err(|_| Error::not_signed_in())??;
        let Some(kept) = self.load().await? else {
            *current = None;
            return Err(Error::not_signed_in());
        };
        if kept.access_ends > soon {
            let token = kept.access_token.clone();
            *current = Some(kept);
            return Ok(token);
        }
        let refresh_token = kept.refresh_token.clone();
        match self.client.refresh(&RefreshRequest { refresh_token }).await {
            Ok(tokens) => {
                let kept = self.keep(tokens).await?;
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
