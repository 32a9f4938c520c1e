//! The profile of an open platform: what it is called, how much of it is kept, who is signed in.

use super::{Desk, EMAIL};
use crate::Error;
use crate::home::ProfileFile;
use crate::view::profile::Keep;
use crate::view::status::{Connection, Profile};
use std::sync::PoisonError;
use vigia_wire::auth::Tokens;

impl Desk {
    pub(super) fn update_profile(&self, change: impl FnOnce(&mut ProfileFile)) -> Result<(), Error> {
        let mut profile = self.profile.lock().unwrap_or_else(PoisonError::into_inner);
        let mut changed = profile.clone();
        change(&mut changed);
        if changed != *profile {
            self.save(&changed)?;
            *profile = changed;
        }
        Ok(())
    }

    /// Saves the profile. A sign-in that lives in memory only is none tomorrow; one that lies in a
    /// keyring which is locked today is one again.
    fn save(&self, profile: &ProfileFile) -> Result<(), Error> {
        let mut saved = profile.clone();
        if self.fleeting.is_some() {
            let before = self.home.profile_of(&profile.id)?;
            saved.signed_in = before.is_some_and(|before| before.signed_in);
        }
        self.home.save(&saved)
    }

    /// Makes the profile one of this computer's.
    ///
    /// # Errors
    /// Where the file cannot be written.
    pub fn keep_profile(&self) -> Result<(), Error> {
        self.save(&self.profile())
    }

    /// Renames the profile.
    ///
    /// # Errors
    /// Where the file cannot be written.
    pub fn rename(&self, name: Option<String>) -> Result<(), Error> {
        self.update_profile(|profile| profile.name = name)
    }

    /// Sets how much is kept; the next sync brings the copy there.
    ///
    /// # Errors
    /// Where the file cannot be written.
    pub fn set_keep(&self, keep: Keep) -> Result<(), Error> {
        self.update_profile(|profile| profile.keep = keep)?;
        self.want();
        Ok(())
    }

    /// The profile as the window shows it.
    ///
    /// # Errors
    /// Where the copy fails.
    pub async fn profile_view(&self) -> Result<Profile, Error> {
        let profile = self.profile();
        let email = self
            .cache
            .state(EMAIL)
            .await?
            .and_then(|bytes| String::from_utf8(bytes).ok());
        Ok(Profile {
            name: name_of(&profile),
            id: profile.id,
            url: profile.url,
            embedded: profile.embedded,
            email: email.filter(|email| profile.signed_in && !email.is_empty()),
            permissions: profile.permissions,
        })
    }

    /// Keeps a new sign-in and what it may see.
    ///
    /// # Errors
    /// Where the keyring, a file or the platform fails.
    pub async fn signed_in(&self, tokens: Tokens, email: &str) -> Result<(), Error> {
        self.session.begin(tokens).await?;
        self.update_profile(|profile| profile.signed_in = true)?;
        self.look(&self.session.access().await?).await?;
        self.cache.set_state(EMAIL, email.as_bytes()).await?;
        self.set_connection(Connection::Idle);
        Ok(())
    }

    /// Forgets who signed in.
    ///
    /// # Errors
    /// Where the copy fails.
    pub async fn forget_email(&self) -> Result<(), Error> {
        Ok(self.cache.set_state(EMAIL, b"").await?)
    }

    /// The session is over; the copy stays readable.
    ///
    /// # Errors
    /// Where a file fails.
    pub fn signed_out(&self) -> Result<(), Error> {
        self.update_profile(|profile| profile.signed_in = false)?;
        self.set_connection(Connection::SignedOut);
        Ok(())
    }
}

/// What a platform is called here: the name that somebody gave it, else its host.
pub fn name_of(profile: &ProfileFile) -> String {
    if let Some(name) = &profile.name {
        return name.clone();
    }
    let rest = profile
        .url
        .split_once("://")
        .map_or(profile.url.as_str(), |(_, rest)| rest);
    rest.trim_end_matches('/').to_owned()
}
