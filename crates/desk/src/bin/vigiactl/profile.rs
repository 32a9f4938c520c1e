//! Signing in and out, syncing, verifying, saying where the console stands.

use crate::arguments::{Login, Plain, Verify};
use crate::failure::Failure;
use crate::output;
use serde_json::json;
use vigia_desk::trust::How;
use vigia_desk::view::profile::Tls;
use vigia_desk::view::setup::SignIn;
use vigia_desk::view::status::{Connection, Integrity, Status};
use vigia_desk::{Console, Error, Step};

pub async fn login(console: &Console, arguments: Login) -> Result<(), Failure> {
    let path = &arguments.password_file;
    let password = std::fs::read_to_string(path).map_err(|error| Failure::file("reading", path, &error))?;
    let password = password.trim_end_matches(['\r', '\n']).to_owned();
    // Without a terminal there is nobody to ask: what is there at first contact is trusted, and
    // its fingerprint printed, unless one was given beforehand.
    let tls = tls(&arguments)?;
    let (client, key) = console.ask(&arguments.server, tls.clone()).await?;
    let how = match arguments.fingerprint {
        Some(_) => How::Given,
        None => How::FirstContact,
    };
    let request = SignIn {
        url: Some(client.address().to_owned()),
        email: arguments.email.clone(),
        password,
        fingerprint: Some(arguments.fingerprint.unwrap_or_else(|| key.fingerprint.clone())),
        how: Some(how),
        tls,
    };
    let status = console.sign_in(request).await?;
    if arguments.json {
        output::json(&json!({
            "url": client.address(), "email": arguments.email, "origin": key.origin,
            "fingerprint": key.fingerprint,
            "permissions": status.profile.map(|profile| profile.permissions).unwrap_or_default(),
        }));
    } else {
        output::line(&format!(
            "signed in to {} as {}",
            client.address(),
            arguments.email
        ));
        output::line(&format!("log {}", key.origin));
        output::line(&format!("fingerprint {}", key.fingerprint));
    }
    Ok(())
}

/// How the platform's certificate is trusted, where the command line says so.
fn tls(arguments: &Login) -> Result<Option<Tls>, Failure> {
    if let Some(path) = &arguments.ca {
        let pem = std::fs::read_to_string(path).map_err(|error| Failure::file("reading", path, &error))?;
        return Ok(Some(Tls::Authority { pem }));
    }
    let pinned = |fingerprint: &String| Tls::Pinned {
        fingerprint: fingerprint.clone(),
    };
    Ok(arguments.certificate_fingerprint.as_ref().map(pinned))
}

pub async fn logout(console: &Console, arguments: &Plain) -> Result<(), Failure> {
    let status = console.sign_out().await?;
    if arguments.json {
        output::json(&status);
    } else {
        output::line("signed out; the copy on this computer stays");
    }
    Ok(())
}

pub async fn sync(console: &Console, arguments: &Plain) -> Result<(), Failure> {
    let pulled = console
        .pull(|pulled| output::progress(&format!("{} of {} entries", pulled.entries, pulled.platform_size)))
        .await;
    output::progress_end();
    let pulled = pulled?;
    fetched_again(console).await?;
    if arguments.json {
        let status = console.status().await?;
        output::json(
            &json!({"entries": pulled.entries, "size": status.copy.entries, "integrity": status.integrity}),
        );
    } else {
        output::line(&format!(
            "{} new entries, {} in all, verified",
            pulled.entries, pulled.platform_size
        ));
    }
    Ok(())
}

/// Says so where the copy did not read back and another was begun.
async fn fetched_again(console: &Console) -> Result<(), Failure> {
    if console.status().await?.copy.rebuilt_at.is_some() {
        output::note(
            "the copy did not read back; it was fetched again from the platform, and what is trusted stays",
        );
    }
    Ok(())
}

pub async fn verify(console: &Console, arguments: &Verify) -> Result<(), Failure> {
    let mut own_copy = None;
    let mut whole = None;
    let verified = console
        .verify(|step| match step {
            Step::OwnCopy(checked) => {
                if !arguments.json {
                    output::line(&format!(
                        "own copy: {} entries and {} sealed groups are what was verified",
                        checked.entries, checked.groups
                    ));
                }
                own_copy = Some(checked);
            }
            Step::Checked { done, total } => {
                output::progress(&format!("{done} of {total} entries of the own copy checked"))
            }
            Step::Fetched { done, total } => {
                output::progress(&format!("{done} of {total} entries fetched anew"))
            }
            Step::Whole { entries, bare } => {
                output::progress_end();
                let bytes = entries.saturating_sub(bare);
                if !arguments.json {
                    output::line(&compared(bytes, bare));
                }
                whole = Some(json!({"entries": entries, "bytes": bytes, "hashes": bare}));
            }
        })
        .await;
    output::progress_end();
    if verified.is_ok() {
        fetched_again(console).await?;
    }
    if arguments.json {
        let status = console.status().await?;
        let problem = verified.as_ref().err().map(Error::problem);
        let finding = match &verified {
            Err(Error::Broken(broken)) => Some(broken),
            _ => None,
        };
        output::json(&json!({
            "whole": verified.is_ok(), "integrity": status.integrity, "problem": problem,
            "finding": finding, "platform": whole,
            "own_copy": own_copy.map(|checked| json!({"entries": checked.entries, "groups": checked.groups})),
        }));
    } else if let Err(Error::Broken(broken)) = &verified {
        output::line(&format!("BROKEN {}: {}", broken.finding.as_str(), broken.detail));
        output::line(&format!("evidence {}", broken.evidence));
    }
    Ok(verified?)
}

/// What was compared, and how: of a pruned entry the platform has its leaf hash alone.
fn compared(bytes: u64, hashes: u64) -> String {
    let text = format!("platform: {bytes} entries fetched anew and unchanged");
    match hashes {
        0 => text,
        _ => format!("{text}; {hashes} more are pruned and were compared by their leaf hashes alone"),
    }
}

pub async fn status(console: &Console, arguments: &Plain) -> Result<(), Failure> {
    let status = console.status().await?;
    if arguments.json {
        output::json(&status);
    } else {
        text(&status);
    }
    Ok(())
}

fn text(status: &Status) {
    match &status.profile {
        None => output::line("no platform yet: vigiactl login"),
        Some(profile) => {
            let who = profile.email.as_deref().unwrap_or("nobody");
            output::line(&format!("platform  {} ({})", profile.url, profile.name));
            output::line(&format!("signed in {who}"));
        }
    }
    let synced = status
        .copy
        .synced_at
        .map_or_else(|| "never".to_owned(), |at| format!("{at:?}"));
    output::line(&format!(
        "copy      {} entries, {} bytes, level {synced}",
        status.copy.entries, status.copy.disk_bytes
    ));
    if let Some(from) = &status.copy.covers_from {
        output::line(&format!(
            "covers    what was recorded since {from:?}; older entries are on the platform"
        ));
    }
    if let Some(problem) = &status.copy.problem {
        output::line(&format!("trouble   {problem}"));
    }
    let integrity = match &status.integrity {
        Integrity::Unchecked => "not checked yet".to_owned(),
        Integrity::Verified { checkpoint, at, .. } => {
            format!(
                "verified up to {} entries at {at:?}, key {}",
                checkpoint.size, checkpoint.key_fingerprint
            )
        }
        Integrity::Broken {
            finding,
            detail,
            evidence,
            ..
        } => format!("BROKEN {finding}: {detail} ({evidence})"),
    };
    output::line(&format!("log       {integrity}"));
    if let Connection::Offline { since, .. } = &status.connection {
        output::line(&format!("offline   since {since:?}"));
    }
}
