//! The Overview.

use tauri::State;
use vigia_desk::Console;
use vigia_desk::view::overview::{Overview, OverviewRequest};
use vigia_wire::Problem;

/// Everything that the Overview draws.
#[tauri::command]
pub async fn overview(console: State<'_, Console>, request: OverviewRequest) -> Result<Overview, Problem> {
    console.overview(request).await
}
