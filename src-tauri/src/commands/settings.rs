//! What a person sets for themselves on this computer.

use tauri::State;
use vigia_desk::Console;
use vigia_desk::view::settings::Settings;
use vigia_wire::Problem;

/// The settings.
#[tauri::command]
pub async fn settings_get(console: State<'_, Console>) -> Result<Settings, Problem> {
    console.settings_get().await
}

/// Saves the settings.
#[tauri::command]
pub async fn settings_set(console: State<'_, Console>, request: Settings) -> Result<Settings, Problem> {
    console.settings_set(request).await
}
