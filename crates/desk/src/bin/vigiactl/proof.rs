//! An event's proof as a file: written from this computer's copy, and checked without anything but
//! the file and, where somebody has it, the log's key.

use crate::arguments::{Proof, Verify};
use crate::failure::Failure;
use crate::output;
use serde::Deserialize;
use serde_json::{Value, json};
use std::fs::{File, OpenOptions};
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use vigia_desk::Console;
use vigia_desk::view::ledger::ProofRequest;
use vigia_domain::entry::{Entry, Group};
use vigia_ledger::checkpoint::LogVerifier;
use vigia_ledger::proof_file::{MAX_FILE_BYTES, Proven, Trusted, check};

/// The largest key file, in bytes.
const MAX_KEY_BYTES: u64 = 64 << 10;

/// Writes the proof of an event, never over a file that is there.
pub async fn write(console: &Console, arguments: &Proof) -> Result<(), Failure> {
    let request = ProofRequest {
        seq: arguments.seq,
        with_content: arguments.with_content,
    };
    let (text, groups) = console.proof(request).await?;
    let named = PathBuf::from(format!("vigia-event-{}.tlog-proof", arguments.seq));
    let path = arguments.out.clone().unwrap_or(named);
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    let failed = |error| Failure::file("writing", &path, &error);
    let mut file = options.open(&path).map_err(failed)?;
    file.write_all(text.as_bytes()).map_err(failed)?;
    file.sync_all().map_err(failed)?;
    if arguments.json {
        output::json(&json!({"seq": arguments.seq, "path": path, "groups": groups}));
    } else {
        output::line(&format!("proof of event {} in {}", arguments.seq, path.display()));
        output::line(&format!("opened parts in it: {groups}"));
    }
    Ok(())
}

/// Checks a file. Needs neither network nor keyring nor the console's folder.
pub fn verify(arguments: &Verify) -> Result<(), Failure> {
    let Some(file) = &arguments.file else {
        return Err(Failure::usage("which file?"));
    };
    let trusted = match (&arguments.key, &arguments.trust) {
        (Some(fingerprint), _) => Trusted::Fingerprint(fingerprint.clone()),
        (None, Some(path)) => Trusted::Key(Box::new(key_file(path)?)),
        (None, None) => Trusted::InTheFile,
    };
    let bytes = read(file, MAX_FILE_BYTES as u64 + 1)?;
    let refused = |reason: String| {
        if arguments.json {
            output::json(&json!({"proven": false, "reason": reason}));
        } else {
            output::line(&format!("NOT PROVEN: {reason}"));
        }
        Failure::not_proven(&reason)
    };
    let proven = check(&bytes, &trusted).map_err(|error| refused(with_causes(&error)))?;
    let entry = Entry::from_bytes(&proven.entry)
        .map_err(|error| refused(format!("the entry cannot be read: {error}")))?;
    let compared = trusted != Trusted::InTheFile;
    let event = opened(&proven, &entry);
    if arguments.json {
        output::json(&as_json(&proven, &entry, compared, event));
    } else {
        print(&proven, &entry, compared, event);
    }
    Ok(())
}

fn read(path: &Path, limit: u64) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    let failed = |error| Failure::file("reading", path, &error);
    let file = File::open(path).map_err(failed)?;
    file.take(limit).read_to_end(&mut bytes).map_err(failed)?;
    Ok(bytes)
}

/// A verifier key as text, or the file in which a console keeps its trusted key.
fn key_file(path: &Path) -> Result<LogVerifier, Failure> {
    #[derive(Deserialize)]
    struct Kept {
        verifier: String,
    }
    let text = String::from_utf8_lossy(&read(path, MAX_KEY_BYTES)?).into_owned();
    let vkey = match serde_json::from_str::<Kept>(&text) {
        Ok(kept) => kept.verifier,
        Err(_) => text.trim().to_owned(),
    };
    LogVerifier::from_vkey(&vkey).map_err(|error| Failure::usage(&format!("{}: {error}", path.display())))
}

fn with_causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(deeper) = cause {
        text = format!("{text}: {deeper}");
        cause = deeper.source();
    }
    text
}

/// The event with what the file opens of it; `None` where it opens nothing.
fn opened(proven: &Proven, entry: &Entry) -> Option<Value> {
    if proven.groups.is_empty() {
        return None;
    }
    let groups = proven.groups.iter();
    let groups = groups.filter_map(|(_, opened)| Group::from_bytes(&opened.group).ok());
    let event = entry.open(groups).to_json(proven.index, entry.recorded_at).ok()?;
    Some(Value::Object(event))
}

fn as_json(proven: &Proven, entry: &Entry, compared: bool, event: Option<Value>) -> Value {
    json!({
        "proven": true,
        "seq": proven.index,
        "time": entry.time,
        "recorded_at": entry.recorded_at,
        "kind": entry.kind,
        "service": entry.service,
        "id": entry.id.to_string(),
        "origin": proven.origin,
        "size": proven.size,
        "root": hex::encode(proven.root),
        "leaf": hex::encode(proven.leaf),
        "fingerprint": proven.fingerprint,
        "key_compared": compared,
        "groups": entry.groups.len(),
        "opened": proven.groups.len(),
        "event": event,
    })
}

fn print(proven: &Proven, entry: &Entry, compared: bool, event: Option<Value>) {
    let line = |name: &str, value: &str| output::line(&format!("{name:<12}{}", clean(value)));
    output::line(&format!(
        "PROVEN: event {} lies in the log, unchanged, among {} entries",
        proven.index, proven.size
    ));
    line("time", &entry.time.to_rfc3339());
    line("recorded", &entry.recorded_at.to_rfc3339());
    line("kind", entry.kind.as_str());
    line("service", &entry.service);
    line("id", &entry.id.to_string());
    line("log", &proven.origin);
    line("leaf", &hex::encode(proven.leaf));
    line("root", &hex::encode(proven.root));
    line("key", &proven.fingerprint);
    let (all, open) = (entry.groups.len(), proven.groups.len());
    line(
        "content",
        &format!("{open} of {all} sealed parts are in the file, and are what the entry commits to"),
    );
    if let Some(event) = event {
        line("event", &event.to_string());
    }
    if !compared {
        output::note(
            "The key was taken from the file. Compare its fingerprint with what the log's administrator \
             says, or give it with --key.",
        );
    }
}

/// A stranger's text must not speak to the terminal.
fn clean(text: &str) -> String {
    text.chars()
        .map(|c| {
            if c.is_control() {
                char::REPLACEMENT_CHARACTER
            } else {
                c
            }
        })
        .collect()
}
