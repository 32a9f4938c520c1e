//! The commands about long work, and saving a small file for the person.

use super::Console;
use crate::view::job::{Job, JobKind, JobRef};
use crate::{Error, download};
use std::path::PathBuf;
use vigia_wire::Problem;

/// The commands, in the order of `commands.rs`.
#[expect(
    clippy::missing_errors_doc,
    reason = "each gives a Problem whose code says what kind"
)]
impl Console {
    /// Long work of this console, the newest first.
    pub async fn jobs(&self) -> Result<Vec<Job>, Problem> {
        Ok(self.0.jobs.all())
    }

    /// Stops a job.
    pub async fn job_cancel(&self, request: JobRef) -> Result<(), Problem> {
        self.0.jobs.cancel(request.id).map_err(|error| error.problem())
    }

    /// Takes a job that ended from the list.
    pub async fn job_forget(&self, request: JobRef) -> Result<(), Problem> {
        self.0.jobs.forget(request.id).map_err(|error| error.problem())
    }
}

impl Console {
    /// Removes the halves of files that an earlier console was killed over.
    pub(super) fn clear_downloads(&self) {
        if let Ok(folder) = self.0.home.export_folder() {
            tokio::task::spawn_blocking(move || download::clear_parts(&folder));
        }
    }

    /// Saves a small file as `stem.ending` in the person's folder for downloads; the tray shows
    /// where it lies.
    ///
    /// # Errors
    /// Where the disk is full, or fails; nothing is left then.
    pub async fn save_file(
        &self,
        kind: JobKind,
        stem: String,
        ending: &'static str,
        bytes: Vec<u8>,
    ) -> Result<PathBuf, Error> {
        let folder = self.0.home.export_folder()?;
        let saving = tokio::task::spawn_blocking(move || download::save(&folder, &stem, ending, &bytes));
        let path = saving.await.map_err(|_| Error::stopped("saving a file"))??;
        self.0.jobs.done(kind, self.0.clock.now(), &path);
        Ok(path)
    }
}
