//! The desktop shell: one window over the console of `vigia_desk`.
//!
//! It opens the console, then the window, forwards commands and news between the two, and closes
//! the console on the way out. What must stay true: the window never exists without the console,
//! shows only its own pages, and reaches nothing but the commands that `capabilities/main.json`
//! lists. Deliberately absent: HTTP, SQL, the keyring, and every decision about what is shown.

mod commands;
mod news;
mod window;

use std::sync::Arc;
use tauri::RunEvent;
use vigia_desk::edge::SystemClock;
use vigia_desk::secret::SystemKeyring;
use vigia_desk::{Console, Home};
use vigia_wire::Problem;

/// Why the desktop console cannot run.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no folder for the console's data.
    #[error("finding the folder of the console's data")]
    Home(#[source] vigia_desk::Error),
    /// The folder, or the profile in use, cannot be opened.
    #[error("opening the console")]
    Console(#[source] Problem),
    /// No web view, no display, or a broken installation.
    #[error("starting the desktop shell")]
    Shell(#[source] tauri::Error),
}

/// Runs the desktop console until its window is closed.
///
/// # Errors
/// Where neither console nor window can be opened.
pub fn run() -> Result<(), Error> {
    let home = Home::from_environment().map_err(Error::Home)?;
    let opening = Console::open(home, Box::new(SystemKeyring), Arc::new(SystemClock));
    let console = tauri::async_runtime::block_on(opening).map_err(Error::Console)?;
    let app = tauri::Builder::default()
        .manage(console.clone())
        .invoke_handler(commands::handler())
        .setup(|app| Ok(window::open(app)?))
        .build(tauri::generate_context!())
        .map_err(Error::Shell)?;
    news::forward(app.handle().clone(), &console);
    window::close_when_asked(app.handle().clone());
    app.run(move |_, event| {
        if let RunEvent::Exit = event {
            tauri::async_runtime::block_on(console.close());
        }
    });
    Ok(())
}
