//! What works on the copy and the trust: syncing, verifying, the rolling audit. One at a time: in
//! this process by a mutex, among consoles on the same profile by a lock file.

use super::{AUDIT, Desk};
use crate::Error;
use crate::cache::damage;
use crate::home::{self, Lock};
use crate::session::is_over;
use crate::sync::verify::{Extent, OwnCopy, own_copy};
use crate::sync::{Pulled, Refetched, Stop, Sync};
use crate::trust::{Broken, What};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use vigia_wire::{Code, Problem};

/// How often another console is asked whether it is done.
const KNOCK: Duration = Duration::from_millis(100);
/// How many times: ten seconds.
const KNOCKS: u32 = 100;

impl Desk {
    /// Takes the copy for itself among all consoles on this profile; waits a while for another one.
    async fn take(&self) -> Result<Lock, Error> {
        let path = self.folder.join("sync.lock");
        let mut knock = tokio::time::interval(KNOCK);
        for _ in 0..KNOCKS {
            knock.tick().await;
            if let Some(lock) = home::try_lock(&path)? {
                return Ok(lock);
            }
        }
        let detail =
            "another console on this computer is working on this copy; what it brings is seen here, too";
        Err(Error::Request(
            Problem::new(Code::Conflict, detail).retry_after(10),
        ))
    }

    fn sync(&self, strict: bool) -> Sync<'_> {
        Sync {
            client: &self.client,
            cache: &self.cache,
            trust: &self.trust,
            session: &self.session,
            since: self.window(),
            limit_bytes: self.profile().keep.disk_bytes,
            now: self.now(),
            strict,
        }
    }

    /// Follows the log's key to the one that the platform presents, where a chain leads there.
    ///
    /// # Errors
    /// A chain that does not continue what was trusted; otherwise what failed.
    pub async fn follow(&self, key: &vigia_wire::ledger::LedgerKey) -> Result<bool, Error> {
        self.sync(false)
            .follow(key)
            .await
            .map_err(|stop| self.judge(stop))
    }

    /// Turns a finding into kept evidence, and the end of a session into being signed out.
    pub(crate) fn judge(&self, stop: Stop) -> Error {
        match stop {
            Stop::Failed(error) => {
                if let Error::Platform(problem) = &error
                    && is_over(problem)
                    && let Err(error) = self.signed_out()
                {
                    tracing::warn!(error = %error.with_causes(), "the end of the session was not noted");
                }
                error
            }
            Stop::Finding(finding) => match self.trust.report(*finding, self.now()) {
                Ok(broken) => Error::Broken(Box::new(broken)),
                Err(error) => error,
            },
        }
    }

    /// The finding that stands against the platform.
    pub(crate) fn standing(&self) -> Result<Option<Broken>, Error> {
        self.trust.broken()
    }

    /// Brings the copy level with the platform. While a finding stands, nothing is pulled.
    ///
    /// # Errors
    /// `ledger_broken` with the finding; otherwise what failed.
    pub async fn pull(&self, progress: impl FnMut(Pulled)) -> Result<Pulled, Error> {
        let _turn = self.turn.lock().await;
        let _lock = self.take().await?;
        if let Some(broken) = self.standing()? {
            return Err(Error::Broken(Box::new(broken)));
        }
        let _busy = Busy::begin(&self.syncing);
        let pulled = self.pull_now(progress).await;
        pulled.map_err(|stop| self.judge(stop))
    }

    async fn pull_now(&self, mut progress: impl FnMut(Pulled)) -> Result<Pulled, Stop> {
        let sync = self.sync(false);
        sync.checkpoint().await?;
        self.see().await?;
        let noted = |pulled: Pulled| {
            self.platform_size.store(pulled.platform_size, Ordering::Relaxed);
            progress(pulled);
        };
        crate::export::record::flush(self).await;
        let erased = self.cache.erased_people().await?;
        let mut noted = noted;
        let mut all = Pulled::default();
        loop {
            // Between two steps at the lower edge, what is new comes first.
            let pulled = sync.pull(&mut noted).await?;
            self.platform_size.store(pulled.platform_size, Ordering::Relaxed);
            self.level().await?;
            all.platform_size = pulled.platform_size;
            all.entries += pulled.entries;
            let older = self.settle(&sync).await?;
            all.entries += older;
            if older == 0 {
                break;
            }
            noted(all);
        }
        // What was searched for lately may name whom the platform has just forgotten.
        if self.cache.erased_people().await? != erased {
            self.saved.forget_recent().await?;
        }
        Ok(all)
    }

    /// Reads every page of the copy.
    ///
    /// # Errors
    /// Where one does not read back; what failed otherwise.
    pub(crate) async fn look_through(&self) -> Result<(), Error> {
        let _turn = self.turn.lock().await;
        let _lock = self.take().await?;
        self.read_through().await
    }

    async fn read_through(&self) -> Result<(), Error> {
        let checked = self.cache.check().await;
        if checked.as_ref().is_err_and(crate::cache::CacheError::is_damage) {
            damage::wake();
        }
        Ok(checked?)
    }

    /// Checks the own copy; then, where the platform answers, every entry of it anew. A finding
    /// that stood is lifted when everything fits again.
    ///
    /// # Errors
    /// `ledger_broken` with the finding; otherwise what failed, after the own copy was checked.
    pub async fn verify(&self, mut told: impl FnMut(Step)) -> Result<(), Error> {
        let _turn = self.turn.lock().await;
        let _lock = self.take().await?;
        let _busy = Busy::begin(&self.syncing);
        let verified = self.verify_now(&mut told).await;
        verified.map_err(|stop| self.judge(stop))
    }

    async fn verify_now(&self, told: &mut impl FnMut(Step)) -> Result<(), Stop> {
        let begun = self.now();
        self.read_through().await?;
        let total = self.cache.range().await?.size();
        let checked = own_copy(&self.cache, &self.trust, |done| {
            told(Step::Checked { done, total })
        })
        .await?;
        let groups = checked.groups;
        told(Step::OwnCopy(checked));
        let sync = self.sync(true);
        sync.checkpoint().await?;
        self.see().await?;
        let total = self.cache.range().await?.size();
        let Refetched {
            entries: fetched,
            bare,
        } = sync
            .refetch(Extent::Whole, |done| told(Step::Fetched { done, total }))
            .await?;
        // What is new since the copy was last level: proven as in every sync.
        let pulled = sync.pull(|_| {}).await?;
        self.platform_size.store(pulled.platform_size, Ordering::Relaxed);
        self.level().await?;
        if let Some((kept, _)) = self.trust.last()? {
            self.trust.keep(&kept.note, self.now(), true)?;
        }
        let (entries, now) = (fetched + pulled.entries, self.now());
        let took = u64::try_from((now - begun).num_milliseconds()).unwrap_or(0);
        self.trust.happened(
            now,
            What::Checked {
                entries,
                groups,
                took,
            },
        )?;
        self.trust.resolve(now)?;
        told(Step::Whole {
            entries,
            bare: bare + pulled.bare,
        });
        Ok(())
    }

    /// One step of the rolling audit: some old entries fetched anew and compared.
    ///
    /// # Errors
    /// `ledger_broken` with the finding; otherwise what failed.
    pub async fn audit(&self, entries: u64) -> Result<(), Error> {
        let _turn = self.turn.lock().await;
        let _lock = self.take().await?;
        if self.standing()?.is_some() {
            return Ok(());
        }
        let kept = self
            .cache
            .state(AUDIT)
            .await?
            .and_then(|bytes| bytes.try_into().ok());
        let size = self.cache.range().await?.size();
        let first = self.cache.base().await?.size();
        let from = kept.map_or(first, u64::from_be_bytes);
        let from = if from >= size || from < first { first } else { from };
        let step = self
            .sync(true)
            .refetch(Extent::Part { from, entries }, |_| {})
            .await;
        let done = step.map_err(|stop| self.judge(stop))?.entries;
        Ok(self.cache.set_state(AUDIT, &(from + done).to_be_bytes()).await?)
    }
}

/// Says that the copy is being worked on, until it is dropped: also where the work was cancelled.
struct Busy<'a>(&'a AtomicBool);

impl<'a> Busy<'a> {
    fn begin(flag: &'a AtomicBool) -> Self {
        flag.store(true, Ordering::Relaxed);
        Self(flag)
    }
}

impl Drop for Busy<'_> {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Relaxed);
    }
}

/// How far a verification has come.
#[derive(Debug, Clone)]
pub enum Step {
    /// Entries of the own copy checked so far.
    Checked {
        /// So many.
        done: u64,
        /// Of so many.
        total: u64,
    },
    /// The own copy is what was verified.
    OwnCopy(OwnCopy),
    /// Entries fetched anew so far.
    Fetched {
        /// So many.
        done: u64,
        /// Of so many.
        total: u64,
    },
    /// Everything fits.
    Whole {
        /// So many entries.
        entries: u64,
        /// Of these, how many came as a leaf hash alone, because their bytes are pruned.
        bare: u64,
    },
}
