//! Taking connections: HTTP/1.1, over TLS where the door has a certificate, each within its limits,
//! until a stop; then what is under way is finished.
//!
//! A connection takes its place before it is accepted, so that a flood waits with the operating
//! system and costs no memory here. Nothing about who connects is logged.

use super::held::Held;
use super::{Connection, Door};
use axum::Router;
use hyper::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service as _, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tokio_util::task::task_tracker::TaskTrackerToken;

/// How long to wait where the system has no connection to give (no file descriptor left).
const BREATH: Duration = Duration::from_millis(500);

/// Answers on a listener until `stopping`, then lets what is under way end; what has not ended after
/// the door's time is cut off. Answers whether nothing had to be.
pub async fn answer(
    listener: TcpListener,
    door: Arc<Door>,
    router: Router,
    stopping: CancellationToken,
) -> bool {
    let open = TaskTracker::new();
    let cut = CancellationToken::new();
    let places = Arc::new(Semaphore::new(
        usize::try_from(door.max_connections).unwrap_or(usize::MAX),
    ));
    let service = TowerToHyperService::new(router);
    loop {
        let accepted = tokio::select! {
            accepted = next(&listener, &places) => accepted,
            () = stopping.cancelled() => break,
        };
        let Some((stream, peer, place)) = accepted else {
            break;
        };
        let guest = Guest {
            door: Arc::clone(&door),
            service: service.clone(),
            stopping: stopping.clone(),
            peer,
        };
        let (cut, token) = (cut.clone(), open.token());
        open.spawn(async move {
            tokio::select! {
                () = guest.welcome(stream, place, token) => {}
                () = cut.cancelled() => {}
            }
        });
    }
    // From here on nobody is let in any more.
    drop(listener);
    open.close();
    let all = tokio::time::timeout(door.stop_timeout, open.wait()).await.is_ok();
    cut.cancel();
    all
}

/// The next connection, with its place.
async fn next(
    listener: &TcpListener,
    places: &Arc<Semaphore>,
) -> Option<(TcpStream, SocketAddr, OwnedSemaphorePermit)> {
    let place = Arc::clone(places).acquire_owned().await.ok()?;
    loop {
        match listener.accept().await {
            Ok((stream, peer)) => return Some((stream, peer, place)),
            Err(error) if is_the_guests(&error) => {}
            Err(error) => {
                tracing::warn!(%error, "no connection can be taken at the moment");
                tokio::time::sleep(BREATH).await;
            }
        }
    }
}

/// Whoever knocked went away.
fn is_the_guests(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(
        error.kind(),
        ConnectionAborted | ConnectionRefused | ConnectionReset
    )
}

/// One connection.
struct Guest {
    door: Arc<Door>,
    service: TowerToHyperService<Router>,
    stopping: CancellationToken,
    peer: SocketAddr,
}

impl Guest {
    async fn welcome(self, stream: TcpStream, place: OwnedSemaphorePermit, open: TaskTrackerToken) {
        // Where the system refuses, answers are a little slower.
        let _ = stream.set_nodelay(true);
        let Ok(local) = stream.local_addr() else { return };
        let Some(tls) = self.door.tls.clone() else {
            return self.talk(Held::new(stream, place, open), local).await;
        };
        let shaken = tokio::time::timeout(self.door.handshake_timeout, tls.acceptor().accept(stream));
        match shaken.await {
            Ok(Ok(stream)) => self.talk(Held::new(stream, place, open), local).await,
            Ok(Err(error)) => tracing::debug!(%error, "a TLS handshake failed"),
            Err(_) => tracing::debug!("a TLS handshake took too long"),
        }
    }

    async fn talk<S: AsyncRead + AsyncWrite + Unpin + Send + 'static>(
        self,
        stream: Held<S>,
        local: SocketAddr,
    ) {
        let connection = Connection {
            door: Arc::clone(&self.door),
            peer: self.peer.ip(),
            local: local.ip(),
        };
        let service = service_fn(move |mut request: Request<Incoming>| {
            request.extensions_mut().insert(connection.clone());
            self.service.call(request)
        });
        let served = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(self.door.header_timeout)
            .serve_connection(TokioIo::new(stream), service)
            .with_upgrades();
        tokio::pin!(served);
        let ended = tokio::select! {
            ended = served.as_mut() => ended,
            () = self.stopping.cancelled() => {
                served.as_mut().graceful_shutdown();
                served.await
            }
        };
        if let Err(error) = ended {
            tracing::debug!(%error, "a connection ended early");
        }
    }
}
