//! What this computer says of itself: the present moment, and the language that its user reads.

use crate::view::settings::Language;
use vigia_domain::clock::whole_micros;
use vigia_domain::{Clock, Timestamp};

/// The language that the system's environment asks for: Portuguese for any Portuguese, else English.
#[must_use]
#[expect(
    clippy::disallowed_methods,
    reason = "the one place where the console asks for the system's language"
)]
pub fn system_language() -> Language {
    let wanted = ["LC_ALL", "LC_MESSAGES", "LANG"]
        .into_iter()
        .find_map(|name| std::env::var(name).ok().filter(|value| !value.is_empty()));
    match wanted {
        Some(wanted) if wanted.to_lowercase().starts_with("pt") => Language::PtBr,
        _ => Language::En,
    }
}

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
