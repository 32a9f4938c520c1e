//! `GET /v1/sync`: the log, in order, with its proof.
//!
//! What comes before an answer may be asked for as a compact range: a desk that begins with a window
//! needs it, and one that puts older entries in front of those it has.
//!
//! Lines leave as they are read; the permission is decided anew for each page, and whoever reads
//! opened groups is recorded before the first of them leaves (LGPD art. 37): one record per desk and
//! hour, none for a page of nothing but such records.

use crate::http::caller::{Allowed, Caller};
use crate::http::request::Query;
use crate::reading;
use crate::{Error, Platform};
use async_compression::Level;
use async_compression::tokio::bufread::ZstdEncoder;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::header::{ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_TYPE, VARY};
use axum::http::{HeaderMap, HeaderValue};
use axum::response::{IntoResponse as _, Response};
use futures::StreamExt as _;
use serde::Deserialize;
use std::io;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tokio_util::io::{ReaderStream, StreamReader};
use utoipa::IntoParams;
use vigia_domain::Timestamp;
use vigia_domain::access::action::{ReadEvents, ReadPii};
use vigia_store::{Head, SyncRow};
use vigia_wire::sync::{Begin, MAX_ENTRIES, PAGE_ENTRIES, SyncLine, write_entry};
use vigia_wire::{Base64, Problem};

/// Rows read from the store at a time.
const CHUNK_ROWS: u64 = 1_024;
/// Rows that are looked at before the first of them is sent.
const FIRST_ROWS: u64 = 512;
/// Compressed bytes that leave at a time.
const PIECE_BYTES: usize = 64 * 1024;
/// Base64 of sealed bytes: harder compression costs more than it saves.
const COMPRESSION: Level = Level::Precise(1);
/// Chunks that wait for a slow reader.
const CHUNKS_AHEAD: usize = 4;

/// Which part of the log.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct Parameters {
    /// The last sequence number that the reader has; absent for a first sync.
    after: Option<u64>,
    /// A first sync may begin with what was recorded from this moment on.
    #[param(value_type = Option<String>, format = DateTime)]
    since: Option<Timestamp>,
    /// The most entries wanted, at most 65,536.
    limit: Option<u64>,
    /// Whether `begin` carries the hashes of everything before also after an `after`.
    #[serde(default)]
    prefix: bool,
}

/// Streams the log as NDJSON (`vigia_wire::sync`), zstd where accepted.
#[utoipa::path(get, path = "/v1/sync", tag = "log", security(("bearer" = [])), params(Parameters),
    responses(
        (status = 200, description = "Lines of `begin`, `entry`, `leaf`, `page`, `end` or `failed`.",
            content_type = "application/x-ndjson", body = String),
        (status = "default", description = "A problem.", body = vigia_wire::Problem, content_type = "application/problem+json"),
    ))]
pub async fn sync(
    State(platform): State<Platform>,
    Allowed { caller, .. }: Allowed<ReadEvents>,
    Query(parameters): Query<Parameters>,
    headers: HeaderMap,
) -> Result<Response, Error> {
    let answer = Answer::begin(platform, caller, &parameters).await?;
    let (lines, receiver) = mpsc::channel::<Bytes>(CHUNKS_AHEAD);
    tokio::spawn(answer.send(lines));
    let stream = ReceiverStream::new(receiver).map(Ok::<_, io::Error>);
    let compress = accepts_zstd(&headers);
    let body = if compress {
        let encoder = ZstdEncoder::with_quality(StreamReader::new(stream), COMPRESSION);
        Body::from_stream(ReaderStream::with_capacity(encoder, PIECE_BYTES))
    } else {
        Body::from_stream(stream)
    };
    let mut response = body.into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/x-ndjson"));
    headers.insert(VARY, HeaderValue::from_static("accept-encoding"));
    if compress {
        headers.insert(CONTENT_ENCODING, HeaderValue::from_static("zstd"));
    }
    Ok(response)
}

fn accepts_zstd(headers: &HeaderMap) -> bool {
    let named = headers
        .get_all(ACCEPT_ENCODING)
        .iter()
        .filter_map(|value| value.to_str().ok());
    let mut codings = named.flat_map(|value| value.split(','));
    codings.any(|coding| {
        let mut parts = coding.split(';').map(str::trim);
        parts.next() == Some("zstd")
            && !parts.any(|part| matches!(part, "q=0" | "q=0.0" | "q=0.00" | "q=0.000"))
    })
}

/// An answer under way.
struct Answer {
    platform: Platform,
    caller: Caller,
    head: Head,
    /// The next sequence number to send.
    next: u64,
    /// Where this answer stops.
    end: u64,
    prefix: Vec<Base64>,
}

impl Answer {
    async fn begin(platform: Platform, caller: Caller, parameters: &Parameters) -> Result<Self, Error> {
        let limit = parameters.limit.unwrap_or(MAX_ENTRIES);
        if !(1..=MAX_ENTRIES).contains(&limit) {
            let reason = format!("lies between 1 and {MAX_ENTRIES}");
            return Err(Error::Field {
                name: "limit",
                reason,
            });
        }
        let permit = caller.may::<ReadEvents>()?;
        let from = match (parameters.after, parameters.since) {
            (Some(after), _) => after.saturating_add(1),
            (None, Some(since)) => platform.store().first_seq_since(&permit, since).await?,
            (None, None) => 0,
        };
        // The record of this reading comes before the head is taken, so that it is in the answer.
        let first = platform
            .store()
            .sync_page(&permit, None, from, FIRST_ROWS)
            .await?;
        reading::record_rows(&platform, &caller, from, &first).await?;
        let head = platform.store().head().await?;
        let windowed = (parameters.after.is_none() || parameters.prefix) && from > 0;
        let prefix = if windowed {
            platform.store().compact_range(from).await?
        } else {
            Vec::new()
        };
        Ok(Self {
            end: head.size.min(from.saturating_add(limit)),
            next: from,
            prefix: prefix.into_iter().map(Base64::from).collect(),
            platform,
            caller,
            head,
        })
    }

    async fn send(mut self, lines: mpsc::Sender<Bytes>) {
        let _syncing = self.platform.metrics().sync();
        let sent = self.pages(&lines).await;
        let Err(Stop::Failed(error)) = sent else { return };
        tracing::warn!(%error, cause = crate::http::problem::cause(&error), "a sync broke off");
        let problem = Problem::from(&error);
        if let Ok(text) = written(&[SyncLine::Failed { problem }]) {
            let _ = lines.send(text).await;
        }
    }

    async fn pages(&mut self, lines: &mpsc::Sender<Bytes>) -> Result<(), Stop> {
        let begin = Begin {
            checkpoint: self.head.checkpoint.clone(),
            from: self.next,
            prefix: std::mem::take(&mut self.prefix),
        };
        give(lines, &[SyncLine::Begin(begin)]).await?;
        while self.next < self.end {
            let page_end = self.end.min(self.next.saturating_add(PAGE_ENTRIES));
            self.page(lines, page_end).await?;
        }
        let complete = self.next >= self.head.size;
        give(lines, &[SyncLine::End { complete }]).await
    }

    async fn page(&mut self, lines: &mpsc::Sender<Bytes>, page_end: u64) -> Result<(), Stop> {
        let caller = self.caller.again(&self.platform).await?;
        let permit = caller.may::<ReadEvents>()?;
        let pii = caller.may::<ReadPii>().ok();
        let store = self.platform.store();
        while self.next < page_end {
            let wanted = CHUNK_ROWS.min(page_end - self.next);
            let rows = store
                .sync_page(&permit, pii.as_ref(), self.next, wanted)
                .await
                .map_err(Error::from)?;
            if rows.is_empty() {
                let what = "a ledger that ends before its own head";
                return Err(Error::Broken { what }.into());
            }
            reading::record_rows(&self.platform, &caller, self.next, &rows).await?;
            self.next += u64::try_from(rows.len()).unwrap_or(0);
            lines.send(entries(&rows)?).await.map_err(|_| Stop::Gone)?;
        }
        let proof = store
            .consistency_proof(self.next, self.head.size)
            .await
            .map_err(Error::from)?;
        let consistency = proof.into_iter().map(Base64::from).collect();
        let size = self.next;
        give(lines, &[SyncLine::Page { size, consistency }]).await
    }
}

/// Why an answer stopped before its end.
enum Stop {
    /// The reader went away.
    Gone,
    /// Something failed; the reader is told.
    Failed(Error),
}

impl<E: Into<Error>> From<E> for Stop {
    fn from(error: E) -> Self {
        Self::Failed(error.into())
    }
}

async fn give(lines: &mpsc::Sender<Bytes>, batch: &[SyncLine]) -> Result<(), Stop> {
    let text = written(batch)?;
    lines.send(text).await.map_err(|_| Stop::Gone)
}

fn written(batch: &[SyncLine]) -> Result<Bytes, Error> {
    let mut text = Vec::new();
    for line in batch {
        add(&mut text, line)?;
    }
    Ok(text.into())
}

fn add(text: &mut Vec<u8>, line: &SyncLine) -> Result<(), Error> {
    serde_json::to_writer(&mut *text, line).map_err(|source| Error::Encoding {
        what: "a line of the sync",
        source,
    })?;
    text.push(b'\n');
    Ok(())
}

/// The lines of these entries.
fn entries(rows: &[SyncRow]) -> Result<Bytes, Error> {
    let sizes = rows.iter().map(|row| {
        let groups = row.groups.iter().map(|group| group.group.len() + 64);
        96 + row.body.as_ref().map_or(0, Vec::len) + groups.sum::<usize>()
    });
    // Base64 makes four bytes of three.
    let mut text = Vec::with_capacity(sizes.sum::<usize>() / 3 * 4);
    for row in rows {
        match &row.body {
            Some(body) => {
                let groups = row.groups.iter();
                let groups = groups.map(|group| (group.index, &group.seed, group.group.as_slice()));
                write_entry(&mut text, row.seq, body, groups);
            }
            None => add(
                &mut text,
                &SyncLine::Leaf {
                    seq: row.seq,
                    hash: Base64::from(row.leaf),
                },
            )?,
        }
    }
    Ok(text.into())
}
