//! `rotate`: another key for the log, or for everything in `keys/`.

use crate::args::Rotate;
use crate::backup::master;
use crate::run::{Answer, Failure, print};
use crate::setup::Setup;
use vigia_domain::Clock as _;
use vigia_server::edge::SystemClock;
use vigia_server::operator_may;
use vigia_store::Store;

/// Changes a key.
///
/// # Errors
/// Where the platform does not open, or a file cannot be written; then the old key stays in force.
pub async fn rotate(setup: &Setup, command: Rotate) -> Result<Answer, Failure> {
    let next = match &command {
        Rotate::MasterKey {
            new_master_key: Some(file),
            ..
        } => Some(master(setup, Some(file))?),
        _ => None,
    };
    let store = Store::open(setup.options()).await?;
    let permit = operator_may(SystemClock.now())?;
    let done = match command {
        Rotate::LogKey { .. } => store.rotate_log_key(&permit).await.map(|change| {
            let fingerprint = store.verifier().fingerprint();
            format!(
                "log key rotated at entry {}\nfingerprint {fingerprint}",
                change.seq
            )
        }),
        Rotate::MasterKey { .. } => store
            .rotate_master_key(&permit, next)
            .await
            .map(|()| "master key rotated; make a backup now, those from before need the old key".to_owned()),
    };
    store.close().await;
    print(&done?)?;
    Ok(Answer::Yes)
}
