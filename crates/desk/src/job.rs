//! Long work of this console: how far it is, how it ended, and the way to stop it.
//!
//! A job lives in the process, not in the window: it goes on while pages change, and the list ends
//! with the process. What a job wrote it either finishes or takes back itself; this module only
//! passes the word to stop on. Deliberately absent: what the work is.

use crate::Error;
use crate::console::Topic;
use crate::view::job::{Job, JobKind, JobState};
use std::collections::BTreeMap;
use std::future::Future;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::broadcast;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use vigia_domain::Timestamp;
use vigia_wire::{Code, Problem};

/// Jobs at work at the same time.
const MAX_RUNNING: usize = 8;
/// Jobs that are remembered after their end; the oldest is forgotten first.
const MAX_ENDED: usize = 50;
/// The window hears of progress at most this often, in milliseconds.
const PACE_MS: u64 = 100;

/// What a job's work ends with.
pub type Outcome = Result<Option<PathBuf>, Stopped>;

/// Why a job's work ended before its end.
#[derive(Debug)]
pub enum Stopped {
    /// It was told to stop, and did.
    Cancelled,
    /// It could not go on.
    Failed(Error),
}

impl<E: Into<Error>> From<E> for Stopped {
    fn from(error: E) -> Self {
        Self::Failed(error.into())
    }
}

/// The jobs of a console. Cheap to clone.
#[derive(Clone)]
pub struct Jobs(Arc<Inner>);

struct Inner {
    list: Mutex<List>,
    changes: broadcast::Sender<Topic>,
    work: TaskTracker,
}

#[derive(Default)]
struct List {
    last: u64,
    jobs: BTreeMap<u64, Known>,
    closed: bool,
}

struct Known {
    job: Job,
    stop: CancellationToken,
    told: Instant,
}

impl Jobs {
    /// No jobs yet; `changes` hears of every change.
    #[must_use]
    pub fn new(changes: broadcast::Sender<Topic>) -> Self {
        Self(Arc::new(Inner {
            list: Mutex::default(),
            changes,
            work: TaskTracker::new(),
        }))
    }

    fn list(&self) -> MutexGuard<'_, List> {
        self.0.list.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn tell(&self) {
        // Nobody listening is no failure.
        let _ = self.0.changes.send(Topic::Jobs);
    }

    /// Begins work. `work` is given its job, to say how far it is and to hear that it should stop;
    /// it is also stopped by `with`, when what it works on goes away.
    ///
    /// # Errors
    /// `busy` where too much is at work, or the console is closing.
    pub fn begin<F>(
        &self,
        kind: JobKind,
        name: Option<String>,
        now: Timestamp,
        with: &CancellationToken,
        work: impl FnOnce(Running) -> F,
    ) -> Result<Job, Error>
    where
        F: Future<Output = Outcome> + Send + 'static,
    {
        let stop = with.child_token();
        let job = {
            let mut list = self.list();
            let running = list.jobs.values().filter(|known| known.is_running()).count();
            if list.closed || running >= MAX_RUNNING {
                let detail = format!("beginning more long work: {running} are at work already");
                return Err(Error::Request(Problem::new(Code::Busy, detail).retry_after(5)));
            }
            list.last += 1;
            let job = Job {
                id: list.last,
                kind,
                name,
                started_at: now,
                done: 0,
                total: None,
                phase: None,
                state: JobState::Running,
            };
            let known = Known {
                job: job.clone(),
                stop: stop.clone(),
                told: Instant::now(),
            };
            list.jobs.insert(job.id, known);
            job
        };
        let running = Running {
            jobs: self.clone(),
            id: job.id,
            stop,
        };
        let ending = Ending(running.clone());
        let work = work(running);
        self.0.work.spawn(async move {
            let outcome = work.await;
            ending.0.end(outcome);
        });
        self.tell();
        Ok(job)
    }

    /// Notes something that was done at once, so that the tray shows where its file lies.
    pub fn done(&self, kind: JobKind, now: Timestamp, path: &Path) {
        {
            let mut list = self.list();
            list.last += 1;
            let id = list.last;
            let job = Job {
                id,
                kind,
                name: path.file_name().map(|name| name.to_string_lossy().into_owned()),
                started_at: now,
                done: 0,
                total: None,
                phase: None,
                state: JobState::Done {
                    path: Some(path.display().to_string()),
                },
            };
            let known = Known {
                job,
                stop: CancellationToken::new(),
                told: Instant::now(),
            };
            list.jobs.insert(id, known);
            list.forget_oldest();
        }
        self.tell();
    }

    /// Every job, the newest first.
    #[must_use]
    pub fn all(&self) -> Vec<Job> {
        let list = self.list();
        list.jobs.values().rev().map(|known| known.job.clone()).collect()
    }

    /// Tells a job to stop; one that ended stays as it ended.
    ///
    /// # Errors
    /// `not_found` where there is none.
    pub fn cancel(&self, id: u64) -> Result<(), Error> {
        let list = self.list();
        let known = list.jobs.get(&id).ok_or_else(|| absent(id))?;
        known.stop.cancel();
        Ok(())
    }

    /// Takes a job that ended from the list.
    ///
    /// # Errors
    /// `not_found` where there is none, `conflict` where it is at work.
    pub fn forget(&self, id: u64) -> Result<(), Error> {
        {
            let mut list = self.list();
            let known = list.jobs.get(&id).ok_or_else(|| absent(id))?;
            if known.is_running() {
                let detail = format!("forgetting job {id}: it is at work; stop it first");
                return Err(Error::Request(Problem::new(Code::Conflict, detail)));
            }
            list.jobs.remove(&id);
        }
        self.tell();
        Ok(())
    }

    /// Stops everything and waits until nothing is at work any more.
    pub async fn close(&self) {
        {
            let mut list = self.list();
            list.closed = true;
            list.jobs.values().for_each(|known| known.stop.cancel());
        }
        self.0.work.close();
        self.0.work.wait().await;
    }
}

fn absent(id: u64) -> Error {
    Error::Request(Problem::new(Code::NotFound, format!("there is no job {id}")))
}

impl List {
    fn forget_oldest(&mut self) {
        let ended = self.jobs.values().filter(|known| !known.is_running());
        let mut ended: Vec<u64> = ended.map(|known| known.job.id).collect();
        ended.truncate(ended.len().saturating_sub(MAX_ENDED));
        for id in ended {
            self.jobs.remove(&id);
        }
    }
}

impl Known {
    fn is_running(&self) -> bool {
        self.job.state == JobState::Running
    }
}

/// A job as its own work sees it.
#[derive(Clone)]
pub struct Running {
    jobs: Jobs,
    id: u64,
    stop: CancellationToken,
}

impl Running {
    /// Says how far it is.
    pub fn progress(&self, done: u64, total: Option<u64>) {
        let tell = {
            let mut list = self.jobs.list();
            let Some(known) = list.jobs.get_mut(&self.id) else {
                return;
            };
            known.job.done = done;
            known.job.total = total;
            let due = known.told.elapsed() >= Duration::from_millis(PACE_MS);
            if due {
                known.told = Instant::now();
            }
            due
        };
        if tell {
            self.jobs.tell();
        }
    }

    /// Says what it is doing now, as a word that the window translates.
    pub fn phase(&self, word: &'static str) {
        if let Some(known) = self.jobs.list().jobs.get_mut(&self.id) {
            known.job.phase = Some(word.to_owned());
        }
        self.jobs.tell();
    }

    /// Whether it was told to stop.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.stop.is_cancelled()
    }

    /// The word to stop, to be waited for.
    #[must_use]
    pub fn stop(&self) -> &CancellationToken {
        &self.stop
    }

    /// Goes on only where it was not told to stop.
    ///
    /// # Errors
    /// [`Stopped::Cancelled`].
    pub fn go_on(&self) -> Result<(), Stopped> {
        if self.is_cancelled() {
            return Err(Stopped::Cancelled);
        }
        Ok(())
    }

    fn end(&self, outcome: Outcome) {
        let state = match outcome {
            Ok(path) => JobState::Done {
                path: path.map(|path| path.display().to_string()),
            },
            Err(Stopped::Cancelled) => JobState::Cancelled,
            Err(Stopped::Failed(error)) => JobState::Failed {
                problem: error.problem(),
            },
        };
        self.set(state);
    }

    fn set(&self, state: JobState) {
        {
            let mut list = self.jobs.list();
            let Some(known) = list.jobs.get_mut(&self.id) else {
                return;
            };
            if !known.is_running() {
                return;
            }
            if let (JobState::Done { .. }, Some(total)) = (&state, known.job.total) {
                known.job.done = total;
            }
            known.job.state = state;
            list.forget_oldest();
        }
        self.jobs.tell();
    }
}

/// Sees to it that a job that panicked, or was dropped with its runtime, does not stay at work.
struct Ending(Running);

impl Drop for Ending {
    fn drop(&mut self) {
        let problem = Problem::new(Code::Internal, "the work ended without saying how");
        self.0.set(JobState::Failed { problem });
    }
}

#[cfg(test)]
mod tests;
