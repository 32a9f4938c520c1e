//! The platform inside this console: its own data folder, the same code, loopback only.
//!
//! The master key lies in the keyring; without one it is a file that only its owner can read,
//! never memory only: what it protects outlives the process. One console at a time runs it;
//! another one on the same folder connects to it.

use crate::Error;
use crate::home::{self, Home, Lock, make_folder};
use crate::secret::Keeper;
use crate::view::setup::SetupLocal;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use vigia_domain::Clock;
use vigia_server::{Database, Master, Options, Platform};
use vigia_wire::{Code, Problem};
use zeroize::Zeroizing;

/// A platform that answers.
pub struct Running {
    platform: Platform,
    url: String,
    stop: CancellationToken,
    server: JoinHandle<()>,
    lock: Lock,
}

impl Running {
    /// Its address.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Stops it and closes its data folder.
    pub async fn stop(self) {
        self.stop.cancel();
        if self.server.await.is_err() {
            tracing::warn!("the embedded platform did not stop in order");
        }
        self.platform.close().await;
        drop(self.lock);
    }
}

fn of_platform(error: &vigia_server::Error) -> Error {
    Error::Platform(Problem::from(error))
}

/// Whether this home has a platform.
#[must_use]
pub fn is_there(home: &Home) -> bool {
    home.platform().join("platform.db").exists()
}

/// Opens the platform of this home; `None` where another console runs it.
///
/// # Errors
/// Where there is none, its key cannot be had, or it does not open.
pub async fn open(home: &Home, keeper: &Keeper, clock: &Arc<dyn Clock>) -> Result<Option<Running>, Error> {
    let folder = home.platform();
    if !folder.join("platform.db").exists() {
        let detail = format!("opening the platform in {}: there is none", folder.display());
        return Err(Error::Request(Problem::new(Code::NoEmbeddedPlatform, detail)));
    }
    let Some(lock) = home::try_lock(&lock_path(&folder))? else {
        return Ok(None);
    };
    let master = if folder.join("keys").join("master").exists() {
        Master::File
    } else {
        Master::Given(kept_master(home, keeper).await?)
    };
    let options = Options {
        folder,
        database: Database::Folder,
        master,
        clock: Arc::clone(clock),
    };
    let platform = Platform::open(options)
        .await
        .map_err(|error| of_platform(&error))?;
    serve(platform, home.port(), lock).await.map(Some)
}

/// Makes the platform of this home, with its administrator.
///
/// # Errors
/// Where there is one already, the administrator is not taken, or a file or the keyring fails.
pub async fn begin(
    home: &Home,
    keeper: &Keeper,
    clock: &Arc<dyn Clock>,
    request: &SetupLocal,
) -> Result<Running, Error> {
    let folder = home.platform();
    if folder.join("platform.db").exists() {
        let detail = "making the platform: this console has one already; sign in to it";
        return Err(Error::Request(Problem::new(Code::Conflict, detail)));
    }
    make_folder(&folder)?;
    let taken = || {
        Error::Request(Problem::new(
            Code::Conflict,
            "making the platform: another console is doing it",
        ))
    };
    let lock = home::try_lock(&lock_path(&folder))?.ok_or_else(taken)?;
    let master = if keeper.lasts() {
        let mut key = Zeroizing::new([0_u8; 32]);
        getrandom::fill(key.as_mut_slice()).map_err(Error::Random)?;
        // Durable before anything is sealed under it.
        keeper
            .set(&master_name(home), Zeroizing::new(key.to_vec()))
            .await?;
        Master::Given(key)
    } else {
        Master::File
    };
    let options = Options {
        folder,
        database: Database::Folder,
        master,
        clock: Arc::clone(clock),
    };
    let platform = Platform::init(options, &request.email, &request.password)
        .await
        .map_err(|error| of_platform(&error))?;
    serve(platform, home.port(), lock).await
}

fn lock_path(folder: &Path) -> PathBuf {
    folder.with_extension("lock")
}

fn master_name(home: &Home) -> String {
    format!("{}/platform/master", home.id())
}

async fn kept_master(home: &Home, keeper: &Keeper) -> Result<Zeroizing<[u8; 32]>, Error> {
    let kept = keeper.get(&master_name(home)).await?;
    let key = kept.and_then(|key| <[u8; 32]>::try_from(key.as_slice()).ok());
    key.map(Zeroizing::new).ok_or_else(|| {
        let detail = "opening the platform: its master key is in the keyring, which does not give it";
        Error::Request(Problem::new(Code::NoKeyring, detail))
    })
}

async fn serve(platform: Platform, port: u16, lock: Lock) -> Result<Running, Error> {
    let failed = |source| Error::File {
        attempt: "listening on",
        path: "127.0.0.1".to_owned(),
        source,
    };
    let listener = match TcpListener::bind(("127.0.0.1", port)).await {
        Ok(listener) => listener,
        Err(_) => TcpListener::bind(("127.0.0.1", 0)).await.map_err(failed)?,
    };
    let url = format!("http://{}", listener.local_addr().map_err(failed)?);
    let stop = CancellationToken::new();
    let (serving, stopped) = (platform.clone(), stop.clone());
    let server = tokio::spawn(async move {
        if let Err(error) = serving.serve(listener, stopped.cancelled_owned()).await {
            tracing::error!(%error, "the embedded platform stopped");
        }
    });
    Ok(Running {
        platform,
        url,
        stop,
        server,
        lock,
    })
}
