//! Sending logs with an API key: in pieces that a platform takes, cut at line ends, each with an
//! idempotency key, so that a broken connection neither loses nor doubles a line.

use crate::arguments::Send;
use crate::failure::Failure;
use crate::output;
use serde_json::{Value, json};
use std::fs::File;
use std::io::Read as _;
use std::path::Path;
use std::time::Duration;
use vigia_client::{Client, Code, Ingest, MAX_CHUNK_BYTES, MAX_CHUNK_LINES, Problem, Trust};
use vigia_wire::ingest::{IngestReply, MAX_ERRORS};

/// How often a piece is sent before giving up.
const TRIES: u32 = 5;

#[derive(Default)]
struct Sum {
    accepted: u64,
    rejected: u64,
    events: u64,
    errors: Vec<Value>,
}

impl Sum {
    fn add(&mut self, reply: &IngestReply, lines_before: u64, file: Option<&Path>) {
        self.accepted += reply.accepted;
        self.rejected += reply.rejected;
        self.events += reply.events;
        for error in &reply.errors {
            if self.errors.len() >= MAX_ERRORS {
                break;
            }
            let mut told =
                json!({"line": error.line + lines_before, "code": error.code, "reason": error.reason});
            if let (Some(file), Some(object)) = (file, told.as_object_mut()) {
                object.insert("file".to_owned(), json!(file.display().to_string()));
            }
            self.errors.push(told);
        }
    }
}

pub async fn send(arguments: Send) -> Result<(), Failure> {
    let path = &arguments.key_file;
    let key = std::fs::read_to_string(path).map_err(|error| Failure::file("reading", path, &error))?;
    let client = Client::new(&arguments.server, &Trust::System)?;
    let how = Ingest {
        format: Some(arguments.format.clone()),
        year: arguments.year,
        zone: arguments.zone.clone(),
        idempotency_key: None,
    };
    let mut sum = Sum::default();
    let several = arguments.files.len() > 1;
    for path in &arguments.files {
        let sent = file(&client, key.trim(), &how, path, several, &mut sum).await;
        if sent.is_err() && sum.accepted + sum.rejected > 0 {
            output::note(&format!(
                "sent before: {} lines, {} events",
                sum.accepted, sum.events
            ));
        }
        sent?;
    }
    output::progress_end();
    if arguments.json {
        output::json(&json!({
            "accepted": sum.accepted, "rejected": sum.rejected, "events": sum.events, "errors": sum.errors,
        }));
    } else {
        output::line(&format!(
            "{} lines accepted, {} rejected, {} events",
            sum.accepted, sum.rejected, sum.events
        ));
        for error in &sum.errors {
            output::note(&error.to_string());
        }
    }
    Ok(())
}

async fn file(
    client: &Client,
    key: &str,
    how: &Ingest,
    path: &Path,
    several: bool,
    sum: &mut Sum,
) -> Result<(), Failure> {
    let failed = |error: std::io::Error| Failure::file("reading", path, &error);
    let mut source = File::open(path).map_err(failed)?;
    let mut kept: Vec<u8> = Vec::new();
    let mut lines = 0;
    loop {
        let room = MAX_CHUNK_BYTES.saturating_sub(kept.len()) as u64;
        let read = source
            .by_ref()
            .take(room)
            .read_to_end(&mut kept)
            .map_err(failed)?;
        let at_end = read as u64 != room;
        if kept.is_empty() {
            return Ok(());
        }
        let cut = cut(&kept, at_end);
        let Some(cut) = cut else {
            let detail = format!(
                "sending {}: a line is longer than {MAX_CHUNK_BYTES} bytes",
                path.display()
            );
            return Err(Problem::new(Code::TooLarge, detail).into());
        };
        let rest = kept.split_off(cut);
        let piece = std::mem::replace(&mut kept, rest);
        let lines_here = piece.iter().filter(|byte| **byte == b'\n').count() as u64;
        let reply = one(client, key, how, piece).await?;
        sum.add(&reply, lines, several.then_some(path));
        lines += lines_here;
        output::progress(&format!("{}: {lines} lines", path.display()));
        if at_end && kept.is_empty() {
            return Ok(());
        }
    }
}

/// Where the next piece ends: after as many whole lines as a platform surely takes. A JSON array, or a
/// cloud's object that only holds one, is one value over all its lines and is not cut by their number.
fn cut(kept: &[u8], at_end: bool) -> Option<usize> {
    let array = is_one_value(kept.trim_ascii_start());
    let mut ends = kept
        .iter()
        .enumerate()
        .filter(|(_, byte)| **byte == b'\n')
        .map(|(at, _)| at + 1);
    match ends.nth(MAX_CHUNK_LINES - 1) {
        Some(end) if !array => Some(end),
        _ if at_end => Some(kept.len()),
        _ => kept.iter().rposition(|byte| *byte == b'\n').map(|at| at + 1),
    }
}

fn is_one_value(text: &[u8]) -> bool {
    let held = text.strip_prefix(b"{").map(<[u8]>::trim_ascii_start);
    let holds = |held: &[u8]| held.starts_with(b"\"Records\"") || held.starts_with(b"\"Events\"");
    text.starts_with(b"[") || held.is_some_and(holds)
}

/// Sends a piece; the same key each time makes trying again harmless.
async fn one(client: &Client, key: &str, how: &Ingest, piece: Vec<u8>) -> Result<IngestReply, Failure> {
    let mut random = [0_u8; 16];
    getrandom::fill(&mut random).map_err(vigia_desk::Error::Random)?;
    let how = Ingest {
        idempotency_key: Some(hex::encode(random)),
        ..how.clone()
    };
    let mut tried = 1;
    loop {
        match client.ingest(key, &how, piece.clone()).await {
            Ok(reply) => return Ok(reply),
            Err(problem)
                if tried < TRIES
                    && matches!(problem.code, Code::Busy | Code::Unreachable)
                    && worth(&problem, tried) =>
            {
                let seconds = problem.retry_after.unwrap_or(1 << tried.min(4)).min(30);
                output::progress(&format!("{}; trying again in {seconds} s", problem.title));
                tokio::time::sleep(Duration::from_secs(seconds.into())).await;
                tried += 1;
            }
            Err(problem) => return Err(problem.into()),
        }
    }
}

/// A platform that never answered is not waited for; one that broke off or is busy is.
fn worth(problem: &Problem, tried: u32) -> bool {
    problem.code == Code::Busy || tried > 1 || !problem.detail.starts_with("connecting")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_piece_ends_with_a_line_and_holds_no_more_lines_than_a_platform_takes() {
        let many = b"a\n".repeat(MAX_CHUNK_LINES + 3);
        assert_eq!(cut(&many, false), Some(2 * MAX_CHUNK_LINES));
        assert_eq!(cut(&many, true), Some(2 * MAX_CHUNK_LINES));
        assert_eq!(cut(b"a\nb\nc", true), Some(5));
        assert_eq!(cut(b"a\nb\nc", false), Some(4));
        assert_eq!(cut(b"abc", false), None);
        let array = [b"[\n".as_slice(), &many].concat();
        assert_eq!(cut(&array, true), Some(array.len()));
        let records = [b" {\n \"Records\": [\n".as_slice(), &many].concat();
        assert_eq!(cut(&records, true), Some(records.len()));
    }
}
