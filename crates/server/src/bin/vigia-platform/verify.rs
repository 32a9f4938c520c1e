//! `verify`: reads every row as it lies there and lets the ledger's own auditor judge it.
//!
//! Nothing here computes a hash or trusts what the writer says. A database too damaged to be read
//! is an answer, not a failure of the command: no. Keys that do not fit, and files that cannot be
//! reached, are failures of the command. Evidence is looked at, not repaired: everything is opened
//! for reading only.

use crate::output;
use crate::run::{Answer, Failure};
use serde_json::json;
use std::path::Path;
use vigia_domain::Clock as _;
use vigia_domain::clock::to_micros;
use vigia_ledger::checkpoint::LogVerifier;
use vigia_ledger::verify::{Auditor, Finding, HashText, Head, StoredHead, Tables, Verdict, trusted_head};
use vigia_server::edge::SystemClock;
use vigia_server::http::problem::cause;
use vigia_server::{Error, Options, operator_may};
use vigia_store::{BareLog, Beside, Store};

/// The largest checkpoint file, in bytes.
const MAX_CHECKPOINT_BYTES: usize = 64 * 1024;

/// Verifies the ledger of a data folder, against a checkpoint kept elsewhere where one is given.
///
/// # Errors
/// Where there is no platform, or the checkpoint's file cannot be read.
pub async fn verify(options: Options, kept: Option<&Path>, json: bool) -> Result<Answer, Failure> {
    let kept = kept.map(read_checkpoint).transpose()?;
    let store = match Store::look(options).await {
        Ok(store) => store,
        Err(error) if error.is_local() => return Err(error.into()),
        Err(error) => return unreadable(&error, json),
    };
    let audited = audit(&store, kept.as_deref()).await;
    store.close().await;
    match audited {
        Ok(audited) => tell(&audited, json),
        Err(error) if error.is_local() => Err(error.into()),
        Err(error) => unreadable(&error, json),
    }
}

/// Verifies what needs no key: entries, tree and signatures. Nobody's data is opened.
///
/// # Errors
/// A key that is none; a platform that cannot be read.
pub async fn without_keys(options: &Options, key: &str, json: bool) -> Result<Answer, Failure> {
    let key = LogVerifier::from_vkey(key).map_err(|error| {
        let reason = error.to_string();
        Failure::from(Error::Field {
            name: "log key",
            reason,
        })
    })?;
    let bare = match BareLog::open(options).await {
        Ok(bare) => bare,
        Err(error) if error.is_local() => return Err(error.into()),
        Err(error) => return unreadable(&error, json),
    };
    let audited = async {
        let (heads, findings) = heads(&bare.head().checkpoint, std::iter::empty(), &[key]);
        let mut auditor = Auditor::new(heads);
        bare.judge(&mut auditor).await?;
        Ok::<_, vigia_store::Error>(Audited {
            verdict: auditor.finish(),
            findings,
            notes: vec!["no key was used: nobody's data was opened or compared".to_owned()],
        })
    };
    match audited.await {
        Ok(audited) => tell(&audited, json),
        Err(error) if error.is_local() => Err(error.into()),
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

/// What an audit found.
struct Audited {
    verdict: Verdict,
    /// Beside what the verdict holds: of the checkpoints, and of the tables beside the entries.
    findings: Vec<Finding>,
    /// Worth saying, and no proof of anything.
    notes: Vec<String>,
}

async fn audit(store: &Store, kept: Option<&str>) -> Result<Audited, vigia_store::Error> {
    let permit =
        operator_may(SystemClock.now()).map_err(|_| vigia_store::Error::NotPermitted("the ledger"))?;
    let (trusted, joining) = store.trusted_keys().await?;
    for last in [false, false, true] {
        let mut rows = store.audit(&permit).await?;
        let notes = joining.iter().map(String::as_str).chain(kept);
        let (heads, mut findings) = heads(&rows.head().checkpoint, notes, &trusted);
        let mut tables = Tables::new(StoredHead {
            size: rows.head().size,
            root: rows.head().root,
            recorded_at: to_micros(rows.head().recorded_at),
            signed: trusted_head(&rows.head().checkpoint, &trusted)
                .ok()
                .map(|checkpoint| checkpoint.size),
        });
        let mut auditor = Auditor::new(heads);
        loop {
            let page = rows.next_page().await?;
            if page.is_empty() {
                break;
            }
            for row in &page {
                row.judge(&mut auditor);
                tables.row(row.seq, row.leaf, row.body.as_deref());
            }
        }
        // An erasure meanwhile takes groups whose tombstone lies beyond the head that was audited.
        if last || !rows.was_disturbed().await? {
            let beside = rows.beside().await?;
            for node in &beside.nodes {
                tables.node(node.level, node.index, node.hash, beside.size);
            }
            findings.extend(tables.finish());
            findings.extend(strays(&beside));
            let missing = store.missing_triggers().await?;
            let note =
                |name| format!("the trigger {name} is missing: nothing keeps mistakes from the entries");
            return Ok(Audited {
                verdict: auditor.finish(),
                findings,
                notes: missing.into_iter().map(note).collect(),
            });
        }
    }
    Err(vigia_store::Error::Closed)
}

/// Rows that no entry can have put there.
fn strays(beside: &Beside) -> impl Iterator<Item = Finding> {
    let counted = [
        (beside.entries_below, "entries numbered below zero"),
        (beside.sealed_outside, "sealed rows of no entry"),
    ];
    counted
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, what)| Finding::TableChanged {
            what: format!("the number of {what}"),
            stored: count.to_string(),
            computed: "none".to_owned(),
        })
}

/// The heads that somebody signed, and what is wrong with those that nobody trusted did.
fn heads<'a>(
    own: &'a str,
    kept: impl Iterator<Item = &'a str>,
    trusted: &[LogVerifier],
) -> (Vec<Head>, Vec<Finding>) {
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

fn tell(audited: &Audited, json: bool) -> Result<Answer, Failure> {
    let verdict = &audited.verdict;
    let findings: Vec<&Finding> = audited.findings.iter().chain(&verdict.findings).collect();
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
            "groups_dropped": verdict.groups_dropped,
            "entries_pruned": verdict.entries_pruned,
            "checkpoints_confirmed": verdict.heads_confirmed,
            "findings": findings,
            "more_findings": verdict.more_findings,
            "notes": audited.notes,
        });
        print(&text.to_string())?;
    } else if whole {
        print(&format!(
            "whole: {} entries, root {}\n  {} entries hashed, {} pruned; {} sealed groups compared, {} erased, {} dropped; signed at {:?}",
            verdict.size,
            root.unwrap_or_default(),
            verdict.entries_checked,
            verdict.entries_pruned,
            verdict.groups_checked,
            verdict.groups_erased,
            verdict.groups_dropped,
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
    if !json {
        for note in &audited.notes {
            print(&format!("note: {note}"))?;
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
