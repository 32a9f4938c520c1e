//! The one task of a store that writes: takes what waits, commits it together, answers.
//!
//! Must stay true: an answer is sent after the commit and never before; an error of one commit
//! reaches everybody who waited for it.

use super::Ingested;
use super::write::{Pen, Request};
use crate::engine::BEGIN_WRITE;
use crate::erase::{Erased, Progress};
use crate::error::{Error, Result};
use sqlx::{AnyConnection, Connection};
use tokio::sync::{mpsc, oneshot, watch};
use vigia_domain::access::Principal;

/// Events of one commit, unless a single request has more.
const GROUP_EVENTS: usize = 16_384;

/// What the writer is asked to do.
pub(crate) enum Command {
    Append(Request),
    Erase {
        identifier: String,
        by: Principal,
        answer: oneshot::Sender<Result<Erased>>,
    },
}

/// The writer's connections and what it writes with.
pub(crate) struct Writer {
    pub platform: AnyConnection,
    pub vault: AnyConnection,
    pub pen: Pen,
    pub grown: watch::Sender<u64>,
    pub progress: Progress,
}

impl Writer {
    /// Works until nobody can ask for anything any more.
    pub(crate) async fn run(mut self, mut queue: mpsc::Receiver<Command>) {
        let mut next = queue.recv().await;
        while let Some(command) = next.take() {
            match command {
                Command::Append(first) => {
                    let mut group = vec![first];
                    next = fill(&mut group, &mut queue);
                    self.commit(group).await;
                }
                Command::Erase {
                    identifier,
                    by,
                    answer,
                } => {
                    let erased = self.erase(&identifier, by).await;
                    // Whoever asked may be gone; the erasure stands.
                    let _ = answer.send(erased);
                }
            }
            if next.is_none() {
                next = queue.recv().await;
            }
        }
        for connection in [self.platform, self.vault] {
            if let Err(error) = connection.close().await {
                tracing::warn!(%error, "closing the writer's connection");
            }
        }
    }

    async fn commit(&mut self, mut group: Vec<Request>) {
        let committed = self.try_commit(&group).await;
        if let Err(error) = &committed {
            tracing::warn!(error = %report(error), requests = group.len(), "a commit failed");
        }
        let answers = group.iter_mut().map(|request| request.answer.take());
        match committed {
            Ok(outcomes) => answers
                .zip(outcomes)
                .for_each(|(to, outcome)| answer(to, outcome)),
            Err(error) => answers.for_each(|to| answer(to, Err(error.clone()))),
        }
    }

    async fn try_commit(&mut self, group: &[Request]) -> Result<Vec<Result<Ingested>>> {
        let doing = "appending events";
        let mut tx = self
            .platform
            .begin_with(BEGIN_WRITE)
            .await
            .map_err(Error::sql(doing))?;
        let written = self.pen.write(&mut tx, &mut self.vault, group).await?;
        tx.commit().await.map_err(Error::sql(doing))?;
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
