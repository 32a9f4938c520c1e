//! The commands that take events out as a file.

use super::Console;
use crate::Error;
use crate::export::{self, Export};
use crate::view::export::{ExportPlace, ExportRequest};
use crate::view::job::{Job, JobKind};
use std::sync::Arc;
use vigia_wire::Problem;

/// The commands, in the order of `commands.rs`.
#[expect(
    clippy::missing_errors_doc,
    reason = "each gives a Problem whose code says what kind"
)]
impl Console {
    /// Begins to write what a search finds to a file.
    pub async fn events_export(&self, request: ExportRequest) -> Result<Job, Problem> {
        let begun = async {
            let desk = self.desk().await?;
            export::may(&desk)?;
            let export = Export::new(request)?;
            let folder = self.0.home.export_folder()?;
            let now = desk.now();
            let name = format!("{}.{}", export.stem(now), export.ending());
            let working = Arc::clone(&desk);
            self.0
                .jobs
                .begin(JobKind::Export, Some(name), now, desk.closing(), |running| {
                    export.run(working, folder, running)
                })
        };
        begun.await.map_err(|error: Error| error.problem())
    }

    /// Where files go that the console saves.
    pub async fn export_place(&self) -> Result<ExportPlace, Problem> {
        let folder = self.0.home.export_folder().map_err(|error| error.problem())?;
        Ok(ExportPlace {
            folder: folder.display().to_string(),
        })
    }
}
