//! `POST /v1/ingest/events`: sending logs.

use crate::Client;
use crate::http::answer;
use reqwest::Method;
use vigia_wire::ingest::{IngestReply, MAX_BODY_BYTES, MAX_LINES};
use vigia_wire::{Code, Problem};

/// The largest piece sent at once, in bytes: what a platform takes.
pub const MAX_CHUNK_BYTES: usize = MAX_BODY_BYTES;
/// The most lines sent at once: a platform takes them, whatever they become.
pub const MAX_CHUNK_LINES: usize = MAX_LINES;

/// How the bytes are to be read.
#[derive(Debug, Clone, Default)]
pub struct Ingest {
    /// `auto` where `None`.
    pub format: Option<String>,
    /// The year of dates that have none.
    pub year: Option<i32>,
    /// The IANA zone of times that have none.
    pub zone: Option<String>,
    /// Makes a repeated request harmless.
    pub idempotency_key: Option<String>,
}

impl Client {
    /// Sends a piece of a log with an API key; answers after it is durable.
    ///
    /// # Errors
    /// `not_signed_in`, `denied`, `too_large`, `busy`, or the transport's.
    pub async fn ingest(&self, key: &str, how: &Ingest, body: Vec<u8>) -> Result<IngestReply, Problem> {
        let mut request = self
            .request(Method::POST, &path(how))?
            .bearer_auth(key)
            .body(body);
        if let Some(idempotency) = &how.idempotency_key {
            request = request.header("Idempotency-Key", idempotency);
        }
        let response = answer(request).await?;
        response
            .json()
            .await
            .map_err(|error| Problem::new(Code::NotAPlatform, format!("reading its answer: {error}")))
    }
}

/// Not within the request: the serializer must not live on while the answer is awaited.
fn path(how: &Ingest) -> String {
    let mut query = vec![("format", how.format.clone().unwrap_or_else(|| "auto".to_owned()))];
    query.extend(how.year.map(|year| ("year", year.to_string())));
    query.extend(how.zone.clone().map(|zone| ("zone", zone)));
    let mut path = url::form_urlencoded::Serializer::new("v1/ingest/events?".to_owned());
    // The serializer takes what stands before the question mark as it is.
    let path = path.extend_pairs(query).finish();
    path.replacen("?&", "?", 1)
}
