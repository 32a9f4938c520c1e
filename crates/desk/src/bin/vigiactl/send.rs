//! Sending logs with an API key: in pieces that a platform takes, cut at the ends of lines or records,
//! each with an idempotency key, so that a broken connection neither loses nor doubles one.

mod piece;

use crate::arguments::Send;
use crate::failure::Failure;
use crate::output;
use piece::{Cutter, READ_BYTES, Stuck};
use serde_json::{Value, json};
use std::fs::File;
use std::io::Read as _;
use std::path::Path;
use std::time::Duration;
use vigia_client::{Client, Code, Ingest, MAX_CHUNK_BYTES, Problem, Trust};
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
    let mut cutter = Cutter::new(how.format.as_deref().unwrap_or("auto"));
    let mut lines = 0;
    loop {
        let room = READ_BYTES.saturating_sub(kept.len()) as u64;
        let read = source
            .by_ref()
            .take(room)
            .read_to_end(&mut kept)
            .map_err(failed)?;
        let next = cutter.next(&mut kept, read as u64 != room);
        let Some(piece) = next.map_err(|stuck| refusal(&stuck, path, lines))? else {
            return Ok(());
        };
        let reply = one(client, key, how, piece.bytes).await?;
        sum.add(&reply, lines, several.then_some(path));
        lines += piece.lines;
        output::progress(&format!("{}: {lines} lines", path.display()));
    }
}

fn refusal(stuck: &Stuck, path: &Path, sent: u64) -> Problem {
    let path = path.display();
    match stuck {
        Stuck::TooLong => {
            let what = format!("a line or record is longer than {MAX_CHUNK_BYTES} bytes");
            Problem::new(Code::TooLarge, format!("sending {path}: {what}"))
        }
        Stuck::Unclosed => {
            let what = format!("its JSON breaks off within an array, after record {sent}");
            Problem::new(Code::InvalidRequest, format!("sending {path}: {what}"))
        }
    }
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
