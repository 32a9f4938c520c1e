//! What the window must know of the desktop around it.

use tauri::State;
use vigia_desk::Console;
use vigia_desk::desktop::{DesktopState, LinkReply};
use vigia_wire::Problem;

/// The link that waits to be opened, once.
#[tauri::command]
pub async fn link_take(console: State<'_, Console>) -> Result<LinkReply, Problem> {
    console.link_take().await
}

/// What this desktop offers.
#[tauri::command]
pub async fn desktop_state(console: State<'_, Console>) -> Result<DesktopState, Problem> {
    console.desktop_state().await
}
