//! Telling the platform that events were taken out (LGPD art. 37): kept durably first, told at once
//! where the platform answers, and else at the next connection, once.

use crate::Error;
use crate::desk::Desk;
use std::time::Duration;
use vigia_wire::export::ExportRecord;
use vigia_wire::{Code, Problem};

/// How long an export waits for the platform before it goes on without it.
const PATIENCE: Duration = Duration::from_secs(5);

/// Notes an export before its first byte is written.
///
/// # Errors
/// `denied` where the platform refuses; the platform's problem where it does not answer and nothing
/// here would outlive this process to tell it later.
pub async fn note(desk: &Desk, record: &ExportRecord) -> Result<(), Error> {
    if !desk.saved.queue(record).await? {
        let detail = "noting an export: too many wait to be told to the platform; connect to it first";
        return Err(Error::Request(Problem::new(Code::Busy, detail)));
    }
    let told = match tokio::time::timeout(PATIENCE, tell(desk, record)).await {
        Ok(told) => told,
        Err(_) => {
            let detail = "telling the platform of an export: it did not answer in time";
            Err(Problem::new(Code::Unreachable, detail).into())
        }
    };
    match told {
        Ok(()) => desk.saved.told(record).await,
        Err(error) if refuses(&error) || !desk.saved.lasts() => {
            desk.saved.told(record).await?;
            Err(error)
        }
        Err(error) => {
            tracing::info!(error = %error.with_causes(), "the platform is told of an export at the next connection");
            Ok(())
        }
    }
}

async fn tell(desk: &Desk, record: &ExportRecord) -> Result<(), Error> {
    let access = desk.session.access().await?;
    desk.client.record_export(&access, record).await?;
    Ok(())
}

/// Whether telling it again would be refused again.
fn refuses(error: &Error) -> bool {
    let (Error::Platform(problem) | Error::Request(problem)) = error else {
        return false;
    };
    matches!(
        problem.code,
        Code::Denied | Code::InvalidRequest | Code::IdempotencyMismatch
    )
}

/// Tells of every export that waits, the oldest first. What the platform refuses for good is told in
/// this console's own log and let go; the first that fails otherwise ends the round.
pub async fn flush(desk: &Desk) {
    if let Err(error) = try_flush(desk).await {
        tracing::info!(error = %error.with_causes(), "exports still wait to be told to the platform");
    }
}

async fn try_flush(desk: &Desk) -> Result<(), Error> {
    for record in desk.saved.waiting().await? {
        match tell(desk, &record).await {
            Ok(()) => desk.saved.told(&record).await?,
            // Whoever is signed in now may not: somebody else, later, may.
            Err(error) if refuses(&error) && !denied(&error) => {
                tracing::warn!(error = %error.with_causes(), "the platform refuses the record of an export");
                desk.saved.told(&record).await?;
            }
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

fn denied(error: &Error) -> bool {
    matches!(error, Error::Platform(problem) | Error::Request(problem) if problem.code == Code::Denied)
}
