//! The platforms of this console, side by side, and the keyring that keeps their secrets.

use tauri::State;
use vigia_desk::Console;
use vigia_desk::view::profile::{
    ProfileKeep, ProfileName, ProfileRef, ProfileRemove, ProfileRemoved, ProfileRow,
};
use vigia_desk::view::status::Status;
use vigia_wire::Problem;

/// The platforms of this console.
#[tauri::command]
pub async fn profiles(console: State<'_, Console>) -> Result<Vec<ProfileRow>, Problem> {
    console.profiles().await
}

/// Shows another platform.
#[tauri::command]
pub async fn profile_use(console: State<'_, Console>, request: ProfileRef) -> Result<Status, Problem> {
    console.profile_use(request).await
}

/// Calls a platform by another name.
#[tauri::command]
pub async fn profile_rename(
    console: State<'_, Console>,
    request: ProfileName,
) -> Result<Vec<ProfileRow>, Problem> {
    console.profile_rename(request).await
}

/// Keeps more or less of a platform's log on this computer.
#[tauri::command]
pub async fn profile_keep(
    console: State<'_, Console>,
    request: ProfileKeep,
) -> Result<Vec<ProfileRow>, Problem> {
    console.profile_keep(request).await
}

/// Signs out of a platform; its copy stays.
#[tauri::command]
pub async fn profile_sign_out(
    console: State<'_, Console>,
    request: ProfileRef,
) -> Result<Vec<ProfileRow>, Problem> {
    console.profile_sign_out(request).await
}

/// Takes a platform off this console.
#[tauri::command]
pub async fn profile_remove(
    console: State<'_, Console>,
    request: ProfileRemove,
) -> Result<ProfileRemoved, Problem> {
    console.profile_remove(request).await
}

/// Tries the keyring again.
#[tauri::command]
pub async fn keyring_retry(console: State<'_, Console>) -> Result<Status, Problem> {
    console.keyring_retry().await
}
