//! Where time and randomness enter: the only file of this crate that may ask for them.

use crate::Error;
use vigia_domain::clock::whole_micros;
use vigia_domain::{Clock, Timestamp};

/// The computer's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "the edge: the clock of the running platform"
    )]
    fn now(&self) -> Timestamp {
        whole_micros(chrono::Utc::now())
    }
}

/// Fresh random bytes of the operating system.
///
/// # Errors
/// Where the system has none to give.
pub fn random<const N: usize>() -> Result<[u8; N], Error> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(Error::Random)?;
    Ok(bytes)
}
