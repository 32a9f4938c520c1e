//! API keys and sessions of the platform in use.

use tauri::State;
use vigia_desk::Console;
use vigia_desk::view::access::{
    ApiKeyRef, ApiKeysView, EndedSessions, MadeApiKey, NewApiKey, SessionRef, SessionRow, SessionsRequest,
};
use vigia_wire::Problem;

/// The API keys, and what a new one may be given.
#[tauri::command]
pub async fn api_keys(console: State<'_, Console>) -> Result<ApiKeysView, Problem> {
    console.api_keys().await
}

/// Makes an API key.
#[tauri::command]
pub async fn api_key_create(console: State<'_, Console>, request: NewApiKey) -> Result<MadeApiKey, Problem> {
    console.api_key_create(request).await
}

/// Revokes an API key.
#[tauri::command]
pub async fn api_key_revoke(console: State<'_, Console>, request: ApiKeyRef) -> Result<(), Problem> {
    console.api_key_revoke(request).await
}

/// Open sessions of the platform.
#[tauri::command]
pub async fn sessions(
    console: State<'_, Console>,
    request: SessionsRequest,
) -> Result<Vec<SessionRow>, Problem> {
    console.sessions(request).await
}

/// Ends a session of the platform.
#[tauri::command]
pub async fn session_end(console: State<'_, Console>, request: SessionRef) -> Result<(), Problem> {
    console.session_end(request).await
}

/// Ends every other session of one's own.
#[tauri::command]
pub async fn sessions_end_others(console: State<'_, Console>) -> Result<EndedSessions, Problem> {
    console.sessions_end_others().await
}
