//! `vigia-bench`: how fast and how large Vigia is on this machine, held against others that get the
//! same rows in the same run. What is measured and what came of it: docs/performance.md.
//!
//! Every measure uses what users use: the platform over HTTP, the desk's own sync and searches, the
//! real window. Deliberately absent: limits. Nothing here fails because the machine is slow.

mod arriving;
mod ask;
mod baseline;
mod disk;
mod fixture;
mod house;
mod ingest;
mod log;
mod output;
mod overview;
mod platform_search;
mod process;
mod queries;
mod question;
mod sync;
mod window;

use clap::{Parser, Subcommand, ValueEnum};
use fixture::Fixture;
use output::Outcome;
use serde_json::json;
use std::path::PathBuf;
use std::process::ExitCode;

/// Threads of the runtime: platform, application and desk take turns by the system's scheduler.
const THREADS: usize = 4;

/// Measures Vigia; prints a figure a line, as JSON.
#[derive(Parser)]
#[command(name = "vigia-bench", version)]
struct Arguments {
    #[command(subcommand)]
    measure: Measure,
    /// Events of the log.
    #[arg(long, global = true, default_value_t = 100_000, value_parser = clap::value_parser!(u64).range(1..))]
    events: u64,
    /// A folder for what takes long to make, so that the next measure finds it there.
    #[arg(long, global = true, value_name = "DIR")]
    keep: Option<PathBuf>,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Database {
    Sqlite,
    Postgres,
}

#[derive(Subcommand)]
enum Measure {
    /// Durable ingest over HTTP.
    Ingest {
        /// Where the platform keeps its data.
        #[arg(long, value_enum, default_value = "sqlite")]
        database: Database,
        /// The server; scripts/with-postgres --durable names one.
        #[arg(long, env = "VIGIA_TEST_DATABASE", value_name = "URL", hide_env_values = true)]
        server: Option<String>,
    },
    /// Verified sync into the encrypted cache.
    Sync,
    /// The eight questions.
    Queries {
        /// While so many events arrive each second.
        #[arg(long, value_name = "RATE", value_parser = clap::value_parser!(u64).range(10..))]
        while_arriving: Option<u64>,
    },
    /// Everything that the Overview draws.
    Overview,
    /// From the start of the process to the Overview, in the real window.
    Start,
    /// Memory of the real window after an hour's clicks.
    Memory,
    /// Frames of the real window while its table of events is scrolled.
    Scroll,
    /// Bytes on disk for each event.
    Disk,
    /// The platform's own search over what is sealed.
    PlatformSearch,
}

async fn run(arguments: Arguments) -> Outcome {
    output::line(&machine())?;
    let fixture = Fixture::new(arguments.keep.as_deref(), arguments.events)?;
    match arguments.measure {
        Measure::Ingest {
            database: Database::Sqlite,
            ..
        } => ingest::sqlite(&fixture).await,
        Measure::Ingest { server, .. } => {
            let server = server.ok_or("measuring on PostgreSQL: --server names none; run this under scripts/with-postgres --durable")?;
            ingest::postgres(&fixture, &server).await
        }
        Measure::Sync => sync::measure(&fixture).await,
        Measure::Queries { while_arriving: None } => queries::measure(&fixture).await,
        Measure::Queries {
            while_arriving: Some(rate),
        } => arriving::measure(&fixture, rate).await,
        Measure::Overview => overview::measure(&fixture).await,
        Measure::Start => window::start(&fixture).await,
        Measure::Memory => window::memory(&fixture).await,
        Measure::Scroll => window::scroll(&fixture).await,
        Measure::Disk => disk::measure(&fixture).await,
        Measure::PlatformSearch => platform_search::measure(&fixture).await,
    }
}

/// What it was measured on.
fn machine() -> serde_json::Value {
    let read = |path: &str| std::fs::read_to_string(path).unwrap_or_default();
    let value = |text: &str, name: &str| {
        let line = text.lines().find(|line| line.starts_with(name));
        line.and_then(|line| line.split_once(':'))
            .map(|(_, value)| value.trim().to_owned())
    };
    json!({
        "machine": {
            "processor": value(&read("/proc/cpuinfo"), "model name"),
            "processors": std::thread::available_parallelism().map_or(0, usize::from),
            "memory": value(&read("/proc/meminfo"), "MemTotal"),
            "system": read("/proc/version").split(" (").next(),
        },
        "version": env!("CARGO_PKG_VERSION"),
        "optimised": !cfg!(debug_assertions),
    })
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(THREADS)
        .enable_all()
        .build();
    let done = match runtime {
        Ok(runtime) => runtime.block_on(run(arguments)),
        Err(error) => Err(error.into()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            output::failed(error.as_ref());
            ExitCode::FAILURE
        }
    }
}
