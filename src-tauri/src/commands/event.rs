//! Searching events, the histogram above the table, one event with its proof.

use tauri::State;
use vigia_desk::Console;
use vigia_desk::view::event::{
    DetailRequest, EventDetail, Histogram, HistogramRequest, QueryCheck, QueryField, SearchReply,
    SearchRequest,
};
use vigia_wire::Problem;

/// Some rows of a search.
#[tauri::command]
pub async fn events_search(
    console: State<'_, Console>,
    request: SearchRequest,
) -> Result<SearchReply, Problem> {
    console.events_search(request).await
}

/// The histogram above the table.
#[tauri::command]
pub async fn events_histogram(
    console: State<'_, Console>,
    request: HistogramRequest,
) -> Result<Histogram, Problem> {
    console.events_histogram(request).await
}

/// One event with its proof.
#[tauri::command]
pub async fn event_detail(
    console: State<'_, Console>,
    request: DetailRequest,
) -> Result<EventDetail, Problem> {
    console.event_detail(request).await
}

/// Whether a query is valid.
#[tauri::command]
pub async fn query_check(console: State<'_, Console>, request: QueryCheck) -> Result<(), Problem> {
    console.query_check(request).await
}

/// What may be searched.
#[tauri::command]
pub async fn query_fields(console: State<'_, Console>) -> Result<Vec<QueryField>, Problem> {
    console.query_fields().await
}
