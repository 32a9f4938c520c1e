//! A platform's data: making it, opening it, letting go of it.

mod files;
mod news;
mod work;

use crate::append::{Command, Pen, QUEUE_KIB, QUEUE_REQUESTS, Writer, report};
use crate::backup::refuse_restoring;
use crate::database::{Database, Places};
use crate::engine;
use crate::engine::Mode;
use crate::erase::{Erased, Progress};
use crate::error::{Error, Result};
use crate::folder::{Folder, Master, Secret};
use crate::head;
use crate::migration::{PLATFORM, VAULT};
use crate::read::Commits;
use crate::signing::Signing;
use crate::transfer::refuse_arriving;
use crate::vault::Vault;
use files::{Opened, Restoring, fill_platform, fill_vault, open_database, open_parts};
use news::{Watch, Watching};
use sqlx::AnyPool;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot, watch};
use tokio::task::JoinHandle;
use tokio::time::Instant;
use vigia_domain::Clock;
use vigia_domain::access::Permit;
use vigia_domain::access::action::ErasePeople;
use vigia_ledger::bucket::{Keyring, MasterKey};
use vigia_ledger::checkpoint::{LogSigner, LogVerifier};
use zeroize::Zeroizing;

/// How to open a platform's data.
pub struct Options {
    /// The data folder, with the keys.
    pub folder: PathBuf,
    /// Where the databases are.
    pub database: Database,
    /// Where the master key comes from.
    pub master: Master,
    /// Where the present comes from.
    pub clock: Arc<dyn Clock>,
}

/// A platform's data. Cheap to clone; the last clone lets go of it.
#[derive(Clone)]
pub struct Store {
    inner: Arc<Inner>,
}

struct Inner {
    folder: Folder,
    master: MasterKey,
    platform: AnyPool,
    vault: Arc<Vault>,
    signing: Arc<Signing>,
    queue: Mutex<Option<mpsc::Sender<Command>>>,
    room: Arc<Semaphore>,
    grown: watch::Receiver<u64>,
    writer: Mutex<Option<JoinHandle<()>>>,
    watching: Mutex<Option<Watching>>,
    failing: Arc<AtomicBool>,
    commits: Arc<Commits>,
}

/// A column of the live schema.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Column {
    /// `platform` or `vault`.
    pub database: &'static str,
    /// Its table.
    pub table: String,
    /// Its name.
    pub column: String,
}

impl Store {
    /// Makes a platform in a folder that holds none. `origin` names the log in its checkpoints.
    ///
    /// # Errors
    /// Where the folder holds one already, or cannot be written.
    pub async fn init(options: Options, origin: &str) -> Result<Self> {
        let folder = Folder::new(options.folder.clone());
        if folder.is_initialised(&options.database) {
            return Err(Error::AlreadyInitialised(options.folder));
        }
        folder.create()?;
        let master = folder.master(&options.master, true)?;
        let seed = folder.create_secret(&master, Secret::Log)?;
        folder.create_secret(&master, Secret::Token)?;
        let signer = LogSigner::from_seed(origin, &seed)?;
        let mut failed = None;
        let keyring = Keyring::generate(|slice| failed = getrandom::fill(slice).err().or(failed));
        if let Some(error) = failed {
            return Err(error.into());
        }
        let places = Places::of(&options.database, &folder);
        if options.database != Database::Folder {
            let platform = open_database(&PLATFORM, &places.platform, Mode::Create).await?;
            refuse_arriving(&platform).await?;
            refuse_restoring(&platform, Mode::Look).await?;
            platform.close().await;
        }
        let vault = open_database(&VAULT, &places.vault, Mode::Create).await?;
        fill_vault(&vault, &keyring).await?;
        vault.close().await;
        let platform = open_database(&PLATFORM, &places.platform, Mode::Create).await?;
        fill_platform(&platform, origin, &signer, options.clock.as_ref()).await?;
        platform.close().await;
        // Last: what has no bucket keys never was a platform, and holds nothing yet.
        folder.write_keyring(&master, &keyring)?;
        Self::open(options).await
    }

    /// Opens a platform, and finishes an erasure that was left open.
    ///
    /// # Errors
    /// Where there is none, a newer program wrote it, or its keys do not fit.
    pub async fn open(options: Options) -> Result<Self> {
        Self::open_with(options, Progress::default()).await
    }

    /// Opens a platform to look at it: nothing is migrated, repaired or finished, and nothing can
    /// be written.
    ///
    /// # Errors
    /// As [`Store::open`]; [`Error::is_local`] tells a failure of this computer from damage.
    pub async fn look(options: Options) -> Result<Self> {
        let Opened {
            folder,
            places: _,
            master,
            platform,
            vault,
            signing,
        } = open_parts(&options, Mode::Look, Restoring::Refused).await?;
        let (_, grown) = watch::channel(0);
        Ok(Self {
            inner: Arc::new(Inner {
                folder,
                master,
                platform,
                vault,
                signing,
                queue: Mutex::new(None),
                room: Arc::new(Semaphore::new(0)),
                grown,
                writer: Mutex::new(None),
                watching: Mutex::default(),
                failing: Arc::default(),
                commits: Arc::default(),
            }),
        })
    }

    /// Triggers against mistakes that somebody dropped from the table of entries.
    ///
    /// # Errors
    /// Where the database cannot be read.
    pub async fn missing_triggers(&self) -> Result<Vec<&'static str>> {
        engine::missing_triggers(self.platform()).await
    }

    pub(crate) async fn open_with(options: Options, progress: Progress) -> Result<Self> {
        let opened = open_parts(&options, Mode::Write, Restoring::Refused).await?;
        Self::begin(opened, options.clock, progress).await
    }

    /// Opens what is being restored, before its mark is gone.
    pub(crate) async fn open_restoring(options: Options) -> Result<Self> {
        let opened = open_parts(&options, Mode::Write, Restoring::Ours).await?;
        Self::begin(opened, options.clock, Progress::default()).await
    }

    async fn begin(opened: Opened, clock: Arc<dyn Clock>, progress: Progress) -> Result<Self> {
        let Opened {
            folder,
            places,
            master,
            platform,
            vault,
            signing,
        } = opened;
        let mut connection = platform
            .acquire()
            .await
            .map_err(Error::sql("opening the ledger"))?;
        let size = head::size(&mut connection).await?;
        drop(connection);
        let (grown, watched) = watch::channel(size);
        let failing = Arc::new(AtomicBool::new(false));
        let commits: Arc<Commits> = Arc::default();
        let mut writer = Writer {
            platform: engine::connect(&places.platform).await?,
            vault: engine::connect(&places.vault).await?,
            places: places.clone(),
            used: Instant::now(),
            pen: Pen {
                vault: vault.clone(),
                signing: signing.clone(),
                clock,
            },
            grown: grown.clone(),
            progress,
            failing: failing.clone(),
            commits: commits.clone(),
            stale: false,
            unfinished: false,
        };
        // What keeps an erasure from being finished keeps nobody from reading: tried again later.
        if let Err(error) = writer.finish_erasures().await {
            tracing::error!(error = %report(&error), "an erasure is still open");
            writer.unfinished = true;
            writer.stale = true;
        }
        let (queue, waiting) = mpsc::channel(QUEUE_REQUESTS);
        let watch = Watch {
            platform: platform.clone(),
            vault: vault.clone(),
            grown,
            hears: AtomicBool::new(false),
        };
        let watching = watch.begin(places.platform);
        let writer = tokio::spawn(writer.run(waiting));
        Ok(Self {
            inner: Arc::new(Inner {
                folder,
                master,
                platform,
                vault,
                signing,
                queue: Mutex::new(Some(queue)),
                room: Arc::new(Semaphore::new(QUEUE_KIB as usize)),
                grown: watched,
                writer: Mutex::new(Some(writer)),
                watching: Mutex::new(Some(watching)),
                failing,
                commits,
            }),
        })
    }

    /// Writes what waits, then lets go of the files. Whatever is asked afterwards is
    /// [`Error::Closed`].
    pub async fn close(&self) {
        let inner = &self.inner;
        drop(inner.queue.lock().unwrap_or_else(PoisonError::into_inner).take());
        let writer = inner.writer.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(writer) = writer
            && let Err(error) = writer.await
        {
            tracing::error!(%error, "the writer did not end well");
        }
        let watching = inner
            .watching
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        if let Some(watching) = watching {
            watching.end().await;
        }
        inner.platform.close().await;
        inner.vault.pool.close().await;
    }

    /// The log's public key.
    #[must_use]
    pub fn verifier(&self) -> LogVerifier {
        self.inner.signing.verifier()
    }

    /// The Ed25519 seed of the key that signs access tokens.
    ///
    /// # Errors
    /// Where it cannot be read.
    pub fn token_seed(&self) -> Result<Zeroizing<[u8; 32]>> {
        self.inner.folder.read_secret(&self.inner.master, Secret::Token)
    }

    /// The log's size, whoever appends: this process at once, others as soon as PostgreSQL tells,
    /// or within half a second on SQLite.
    #[must_use]
    pub fn grown(&self) -> watch::Receiver<u64> {
        self.inner.grown.clone()
    }

    /// Whether the databases answer, and the last commit went through.
    ///
    /// # Errors
    /// What keeps them from it.
    pub async fn ready(&self) -> Result<()> {
        if self.inner.failing.load(Ordering::Relaxed) {
            return Err(Error::Failing);
        }
        self.head().await?;
        self.vault().generation().await.map(|_| ())
    }

    /// Erases a person: every subject with this identifier in every service, and their account.
    ///
    /// # Errors
    /// [`Error::NobodyKnown`]; [`Error::Held`] where a legal hold is about them; whatever keeps the files from being written. An erasure that was
    /// begun is finished at the next opening at the latest.
    pub async fn subject_erase(&self, permit: &Permit<ErasePeople>, identifier: &str) -> Result<Erased> {
        if let Some(hold) = self.hold_on(identifier).await? {
            return Err(Error::Held(hold));
        }
        let (answer, answered) = oneshot::channel();
        self.send(Command::Erase {
            identifier: identifier.to_owned(),
            by: permit.principal(),
            answer,
        })
        .await?;
        answered.await.map_err(|_| Error::Closed)?
    }

    /// Every column of both databases, in the order of names.
    ///
    /// # Errors
    /// Where they cannot be read.
    pub async fn schema(&self) -> Result<Vec<Column>> {
        let mut all = Vec::new();
        for (schema, pool) in [(&PLATFORM, self.platform()), (&VAULT, &self.vault().pool)] {
            let doing = "listing the schema";
            let mut connection = pool.acquire().await.map_err(Error::sql(doing))?;
            let columns = engine::columns(&mut connection).await?;
            all.extend(columns.into_iter().map(|found| Column {
                database: schema.database,
                table: found.table,
                column: found.column,
            }));
        }
        Ok(all)
    }

    pub(crate) fn platform(&self) -> &AnyPool {
        &self.inner.platform
    }

    pub(crate) fn vault(&self) -> &Vault {
        &self.inner.vault
    }

    /// A share of the queue now, or [`Error::Busy`].
    pub(crate) fn free_queue_kib(&self) -> usize {
        self.inner.room.available_permits()
    }

    pub(crate) fn commits(&self) -> (u64, Duration) {
        self.inner.commits.read()
    }

    pub(crate) fn take_room(&self, kib: u32) -> Result<OwnedSemaphorePermit> {
        self.inner
            .room
            .clone()
            .try_acquire_many_owned(kib)
            .map_err(|_| Error::Busy)
    }

    /// A share of the queue, when there is one.
    pub(crate) async fn wait_for_room(&self, kib: u32) -> Result<OwnedSemaphorePermit> {
        self.inner
            .room
            .clone()
            .acquire_many_owned(kib)
            .await
            .map_err(|_| Error::Closed)
    }

    fn queue(&self) -> Result<mpsc::Sender<Command>> {
        let queue = self.inner.queue.lock().unwrap_or_else(PoisonError::into_inner);
        queue.clone().ok_or(Error::Closed)
    }

    pub(crate) async fn send(&self, command: Command) -> Result<()> {
        self.queue()?.send(command).await.map_err(|_| Error::Closed)
    }

    pub(crate) fn try_send(&self, command: Command) -> Result<()> {
        self.queue()?.try_send(command).map_err(|error| match error {
            mpsc::error::TrySendError::Full(_) => Error::Busy,
            mpsc::error::TrySendError::Closed(_) => Error::Closed,
        })
    }
}
