//! `vigia-platform`: the platform on its own, and what its operator does with the data folder.
//! Every command but `init` works while `serve` runs on the same folder.
//!
//! Exit codes: 0 done, 1 the answer is no, 2 wrong usage, 5 local failure.

mod args;
mod log;
mod output;
mod run;
mod verify;

use clap::Parser as _;
use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments = args::Arguments::parse();
    log::start(&arguments.command);
    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => return output::failed(&run::Failure::Runtime(error)),
    };
    match runtime.block_on(run::run(arguments.command)) {
        Ok(run::Answer::Yes) => ExitCode::SUCCESS,
        Ok(run::Answer::No) => ExitCode::from(1),
        Err(failure) => output::failed(&failure),
    }
}
