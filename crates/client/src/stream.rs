//! `GET /v1/stream`: the socket that says that something is new.
//!
//! The upgrade goes through the same HTTP client, so that there is one place for TLS and proxies.

use crate::Client;
use crate::http::{answer, not_a_platform, of_transport};
use futures::StreamExt as _;
use reqwest::header::{CONNECTION, UPGRADE};
use reqwest::{Method, Upgraded};
use std::time::Duration;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::handshake::{client::generate_key, derive_accept_key};
use tokio_tungstenite::tungstenite::protocol::Role;
use vigia_wire::stream::{DEAD_SECONDS, StreamMessage};
use vigia_wire::{Code, Problem};

/// An open socket.
#[derive(Debug)]
pub struct Stream {
    socket: WebSocketStream<Upgraded>,
}

impl Client {
    /// Opens the socket.
    ///
    /// # Errors
    /// What a bad token gives, or the transport's.
    pub async fn stream(&self, access: &str) -> Result<Stream, Problem> {
        let key = generate_key();
        let request = self
            .request(Method::GET, "v1/stream")?
            .bearer_auth(access)
            .header(CONNECTION, "Upgrade")
            .header(UPGRADE, "websocket")
            .header("Sec-WebSocket-Version", "13")
            .header("Sec-WebSocket-Key", &key);
        let response = answer(request).await?;
        let accepted = response.headers().get("Sec-WebSocket-Accept");
        if accepted.is_none_or(|accepted| accepted.as_bytes() != derive_accept_key(key.as_bytes()).as_bytes())
        {
            return Err(not_a_platform("opening the stream: it did not become a socket"));
        }
        let upgraded = response.upgrade().await.map_err(|error| of_transport(&error))?;
        let socket = WebSocketStream::from_raw_socket(upgraded, Role::Client, None).await;
        Ok(Stream { socket })
    }
}

impl Stream {
    /// The next message; `None` where the platform closed the socket.
    ///
    /// # Errors
    /// `unreachable` where the socket broke or stayed silent for longer than a live one does.
    pub async fn next(&mut self) -> Result<Option<StreamMessage>, Problem> {
        let broken =
            |reason: String| Problem::new(Code::Unreachable, format!("listening for news: {reason}"));
        loop {
            let message = tokio::time::timeout(Duration::from_secs(DEAD_SECONDS), self.socket.next())
                .await
                .map_err(|_| broken(format!("nothing came for {DEAD_SECONDS} s")))?;
            match message {
                None | Some(Ok(Message::Close(_))) => return Ok(None),
                Some(Err(error)) => return Err(broken(error.to_string())),
                Some(Ok(Message::Text(text))) => {
                    return serde_json::from_str(&text)
                        .map(Some)
                        .map_err(|error| not_a_platform(&format!("reading news: {error}")));
                }
                // Pings are answered by the socket itself.
                Some(Ok(_)) => {}
            }
        }
    }
}
