//! Long work: how far it is, and stopping it.

use tauri::State;
use vigia_desk::Console;
use vigia_desk::view::job::{Job, JobRef};
use vigia_wire::Problem;

/// Long work of this console, the newest first.
#[tauri::command]
pub async fn jobs(console: State<'_, Console>) -> Result<Vec<Job>, Problem> {
    console.jobs().await
}

/// Stops a job.
#[tauri::command]
pub async fn job_cancel(console: State<'_, Console>, request: JobRef) -> Result<(), Problem> {
    console.job_cancel(request).await
}

/// Takes a job that ended from the list.
#[tauri::command]
pub async fn job_forget(console: State<'_, Console>, request: JobRef) -> Result<(), Problem> {
    console.job_forget(request).await
}
