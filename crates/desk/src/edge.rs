//! The present moment, as this computer's clock tells it.

use vigia_domain::clock::whole_micros;
use vigia_domain::{Clock, Timestamp};

/// The computer's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place where the console reads the clock"
    )]
    fn now(&self) -> Timestamp {
        whole_micros(chrono::Utc::now())
    }
}
