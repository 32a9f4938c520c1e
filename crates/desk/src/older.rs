//! What lies before the copy's first entry: the platform looks for it, and every entry that it names
//! is proven here.
//!
//! The stream of the platform's own search says which entries pass, as it reports them; then each is
//! fetched with its bytes, hashed here, and led to the checkpoint that this computer trusts. Until
//! that is done a row is the platform's word and nothing more; one that cannot be led there is a
//! finding like any other. Nothing of it is kept. Dropping the stream stops the platform's search.

use crate::cache::Stored;
use crate::console::Topic;
use crate::desk::Desk;
use crate::search::column::Column;
use crate::search::show;
use crate::sync::{Stop, open_entry};
use crate::trust::{Finding, FindingKind};
use crate::view::older::{OlderRequest, OlderRow, OlderState, OlderView};
use crate::{Error, query};
use serde_json::json;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::broadcast;
use tokio_util::sync::CancellationToken;
use vigia_ledger::leaf_hash;
use vigia_ledger::proof::verify_inclusion;
use vigia_wire::event::{EventsLine, EventsQuery, Order};
use vigia_wire::sync::EntryLine;
use vigia_wire::{Code, Problem};

/// Events of one answer; the next ones are asked for.
const LIMIT: u32 = 200;
/// Events that are held at the same time.
const MAX_ROWS: usize = 2_000;
/// The window hears of news at most this often, in milliseconds.
const PACE_MS: u64 = 100;

/// The search of a console, one at a time.
#[derive(Clone)]
pub struct Older(Arc<Inner>);

struct Inner {
    state: Mutex<State>,
    changes: broadcast::Sender<Topic>,
}

struct State {
    view: OlderView,
    next: Option<String>,
    stop: CancellationToken,
    /// Which search the view belongs to: a late answer of an earlier one changes nothing.
    turn: u64,
    told: Instant,
}

/// An entry that the platform serves, opened and checked.
pub struct Proven {
    /// The event.
    pub stored: Stored,
    /// Its size and root were trusted before; these hashes lead there.
    pub path: Vec<vigia_ledger::Hash>,
}

impl Older {
    /// Nothing was looked for yet.
    #[must_use]
    pub fn new(changes: broadcast::Sender<Topic>) -> Self {
        Self(Arc::new(Inner {
            state: Mutex::new(State {
                view: empty(),
                next: None,
                stop: CancellationToken::new(),
                turn: 0,
                told: Instant::now(),
            }),
            changes,
        }))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How far it is.
    #[must_use]
    pub fn view(&self) -> OlderView {
        self.state().view.clone()
    }

    /// Stops looking; what was found stays.
    pub fn stop(&self) {
        {
            let mut state = self.state();
            state.stop.cancel();
            if matches!(state.view.state, OlderState::Running | OlderState::Checking) {
                state.view.state = OlderState::Stopped;
            }
        }
        self.tell();
    }

    fn tell(&self) {
        // Nobody listening is no failure.
        let _ = self.0.changes.send(Topic::Older);
    }

    /// Begins to look, in place of whatever was looked for before.
    ///
    /// # Errors
    /// A query or column that is none; `conflict` where the copy covers everything.
    pub async fn begin(&self, desk: Arc<Desk>, request: OlderRequest) -> Result<OlderView, Error> {
        query::parse(&request.query)?;
        let columns = Column::parse_all(&request.columns)?;
        let first = desk.cache.base().await?.size();
        if first == 0 {
            let detail = "searching the platform: the copy covers the whole log";
            return Err(Error::Request(Problem::new(Code::Conflict, detail)));
        }
        let (turn, stop, cursor) = {
            let mut state = self.state();
            state.stop.cancel();
            state.stop = desk.closing().child_token();
            state.turn += 1;
            let same = |asked: &OlderRequest| (&asked.query, asked.range) == (&request.query, request.range);
            let goes_on = request.more && state.view.request.as_ref().is_some_and(same);
            let cursor = state.next.take().filter(|_| goes_on);
            if cursor.is_none() {
                state.view = empty();
            }
            state.view.state = OlderState::Running;
            state.view.request = Some(request.clone());
            state.view.more = false;
            (state.turn, state.stop.clone(), cursor)
        };
        self.tell();
        let asked = EventsQuery {
            // What the copy holds is not asked for again.
            q: before(&request.query, first),
            since: request.range.from,
            until: request.range.to,
            order: Order::Newest,
            limit: Some(LIMIT),
            cursor,
        };
        let search = Search {
            older: self.clone(),
            desk,
            columns,
            turn,
        };
        tokio::spawn(async move {
            let outcome = tokio::select! {
                () = stop.cancelled() => return,
                outcome = search.run(&asked) => outcome,
            };
            search.older.change(turn, true, |state| {
                state.view.state = match outcome {
                    Ok(()) => OlderState::Done,
                    Err(error) => OlderState::Failed {
                        problem: error.problem(),
                    },
                };
            });
        });
        Ok(self.view())
    }

    fn change(&self, turn: u64, now: bool, change: impl FnOnce(&mut State)) {
        let tell = {
            let mut state = self.state();
            if state.turn != turn || state.stop.is_cancelled() {
                return;
            }
            change(&mut state);
            let due = now || state.told.elapsed() >= Duration::from_millis(PACE_MS);
            if due {
                state.told = Instant::now();
            }
            due
        };
        if tell {
            self.tell();
        }
    }
}

fn empty() -> OlderView {
    OlderView {
        state: OlderState::Idle,
        request: None,
        rows: Vec::new(),
        scanned: 0,
        more: false,
    }
}

fn before(query: &str, first: u64) -> String {
    match query.trim() {
        "" => format!("seq<{first}"),
        query => format!("({query}) seq<{first}"),
    }
}

struct Search {
    older: Older,
    desk: Arc<Desk>,
    columns: Vec<Column>,
    turn: u64,
}

impl Search {
    async fn run(&self, asked: &EventsQuery) -> Result<(), Error> {
        let access = self.desk.session.access().await?;
        let mut lines = self.desk.client.events(&access, asked).await?;
        let mut found = Vec::new();
        loop {
            match lines.next().await? {
                Some(EventsLine::Event(listed)) => {
                    found.push(listed.seq);
                    let row = show::reported_row(&listed, &self.columns);
                    self.older.change(self.turn, false, |state| {
                        state.view.rows.push(OlderRow { row, verified: false });
                    });
                }
                Some(EventsLine::Progress { progress }) => {
                    let scanned = progress.scanned;
                    self.older
                        .change(self.turn, false, |state| state.view.scanned = scanned);
                }
                Some(EventsLine::End { next, scanned }) => {
                    self.older.change(self.turn, true, |state| {
                        state.view.scanned = scanned;
                        state.view.more = next.is_some() && state.view.rows.len() < MAX_ROWS;
                        state.next = next;
                        state.view.state = OlderState::Checking;
                    });
                    break;
                }
                Some(EventsLine::Failed { failed }) => return Err(failed.into()),
                None => {
                    let detail = "searching the platform: its answer broke off";
                    return Err(Problem::new(Code::Unreachable, detail).into());
                }
            }
        }
        drop(lines);
        for seq in found {
            let proven = prove(&self.desk, seq).await?;
            let row = show::row_with(&proven.stored, &self.columns);
            self.older.change(self.turn, false, |state| {
                if let Some(shown) = state.view.rows.iter_mut().find(|shown| shown.row.seq == seq) {
                    *shown = OlderRow { row, verified: true };
                }
            });
        }
        Ok(())
    }
}

/// Fetches an entry from the platform and leads it to the checkpoint that this computer trusts.
///
/// # Errors
/// `ledger_broken` where it does not lead there, after the evidence was kept; what failed.
pub async fn prove(desk: &Desk, seq: u64) -> Result<Proven, Error> {
    let Some((_, checkpoint)) = desk.trust.last()? else {
        let detail = "proving an entry: this computer has not verified the log yet";
        return Err(Error::Request(Problem::new(Code::Conflict, detail)));
    };
    let access = desk.session.access().await?;
    let served = desk.client.event(&access, seq).await?;
    let proof = desk.client.inclusion(seq, checkpoint.size).await?;
    let path: Option<Vec<vigia_ledger::Hash>> = crate::sync::hashes(&proof.proof);
    let leaf = leaf_hash(&served.entry.0);
    let leads = path
        .as_ref()
        .is_some_and(|path| verify_inclusion(seq, checkpoint.size, &leaf, &checkpoint.root, path).is_ok());
    let (Some(path), true) = (path, leads) else {
        let finding = Finding {
            kind: FindingKind::EntryChanged,
            detail: format!(
                "entry {seq}, as the platform serves it, does not lie in the log that was verified"
            ),
            seq: Some(seq),
            evidence: json!({"seq": seq, "leaf": hex::encode(leaf), "body": hex::encode(&served.entry.0),
                             "proof": proof, "trusted_size": checkpoint.size,
                             "trusted_root": hex::encode(checkpoint.root)}),
        };
        return Err(desk.judge(Stop::Finding(Box::new(finding))));
    };
    let line = EntryLine {
        seq,
        body: served.entry,
        groups: served.groups,
    };
    let opened = open_entry(line).map_err(|stop| desk.judge(stop))?;
    let entry = opened.ok_or_else(|| {
        let detail = format!("reading entry {seq}: it was written by a newer platform");
        Error::Request(Problem::new(Code::NotAPlatform, detail))
    })?;
    Ok(Proven {
        stored: Stored {
            seq,
            entry: entry.entry,
            groups: entry
                .groups
                .into_iter()
                .map(|group| (group.number, group.group))
                .collect(),
        },
        path,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_lies_before_the_copy_is_asked_for_whatever_the_query_joins() {
        assert_eq!(before("", 7), "seq<7");
        let asked = before("kind:a.b OR kind:c.d", 7);
        assert_eq!(asked, "(kind:a.b OR kind:c.d) seq<7");
        query::parse(&asked).unwrap();
    }
}
