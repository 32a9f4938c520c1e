//! `GET /v1/stream` (WebSocket): says that something is new, and nothing else.
//!
//! The session is looked at again whenever the ledger grows (its end is an entry) and at each
//! heartbeat, so a socket does not outlive it.

use crate::http::caller::{Allowed, Caller};
use crate::{Error, Platform};
use axum::extract::State;
use axum::extract::ws::{
    CloseFrame, Message, WebSocket, WebSocketUpgrade, close_code, rejection::WebSocketUpgradeRejection,
};
use axum::response::Response;
use std::time::Duration;
use tokio::time::{Instant, MissedTickBehavior, interval_at};
use vigia_domain::access::action::ReadEvents;
use vigia_wire::stream::{DEAD_SECONDS, HEARTBEAT_SECONDS, StreamMessage, Topic};

/// The longest message taken from a desk, in bytes; it has nothing to say.
const MAX_MESSAGE_BYTES: usize = 1024;

/// Opens the stream of news.
#[utoipa::path(get, path = "/v1/stream", tag = "log", security(("bearer" = [])),
    responses(
        (status = 101, description = "A WebSocket; each text message is a `StreamMessage`.", body = StreamMessage),
        (status = "default", description = "A problem.", body = vigia_wire::Problem, content_type = "application/problem+json"),
    ))]
pub async fn stream(
    State(platform): State<Platform>,
    Allowed { caller, .. }: Allowed<ReadEvents>,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Result<Response, Error> {
    let upgrade = upgrade.map_err(|_| Error::Field {
        name: "Upgrade",
        reason: "this operation is a WebSocket".to_owned(),
    })?;
    let upgrade = upgrade
        .max_message_size(MAX_MESSAGE_BYTES)
        .max_frame_size(MAX_MESSAGE_BYTES);
    Ok(upgrade.on_upgrade(move |socket| async move {
        // A desk that goes away in the middle is no error.
        let _ = talk(platform, caller, socket).await;
    }))
}

async fn talk(platform: Platform, caller: Caller, mut socket: WebSocket) -> Result<(), axum::Error> {
    let _open = platform.metrics().stream();
    let mut grown = platform.store().grown();
    let mut size = *grown.borrow_and_update();
    say(&mut socket, &StreamMessage::Hello { size }).await?;
    let beat = Duration::from_secs(HEARTBEAT_SECONDS);
    let mut heartbeat = interval_at(Instant::now() + beat, beat);
    heartbeat.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut heard = Instant::now();
    loop {
        let message = tokio::select! {
            changed = grown.changed() => {
                if changed.is_err() { return close(socket, close_code::AWAY).await }
                let now = *grown.borrow_and_update();
                if now <= size { continue }
                size = now;
                StreamMessage::News { topic: Topic::Events, size }
            }
            _ = heartbeat.tick() => {
                if heard.elapsed() > Duration::from_secs(DEAD_SECONDS) {
                    return close(socket, close_code::POLICY).await;
                }
                socket.send(Message::Ping(axum::body::Bytes::new())).await?;
                StreamMessage::Heartbeat
            }
            said = socket.recv() => {
                match said {
                    Some(Ok(Message::Close(_))) | None => return Ok(()),
                    Some(Ok(_)) => heard = Instant::now(),
                    Some(Err(error)) => return Err(error),
                }
                continue;
            }
            () = platform.stopping() => return close(socket, close_code::AWAY).await,
        };
        let caller = caller.again(&platform).await;
        if caller.and_then(|caller| caller.may::<ReadEvents>()).is_err() {
            say(&mut socket, &StreamMessage::SessionEnded).await?;
            return close(socket, close_code::POLICY).await;
        }
        say(&mut socket, &message).await?;
    }
}

async fn say(socket: &mut WebSocket, message: &StreamMessage) -> Result<(), axum::Error> {
    let text = serde_json::to_string(message).map_err(axum::Error::new)?;
    socket.send(Message::Text(text.into())).await
}

async fn close(mut socket: WebSocket, code: u16) -> Result<(), axum::Error> {
    let reason = "".into();
    socket
        .send(Message::Close(Some(CloseFrame { code, reason })))
        .await
}
