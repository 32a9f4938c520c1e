//! Where the console stands; bringing the copy level and checking it.

use tauri::State;
use vigia_desk::Console;
use vigia_desk::view::status::Status;
use vigia_wire::Problem;

/// Where the console stands.
#[tauri::command]
pub async fn status(console: State<'_, Console>) -> Result<Status, Problem> {
    console.status().await
}

/// Brings the copy level with the platform.
#[tauri::command]
pub async fn sync_now(console: State<'_, Console>) -> Result<Status, Problem> {
    console.sync_now().await
}

/// Checks the copy and every entry of the platform again.
#[tauri::command]
pub async fn verify_now(console: State<'_, Console>) -> Result<Status, Problem> {
    console.verify_now().await
}
