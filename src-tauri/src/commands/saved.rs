//! What a person keeps: searches, recent ones, columns.

use tauri::State;
use vigia_desk::Console;
use vigia_desk::view::saved::{
    ColumnsChoice, RecentNote, SavedDraft, SavedOrder, SavedRef, SavedSearch, SavedView,
};
use vigia_wire::Problem;

/// Saved and recent searches, and the columns of the table.
#[tauri::command]
pub async fn saved(console: State<'_, Console>) -> Result<SavedView, Problem> {
    console.saved().await
}

/// Keeps a search.
#[tauri::command]
pub async fn saved_put(console: State<'_, Console>, request: SavedDraft) -> Result<SavedSearch, Problem> {
    console.saved_put(request).await
}

/// Forgets a search.
#[tauri::command]
pub async fn saved_delete(console: State<'_, Console>, request: SavedRef) -> Result<(), Problem> {
    console.saved_delete(request).await
}

/// Puts the searches in another order.
#[tauri::command]
pub async fn saved_order(console: State<'_, Console>, request: SavedOrder) -> Result<(), Problem> {
    console.saved_order(request).await
}

/// Remembers a search that was made.
#[tauri::command]
pub async fn recent_note(console: State<'_, Console>, request: RecentNote) -> Result<(), Problem> {
    console.recent_note(request).await
}

/// Forgets the recent searches.
#[tauri::command]
pub async fn recent_clear(console: State<'_, Console>) -> Result<(), Problem> {
    console.recent_clear().await
}

/// Keeps the columns of the table.
#[tauri::command]
pub async fn columns_set(console: State<'_, Console>, request: ColumnsChoice) -> Result<(), Problem> {
    console.columns_set(request).await
}
