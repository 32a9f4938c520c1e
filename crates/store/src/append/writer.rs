//! The one task of a store that writes: takes what waits, commits it together, answers.
//!
//! Must stay true: an answer is sent after the commit and never before; an error of one commit
//! reaches everybody who waited for it. After a failed commit nothing is known of the connections
//! (SQLite rolls back by itself on a full disk, and sqlx does not notice), so they are made anew.
//! Whatever did not end in a commit is let go of before the writer waits again, because nobody else
//! can write meanwhile.

use super::Ingested;
use super::write::{Pen, Request};
use crate::database::Places;
use crate::engine;
use crate::erase::{Erased, Progress};
use crate::error::{Error, Result};
use crate::head;
use crate::read::Commits;
use futures::future::BoxFuture;
use sqlx::{AnyConnection, Connection};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::Instant;
use vigia_domain::access::Principal;

/// Events of one commit, unless a single request has more.
const GROUP_EVENTS: usize = 16_384;

/// How often a writer that failed, or left an erasure open, tries again unasked.
const TRY_AGAIN: Duration = Duration::from_secs(10);

/// For so long after a commit a connection is taken to be whole; then it is asked first.
const TRUSTED: Duration = Duration::from_secs(1);
/// How long a lost server may take to answer or to let go.
const CLOSING: Duration = Duration::from_secs(5);

/// What the writer is asked to do.
pub(crate) enum Command {
    Append(Request),
    /// Something for the store itself, with the writer's connections.
    Work(Work),
    Erase {
        identifier: String,
        by: Principal,
        answer: oneshot::Sender<Result<Erased>>,
    },
}

/// Says whether it failed: then nothing is known of the connections any more.
pub(crate) type Work = Box<dyn for<'w> FnOnce(&'w mut Writer) -> BoxFuture<'w, bool> + Send>;

/// The writer's connections and what it writes with.
pub(crate) struct Writer {
    pub platform: AnyConnection,
    pub vault: AnyConnection,
    /// Where they lead.
    pub places: Places,
    /// When they were last known to work.
    pub used: Instant,
    pub pen: Pen,
    pub grown: watch::Sender<u64>,
    pub progress: Progress,
    /// The last commit failed: shown to whoever asks whether the store is ready.
    pub failing: Arc<AtomicBool>,
    /// How many commits there were, and how long they took.
    pub commits: Arc<Commits>,
    /// The connections are to be made anew.
    pub stale: bool,
    /// An erasure may have been left open.
    pub unfinished: bool,
}

impl Writer {
    /// Works until nobody can ask for anything any more.
    pub(crate) async fn run(mut self, mut queue: mpsc::Receiver<Command>) {
        self.let_go().await;
        let mut next = self.next(&mut queue).await;
        while let Some(command) = next.take() {
            match command {
                Command::Append(first) => {
                    let mut group = vec![first];
                    next = fill(&mut group, &mut queue);
                    if !self.commit(group).await {
                        self.let_go().await;
                    }
                }
                Command::Work(work) => {
                    if work(&mut self).await {
                        self.stale = true;
                        self.unfinished = true;
                    }
                    self.let_go().await;
                }
                Command::Erase {
                    identifier,
                    by,
                    answer,
                } => {
                    let erased = match self.renew().await {
                        Ok(()) => self.erase(&identifier, by).await,
                        Err(error) => Err(error),
                    };
                    let failed = erased.as_ref().err();
                    if failed.is_some_and(|error| !matches!(error, Error::NobodyKnown)) {
                        self.stale = true;
                        self.unfinished = true;
                    }
                    self.let_go().await;
                    // Whoever asked may be gone; the erasure stands.
                    let _ = answer.send(erased);
                }
            }
            if next.is_none() {
                next = self.next(&mut queue).await;
            }
        }
        for connection in [self.platform, self.vault] {
            if let Err(error) = connection.close().await {
                tracing::warn!(%error, "closing the writer's connection");
            }
        }
    }

    /// The next command. Meanwhile, what failed is tried again now and then.
    async fn next(&mut self, queue: &mut mpsc::Receiver<Command>) -> Option<Command> {
        loop {
            if !self.unfinished && !self.failing.load(Ordering::Relaxed) {
                return queue.recv().await;
            }
            match tokio::time::timeout(TRY_AGAIN, queue.recv()).await {
                Ok(command) => return command,
                Err(_) => self.recover().await,
            }
        }
    }

    async fn recover(&mut self) {
        let recovered = async {
            self.renew().await?;
            if self.unfinished {
                self.finish_erasures().await?;
                self.unfinished = false;
            }
            self.rewrite_head().await
        };
        let recovered = recovered.await;
        if let Err(error) = &recovered {
            tracing::warn!(error = %report(error), "still failing");
        }
        self.note(recovered.is_ok());
        self.let_go().await;
    }

    /// Ends what was begun and not committed, whatever became of it.
    async fn let_go(&mut self) {
        let ending = async {
            engine::let_go(&mut self.platform).await?;
            engine::let_go(&mut self.vault).await
        };
        let ended = tokio::time::timeout(CLOSING, ending).await;
        if !matches!(ended, Ok(Ok(()))) {
            // Its end ends the transaction too.
            self.stale = true;
            if let Err(error) = self.renew().await {
                tracing::warn!(error = %report(&error), "letting go of the database");
            }
        }
    }

    /// Shows whether writing works, by writing what stands there.
    async fn rewrite_head(&mut self) -> Result<()> {
        let doing = "trying whether the ledger can be written";
        let mut tx = engine::begin_write(&mut self.platform, doing).await?;
        let row = head::read(&mut tx).await?;
        head::write(&mut tx, &row).await?;
        tx.commit().await.map_err(Error::sql(doing))
    }

    fn note(&mut self, worked: bool) {
        self.failing.store(!worked, Ordering::Relaxed);
        self.stale |= !worked;
    }

    /// New connections where the last ones failed, or broke while nobody wrote.
    pub(crate) async fn renew(&mut self) -> Result<()> {
        if !self.stale && self.used.elapsed() >= TRUSTED {
            self.stale = !self.answers().await;
        }
        if !self.stale {
            return Ok(());
        }
        let platform = engine::connect(&self.places.platform).await?;
        let vault = engine::connect(&self.places.vault).await?;
        for (held, fresh) in [(&mut self.platform, platform), (&mut self.vault, vault)] {
            let old = std::mem::replace(held, fresh);
            // Its other end may be gone; nothing is lost with it.
            tokio::spawn(tokio::time::timeout(CLOSING, old.close_hard()));
        }
        self.stale = false;
        self.used = Instant::now();
        Ok(())
    }

    /// Whether both connections still have somebody at the other end.
    async fn answers(&mut self) -> bool {
        let asked = async {
            self.platform.ping().await?;
            self.vault.ping().await
        };
        let answers = matches!(tokio::time::timeout(CLOSING, asked).await, Ok(Ok(())));
        if answers {
            self.used = Instant::now();
        } else {
            tracing::warn!("the database was lost; connecting again");
        }
        answers
    }

    /// Commits them together and answers; `false` where that failed.
    async fn commit(&mut self, mut group: Vec<Request>) -> bool {
        let began = Instant::now();
        let committed = match self.renew().await {
            Ok(()) => self.try_commit(&group).await,
            Err(error) => Err(error),
        };
        self.note(committed.is_ok());
        self.commits.done(began.elapsed());
        if let Err(error) = &committed {
            tracing::warn!(error = %report(error), requests = group.len(), "a commit failed");
        }
        let worked = committed.is_ok();
        let answers = group.iter_mut().map(|request| request.answer.take());
        match committed {
            Ok(outcomes) => answers
                .zip(outcomes)
                .for_each(|(to, outcome)| answer(to, outcome)),
            Err(error) => answers.for_each(|to| answer(to, Err(error.clone()))),
        }
        worked
    }

    async fn try_commit(&mut self, group: &[Request]) -> Result<Vec<Result<Ingested>>> {
        let doing = "appending events";
        let mut tx = engine::begin_write(&mut self.platform, doing).await?;
        #[cfg(test)]
        self.progress.fill_the_disk(&mut tx).await?;
        let written = self.pen.write(&mut tx, &mut self.vault, group).await?;
        tx.commit().await.map_err(Error::sql(doing))?;
        self.used = Instant::now();
        self.grown.send_if_modified(|size| {
            let grew = *size < written.size;
            *size = written.size.max(*size);
            grew
        });
        Ok(written.outcomes)
    }
}

/// Takes what waits, up to a commit's worth; returns the command that ends the group, if any.
fn fill(group: &mut Vec<Request>, queue: &mut mpsc::Receiver<Command>) -> Option<Command> {
    let mut events: usize = group.iter().map(|request| request.events.len()).sum();
    while events < GROUP_EVENTS {
        match queue.try_recv().ok()? {
            Command::Append(request) => {
                events += request.events.len();
                group.push(request);
            }
            other => return Some(other),
        }
    }
    None
}

/// Whoever waited may be gone; what was committed stands.
fn answer(to: Option<oneshot::Sender<Result<Ingested>>>, outcome: Result<Ingested>) {
    if let Some(to) = to {
        let _ = to.send(outcome);
    }
}

/// An error with its causes, in one line for the operator.
pub(crate) fn report(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}
