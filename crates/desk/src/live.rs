//! Keeping the copy up to date by itself: on start, on news, and after every reconnection.
//!
//! While the platform does not answer, the console says since when and tries again with growing,
//! randomly shifted pauses. A slow audit re-reads old entries while nothing else is to be done.

use crate::Error;
use crate::console::{Console, Topic};
use crate::desk::Desk;
use crate::session::is_over;
use crate::view::status::Connection;
use chrono::TimeDelta;
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;
use vigia_domain::Timestamp;
use vigia_wire::stream::StreamMessage;
use vigia_wire::{Code, Problem};

/// The first pause before trying again, in milliseconds.
const FIRST_PAUSE: u64 = 1_000;
/// The longest pause before trying again, in milliseconds.
const LONGEST_PAUSE: u64 = 60_000;
/// Seconds between two steps of the rolling audit.
const AUDIT_SECONDS: u64 = 60;
/// Entries of one step.
const AUDIT_ENTRIES: u64 = 512;

/// Runs until stopped, or until the session is over.
pub async fn run(console: Console, desk: Arc<Desk>, stop: CancellationToken) {
    let mut attempt = 0;
    let mut offline_since: Option<Timestamp> = None;
    loop {
        if offline_since.is_none() {
            show(&console, &desk, Connection::Connecting);
        }
        let outcome = tokio::select! {
            () = stop.cancelled() => return,
            outcome = connected(&console, &desk, &mut attempt, &mut offline_since) => outcome,
        };
        let problem = match outcome {
            Ok(()) => Problem::new(Code::Unreachable, "the platform closed the stream"),
            Err(error) => error.problem(),
        };
        if is_over(&problem) {
            if let Err(error) = end(&desk).await {
                tracing::warn!(error = %error.with_causes(), "the end of the session was not noted");
            }
            console.tell(&[Topic::Status]);
            return;
        }
        let since = *offline_since.get_or_insert_with(|| desk.now());
        let pause = pause(attempt);
        attempt += 1;
        let next_try = TimeDelta::from_std(pause).ok().map(|pause| desk.now() + pause);
        show(
            &console,
            &desk,
            Connection::Offline {
                since,
                next_try,
                problem: Some(problem),
            },
        );
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(pause) => {}
        }
    }
}

async fn end(desk: &Desk) -> Result<(), Error> {
    desk.session.forget().await?;
    desk.forget_email().await?;
    desk.signed_out()
}

fn show(console: &Console, desk: &Desk, connection: Connection) {
    if desk.set_connection(connection) {
        console.tell(&[Topic::Status]);
    }
}

/// One connection, from its first sync to its end.
async fn connected(
    console: &Console,
    desk: &Desk,
    attempt: &mut u32,
    offline_since: &mut Option<Timestamp>,
) -> Result<(), Error> {
    let access = desk.session.access().await?;
    pull(console, desk).await?;
    let mut stream = desk.client.stream(&access).await?;
    *attempt = 0;
    *offline_since = None;
    show(console, desk, Connection::Online { since: desk.now() });
    let pace = Duration::from_secs(AUDIT_SECONDS);
    let mut audit = tokio::time::interval_at(tokio::time::Instant::now() + pace, pace);
    loop {
        let message = tokio::select! {
            message = stream.next() => message?,
            _ = audit.tick() => {
                step(console, desk).await?;
                continue;
            }
        };
        match message {
            None => return Ok(()),
            Some(StreamMessage::SessionEnded) => {
                let detail = "the platform ended the session";
                return Err(Problem::new(Code::SessionEnded, detail).into());
            }
            Some(StreamMessage::Heartbeat) => {
                desk.level().await?;
                console.tell(&[Topic::Status]);
            }
            Some(StreamMessage::Hello { size } | StreamMessage::News { size, .. }) => {
                if size != desk.cache.range().await?.size() {
                    pull(console, desk).await?;
                }
            }
        }
    }
}

/// Pulls; a finding stands in the status and another console's turn is waited for, so neither
/// breaks the connection.
async fn pull(console: &Console, desk: &Desk) -> Result<(), Error> {
    let pulled = desk.pull(|_| console.tell(&[Topic::Status, Topic::Events])).await;
    console.tell(&[Topic::Status, Topic::Events]);
    match pulled {
        Ok(_) | Err(Error::Broken(_)) => Ok(()),
        Err(Error::Request(problem)) if problem.code == Code::Conflict => Ok(()),
        Err(error) => Err(error),
    }
}

async fn step(console: &Console, desk: &Desk) -> Result<(), Error> {
    match desk.audit(AUDIT_ENTRIES).await {
        Ok(()) => Ok(()),
        Err(Error::Broken(_)) => {
            console.tell(&[Topic::Status]);
            Ok(())
        }
        Err(Error::Request(problem)) if problem.code == Code::Conflict => Ok(()),
        Err(error) => Err(error),
    }
}

/// Twice as long each time, up to a minute, and between half and all of that.
fn pause(attempt: u32) -> Duration {
    let longest = FIRST_PAUSE
        .saturating_mul(1_u64.checked_shl(attempt.min(16)).unwrap_or(u64::MAX))
        .min(LONGEST_PAUSE);
    let mut random = [0_u8; 2];
    // Without random bytes all consoles come back at the same moment; that is survivable.
    let _ = getrandom::fill(&mut random);
    let share = u64::from(u16::from_be_bytes(random));
    Duration::from_millis(longest / 2 + longest / 2 * share / u64::from(u16::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_a_minute_and_never_beyond() {
        for attempt in 0..100 {
            let pause = pause(attempt).as_millis();
            assert!((500..=60_000).contains(&pause), "{attempt}: {pause}");
        }
        assert!(pause(0).as_millis() <= 1_000);
        assert!(pause(50).as_millis() >= 30_000);
    }
}
