//! Events taken out as a file.

use tauri::State;
use vigia_desk::Console;
use vigia_desk::view::export::{ExportPlace, ExportRequest};
use vigia_desk::view::job::Job;
use vigia_wire::Problem;

/// Begins to write what a search finds to a file.
#[tauri::command]
pub async fn events_export(console: State<'_, Console>, request: ExportRequest) -> Result<Job, Problem> {
    console.events_export(request).await
}

/// Where files go that the console saves.
#[tauri::command]
pub async fn export_place(console: State<'_, Console>) -> Result<ExportPlace, Problem> {
    console.export_place().await
}
