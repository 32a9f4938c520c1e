//! Opening platforms and putting them away: one at a time, each open once.

use super::{Console, Desks, Topic};
use crate::desk::{Desk, name_of};
use crate::home::ProfileFile;
use crate::{Error, live};
use std::sync::Arc;

impl Console {
    /// Opens a profile and shows it.
    pub(super) async fn enter(&self, profile: ProfileFile) -> Result<Arc<Desk>, Error> {
        let desk = self.open_desk(profile).await?;
        self.0.desks.write().await.in_use = Some(desk.profile_id().to_owned());
        Ok(desk)
    }

    /// Opens, behind the one that is shown, whatever somebody is signed in to.
    pub(super) fn enter_others(&self) {
        let console = self.clone();
        tokio::spawn(async move {
            let profiles = console.0.home.profiles().unwrap_or_default();
            for profile in profiles.into_iter().filter(|one| one.signed_in || one.embedded) {
                let name = name_of(&profile);
                if let Err(error) = console.open_desk(profile).await {
                    tracing::warn!(platform = name, error = %error.with_causes(), "a platform was not opened");
                }
            }
            console.tell(&[Topic::Profiles]);
        });
    }

    /// The profile, opened: as it is, or now.
    pub(super) async fn open_desk(&self, profile: ProfileFile) -> Result<Arc<Desk>, Error> {
        let _turn = self.0.entering.lock().await;
        if let Some(open) = self.open_one(&profile.id).await {
            let now = open.profile();
            if now.url == profile.url && now.tls == profile.tls {
                return Ok(open);
            }
            self.put_away(&open).await;
        }
        #[cfg(feature = "embedded")]
        let (profile, trouble) = self.start_embedded(profile).await?;
        #[cfg(not(feature = "embedded"))]
        let trouble = None;
        let desk = self.open_now(profile).await?;
        if trouble.is_some() {
            desk.set_trouble(trouble);
        }
        Ok(desk)
    }

    pub(super) async fn open_now(&self, profile: ProfileFile) -> Result<Arc<Desk>, Error> {
        let clock = Arc::clone(&self.0.clock);
        let desk = Arc::new(Desk::open(&self.0.home, profile, &self.0.keeper, clock).await?);
        let mut desks = self.0.desks.write().await;
        desks.open.insert(desk.profile_id().to_owned(), Arc::clone(&desk));
        drop(desks);
        self.go_live(&desk);
        Ok(desk)
    }

    /// Closes a platform; the window that showed it shows none.
    pub(super) async fn put_away(&self, desk: &Arc<Desk>) {
        desk.end_live();
        let mut desks = self.0.desks.write().await;
        let is_open = |desks: &Desks| {
            desks
                .open
                .get(desk.profile_id())
                .is_some_and(|open| Arc::ptr_eq(open, desk))
        };
        if is_open(&desks) {
            desks.open.remove(desk.profile_id());
        }
        drop(desks);
        desk.close().await;
    }

    /// Keeps a platform up to date from now on, where this console does so and somebody is signed in.
    pub(super) fn go_live(&self, desk: &Arc<Desk>) {
        if self.0.background && desk.profile().signed_in {
            tokio::spawn(live::run(self.clone(), Arc::clone(desk), desk.begin_live()));
        }
    }

    /// Where a failure tells that the copy does not read back, it is begun anew beside whatever failed.
    pub(super) fn mend_after(&self, desk: &Arc<Desk>, error: &Error) {
        if error.is_damage() {
            let (console, desk) = (self.clone(), Arc::clone(desk));
            tokio::spawn(async move {
                if desk.cache.check().await.is_err_and(|error| error.is_damage()) {
                    Box::pin(console.mend(&desk)).await;
                }
            });
        }
    }

    /// The same, where this console looks after itself; one of a few operations says it instead.
    pub(super) fn mend_later(&self, desk: &Arc<Desk>, error: &Error) {
        if self.0.background {
            self.mend_after(desk, error);
        }
    }

    /// Puts the copy of the platform in use away, where it does not read back; trust stays. Says
    /// whether it did.
    ///
    /// # Errors
    /// Where the copy cannot be read for another reason.
    pub async fn put_away_damaged(&self) -> Result<bool, Error> {
        let desk = self.desk().await?;
        match desk.look_through().await {
            Err(error) if error.is_damage() => {
                let fresh = self.mend(&desk).await;
                Ok(fresh.is_some_and(|fresh| fresh.trouble().is_none()))
            }
            looked => looked.map(|()| false),
        }
    }

    /// Whether something was verified that the copy does not hold: it was put away and is not fetched
    /// again yet. Nothing that is searched in it is an answer.
    ///
    /// # Errors
    /// Where the copy or the trust cannot be read.
    pub async fn awaits_copy(&self) -> Result<bool, Error> {
        let desk = self.desk().await?;
        let copy = desk.copy().await?;
        let trusted = desk
            .trust
            .last()?
            .is_some_and(|(_, checkpoint)| checkpoint.size > 0);
        Ok(copy.entries == 0 && copy.synced_at.is_none() && trusted)
    }

    /// Begins the copy anew that did not read back; trust lies elsewhere and stays. Gives the platform
    /// opened again, or nothing where it is another's turn.
    pub(crate) async fn mend(&self, desk: &Arc<Desk>) -> Option<Arc<Desk>> {
        let _turn = self.0.entering.lock().await;
        let open = self.open_one(desk.profile_id()).await?;
        if !Arc::ptr_eq(&open, desk) {
            return None;
        }
        tracing::warn!(
            platform = name_of(&desk.profile()),
            "the copy does not read back; it is fetched again"
        );
        self.put_away(desk).await;
        let discarded = desk.discard();
        let fresh = match self.open_now(desk.profile()).await {
            Ok(fresh) => fresh,
            Err(error) => {
                tracing::error!(error = %error.with_causes(), "the copy could not be begun anew");
                return None;
            }
        };
        match discarded {
            Ok(()) => fresh.note_rebuilt(),
            Err(error) => {
                fresh.set_trouble(Some(error.problem()));
            }
        }
        self.tell(&[Topic::Status, Topic::Events, Topic::Profiles]);
        Some(fresh)
    }
}
