//! The commands of the Ledger page, and what `vigiactl proof` asks.

use super::{Console, Topic};
use crate::Error;
use crate::desk::Step;
use crate::job::Stopped;
use crate::view::job::{Job, JobKind, JobState};
use crate::view::ledger::{LedgerView, ProofRequest, ProofSaved};
use std::sync::Arc;
use vigia_wire::Problem;

/// What a verification does first, as a job's phase: the copy against its checkpoint.
const OWN_COPY: &str = "own_copy";
/// What it does then: every entry fetched anew.
const FETCH: &str = "fetch";

/// The commands, in the order of `commands.rs`.
#[expect(
    clippy::missing_errors_doc,
    reason = "each gives a Problem whose code says what kind"
)]
impl Console {
    /// The ledger as this desk knows it.
    pub async fn ledger(&self) -> Result<LedgerView, Problem> {
        let desk = self.desk().await.map_err(|error| error.problem())?;
        crate::ledger::view(&desk.cache, &desk.trust)
            .await
            .map_err(|error| error.problem())
    }

    /// Begins to verify everything; where it is under way already, that one goes on. A finding ends
    /// it as failed with `ledger_broken`, and stands in the status.
    pub async fn verify_start(&self) -> Result<Job, Problem> {
        let desk = self.desk().await.map_err(|error| error.problem())?;
        // Several platforms may be verified side by side; the log's name tells them apart.
        let key = desk.trust.key().map_err(|error| error.problem())?;
        let name = key.map(|key| key.origin);
        let under_way =
            |job: &Job| job.kind == JobKind::Verify && job.state == JobState::Running && job.name == name;
        if let Some(job) = self.0.jobs.all().into_iter().find(under_way) {
            return Ok(job);
        }
        let (console, working) = (self.clone(), Arc::clone(&desk));
        let begun = self.0.jobs.begin(
            JobKind::Verify,
            name,
            self.now(),
            desk.closing(),
            |running| async move {
                running.phase(OWN_COPY);
                let told = |step: Step| match step {
                    Step::Checked { done, total } | Step::Fetched { done, total } => {
                        running.progress(done, Some(total))
                    }
                    Step::OwnCopy(_) => {
                        running.progress(0, None);
                        running.phase(FETCH);
                    }
                    Step::Whole { .. } => {}
                };
                let outcome = tokio::select! {
                    biased;
                    () = running.stop().cancelled() => Err(Stopped::Cancelled),
                    verified = working.verify(told) => verified.map(|()| None).map_err(Stopped::Failed),
                };
                if let Err(Stopped::Failed(error)) = &outcome {
                    console.mend_after(&working, error);
                }
                console.tell(&[Topic::Status, Topic::Events]);
                outcome
            },
        );
        begun.map_err(|error| error.problem())
    }

    /// Saves the proof of one event as a file.
    pub async fn proof_save(&self, request: ProofRequest) -> Result<ProofSaved, Problem> {
        let saved = async {
            let (text, groups) = self.proof(request).await?;
            let stem = format!("vigia-event-{}", request.seq);
            let path = self
                .save_file(JobKind::Proof, stem, "tlog-proof", text.into_bytes())
                .await?;
            let path = path.display().to_string();
            Ok(ProofSaved { path, groups })
        };
        saved.await.map_err(|error: Error| error.problem())
    }
}

impl Console {
    /// The proof of one event as a file's text, and how many opened groups are in it.
    ///
    /// # Errors
    /// `not_found`, or `conflict` where no checkpoint covers it yet; otherwise what failed.
    pub async fn proof(&self, request: ProofRequest) -> Result<(String, u32), Error> {
        let desk = self.desk().await?;
        crate::ledger::proof(&desk.cache, &desk.trust, request.seq, request.with_content).await
    }
}
