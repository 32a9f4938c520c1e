//! Taking connections, and reading one until it ends.

use super::frame::{Frame, Framer};
use super::refused::Reason;
use super::secured::Secured;
use super::{Shared, add};
use sha2::{Digest as _, Sha256};
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::time::{Instant, timeout, timeout_at};
use tokio_rustls::server::TlsStream;
use tokio_util::task::TaskTracker;

/// Bytes read at a time.
const PIECE_BYTES: usize = 16 * 1024;
/// The longest silence between messages, in seconds: senders keep a quiet connection open.
const IDLE_SECONDS: u64 = 3_600;
/// The longest silence within a message, in seconds.
const STALL_SECONDS: u64 = 30;
/// How long TLS may take to come about, in seconds.
const HANDSHAKE_SECONDS: u64 = 10;
/// How long a stop goes on reading what has arrived, in seconds.
const DRAIN_SECONDS: u64 = 2;
/// The silence after which nothing more has arrived, in milliseconds.
const DRAINED_MILLIS: u64 = 100;
/// The most connections that were waiting when the stop came and are heard out.
const LAST_CONNECTIONS: u32 = 1_024;
/// How long to wait after the system gave no connection, in milliseconds.
const PAUSE_MILLIS: u64 = 200;

/// Who hands lines over.
#[derive(Debug)]
pub(super) struct Sender {
    /// The address, without its port.
    pub(super) address: String,
    /// The SHA-256 of the certificate that it showed.
    pub(super) certificate: Option<String>,
}

/// A line and who handed it over.
#[derive(Debug)]
pub(super) struct Received {
    pub(super) line: Vec<u8>,
    pub(super) sender: Arc<Sender>,
}

/// Takes connections until syslog stops.
pub(super) async fn accept(
    shared: Arc<Shared>,
    tasks: TaskTracker,
    listener: TcpListener,
    tls: Option<Secured>,
    lines: mpsc::Sender<Received>,
) {
    let mut left = LAST_CONNECTIONS;
    loop {
        // Whoever connected before the stop is heard out.
        let accepted = tokio::select! {
            biased;
            accepted = listener.accept() => accepted,
            () = shared.stopping.cancelled() => return,
        };
        if shared.stopping.is_cancelled() {
            left = left.saturating_sub(1);
            if left == 0 {
                return;
            }
        }
        let (stream, peer) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                tracing::warn!(%error, "no syslog connection could be taken");
                tokio::time::sleep(Duration::from_millis(PAUSE_MILLIS)).await;
                continue;
            }
        };
        let proves_itself = tls.is_some() && shared.settings.client_authority.is_some();
        let address = peer.ip().to_canonical();
        if !proves_itself
            && !shared
                .settings
                .allow
                .iter()
                .any(|network| network.contains(&address))
        {
            shared.refuse(peer, Reason::Network);
            continue;
        }
        let Ok(place) = Arc::clone(&shared.places).try_acquire_owned() else {
            shared.refuse(peer, Reason::TooMany);
            continue;
        };
        let (shared, tls, lines) = (Arc::clone(&shared), tls.clone(), lines.clone());
        tasks.spawn(async move {
            converse(&shared, stream, peer, tls, &lines).await;
            drop(place);
        });
    }
}

async fn converse(
    shared: &Shared,
    stream: TcpStream,
    peer: SocketAddr,
    tls: Option<Secured>,
    lines: &mpsc::Sender<Received>,
) {
    if let Err(error) = shared.identity.permit(&shared.platform).await {
        tracing::warn!(%error, "syslog is refused");
        return shared.refuse(peer, Reason::Revoked);
    }
    let mut sender = Sender {
        address: peer.ip().to_canonical().to_string(),
        certificate: None,
    };
    let counters = &shared.counters;
    match tls {
        None => {
            add(&counters.connections, 1);
            counters.open.fetch_add(1, Ordering::Relaxed);
            read(shared, stream, Arc::new(sender), lines).await;
        }
        Some(tls) => {
            let Ok(acceptor) = tls.acceptor() else {
                return shared.refuse(peer, Reason::Tls);
            };
            let shaken = timeout(Duration::from_secs(HANDSHAKE_SECONDS), acceptor.accept(stream)).await;
            let Ok(Ok(stream)) = shaken else {
                return shared.refuse(peer, Reason::Tls);
            };
            sender.certificate = fingerprint(&stream);
            add(&counters.connections, 1);
            counters.open.fetch_add(1, Ordering::Relaxed);
            read(shared, stream, Arc::new(sender), lines).await;
        }
    }
    counters.open.fetch_sub(1, Ordering::Relaxed);
}

fn fingerprint(stream: &TlsStream<TcpStream>) -> Option<String> {
    let (_, session) = stream.get_ref();
    let first = session.peer_certificates()?.first()?;
    Some(hex::encode(Sha256::digest(first)))
}

/// Reads messages until the sender is done, stalls, breaks off, or syslog stops.
async fn read(
    shared: &Shared,
    mut stream: impl AsyncRead + Unpin,
    sender: Arc<Sender>,
    lines: &mpsc::Sender<Received>,
) {
    let mut framer = Framer::default();
    let mut piece = vec![0; PIECE_BYTES];
    loop {
        let silence = if framer.is_within() {
            STALL_SECONDS
        } else {
            IDLE_SECONDS
        };
        let arrived = tokio::select! {
            arrived = timeout(Duration::from_secs(silence), stream.read(&mut piece)) => arrived,
            () = shared.stopping.cancelled() => {
                drain(shared, &mut stream, &mut framer, &sender, lines).await;
                break;
            }
        };
        match arrived {
            Ok(Ok(count)) if count > 0 => {
                let bytes = piece.get(..count).unwrap_or_default();
                if !take(shared, framer.push(bytes), &sender, lines).await {
                    return;
                }
            }
            Ok(Ok(_)) => break,
            // Many senders end TLS without saying so.
            Ok(Err(error)) if error.kind() == io::ErrorKind::UnexpectedEof => break,
            Ok(Err(error)) => {
                tracing::debug!(%error, "a syslog connection broke off");
                break;
            }
            Err(_) => break,
        }
    }
    let rest: Vec<Frame> = framer.finish().into_iter().collect();
    take(shared, rest, &sender, lines).await;
}

/// Reads what has arrived before the stop.
async fn drain(
    shared: &Shared,
    stream: &mut (impl AsyncRead + Unpin),
    framer: &mut Framer,
    sender: &Arc<Sender>,
    lines: &mpsc::Sender<Received>,
) {
    let end = Instant::now() + Duration::from_secs(DRAIN_SECONDS);
    let mut piece = vec![0; PIECE_BYTES];
    loop {
        let until = end.min(Instant::now() + Duration::from_millis(DRAINED_MILLIS));
        let Ok(Ok(count @ 1..)) = timeout_at(until, stream.read(&mut piece)).await else {
            return;
        };
        let bytes = piece.get(..count).unwrap_or_default();
        if !take(shared, framer.push(bytes), sender, lines).await {
            return;
        }
    }
}

/// Hands messages on, waiting for room; whether to go on.
async fn take(
    shared: &Shared,
    frames: Vec<Frame>,
    sender: &Arc<Sender>,
    lines: &mpsc::Sender<Received>,
) -> bool {
    for frame in frames {
        add(&shared.counters.lines, 1);
        match frame {
            Frame::Message(line) => {
                add(&shared.counters.bytes, line.len());
                let received = Received {
                    line,
                    sender: Arc::clone(sender),
                };
                if lines.send(received).await.is_err() {
                    return false;
                }
            }
            Frame::TooLong => add(&shared.counters.rejected, 1),
            Frame::Broken => {
                add(&shared.counters.rejected, 1);
                return false;
            }
        }
    }
    true
}
