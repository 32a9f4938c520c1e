//! `serve`: opens the platform only when its configuration and certificate hold, and stops it in
//! order at the first SIGTERM or SIGINT, at once at the second.

use crate::output;
use crate::run::{Answer, Failure};
use crate::setup::Setup;
use crate::signal::{self, Again, Stop};
use crate::supervisor;
use std::path::PathBuf;
use tokio::net::TcpListener;
use vigia_server::door::Door;
use vigia_server::syslog::Syslog;
use vigia_server::tls::Tls;
use vigia_server::{Error, Platform};

/// What a shell says of a process that a signal ended.
const INTERRUPTED: i32 = 130;

/// Serves until asked to stop, or only says what it would do.
///
/// # Errors
/// What is wrong with the configuration; a platform that does not open; a port that is taken.
pub async fn serve(setup: &Setup, print_config: bool, check: bool) -> Result<Answer, Failure> {
    if print_config {
        print(setup.effective().print().trim())?;
        return Ok(Answer::Yes);
    }
    let listen = setup.config().listen;
    let tls = setup.tls()?;
    let door = Door::new(setup.config(), tls.clone());
    door.may_stand_at(listen)?;
    if setup.config().syslog.tls_listen.is_some() && tls.is_none() {
        let reason = "needs a certificate: set tls.certificate and tls.key, or make one with \
                      `vigia-platform tls renew --tls-name NAME`";
        return Err(Error::Field {
            name: "syslog.tls_listen",
            reason: reason.to_owned(),
        }
        .into());
    }
    if check {
        print("the configuration holds")?;
        return Ok(Answer::Yes);
    }
    let (stop, again) = signal::hear()?;
    let platform = Platform::open(setup.options())
        .await?
        .with_formats(setup.config().formats());
    let bound = TcpListener::bind(listen)
        .await
        .and_then(|listener| Ok((listener.local_addr()?, listener)));
    let (address, listener) = bound.map_err(|source| Error::Io {
        attempt: "listening on",
        path: PathBuf::from(listen.to_string()),
        source,
    })?;
    // Nothing is said to listen before everything does.
    let syslog = Syslog::open(&platform, setup.config().syslog.clone(), tls.clone()).await?;
    let scheme = if tls.is_some() { "https" } else { "http" };
    let key = platform.store().verifier();
    announce(&format!(
        "listening on {scheme}://{address}\nlog {}\nfingerprint {}",
        key.origin(),
        key.fingerprint()
    ));
    if let Some(tls) = &tls {
        announce(&format!("certificate {}", tls.certificate().fingerprint));
    }
    if let Some(syslog) = &syslog {
        for (scheme, address) in [("tcp", syslog.plain_address()), ("tls", syslog.tls_address())] {
            if let Some(address) = address {
                announce(&format!("syslog on {scheme}://{address}"));
            }
        }
    }
    let reading = tokio::spawn(read_again_when_asked(again, tls));
    let alive = tokio::spawn(supervisor::stay_alive());
    supervisor::ready();
    let stop = async {
        asked_to_stop(stop).await;
        // What senders have handed over is stored while the store still answers.
        if let Some(syslog) = syslog {
            syslog.close().await;
        }
    };
    let backups = setup
        .config()
        .backup
        .plan()
        .map(|plan| tokio::spawn(platform.clone().keep_backups(plan)));
    let served = platform.serve_at(listener, door, stop).await;
    // One that is under way ends between two chunks, and leaves nothing half-written.
    if let Some(backups) = backups {
        let _ = backups.await;
    }
    reading.abort();
    platform.close().await;
    alive.abort();
    served?;
    Ok(Answer::Yes)
}

/// A platform serves whether anybody reads its standard output or not.
fn announce(text: &str) {
    let _ = output::line(text);
}

fn print(text: &str) -> Result<(), Failure> {
    output::line(text).map_err(Failure::Output)
}

/// Ready at the first signal to stop. The second ends the process at once: what was answered is
/// durable, and the next start finishes the rest.
async fn asked_to_stop(mut signal: Stop) {
    signal.asked().await;
    supervisor::stopping();
    tokio::spawn(async move {
        signal.asked().await;
        output::warn("stopped at once");
        std::process::exit(INTERRUPTED);
    });
}

/// The certificate is read again, whether its files look changed or not. Without one there is nothing
/// to read, and the platform goes on.
async fn read_again_when_asked(mut signal: Again, tls: Option<Tls>) {
    loop {
        signal.asked().await;
        tracing::info!("asked to read the certificate again");
        if let Some(tls) = &tls {
            tls.ask();
        }
    }
}
