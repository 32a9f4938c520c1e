//! `vigiactl`: the console on a terminal, on the same profiles as the window.
//!
//! Exit codes: 0 done, 1 the answer is "no" (verification failed), 2 wrong usage, 3 not signed in,
//! refused, or no keyring to keep a sign-in, 4 unreachable, 5 local failure.

mod arguments;
mod events;
mod failure;
mod output;
mod platform;
mod profile;
mod proof;
mod send;

use arguments::{Arguments, Command};
use clap::Parser as _;
use failure::Failure;
use std::process::ExitCode;
use std::sync::Arc;
use vigia_desk::edge::SystemClock;
use vigia_desk::secret::SystemKeyring;
use vigia_desk::view::status::Keyring;
use vigia_desk::{Console, Home};

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let filter = tracing_subscriber::EnvFilter::try_from_env("VIGIA_LOG").unwrap_or_else(|_| "error".into());
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .init();
    match run(arguments).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            output::error(&failure.message);
            ExitCode::from(failure.code)
        }
    }
}

async fn run(arguments: Arguments) -> Result<(), Failure> {
    let wanted = arguments.profile;
    // Sending, and checking a proof, need neither keyring nor folder.
    let command = match arguments.command {
        Command::Send(arguments) => return send::send(arguments).await,
        Command::Verify(arguments) if arguments.file.is_some() => return proof::verify(&arguments),
        command => command,
    };
    let home = Home::from_environment()?;
    let clock = Arc::new(SystemClock);
    let console = Console::open_once(home, Box::new(SystemKeyring), clock, wanted.as_deref()).await?;
    let outcome = match command {
        Command::Status(arguments) => profile::status(&console, &arguments).await,
        Command::Profiles(arguments) => platform::list(&console, &arguments).await,
        command => match console.keyring() {
            Keyring::MemoryOnly { reason, .. } => Err(Failure::no_keyring(&reason)),
            Keyring::Available | Keyring::Refusing { .. } | Keyring::Unknown => {
                with_keyring(&console, command).await
            }
        },
    };
    let outcome = match outcome {
        Err(failure) if failure.damaged && console.put_away_damaged().await.unwrap_or(false) => {
            Err(Failure::put_away())
        }
        outcome => outcome,
    };
    console.close().await;
    outcome
}

async fn with_keyring(console: &Console, command: Command) -> Result<(), Failure> {
    match command {
        Command::Login(arguments) => profile::login(console, arguments).await,
        Command::Logout(arguments) => profile::logout(console, &arguments).await,
        Command::Sync(arguments) => profile::sync(console, &arguments).await,
        Command::Verify(arguments) => profile::verify(console, &arguments).await,
        Command::Proof(arguments) => proof::write(console, &arguments).await,
        Command::Status(arguments) => profile::status(console, &arguments).await,
        Command::Profiles(arguments) => platform::list(console, &arguments).await,
        Command::Profile(change) => platform::change(console, change).await,
        Command::Events(arguments) => events::events(console, &arguments).await,
        Command::Send(arguments) => send::send(arguments).await,
    }
}
