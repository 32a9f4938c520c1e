//! The operator's log: JSON lines on standard error, without anything about a person.

use crate::args::Command;
use tracing_subscriber::filter::{EnvFilter, LevelFilter};

/// Begins logging. `serve` tells what it does; the other commands only what goes wrong. `VIGIA_LOG`
/// changes that (`debug`, `vigia_server=debug`, `off`).
#[expect(
    clippy::disallowed_methods,
    reason = "the binary reads its environment here, once"
)]
pub fn start(command: &Command) {
    let level = match command {
        Command::Serve { .. } => LevelFilter::INFO,
        _ => LevelFilter::ERROR,
    };
    let wanted = std::env::var("VIGIA_LOG").unwrap_or_default();
    let filter = EnvFilter::builder()
        .with_default_directive(level.into())
        .parse_lossy(wanted);
    tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        .with_current_span(true)
        .with_span_list(false)
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .init();
}
