//! The record of who read personal data (LGPD art. 37): one event per desk and hour, saying from
//! which entry on, committed before the data leaves. Whoever reads from further back than the record of
//! this hour says is recorded again.
//!
//! A page of nothing but such records writes none, or reading would never come to an end. Which
//! desk read in which hour is remembered in memory; a restart costs one more record at the most.

use crate::http::caller::{Caller, Identity};
use crate::{Error, Platform};
use std::collections::HashMap;
use tokio::sync::Mutex;
use uuid::Uuid;
use vigia_domain::Kind;
use vigia_domain::access::action::ReadPii;
use vigia_domain::entry::Entry;
use vigia_store::{Authority, SyncRow};

/// Which desk read in which hour (hours since 1970), and from which entry on.
#[derive(Default)]
pub struct Readings {
    last: Mutex<HashMap<Uuid, (i64, u64)>>,
}

/// Records that the caller reads `rows`, as [`record`] does, unless they are nothing but such records.
///
/// # Errors
/// As [`record`].
pub async fn record_rows(
    platform: &Platform,
    caller: &Caller,
    from: u64,
    rows: &[SyncRow],
) -> Result<(), Error> {
    if rows.iter().all(is_reading) {
        return Ok(());
    }
    record(platform, caller, from).await
}

/// Records that the caller reads from this entry on, where they may see people and this is the first
/// time in this hour.
///
/// # Errors
/// Where the record could not be committed: then nothing may leave.
pub async fn record(platform: &Platform, caller: &Caller, from: u64) -> Result<(), Error> {
    if caller.may::<ReadPii>().is_err() {
        return Ok(());
    }
    let hour = caller.context.now.timestamp().div_euclid(3600);
    let desk = match &caller.identity {
        Identity::Person(signed_in) => signed_in.session_id.0,
        Identity::Key(id) => id.0,
    };
    let mut last = platform.readings().last.lock().await;
    let told = last.get(&desk);
    if told.is_some_and(|(when, since)| *when == hour && *since <= from) {
        return Ok(());
    }
    let origin = caller.origin(platform).await?;
    let mut event = origin.event(Kind::EVENTS_READ, "Events were read with people shown")?;
    event.details.insert("from_seq".to_owned(), from.into());
    event
        .details
        .insert("session".to_owned(), desk.to_string().into());
    platform.store().record(Authority::Own, vec![event]).await?;
    last.retain(|_, (when, _)| *when == hour);
    last.insert(desk, (hour, from));
    Ok(())
}

fn is_reading(row: &SyncRow) -> bool {
    let body = row.body.as_deref();
    body.is_some_and(|body| Entry::from_bytes(body).is_ok_and(|entry| entry.kind == Kind::EVENTS_READ))
}
