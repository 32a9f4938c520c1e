//! `verify`: reads every row as it lies there and lets the ledger's own auditor judge it.
//!
//! Nothing here computes a hash or trusts what the writer says. A database too damaged to be read
//! is an answer, not a failure of the command: no.

use crate::output;
use crate::run::{Answer, Failure};
use serde_json::json;
use std::path::Path;
use vigia_domain::Clock as _;
use vigia_ledger::checkpoint::LogVerifier;
use vigia_ledger::verify::{Auditor, Finding, HashText, Head, Verdict, trusted_head};
use vigia_server::edge::SystemClock;
use vigia_server::http::problem::cause;
use vigia_server::{Error, Options, operator_may};
use vigia_store::Store;

/// The largest checkpoint file, in bytes.
const MAX_CHECKPOINT_BYTES: usize = 64 * 1024;

/// Verifies the ledger of a data folder, against a checkpoint kept elsewhere where one is given.
///
/// # Errors
/// Where there is no platform, or the checkpoint's file cannot be read.
pub async fn verify(options: Options, kept: Option<&Path>, json: bool) -> Result<Answer, Failure> {
    let kept = kept.map(read_checkpoint).transpose()?;
    let store = match Store::open(options).await {
        Ok(store) => store,
        Err(error) if is_absence(&error) => return Err(error.into()),
        Err(error) => return unreadable(&error, json),
    };
    let audited = audit(&store, kept.as_deref()).await;
    store.close().await;
    match audited {
        Ok((verdict, notes)) => tell(&verdict, &notes, json),
        Err(error) => unreadable(&error, json),
    }
}

fn read_checkpoint(path: &Path) -> Result<String, Failure> {
    let text = std::fs::read_to_string(path).map_err(|source| Failure::File {
        path: path.to_owned(),
        source,
    })?;
    if text.len() > MAX_CHECKPOINT_BYTES {
        let reason = "is no checkpoint: it is too long".to_owned();
        return Err(Error::Field {
            name: "checkpoint",
            reason,
        }
        .into());
    }
    Ok(text)
}

/// There is nothing to verify, as opposed to something that does not verify.
fn is_absence(error: &vigia_store::Error) -> bool {
    use vigia_store::Error as Store;
    matches!(
        error,
        Store::NotInitialised(_) | Store::NewerSchema { .. } | Store::Locked { .. } | Store::DiskFull { .. }
    )
}

async fn audit(store: &Store, kept: Option<&str>) -> Result<(Verdict, Vec<Finding>), vigia_store::Error> {
    let permit =
        operator_may(SystemClock.now()).map_err(|_| vigia_store::Error::NotPermitted("the ledger"))?;
    let trusted = [store.verifier().clone()];
    for last in [false, false, true] {
        let mut rows = store.audit(&permit).await?;
        let (heads, notes) = heads(&rows.head().checkpoint, kept, &trusted);
        let mut auditor = Auditor::new(heads);
        loop {
            let page = rows.next_page().await?;
            if page.is_empty() {
                break;
            }
            for row in &page {
                row.judge(&mut auditor);
            }
        }
        // An erasure meanwhile takes groups whose tombstone lies beyond the head that was audited.
        if last || !rows.was_disturbed().await? {
            return Ok((auditor.finish(), notes));
        }
    }
    Err(vigia_store::Error::Closed)
}

/// The heads that somebody signed, and what is wrong with those that nobody trusted did.
fn heads(own: &str, kept: Option<&str>, trusted: &[LogVerifier]) -> (Vec<Head>, Vec<Finding>) {
    let mut heads = Vec::new();
    let mut findings = Vec::new();
    for note in std::iter::once(own).chain(kept) {
        match trusted_head(note, trusted) {
            Ok(checkpoint) => heads.push(Head::of(&checkpoint, note)),
            Err(finding) => findings.push(*finding),
        }
    }
    (heads, findings)
}

fn tell(verdict: &Verdict, notes: &[Finding], json: bool) -> Result<Answer, Failure> {
    let findings: Vec<&Finding> = notes.iter().chain(&verdict.findings).collect();
    let whole = findings.is_empty();
    let root = verdict.root.map(|root| HashText(root).to_string());
    if json {
        let text = json!({
            "whole": whole,
            "size": verdict.size,
            "root": root,
            "entries_checked": verdict.entries_checked,
            "groups_checked": verdict.groups_checked,
            "groups_erased": verdict.groups_erased,
            "checkpoints_confirmed": verdict.heads_confirmed,
            "findings": findings,
            "more_findings": verdict.more_findings,
        });
        print(&text.to_string())?;
    } else if whole {
        print(&format!(
            "whole: {} entries, root {}\n  {} entries hashed, {} sealed groups compared, {} erased; signed at {:?}",
            verdict.size,
            root.unwrap_or_default(),
            verdict.entries_checked,
            verdict.groups_checked,
            verdict.groups_erased,
            verdict.heads_confirmed,
        ))?;
    } else {
        for finding in &findings {
            print(&format!("broken: {finding}"))?;
            let failed = |source| Error::Encoding {
                what: "the evidence",
                source,
            };
            print(&format!(
                "  evidence: {}",
                serde_json::to_string(finding).map_err(failed)?
            ))?;
        }
        if verdict.more_findings > 0 {
            print(&format!("broken: {} more findings", verdict.more_findings))?;
        }
    }
    Ok(if whole { Answer::Yes } else { Answer::No })
}

fn unreadable(error: &vigia_store::Error, json: bool) -> Result<Answer, Failure> {
    let because = cause(error);
    if json {
        let finding = json!({"finding": "unreadable", "reason": error.to_string(), "because": because});
        print(&json!({"whole": false, "findings": [finding]}).to_string())?;
    } else {
        print(&format!(
            "broken: the ledger cannot be read: {error}\n  because: {because}"
        ))?;
    }
    Ok(Answer::No)
}

fn print(text: &str) -> Result<(), Failure> {
    output::line(text).map_err(Failure::Output)
}
