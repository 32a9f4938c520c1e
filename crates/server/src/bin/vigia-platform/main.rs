//! `vigia-platform`: the platform on its own, and what its operator does with the data folder.
//! Every command but `init` works while `serve` runs on the same folder.
//!
//! Exit codes: 0 done, 1 the answer is no, 2 wrong usage or configuration, 5 local failure.

mod apart;
mod args;
mod backup;
mod log;
mod migrate;
mod output;
mod retention;
mod rotate;
mod run;
mod serve;
mod setup;
mod signal;
mod supervisor;
mod tls;
mod verify;

use clap::Parser as _;
use std::collections::BTreeMap;
use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments = args::Arguments::parse();
    let setup = match setup::Setup::read(&arguments.command, environment()) {
        Ok(setup) => setup,
        Err(failure) => return output::failed(&failure),
    };
    log::start(&arguments.command, &setup.config().log);
    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => return output::failed(&run::Failure::Runtime(error)),
    };
    match runtime.block_on(run::run(arguments.command, &setup)) {
        Ok(run::Answer::Yes) => ExitCode::SUCCESS,
        Ok(run::Answer::No) => ExitCode::from(1),
        Err(failure) => output::failed(&failure),
    }
}

/// The environment, read here once. What is no text is none of ours.
fn environment() -> BTreeMap<String, String> {
    let all = std::env::vars_os();
    all.filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .collect()
}
