//! The platforms of this console, side by side: each its own copy, trust and session. All that
//! somebody is signed in to are kept up to date; the window shows one of them.

use super::{Console, Topic};
use crate::Error;
use crate::desk::{Desk, name_of};
use crate::home::ProfileFile;
use crate::trust::Trust;
use crate::view::profile::{
    Keep, ProfileKeep, ProfileName, ProfileRef, ProfileRemove, ProfileRemoved, ProfileRow,
};
use crate::view::status::{Connection, Status};
use std::sync::Arc;
use vigia_wire::{Code, Problem};

/// The longest name, in characters.
const MAX_NAME: usize = 60;
/// The smallest limit of a copy, in bytes: below it hardly a day fits.
const MIN_DISK_BYTES: u64 = 4 * 1024 * 1024;

/// The commands, in the order of `commands.rs`.
#[expect(
    clippy::missing_errors_doc,
    reason = "each gives a Problem whose code says what kind"
)]
impl Console {
    /// Every platform of this console.
    pub async fn profiles(&self) -> Result<Vec<ProfileRow>, Problem> {
        let listed = async {
            let mut rows = Vec::new();
            for profile in self.0.home.profiles()? {
                rows.push(self.row(profile).await?);
            }
            Ok(rows)
        };
        listed.await.map_err(|error: Error| error.problem())
    }

    /// Shows another platform.
    pub async fn profile_use(&self, request: ProfileRef) -> Result<Status, Problem> {
        let used = async {
            let profile = self.profile_by_id(&request.id)?;
            self.enter(profile).await?;
            self.0.home.use_profile(Some(&request.id))
        };
        used.await.map_err(|error| error.problem())?;
        self.tell(&[Topic::Status, Topic::Events, Topic::Profiles]);
        self.status().await
    }

    /// Calls a platform by another name.
    pub async fn profile_rename(&self, request: ProfileName) -> Result<Vec<ProfileRow>, Problem> {
        let name = request.name.trim();
        if name.chars().count() > MAX_NAME || name.chars().any(char::is_control) {
            let reason = format!("has at most {MAX_NAME} characters on one line");
            let detail = format!("naming a platform: the name {reason}");
            return Err(Problem::new(Code::InvalidRequest, detail).field("name", reason));
        }
        let name = Some(name.to_owned()).filter(|name| !name.is_empty());
        let renamed = async {
            match self.open_one(&request.id).await {
                Some(desk) => desk.rename(name),
                None => {
                    let mut profile = self.profile_by_id(&request.id)?;
                    profile.name = name;
                    self.0.home.save(&profile)
                }
            }
        };
        renamed.await.map_err(|error| error.problem())?;
        self.tell(&[Topic::Status, Topic::Profiles]);
        self.profiles().await
    }

    /// Keeps more or less of a platform's log here, from now on.
    pub async fn profile_keep(&self, request: ProfileKeep) -> Result<Vec<ProfileRow>, Problem> {
        let Keep { days, disk_bytes } = request.keep;
        let wrong = |field: &str, reason: &str| {
            let detail = format!("setting how much is kept: {field} {reason}");
            Problem::new(Code::InvalidRequest, detail).field(field, reason)
        };
        if days == Some(0) {
            return Err(wrong("days", "is at least 1"));
        }
        if disk_bytes.is_some_and(|bytes| bytes < MIN_DISK_BYTES) {
            return Err(wrong("disk_bytes", "is at least 4 MiB"));
        }
        let kept = async {
            match self.open_one(&request.id).await {
                Some(desk) => desk.set_keep(request.keep),
                None => {
                    let mut profile = self.profile_by_id(&request.id)?;
                    profile.keep = request.keep;
                    self.0.home.save(&profile)
                }
            }
        };
        kept.await.map_err(|error| error.problem())?;
        self.tell(&[Topic::Status, Topic::Profiles]);
        self.profiles().await
    }

    /// Signs out of a platform; its copy stays.
    pub async fn profile_sign_out(&self, request: ProfileRef) -> Result<Vec<ProfileRow>, Problem> {
        let ended = async {
            let profile = self.profile_by_id(&request.id)?;
            let desk = self.open_desk(profile).await?;
            self.leave(&desk).await
        };
        ended.await.map_err(|error: Error| error.problem())?;
        self.tell(&[Topic::Status, Topic::Profiles]);
        self.profiles().await
    }

    /// Takes a platform off this console: its session, its copy, its key, its trust. Evidence against
    /// its log is kept, and so is the platform inside this console.
    pub async fn profile_remove(&self, request: ProfileRemove) -> Result<ProfileRemoved, Problem> {
        let removed = self.remove(&request).await.map_err(|error| error.problem())?;
        self.tell(&[Topic::Status, Topic::Events, Topic::Profiles]);
        Ok(removed)
    }

    /// Tries the keyring again. What lived in memory only moves there, and what lies there is used.
    pub async fn keyring_retry(&self) -> Result<Status, Problem> {
        let lasted = self.0.keeper.lasts();
        if self.0.keeper.retry().await {
            let settled = async {
                if !lasted {
                    self.use_keyring().await?;
                }
                for desk in self.all_open().await {
                    desk.session.keep_again().await?;
                    desk.want();
                }
                Ok(())
            };
            settled.await.map_err(|error: Error| error.problem())?;
        }
        self.tell(&[Topic::Status, Topic::Events, Topic::Profiles]);
        self.status().await
    }
}

impl Console {
    /// The platform that the window shows, opened.
    pub(crate) async fn desk(&self) -> Result<Arc<Desk>, Error> {
        self.shown().await.ok_or_else(Error::not_signed_in)
    }

    pub(crate) async fn shown(&self) -> Option<Arc<Desk>> {
        let desks = self.0.desks.read().await;
        desks.open.get(desks.in_use.as_ref()?).cloned()
    }

    pub(super) async fn open_one(&self, id: &str) -> Option<Arc<Desk>> {
        self.0.desks.read().await.open.get(id).cloned()
    }

    async fn all_open(&self) -> Vec<Arc<Desk>> {
        self.0.desks.read().await.open.values().cloned().collect()
    }

    pub(super) fn profile_by_id(&self, id: &str) -> Result<ProfileFile, Error> {
        // An id names a folder, so only what ids look like is looked for.
        let found = if id.bytes().all(|byte| byte.is_ascii_hexdigit()) && !id.is_empty() {
            self.0.home.profile_of(id)?
        } else {
            None
        };
        found.ok_or_else(|| {
            let detail = format!("looking for the platform {id}: this console knows none by this id");
            Error::Request(Problem::new(Code::NotFound, detail))
        })
    }

    /// The id of a profile as people name it: its name, its id, its address or host.
    ///
    /// # Errors
    /// `not_found` where there is none, `conflict` where there are several.
    pub fn profile_id(&self, wanted: &str) -> Result<String, Error> {
        Ok(self.profile_named(wanted)?.id)
    }

    /// A profile as people name it: its name, its id, its address or host.
    pub(super) fn profile_named(&self, wanted: &str) -> Result<ProfileFile, Error> {
        let all = self.0.home.profiles()?;
        let is = |profile: &&ProfileFile| {
            profile.id == wanted
                || profile.url == wanted.trim_end_matches('/')
                || name_of(profile).eq_ignore_ascii_case(wanted)
        };
        let mut found = all.iter().filter(is);
        match (found.next(), found.next()) {
            (Some(one), None) => Ok(one.clone()),
            (Some(_), Some(_)) => {
                let detail = format!("choosing the platform {wanted}: several are called so; use its id");
                Err(Error::Request(Problem::new(Code::Conflict, detail)))
            }
            _ => {
                let known: Vec<String> = all.iter().map(name_of).collect();
                let detail = format!(
                    "choosing the platform {wanted}: this console knows {}",
                    if known.is_empty() {
                        "none".to_owned()
                    } else {
                        known.join(", ")
                    }
                );
                Err(Error::Request(Problem::new(Code::NotFound, detail)))
            }
        }
    }

    async fn row(&self, profile: ProfileFile) -> Result<ProfileRow, Error> {
        let in_use = self.0.desks.read().await.in_use.as_deref() == Some(profile.id.as_str());
        let row = ProfileRow {
            name: name_of(&profile),
            id: profile.id.clone(),
            url: profile.url,
            embedded: profile.embedded,
            in_use,
            email: None,
            connection: Connection::SignedOut,
            integrity: Trust::new(&self.0.home.profile_folder(&profile.id)).integrity()?,
            copy: None,
            keep: profile.keep,
            tls: profile.tls,
        };
        let Some(desk) = self.open_one(&profile.id).await else {
            return Ok(row);
        };
        let shown = desk.profile_view().await?;
        Ok(ProfileRow {
            email: shown.email,
            connection: desk.connection(),
            copy: Some(desk.copy().await?),
            ..row
        })
    }

    /// Ends the session and stops keeping the copy up to date.
    pub(super) async fn leave(&self, desk: &Desk) -> Result<(), Error> {
        self.0.desktop.leave(desk.profile_id());
        desk.end_live();
        desk.session.end().await?;
        desk.signed_out()?;
        desk.forget_email().await
    }

    /// After the keyring was unlocked: what began in memory goes on in it.
    async fn use_keyring(&self) -> Result<(), Error> {
        for desk in self
            .all_open()
            .await
            .into_iter()
            .filter(|desk| desk.is_fleeting())
        {
            let begun = desk.session.is_begun().await;
            if begun {
                desk.session.keep_again().await?;
            }
            let turn = self.0.entering.lock().await;
            self.put_away(&desk).await;
            let mut profile = desk.profile();
            let saved = self.0.home.profile_of(&profile.id)?;
            profile.signed_in = begun || saved.is_some_and(|saved| saved.signed_in);
            self.0.home.save(&profile)?;
            drop(turn);
            self.open_desk(profile).await?;
        }
        Ok(())
    }

    async fn remove(&self, request: &ProfileRemove) -> Result<ProfileRemoved, Error> {
        let profile = self.profile_by_id(&request.id)?;
        if request.name.trim() != name_of(&profile) {
            let reason = "is not the platform's";
            let detail = format!("taking a platform off: the name {reason}");
            return Err(Error::Request(
                Problem::new(Code::InvalidRequest, detail).field("name", reason),
            ));
        }
        let embedded = profile.embedded;
        let desk = self.open_desk(profile.clone()).await?;
        self.leave(&desk).await?;
        let turn = self.0.entering.lock().await;
        self.put_away(&desk).await;
        desk.discard()?;
        for name in ["cache", "session", "saved"] {
            let name = format!("{}/{}/{name}", self.0.home.id(), profile.id);
            self.0.keeper.delete(&name).await?;
        }
        let evidence = self.0.home.remove(&profile.id)?;
        if self.0.desks.read().await.in_use.as_deref() == Some(profile.id.as_str()) {
            self.0.home.use_profile(None)?;
            self.0.desks.write().await.in_use = None;
            // Whatever is left is better than the wizard.
            let next = self.0.home.profiles()?.into_iter().next();
            drop(turn);
            if let Some(next) = next {
                let id = next.id.clone();
                self.enter(next).await?;
                self.0.home.use_profile(Some(&id))?;
            }
        }
        Ok(ProfileRemoved {
            evidence: evidence.map(|path| path.display().to_string()),
            platform: embedded.then(|| self.0.home.platform().display().to_string()),
        })
    }
}
