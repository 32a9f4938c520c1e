//! Searching the platform for what lies before the copy.

use tauri::State;
use vigia_desk::Console;
use vigia_desk::view::older::{OlderRequest, OlderView};
use vigia_wire::Problem;

/// Searches the platform for what lies before the copy.
#[tauri::command]
pub async fn older_search(console: State<'_, Console>, request: OlderRequest) -> Result<OlderView, Problem> {
    console.older_search(request).await
}

/// How far that search is.
#[tauri::command]
pub async fn older(console: State<'_, Console>) -> Result<OlderView, Problem> {
    console.older().await
}

/// Stops that search.
#[tauri::command]
pub async fn older_stop(console: State<'_, Console>) -> Result<OlderView, Problem> {
    console.older_stop().await
}
