//! Keeping the copy up to date by itself: on start, on news, and after every reconnection.
//!
//! While the platform does not answer, the console says since when and tries again with growing,
//! randomly shifted pauses; at once when somebody asks, and when the computer wakes. Trouble of this
//! computer's own (disk, keyring, another console at work) is told apart from the platform's. A slow
//! audit re-reads old entries while nothing else is to be done.

use crate::Error;
use crate::cache::damage;
use crate::console::{Console, Topic};
use crate::desk::Desk;
use crate::session::is_over;
use crate::trust::FindingKind;
use crate::view::status::Connection;
use chrono::TimeDelta;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;
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

/// How often the clocks are compared, in seconds.
const TICK_SECONDS: u64 = 2;
/// A clock that moved this much more than time passed, in seconds: the computer slept, or was set.
const JUMP_SECONDS: i64 = 30;

/// Why a connection ended without a failure.
enum Ended {
    /// The platform closed the stream.
    Closed,
    /// The computer slept, or its clock was set: nothing that was true before need be.
    Woke,
    /// Signing in to a platform that signs with another key would tell it too much.
    Broken(Problem),
}

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
            Ok(Ended::Woke) => {
                tracing::info!("the clock moved by itself; connecting again");
                attempt = 0;
                continue;
            }
            Ok(Ended::Closed) => Problem::new(Code::Unreachable, "the platform closed the stream"),
            Ok(Ended::Broken(problem)) => problem,
            Err(error) if error.is_damage() && desk.cache.check().await.is_err() => {
                console.mend(&desk).await;
                return;
            }
            Err(error) => error.problem(),
        };
        if is_over(&problem) {
            if let Err(error) = end(&desk).await {
                tracing::warn!(error = %error.with_causes(), "the end of the session was not noted");
            }
            console.tell_of(&desk, &[Topic::Status]);
            return;
        }
        let pause = pause(attempt);
        attempt = attempt.saturating_add(1);
        if is_local(&problem) {
            // Not the platform's fault, so nothing is said of the platform.
            offline_since = None;
            desk.set_trouble(Some(problem));
            show(&console, &desk, Connection::Idle);
            console.tell_of(&desk, &[Topic::Status]);
        } else {
            let since = *offline_since.get_or_insert_with(|| desk.now());
            let next_try = TimeDelta::from_std(pause).ok().map(|pause| desk.now() + pause);
            let problem = Some(problem);
            let offline = Connection::Offline {
                since,
                next_try,
                problem,
            };
            show(&console, &desk, offline);
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(pause) => {}
            () = desk.wanted() => {}
            () = jumped(&desk) => attempt = 0,
            () = damage::noticed() => if desk.cache.check().await.is_err() {
                console.mend(&desk).await;
                return;
            },
        }
    }
}

/// Whether this computer is to blame, not the platform or the way to it.
fn is_local(problem: &Problem) -> bool {
    matches!(
        problem.code,
        Code::CacheFailed
            | Code::CopyDamaged
            | Code::DiskFull
            | Code::FileFailed
            | Code::NoKeyring
            | Code::Conflict
            | Code::Denied
    )
}

/// Returns once this computer's clock moved much more, or much less, than time passed since this was
/// called, however late it is first waited for.
fn jumped(desk: &Desk) -> impl Future<Output = ()> {
    let tick = Duration::from_secs(TICK_SECONDS);
    let (mut wall, mut steady) = (desk.now(), Instant::now());
    async move {
        let mut waited = false;
        loop {
            tokio::time::sleep(tick).await;
            let (now, then) = (desk.now(), Instant::now());
            let passed = TimeDelta::from_std(then - steady).unwrap_or(TimeDelta::MAX);
            let drift = (now - wall) - passed;
            // Where the steady clock counts sleep, too, the tick itself comes much too late; the first
            // one also where nobody waited for it yet.
            let late = passed - TimeDelta::seconds(i64::try_from(TICK_SECONDS).unwrap_or(0));
            let late = if waited { late } else { TimeDelta::zero() };
            if drift.abs().max(late) > TimeDelta::seconds(JUMP_SECONDS) {
                return;
            }
            (wall, steady, waited) = (now, then, true);
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
        console.tell_of(desk, &[Topic::Status]);
    }
}

/// One connection, from its first sync to its end.
async fn connected(
    console: &Console,
    desk: &Desk,
    attempt: &mut u32,
    offline_since: &mut Option<Timestamp>,
) -> Result<Ended, Error> {
    let mut woke = std::pin::pin!(jumped(desk));
    // The platform's key is asked for before any token is shown to it.
    pull(console, desk).await?;
    if let Some(broken) = desk.standing()?
        && matches!(
            broken.finding,
            FindingKind::KeyChanged | FindingKind::BadSignature
        )
    {
        return Ok(Ended::Broken(Error::Broken(Box::new(broken)).problem()));
    }
    let access = desk.session.access().await?;
    let mut stream = match desk.client.stream(&access).await {
        Err(problem) if problem.code == Code::NotSignedIn => {
            let access = desk.session.renew(&access).await?;
            desk.client.stream(&access).await?
        }
        stream => stream?,
    };
    *attempt = 0;
    *offline_since = None;
    show(console, desk, Connection::Online { since: desk.now() });
    let pace = Duration::from_secs(AUDIT_SECONDS);
    let mut audit = tokio::time::interval_at(Instant::now() + pace, pace);
    loop {
        let message = tokio::select! {
            message = stream.next() => message?,
            () = &mut woke => return Ok(Ended::Woke),
            () = desk.wanted() => {
                pull(console, desk).await?;
                continue;
            }
            () = damage::noticed() => {
                desk.cache.check().await?;
                continue;
            }
            _ = audit.tick() => {
                step(console, desk).await?;
                continue;
            }
        };
        match message {
            None => return Ok(Ended::Closed),
            Some(StreamMessage::SessionEnded) => {
                let detail = "the platform ended the session";
                return Err(Problem::new(Code::SessionEnded, detail).into());
            }
            Some(StreamMessage::Heartbeat) => {
                let level = desk.cache.range().await?.size() == desk.platform_size();
                if !level || desk.trouble().is_some() {
                    pull(console, desk).await?;
                } else if desk.standing()?.is_none() {
                    desk.level().await?;
                }
                console.tell_of(desk, &[Topic::Status]);
            }
            Some(StreamMessage::Hello { size } | StreamMessage::News { size, .. }) => {
                if size != desk.cache.range().await?.size() {
                    pull(console, desk).await?;
                }
            }
        }
    }
}

/// Pulls. A finding stands in the status; trouble of this computer's own is noted there, too. Neither
/// breaks the connection: it is tried again with the next news or heartbeat.
async fn pull(console: &Console, desk: &Desk) -> Result<(), Error> {
    let pulled = desk
        .pull(|_| console.tell_of(desk, &[Topic::Status, Topic::Events]))
        .await;
    let trouble = match pulled {
        Ok(_) | Err(Error::Broken(_)) => None,
        Err(error) if error.is_damage() => return Err(error),
        Err(error) => match error.problem() {
            problem if is_local(&problem) => Some(problem),
            _ => return Err(error),
        },
    };
    desk.set_trouble(trouble);
    console.tell_of(desk, &[Topic::Status, Topic::Events]);
    Ok(())
}

async fn step(console: &Console, desk: &Desk) -> Result<(), Error> {
    match desk.audit(AUDIT_ENTRIES).await {
        Ok(()) => Ok(()),
        Err(Error::Broken(_)) => {
            console.tell_of(desk, &[Topic::Status]);
            Ok(())
        }
        Err(error) if !error.is_damage() && is_local(&error.problem()) => Ok(()),
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
