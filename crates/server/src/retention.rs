//! How long things are kept, legal holds, and the daily run that takes away what is over.

use crate::event::{self, Origin};
use crate::{Error, Platform, operator_may};
use std::collections::BTreeMap;
use std::time::Duration;
use uuid::Uuid;
use vigia_domain::Kind;
use vigia_domain::access::Permit;
use vigia_domain::access::action::{WriteHolds, WriteRetention};
use vigia_domain::aggregate::AggregateKind;
use vigia_domain::hold::{Criteria, HoldEvent};
use vigia_domain::retention::{Class, Keep, POLICY, Retention, RetentionEvent};
use vigia_store::{Authority, Retained, Store};

/// How long after a start the first run begins, in seconds: a start has other things to do.
const FIRST_SECONDS: u64 = 60;
/// From one run to the next, in seconds.
const DAY_SECONDS: u64 = 24 * 60 * 60;
/// The longest identifier or reason of a hold, in bytes.
const MAX_TEXT_BYTES: usize = 1_024;

/// What a hold is to be.
#[derive(Debug, Clone, Default)]
pub struct NewHold {
    /// What it covers.
    pub criteria: Criteria,
    /// Whom it is about: an e-mail address, user name or id.
    pub person: Option<String>,
    /// Why it is placed.
    pub reason: String,
}

/// Keeps these classes so long from now on.
///
/// # Errors
/// Where nothing would change, or somebody else changed the policy meanwhile.
pub async fn set(
    store: &Store,
    permit: &Permit<WriteRetention>,
    origin: &Origin,
    mut classes: BTreeMap<Class, Keep>,
) -> Result<Retention, Error> {
    let (before, version) = store.retention().await?;
    classes.retain(|class, keep| before.keep(*class) != *keep);
    if classes.is_empty() {
        return Ok(before);
    }
    let mut told = origin.event(Kind::RETENTION_CHANGED, "How long events are kept was changed")?;
    for (class, keep) in &classes {
        told.changes.push(vigia_domain::event::Change {
            field: class.name().to_owned(),
            old: before.keep(*class).to_string().into(),
            new: keep.to_string().into(),
        });
    }
    let changed = RetentionEvent::Changed { classes };
    told.aggregate = Some(event::aggregate(
        AggregateKind::Retention,
        POLICY,
        version + 1,
        &changed,
    )?);
    store.record(Authority::Retention(permit), vec![told]).await?;
    Ok(store.retention().await?.0)
}

/// Places a legal hold.
///
/// # Errors
/// One that would cover everything, or has no reason.
pub async fn place(
    store: &Store,
    permit: &Permit<WriteHolds>,
    origin: &Origin,
    new: NewHold,
) -> Result<Uuid, Error> {
    let wrong = |name, reason: &str| Error::Field {
        name,
        reason: reason.to_owned(),
    };
    if new.criteria.is_empty() && new.person.is_none() {
        let reason = "must name a person, a service, a kind, a country, a severity or a time";
        return Err(wrong("hold", reason));
    }
    let person = new.person.as_deref().map(str::trim);
    for (name, text) in [("reason", Some(new.reason.trim())), ("subject", person)] {
        if text.is_some_and(|text| text.is_empty() || text.len() > MAX_TEXT_BYTES) {
            return Err(wrong(name, "is empty or too long"));
        }
    }
    let mut told = origin.event(Kind::HOLD_PLACED, "A legal hold was placed")?;
    told.details
        .insert("reason".to_owned(), new.reason.trim().to_owned().into());
    if let Some(person) = person {
        told.target.kind = Some("user".to_owned());
        if person.contains('@') {
            told.target.email = Some(person.to_owned());
        } else {
            told.target.name = Some(person.to_owned());
        }
    }
    let id = event::new_id(origin.now)?.0;
    let placed = HoldEvent::Placed {
        criteria: new.criteria,
        person: person.is_some(),
    };
    told.aggregate = Some(event::aggregate(AggregateKind::Hold, id, 1, &placed)?);
    store.record(Authority::Holds(permit), vec![told]).await?;
    Ok(id)
}

/// Releases a legal hold: what it kept goes with the next run, if its days are over.
///
/// # Errors
/// Where there is none, or it was released already.
pub async fn release(
    store: &Store,
    permit: &Permit<WriteHolds>,
    origin: &Origin,
    id: Uuid,
) -> Result<(), Error> {
    let holds = store.holds().await?;
    let hold = holds
        .iter()
        .map(|row| &row.hold)
        .find(|hold| hold.id == id && hold.state.is_in_force())
        .ok_or(Error::NotFound("no hold in force of this id"))?;
    let mut told = origin.event(Kind::HOLD_RELEASED, "A legal hold was released")?;
    let (version, released) = (hold.version + 1, HoldEvent::Released);
    told.aggregate = Some(event::aggregate(AggregateKind::Hold, id, version, &released)?);
    store.record(Authority::Holds(permit), vec![told]).await?;
    Ok(())
}

/// Soon after the start, then daily, until the platform stops.
pub(crate) async fn daily(platform: Platform) {
    let mut wait = FIRST_SECONDS;
    loop {
        tokio::select! {
            () = tokio::time::sleep(Duration::from_secs(wait)) => {}
            () = platform.stopping() => return,
        }
        wait = DAY_SECONDS;
        match run(&platform).await {
            Ok(done) => tell(&done),
            Err(error) => {
                tracing::error!(%error, cause = crate::http::problem::cause(&error), "retention goes on tomorrow");
            }
        }
    }
}

async fn run(platform: &Platform) -> Result<Retained, Error> {
    let now = platform.now();
    let going = platform.clone();
    let done = platform
        .store()
        .retain(&operator_may(now)?, now, false, || !going.is_stopping())
        .await?;
    Ok(done)
}

fn tell(done: &Retained) {
    let entries: u64 = done.entries.values().sum();
    if entries > 0 || done.people > 0 || done.periods > 0 {
        let (held, people, periods) = (done.held, done.people, done.periods);
        tracing::info!(entries, held, people, periods, "what was over is gone");
    }
}
