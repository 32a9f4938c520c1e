//! The operator's log on standard error: JSON lines, or text for people; without anything about a
//! person.

use crate::args::Command;
use tracing_subscriber::filter::{EnvFilter, LevelFilter};
use vigia_server::config::{Log, LogFormat};

/// Begins logging. Where nothing else is set, `serve` tells what it does; the other commands only
/// what goes wrong.
pub fn start(command: &Command, log: &Log) {
    let level = match command {
        Command::Serve { .. } => LevelFilter::INFO,
        _ => LevelFilter::ERROR,
    };
    let filter = EnvFilter::builder()
        .with_default_directive(level.into())
        .parse_lossy(log.level.as_deref().unwrap_or_default());
    let lines = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr);
    match log.format {
        LogFormat::Json => lines
            .json()
            .flatten_event(true)
            .with_current_span(true)
            .with_span_list(false)
            .init(),
        LogFormat::Text => lines.with_ansi(false).init(),
    }
}
