//! `POST /v1/ingest/events`: events from applications.
//!
//! The body is read, decompressed and parsed piece by piece; the answer leaves when everything that
//! was accepted is durable. A bad line never costs the good ones, and a repeated batch with the same
//! `Idempotency-Key` is answered again without being stored again.

use crate::http::body::{self, Encoding};
use crate::http::caller::{Allowed, Identity};
use crate::http::request::Query;
use crate::{Error, Platform, event};
use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::HeaderMap;
use serde::Deserialize;
use sha2::{Digest as _, Sha256};
use std::str::FromStr as _;
use utoipa::IntoParams;
use vigia_domain::Event;
use vigia_domain::access::action::WriteEvents;
use vigia_intake::{Draft, Hints, Line, Reader, code};
use vigia_store::{Batch, Idempotency};
use vigia_wire::ingest::{IngestReply, LineError, MAX_ERRORS, MAX_EVENTS};

/// The header that makes a repeated batch harmless.
const IDEMPOTENCY_KEY: &str = "idempotency-key";
/// The longest value of that header, in bytes.
const MAX_KEY_BYTES: usize = 200;

/// A line up to this length names few enough people for one entry, in bytes.
const SURELY_FITS_BYTES: usize = 8 * 1024;

/// How the lines are to be read.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct Parameters {
    /// `auto` (default), `sshd`, `syslog`, `winston`, `audit-json`, `cloudtrail`, `combined`, `web-error`,
    /// `ndjson`, or a format that the platform's configuration describes.
    format: Option<String>,
    /// Year of dates that name none; without it the latest past one.
    year: Option<i32>,
    /// IANA zone of times that name none; without it UTC.
    zone: Option<String>,
    /// The application, for lines that name none.
    service: Option<String>,
}

impl Parameters {
    fn hints(&self, platform: &Platform) -> Result<Hints, Error> {
        let wrong = |name: &'static str, reason: &str| Error::Field {
            name,
            reason: reason.to_owned(),
        };
        let format = self.format.as_deref().unwrap_or("auto");
        let found = platform.formats().find(format);
        let (format, map) = found.map_err(|error| wrong("format", &error.to_string()))?;
        let zone = self.zone.as_deref().map(chrono_tz::Tz::from_str).transpose();
        let zone = zone.map_err(|_| wrong("zone", "is an IANA name, like America/Sao_Paulo"))?;
        if self.year.is_some_and(|year| !(1970..=9999).contains(&year)) {
            return Err(wrong("year", "lies between 1970 and 9999"));
        }
        Ok(Hints {
            format,
            year: self.year,
            zone,
            received_at: platform.now(),
            service: self.service.clone(),
            map,
        })
    }

    /// What makes the same bytes another request.
    fn seal(&self, hash: &mut Sha256) {
        let Self {
            format,
            year,
            zone,
            service,
        } = self;
        let year = year.map(|year| year.to_string());
        for part in [format, &year, zone, service] {
            hash.update([u8::from(part.is_some())]);
            hash.update(part.as_deref().unwrap_or_default());
            hash.update([0xff]);
        }
    }
}

/// Stores events.
#[utoipa::path(post, path = "/v1/ingest/events", tag = "ingest", security(("bearer" = [])),
    params(Parameters, ("Idempotency-Key" = Option<String>, Header,
        description = "Up to 200 printable characters; the answer is kept for 24 hours, per API key.")),
    request_body(content = String, content_type = "application/octet-stream",
        description = "Text lines, NDJSON or one JSON array, at most 16 MiB before and after decompression (`Content-Encoding: gzip` or `zstd`)."),
    responses(
        (status = 200, description = "Everything accepted is durable.", body = IngestReply),
        (status = "default", description = "A problem.", body = vigia_wire::Problem, content_type = "application/problem+json"),
    ))]
pub async fn events(
    State(platform): State<Platform>,
    Allowed { permit, caller }: Allowed<WriteEvents>,
    Query(parameters): Query<Parameters>,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<IngestReply>, Error> {
    let Identity::Key(key) = caller.identity else {
        return Err(Error::Field {
            name: "Authorization",
            reason: "events are sent with an API key".to_owned(),
        });
    };
    let idempotency = idempotency_key(&headers)?;
    let encoding = Encoding::of(&headers)?;
    let mut reader = Reader::new(parameters.hints(&platform)?);
    let mut taken = Taken::default();
    let mut hash = Sha256::new();
    parameters.seal(&mut hash);
    let share = body::read(body, encoding, platform.budget(), |piece| {
        hash.update(piece);
        taken.take(reader.push(piece))
    })
    .await?;
    taken.take(reader.finish())?;
    let Taken { drafts, reply } = taken;
    let now = platform.now();
    let events: Result<Vec<Event>, Error> = drafts
        .into_iter()
        .map(|draft| Ok(draft.into_event(event::new_id(now)?)))
        .collect();
    let written = serde_json::to_vec(&reply).map_err(|source| Error::Encoding {
        what: "the reply",
        source,
    })?;
    let body = hash.finalize().into();
    let batch = Batch {
        api_key: key,
        idempotency: idempotency.map(|key| Idempotency { key, body }),
        events: events?,
        reply: written,
    };
    let done = platform.store().ingest(&permit, batch).await?;
    if done.replayed.is_none() {
        let format = parameters.format.as_deref().unwrap_or("auto");
        platform.metrics().ingested(format, reply.events, reply.rejected);
    }
    drop(share);
    let reply = match done.replayed {
        Some(kept) => serde_json::from_slice(&kept).map_err(|_| Error::Broken {
            what: "a kept reply that is none",
        })?,
        None => reply,
    };
    Ok(Json(reply))
}

fn idempotency_key(headers: &HeaderMap) -> Result<Option<String>, Error> {
    let Some(value) = headers.get(IDEMPOTENCY_KEY) else {
        return Ok(None);
    };
    let text = value
        .to_str()
        .ok()
        .filter(|text| (1..=MAX_KEY_BYTES).contains(&text.len()));
    let refused = || Error::Field {
        name: "Idempotency-Key",
        reason: "is 1 to 200 printable ASCII characters".to_owned(),
    };
    text.map(|text| Some(text.to_owned())).ok_or_else(refused)
}

/// What the lines became so far.
#[derive(Default)]
struct Taken {
    drafts: Vec<Draft>,
    reply: IngestReply,
}

impl Taken {
    /// Answers about how many bytes more are held because of these lines.
    fn take(&mut self, lines: Vec<Line>) -> Result<usize, Error> {
        let mut held = 0;
        for line in lines {
            match line {
                Line::Events { line, events } if !events.iter().all(fits) => self.reject(LineError {
                    line,
                    code: code::TOO_LONG.to_owned(),
                    reason: "names more people than one entry can hold".to_owned(),
                }),
                Line::Events { mut events, .. } => {
                    self.reply.accepted += 1;
                    self.reply.events += u64::try_from(events.len()).unwrap_or(0);
                    held += events.iter().map(Draft::weight_bytes).sum::<usize>();
                    self.drafts.append(&mut events);
                    if self.drafts.len() > MAX_EVENTS {
                        return Err(Error::TooMuch("the body becomes more than 100000 events"));
                    }
                }
                Line::Rejected { line, code, reason } => self.reject(LineError {
                    line,
                    code: code.to_owned(),
                    reason,
                }),
            }
        }
        Ok(held)
    }

    fn reject(&mut self, error: LineError) {
        self.reply.rejected += 1;
        if self.reply.errors.len() < MAX_ERRORS {
            self.reply.errors.push(error);
        }
    }
}

/// Whether the ledger can take it. Only a long text names so many people that it cannot, so short
/// ones are not split twice.
pub(crate) fn fits(draft: &Draft) -> bool {
    draft.event().raw.0.len() < SURELY_FITS_BYTES || vigia_store::fits(draft.event())
}
