//! Exports that consoles tell of: recorded once each, however often they are told.

use crate::event::{self, Origin};
use crate::{Error, Platform};
use serde_json::Value;
use vigia_domain::Kind;
use vigia_domain::access::Permit;
use vigia_domain::access::action::ExportEvents;
use vigia_domain::aggregate::AggregateKind;
use vigia_domain::export::{Export, ExportEvent};
use vigia_store::Authority;
use vigia_wire::export::{ExportRecord, MAX_COLUMN_BYTES, MAX_COLUMNS, MAX_QUERY_BYTES};

/// Records an export; says whether it was new.
///
/// # Errors
/// A field that is too long; `IdempotencyMismatch` where this id was told with other content;
/// whatever keeps the ledger from taking it.
pub async fn record(
    platform: &Platform,
    permit: &Permit<ExportEvents>,
    origin: &Origin,
    record: &ExportRecord,
) -> Result<bool, Error> {
    check(record)?;
    let store = platform.store();
    if let Some(known) = store.export_taken(permit, record.id).await? {
        return same(&known.state, record);
    }
    let event = told(permit, origin, record)?;
    match store.record(Authority::Exports(permit), vec![event]).await {
        Ok(_) => Ok(true),
        // A twin of this request was quicker.
        Err(vigia_store::Error::Conflict { .. }) => match store.export_taken(permit, record.id).await? {
            Some(known) => same(&known.state, record),
            None => Err(vigia_store::Error::Conflict { kind: "export" }.into()),
        },
        Err(error) => Err(error.into()),
    }
}

fn check(record: &ExportRecord) -> Result<(), Error> {
    let wrong = |name, reason| Err(Error::Field { name, reason });
    if record.query.len() > MAX_QUERY_BYTES {
        return wrong("query", format!("has at most {MAX_QUERY_BYTES} bytes"));
    }
    let columns = &record.columns;
    if columns.len() > MAX_COLUMNS || columns.iter().any(|name| name.len() > MAX_COLUMN_BYTES) {
        let reason = format!("are at most {MAX_COLUMNS} names of at most {MAX_COLUMN_BYTES} bytes");
        return wrong("columns", reason);
    }
    if record.by.as_ref().is_some_and(|by| by.len() > MAX_COLUMN_BYTES) {
        return wrong("by", format!("has at most {MAX_COLUMN_BYTES} bytes"));
    }
    Ok(())
}

fn same(known: &Export, record: &ExportRecord) -> Result<bool, Error> {
    if (known.format, known.events) == (record.format, record.events) {
        return Ok(false);
    }
    Err(vigia_store::Error::IdempotencyMismatch.into())
}

fn told(
    permit: &Permit<ExportEvents>,
    origin: &Origin,
    record: &ExportRecord,
) -> Result<vigia_domain::Event, Error> {
    let mut event = origin.event(Kind::EVENTS_EXPORTED, "Events were exported from a console")?;
    // An export taken without a network is told later; a console's clock may run ahead.
    event.time = vigia_domain::clock::whole_micros(record.at).min(origin.now);
    let mut detail = |name: &str, value: Value| {
        event.details.insert(name.to_owned(), value);
    };
    detail("export", record.id.to_string().into());
    detail("query", record.query.clone().into());
    detail("format", record.format.name().into());
    detail("events", record.events.into());
    for (name, bound) in [("from", record.from), ("to", record.to)] {
        if let Some(bound) = bound {
            detail(name, bound.to_rfc3339().into());
        }
    }
    if !record.columns.is_empty() {
        detail("columns", record.columns.clone().into());
    }
    if let Some(by) = record
        .by
        .as_ref()
        .filter(|by| Some(*by) != origin.actor.email.as_ref())
    {
        detail("taken_by", by.clone().into());
    }
    let taken = ExportEvent::Taken {
        by: permit.principal(),
        format: record.format,
        events: record.events,
    };
    event.aggregate = Some(event::aggregate(AggregateKind::Export, record.id, 1, &taken)?);
    Ok(event)
}
