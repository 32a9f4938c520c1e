//! The Ledger page: what this desk knows of the log, verifying it, a proof as a file.

use tauri::State;
use vigia_desk::Console;
use vigia_desk::view::job::Job;
use vigia_desk::view::ledger::{LedgerView, ProofRequest, ProofSaved};
use vigia_wire::Problem;

/// The ledger as this desk knows it.
#[tauri::command]
pub async fn ledger(console: State<'_, Console>) -> Result<LedgerView, Problem> {
    console.ledger().await
}

/// Begins to verify everything.
#[tauri::command]
pub async fn verify_start(console: State<'_, Console>) -> Result<Job, Problem> {
    console.verify_start().await
}

/// Saves the proof of one event as a file.
#[tauri::command]
pub async fn proof_save(console: State<'_, Console>, request: ProofRequest) -> Result<ProofSaved, Problem> {
    console.proof_save(request).await
}
