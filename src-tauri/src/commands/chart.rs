//! Saving a chart.

use tauri::State;
use vigia_desk::Console;
use vigia_desk::view::chart::{ChartRequest, ChartSaved};
use vigia_wire::Problem;

/// Saves a chart, or its numbers, as a file.
#[tauri::command]
pub async fn chart_save(console: State<'_, Console>, request: ChartRequest) -> Result<ChartSaved, Problem> {
    console.chart_save(request).await
}
