//! `GET /v1/events` (pages, or a stream of lines) and `GET /v1/events/{seq}`.
//!
//! A page ends when it is full, when the log ends, or when the request's budget is spent; the rest is
//! behind its cursor. A stream runs in a task of its own that ends with whoever reads: when they go
//! away, or read nothing for too long, nothing is read from the log any more. People are shown to
//! whoever may see them, and that reading is recorded before the first event leaves.

use crate::http::caller::{Allowed, Caller};
use crate::http::request::{Path, Query};
use crate::search::{Question, Search, listed};
use crate::{Error, Platform, reading};
use axum::Json;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::header::{ACCEPT, CONTENT_TYPE};
use axum::http::{HeaderMap, HeaderValue};
use axum::response::{IntoResponse as _, Response};
use futures::StreamExt as _;
use serde::Deserialize;
use std::io;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::Instant;
use tokio_stream::wrappers::ReceiverStream;
use utoipa::IntoParams;
use vigia_domain::Kind;
use vigia_domain::access::action::{ReadEvents, ReadPii};
use vigia_store::Wanted;
use vigia_wire::event::{
    DEFAULT_LIMIT, EventsLine, EventsPage, MAX_PAGE_EVENTS, MAX_STREAM_EVENTS, Order, Progress, ProvenEvent,
};
use vigia_wire::sync::OpenedGroup;
use vigia_wire::{Base64, Problem};

/// The media type of a stream of lines.
const NDJSON: &str = "application/x-ndjson";
/// Entries looked at for one page.
const PAGE_ENTRIES: u64 = 200_000;
/// The longest that a page may take.
const PAGE_TIME: Duration = Duration::from_secs(10);
/// Entries looked at for one stream.
const STREAM_ENTRIES: u64 = 2_000_000;
/// The longest that a stream may take.
const STREAM_TIME: Duration = Duration::from_secs(120);
/// How often a stream says how far it is.
const PROGRESS: Duration = Duration::from_millis(250);
/// How long a stream waits for a reader who reads nothing.
const READER_TIME: Duration = Duration::from_secs(30);
/// Pieces that wait for a slow reader.
const PIECES_AHEAD: usize = 4;

/// Which events.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct Parameters {
    /// The query (docs/query.md). Absent: everything.
    #[serde(default)]
    #[param(example = "kind:auth.login.failed source.ip:192.0.2.0/24")]
    q: String,
    /// Only what happened from this moment on.
    #[param(value_type = Option<String>, format = DateTime, example = "2026-02-17T10:00:00Z")]
    since: Option<vigia_domain::Timestamp>,
    /// Only what happened before this moment.
    #[param(value_type = Option<String>, format = DateTime, example = "2026-02-17T11:00:00Z")]
    until: Option<vigia_domain::Timestamp>,
    /// In which order the ledger took them.
    #[serde(default)]
    #[param(inline)]
    order: Order,
    /// The most events: 1 to 1,000 for a page, 65,536 for a stream; 100 where it is absent.
    #[param(minimum = 1, maximum = 65536, example = 100)]
    limit: Option<u32>,
    /// `next` of the answer before, with the same other parameters.
    cursor: Option<String>,
}

/// Events that pass a query.
///
/// Answers a page, or with `Accept: application/x-ndjson` a stream: events as they are found, one a
/// line; now and then `{"progress": {"scanned", "seq", "size"}}`; last `{"next", "scanned"}`, or
/// `{"failed": problem}` where the platform failed half-way. People are shown with `pii:read`, and
/// that reading is recorded; without it an event has pseudonyms (`subjects`) and `masked`, and a
/// query by what is sealed finds nothing.
#[utoipa::path(get, path = "/v1/events", tag = "events", security(("bearer" = [])), params(Parameters),
    responses((status = 200, description = "The events, and where to go on.",
        content((EventsPage = "application/json"), (String = "application/x-ndjson", example = lines_example))),
        (status = "default", description = "A problem.", body = vigia_wire::Problem, content_type = "application/problem+json")))]
pub async fn list(
    State(platform): State<Platform>,
    Allowed { caller, .. }: Allowed<ReadEvents>,
    Query(parameters): Query<Parameters>,
    headers: HeaderMap,
) -> Result<Response, Error> {
    let streams = accepts_lines(&headers);
    let most = if streams {
        MAX_STREAM_EVENTS
    } else {
        MAX_PAGE_EVENTS
    };
    let limit = parameters.limit.unwrap_or(DEFAULT_LIMIT);
    if !(1..=most).contains(&limit) {
        let reason = format!("lies between 1 and {most}");
        return Err(Error::Field {
            name: "limit",
            reason,
        });
    }
    let (since, until) = (parameters.since, parameters.until);
    let question = Question::new(&parameters.q, since, until, parameters.order)?;
    let search = Search::begin(platform, caller, question, parameters.cursor.as_deref()).await?;
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    if !streams {
        return Ok(Json(page(search, limit).await?).into_response());
    }
    let (pieces, receiver) = mpsc::channel::<Bytes>(PIECES_AHEAD);
    tokio::spawn(async move {
        tokio::select! {
            () = pieces.closed() => {}
            () = send(search, limit, &pieces) => {}
        }
    });
    let stream = ReceiverStream::new(receiver).map(Ok::<_, io::Error>);
    let mut response = Body::from_stream(stream).into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(NDJSON));
    Ok(response)
}

/// What a stream looks like, in the OpenAPI document.
fn lines_example() -> &'static str {
    "{\"seq\":4711,\"kind\":\"auth.login.failed\",\"severity\":\"medium\",\"service\":\"api\"}\n\
     {\"progress\":{\"scanned\":16384,\"seq\":983616,\"size\":1000000}}\n\
     {\"next\":null,\"scanned\":20000}\n"
}

fn accepts_lines(headers: &HeaderMap) -> bool {
    let accepted = headers
        .get_all(ACCEPT)
        .iter()
        .filter_map(|value| value.to_str().ok());
    accepted
        .flat_map(|value| value.split(','))
        .any(|kind| kind.split(';').next().map(str::trim) == Some(NDJSON))
}

async fn page(mut search: Search, limit: usize) -> Result<EventsPage, Error> {
    let began = Instant::now();
    let mut events = Vec::new();
    let mut scanned = 0;
    loop {
        let step = search.step(limit - events.len()).await?;
        events.extend(step.events);
        scanned += step.scanned;
        if step.over {
            return Ok(EventsPage {
                events,
                next: None,
                scanned,
            });
        }
        if events.len() >= limit || scanned >= PAGE_ENTRIES || began.elapsed() >= PAGE_TIME {
            return Ok(EventsPage {
                events,
                next: Some(search.cursor()?),
                scanned,
            });
        }
    }
}

async fn send(mut search: Search, limit: usize, pieces: &mpsc::Sender<Bytes>) {
    if let Err(error) = lines(&mut search, limit, pieces).await {
        tracing::warn!(%error, cause = crate::http::problem::cause(&error), "a search broke off");
        let failed = Problem::from(&error);
        if let Ok(text) = written(&[EventsLine::Failed { failed }]) {
            let _ = pieces.send(text).await;
        }
    }
}

async fn lines(search: &mut Search, limit: usize, pieces: &mpsc::Sender<Bytes>) -> Result<(), Error> {
    let began = Instant::now();
    let mut told: Option<Instant> = None;
    let (mut left, mut scanned) = (limit, 0);
    loop {
        let step = search.step(left).await?;
        left -= step.events.len();
        scanned += step.scanned;
        let mut lines: Vec<EventsLine> = step
            .events
            .into_iter()
            .map(|event| EventsLine::Event(Box::new(event)))
            .collect();
        let spent = scanned >= STREAM_ENTRIES || began.elapsed() >= STREAM_TIME;
        let ended = step.over || left == 0 || spent;
        if ended {
            let next = (!step.over).then(|| search.cursor()).transpose()?;
            lines.push(EventsLine::End { next, scanned });
        } else if told.is_none_or(|told| told.elapsed() >= PROGRESS) {
            let (seq, size) = search.place();
            let progress = Progress { scanned, seq, size };
            lines.push(EventsLine::Progress { progress });
            told = Some(Instant::now());
        }
        if !lines.is_empty() {
            let sent = tokio::time::timeout(READER_TIME, pieces.send(written(&lines)?)).await;
            if !matches!(sent, Ok(Ok(()))) {
                // Nobody reads any more.
                return Ok(());
            }
        }
        if ended {
            return Ok(());
        }
    }
}

fn written(lines: &[EventsLine]) -> Result<Bytes, Error> {
    let mut text = Vec::new();
    for line in lines {
        serde_json::to_writer(&mut text, line).map_err(|source| Error::Encoding {
            what: "a line of events",
            source,
        })?;
        text.push(b'\n');
    }
    Ok(text.into())
}

/// One event, with everything that proves it.
///
/// The entry's bytes hash to its leaf (`SHA-256(0x00 ‖ entry)`), `inclusion` leads from there to the
/// root of `checkpoint`, and each opened group is the one that the entry commits to: docs/ledger.md § 6.
#[utoipa::path(get, path = "/v1/events/{seq}", tag = "events", security(("bearer" = [])),
    params(("seq" = u64, Path, description = "The event's place in the ledger.", example = 0)),
    responses((status = 200, description = "The event and its proof.", body = ProvenEvent),
        (status = "default", description = "A problem.", body = vigia_wire::Problem, content_type = "application/problem+json")))]
pub async fn one(
    State(platform): State<Platform>,
    Allowed { permit, caller }: Allowed<ReadEvents>,
    Path(seq): Path<u64>,
) -> Result<Json<ProvenEvent>, Error> {
    let absent = Error::NotFound("no such event, or none that you may see");
    let store = platform.store();
    let pii = caller.may::<ReadPii>().ok();
    let head = store.head().await?;
    if seq >= head.size {
        return Err(absent);
    }
    let wanted = Wanted::Range(seq..seq.saturating_add(1));
    let mut found = store.entries(&permit, pii.as_ref(), wanted, |_, _| true).await?;
    let found = found.pop().ok_or(absent)?;
    record(&platform, &caller, &found).await?;
    let inclusion = store.inclusion_proof(seq, head.size).await?;
    let event = listed(&found, found.groups()?);
    let groups = found.groups.into_iter().map(|group| OpenedGroup {
        index: group.index,
        seed: Base64::from(group.seed),
        group: Base64(group.group),
    });
    Ok(Json(ProvenEvent {
        event,
        groups: groups.collect(),
        entry: Base64(found.body),
        checkpoint: head.checkpoint,
        inclusion: inclusion.into_iter().map(Base64::from).collect(),
    }))
}

async fn record(platform: &Platform, caller: &Caller, found: &vigia_store::Found) -> Result<(), Error> {
    if found.shown && found.entry.kind != Kind::EVENTS_READ {
        reading::record(platform, caller, found.seq).await?;
    }
    Ok(())
}
