//! Events taken out as a file: exactly what a search finds, all of it, from one moment of the copy.
//!
//! Read page by page and written as it is read, so that memory does not grow with the file. What
//! does not come to its end leaves nothing. The platform is told before the first byte (record.rs):
//! an export that is broken off was one, too. Deliberately absent: how the events are shown.

pub mod record;
pub mod sheet;

use crate::Error;
use crate::cache::{Passing, Snapshot, Stored};
use crate::desk::Desk;
use crate::download::Saving;
use crate::job::{Outcome, Running};
use crate::query::Query;
use crate::search::column::{Column, Opened};
use crate::search::show;
use crate::view::event::{Range, Sort};
use crate::view::export::{ExportFormat, ExportRequest};
use chrono_tz::Tz;
use sheet::{MARK, Sheet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use uuid::Uuid;
use vigia_domain::access::Permission;
use vigia_domain::{EventId, Timestamp};
use vigia_wire::export::ExportRecord;
use vigia_wire::{Code, Problem};

/// Who may: the same permission that the platform asks for.
const PERMISSION: &str = "events:export";
/// Places of events found at a time.
const PLACES: u32 = 32_768;
/// Events read and written at a time.
const CHUNK: usize = 512;

/// An export, ready to be run.
pub struct Export {
    query: String,
    range: Range,
    sort: Sort,
    format: ExportFormat,
    parsed: Query,
    columns: Vec<Column>,
    zone: Tz,
    mark: bool,
}

impl Export {
    /// Reads what is asked for.
    ///
    /// # Errors
    /// A query, column or zone that is none; a sheet without columns.
    pub fn new(request: ExportRequest) -> Result<Self, Error> {
        let query = crate::query::parse(&request.query)?;
        let columns = match request.format {
            ExportFormat::Csv => Column::parse_all(&request.columns)?,
            ExportFormat::Ndjson | ExportFormat::Json => Vec::new(),
        };
        if request.format == ExportFormat::Csv && columns.is_empty() {
            let reason = "a sheet needs at least one column";
            return Err(Error::Request(
                Problem::new(Code::InvalidRequest, reason).field("columns", reason),
            ));
        }
        Ok(Self {
            parsed: query,
            query: request.query,
            range: request.range,
            sort: request.sort,
            format: request.format,
            columns,
            zone: crate::search::histogram::zone(&request.zone)?,
            mark: request.mark,
        })
    }

    /// The beginning of the file's name: `vigia-events-2026-11-21-101500`, by the clock of the zone.
    #[must_use]
    pub fn stem(&self, now: Timestamp) -> String {
        format!(
            "vigia-events-{}",
            now.with_timezone(&self.zone).format("%Y-%m-%d-%H%M%S")
        )
    }

    /// The ending of the file's name.
    #[must_use]
    pub fn ending(&self) -> &'static str {
        vigia_domain::export::ExportFormat::from(self.format).name()
    }

    /// Exports: tells the platform, then writes the file.
    ///
    /// # Errors
    /// What failed, or that it was told to stop; nothing is left then.
    pub async fn run(self, desk: Arc<Desk>, folder: PathBuf, running: Running) -> Outcome {
        let mut moment = desk.cache.snapshot().await.map_err(Error::from)?;
        let outcome = self.save(&mut moment, &desk, &folder, &running).await;
        // However it ended: nothing works on the copy any more when it is told.
        moment.close().await;
        outcome
    }

    async fn save(&self, moment: &mut Snapshot, desk: &Desk, folder: &Path, running: &Running) -> Outcome {
        let span = crate::search::span(self.range);
        let passing = moment
            .passing(&self.parsed, span, self.sort)
            .await
            .map_err(Error::from)?;
        let total = moment.count(&passing).await.map_err(Error::from)?;
        running.progress(0, Some(total));
        running.go_on()?;
        let now = desk.now();
        record::note(desk, &self.record(desk, total, now).await?).await?;
        let saving = Saving::begin(folder, &self.stem(now), self.ending())?;
        self.write((moment, passing), saving, total, running).await
    }

    /// Writes everything that this moment of the copy holds.
    async fn write(
        &self,
        (moment, mut passing): (&mut Snapshot, Passing),
        mut saving: Saving,
        total: u64,
        running: &Running,
    ) -> Outcome {
        saving.write(&self.head()?)?;
        let mut done = 0_u64;
        loop {
            let places = moment.places(&mut passing, PLACES).await;
            let places = places.map_err(Error::from)?;
            for chunk in places.chunks(CHUNK) {
                running.go_on()?;
                let events = moment.events(chunk).await.map_err(Error::from)?;
                let bytes = self.lines(&events, done == 0)?;
                saving = on_a_thread("writing an export", move || {
                    saving.write(&bytes)?;
                    Ok(saving)
                })
                .await?;
                done += chunk.len() as u64;
                running.progress(done, Some(total));
            }
            if places.len() < PLACES as usize {
                break;
            }
        }
        if done != total {
            let detail = format!("exporting: {done} events were read where {total} were counted");
            return Err(Error::Request(Problem::new(Code::Internal, detail)).into());
        }
        running.go_on()?;
        let end = self.end(total);
        let path = on_a_thread("writing an export", move || {
            saving.write(end)?;
            saving.finish()
        });
        Ok(Some(path.await?))
    }

    async fn record(&self, desk: &Desk, events: u64, now: Timestamp) -> Result<ExportRecord, Error> {
        let mut random = [0_u8; 10];
        getrandom::fill(&mut random).map_err(Error::Random)?;
        let id: Uuid = EventId::new(now, random).0;
        Ok(ExportRecord {
            id,
            at: now,
            query: self.query.clone(),
            from: self.range.from,
            to: self.range.to,
            format: self.format.into(),
            columns: self.columns.iter().map(Column::name).collect(),
            events,
            by: desk.profile_view().await?.email,
        })
    }

    fn head(&self) -> Result<Vec<u8>, Error> {
        match self.format {
            ExportFormat::Csv => {
                let mut sheet = Sheet::new();
                sheet.head(&self.columns)?;
                let lines = sheet.take()?;
                let mark = if self.mark { MARK } else { &[] };
                Ok([mark, &lines].concat())
            }
            ExportFormat::Ndjson => Ok(Vec::new()),
            ExportFormat::Json => Ok(b"[".to_vec()),
        }
    }

    fn lines(&self, events: &[Stored], first: bool) -> Result<Vec<u8>, Error> {
        if self.format == ExportFormat::Csv {
            let mut sheet = Sheet::new();
            for event in events {
                sheet.event(&self.columns, &Opened::new(event), self.zone)?;
            }
            return sheet.take();
        }
        let mut bytes = Vec::new();
        for (number, event) in events.iter().enumerate() {
            if self.format == ExportFormat::Json {
                let first = first && number == 0;
                bytes.extend_from_slice(if first { b"\n" } else { b",\n" });
            }
            serde_json::to_writer(&mut bytes, &show::json(event)).map_err(|source| Error::Malformed {
                path: format!("event {}", event.seq),
                source,
            })?;
            if self.format == ExportFormat::Ndjson {
                bytes.push(b'\n');
            }
        }
        Ok(bytes)
    }

    fn end(&self, total: u64) -> &'static [u8] {
        match (self.format, total) {
            (ExportFormat::Json, 0) => b"]\n",
            (ExportFormat::Json, _) => b"\n]\n",
            (ExportFormat::Csv | ExportFormat::Ndjson, _) => b"",
        }
    }
}

/// Files block; what waits for the disk waits on a thread of its own.
async fn on_a_thread<T: Send + 'static>(
    attempt: &'static str,
    work: impl FnOnce() -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|_| Error::stopped(attempt))?
}

/// Whether whoever is signed in may take events out, as far as this console knows.
///
/// # Errors
/// `not_signed_in`, or `denied` naming the permission.
pub fn may(desk: &Desk) -> Result<(), Error> {
    let profile = desk.profile();
    if !profile.signed_in {
        return Err(Error::not_signed_in());
    }
    let wanted: Option<Permission> = PERMISSION.parse().ok();
    let mut held = profile
        .permissions
        .iter()
        .filter_map(|text| text.parse::<Permission>().ok());
    if wanted.is_some_and(|wanted| held.any(|held| held.covers(&wanted))) {
        return Ok(());
    }
    let detail = format!("{PERMISSION} is needed: no grant gives it");
    Err(Error::Request(Problem::new(Code::Denied, detail)))
}

#[cfg(test)]
mod tests;
