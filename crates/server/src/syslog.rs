//! Syslog over TCP and TLS: RFC 6587 in both of its framings, RFC 5425.
//!
//! Nothing is answered on such a connection, so what was read must be stored: whoever reads waits for
//! whoever appends (a busy store is felt by the sender as a full socket), and a stop reads what has
//! arrived, appends it, and only then lets go. Lines are appended in the name of the API key called
//! `syslog`: revoking it ends the taking.
//!
//! Deliberately absent: UDP. It loses lines without a word, and anybody can write any sender on it.

mod batch;
mod connection;
mod frame;
mod identity;
mod refused;
mod secured;

use crate::tls::Tls;
use crate::{Error, Platform};
use identity::Identity;
use ipnet::IpNet;
use refused::{Reason, Refusals};
use secured::Secured;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, mpsc};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// Connections held at the same time where nobody says another number.
const CONNECTIONS: u32 = 256;
/// Lines that wait for the store; more are not read.
const WAITING_LINES: usize = 2_048;
/// How long a stop waits for what was read to be stored, in seconds.
const STOP_SECONDS: u64 = 20;

/// How syslog is taken in.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// Where plain TCP is taken.
    pub listen: Option<SocketAddr>,
    /// Where TLS is taken.
    pub tls_listen: Option<SocketAddr>,
    /// The networks that may connect.
    pub allow: Vec<IpNet>,
    /// Authorities of senders' certificates, PEM: with it a sender over TLS needs one, from any network.
    pub client_authority: Option<PathBuf>,
    /// The application of lines that name none.
    pub service: Option<String>,
    /// The zone of times that name none.
    pub zone: Option<chrono_tz::Tz>,
    /// Connections held at the same time.
    pub max_connections: u32,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            listen: None,
            tls_listen: None,
            allow: vec![
                IpNet::from(std::net::IpAddr::from(Ipv6Addr::LOCALHOST)),
                ipnet::Ipv4Net::new_assert(Ipv4Addr::new(127, 0, 0, 0), 8).into(),
            ],
            client_authority: None,
            service: None,
            zone: None,
            max_connections: CONNECTIONS,
        }
    }
}

/// What went through since the platform was opened.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Connections that were taken.
    pub connections: u64,
    /// Connections open now.
    pub open: u64,
    /// Connections that were refused.
    pub refused: u64,
    /// Lines read.
    pub lines: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Events stored.
    pub events: u64,
    /// Lines that could not be taken.
    pub rejected: u64,
}

#[derive(Debug, Default)]
pub(crate) struct Counters {
    connections: AtomicU64,
    open: AtomicU64,
    refused: AtomicU64,
    lines: AtomicU64,
    bytes: AtomicU64,
    events: AtomicU64,
    rejected: AtomicU64,
}

impl Counters {
    pub(crate) fn counts(&self) -> Counts {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        Counts {
            connections: read(&self.connections),
            open: read(&self.open),
            refused: read(&self.refused),
            lines: read(&self.lines),
            bytes: read(&self.bytes),
            events: read(&self.events),
            rejected: read(&self.rejected),
        }
    }
}

fn add(counter: &AtomicU64, number: usize) {
    counter.fetch_add(u64::try_from(number).unwrap_or(u64::MAX), Ordering::Relaxed);
}

/// Open listeners. Dropping it stops them; [`Syslog::close`] waits for what was read to be stored.
pub struct Syslog {
    shared: Arc<Shared>,
    tasks: TaskTracker,
    plain: Option<SocketAddr>,
    tls: Option<SocketAddr>,
}

/// What every connection needs.
struct Shared {
    platform: Platform,
    settings: Settings,
    identity: Identity,
    counters: Arc<Counters>,
    refusals: Refusals,
    places: Arc<Semaphore>,
    stopping: CancellationToken,
}

impl Syslog {
    /// Listens where the settings say, if anywhere. `tls` is the certificate to show.
    ///
    /// # Errors
    /// An address that cannot be listened on; `tls_listen` without a certificate; a revoked key.
    pub async fn open(
        platform: &Platform,
        settings: Settings,
        tls: Option<Tls>,
    ) -> Result<Option<Self>, Error> {
        if settings.listen.is_none() && settings.tls_listen.is_none() {
            return Ok(None);
        }
        let secure = match (settings.tls_listen, tls) {
            (None, _) => None,
            (Some(_), Some(tls)) => Some(Secured::new(tls, settings.client_authority.as_deref())?),
            (Some(_), None) => {
                return Err(Error::Field {
                    name: "syslog.tls_listen",
                    reason: "needs a certificate: tls.certificate and tls.key, or one made by init"
                        .to_owned(),
                });
            }
        };
        let plain = bound(settings.listen).await?;
        let secured = bound(settings.tls_listen).await?;
        let identity = Identity::of(platform).await?;
        let places = usize::try_from(settings.max_connections).unwrap_or(usize::MAX);
        let shared = Arc::new(Shared {
            platform: platform.clone(),
            identity,
            counters: Arc::clone(platform.syslog_counters()),
            refusals: Refusals::default(),
            places: Arc::new(Semaphore::new(places.min(Semaphore::MAX_PERMITS))),
            stopping: CancellationToken::new(),
            settings,
        });
        let (plain_at, tls_at) = (
            plain.as_ref().map(|(at, _)| *at),
            secured.as_ref().map(|(at, _)| *at),
        );
        shared
            .identity
            .opened(platform, &shared.settings, plain_at, tls_at)
            .await?;
        let tasks = TaskTracker::new();
        let (lines, waiting) = mpsc::channel(WAITING_LINES);
        tasks.spawn(batch::append_all(Arc::clone(&shared), waiting));
        tasks.spawn(refused::tell(Arc::clone(&shared)));
        if let Some((_, listener)) = plain {
            let taking =
                connection::accept(Arc::clone(&shared), tasks.clone(), listener, None, lines.clone());
            tasks.spawn(taking);
        }
        if let Some((_, listener)) = secured {
            let taking = connection::accept(
                Arc::clone(&shared),
                tasks.clone(),
                listener,
                secure,
                lines.clone(),
            );
            tasks.spawn(taking);
        }
        tasks.close();
        tracing::info!(plain = ?plain_at, tls = ?tls_at, "taking syslog");
        Ok(Some(Self {
            shared,
            tasks,
            plain: plain_at,
            tls: tls_at,
        }))
    }

    /// Where plain TCP is taken.
    #[must_use]
    pub fn plain_address(&self) -> Option<SocketAddr> {
        self.plain
    }

    /// Where TLS is taken.
    #[must_use]
    pub fn tls_address(&self) -> Option<SocketAddr> {
        self.tls
    }

    /// Takes no more, stores what has arrived, and says so in the log.
    pub async fn close(self) {
        self.shared.stopping.cancel();
        let waited = tokio::time::timeout(Duration::from_secs(STOP_SECONDS), self.tasks.wait()).await;
        if waited.is_err() {
            tracing::error!("syslog lines that were read could not be stored in time");
        }
        refused::tell_all(&self.shared).await;
        let counts = self.shared.counters.counts();
        if let Err(error) = self.shared.identity.closed(&self.shared.platform, counts).await {
            tracing::error!(%error, "the end of syslog could not be recorded");
        }
    }
}

impl Drop for Syslog {
    fn drop(&mut self) {
        self.shared.stopping.cancel();
    }
}

impl Shared {
    fn refuse(&self, peer: SocketAddr, reason: Reason) {
        add(&self.counters.refused, 1);
        self.refusals.note(peer.ip().to_canonical(), reason);
    }
}

async fn bound(address: Option<SocketAddr>) -> Result<Option<(SocketAddr, TcpListener)>, Error> {
    let Some(address) = address else {
        return Ok(None);
    };
    let bound = TcpListener::bind(address)
        .await
        .and_then(|listener| Ok((listener.local_addr()?, listener)));
    bound.map(Some).map_err(|source| Error::Io {
        attempt: "taking syslog on",
        path: PathBuf::from(address.to_string()),
        source,
    })
}
