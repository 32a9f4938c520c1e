//! The desktop shell: one window over the console of `vigia_desk`, a tray, notifications, links.
//!
//! It opens the console, then the window, forwards commands and news between the two, and closes
//! the console on the way out. What must stay true: the window never exists without the console,
//! shows only its own pages, and reaches nothing but the commands that `capabilities/main.json`
//! lists; a second start on the same data folder ends before it opens anything. Deliberately absent:
//! HTTP, SQL, the keyring, and every decision about what is shown.

mod attention;
mod commands;
mod instance;
mod news;
mod tray;
mod window;
mod words;

use std::sync::Arc;
use tauri::{Manager as _, RunEvent, WindowEvent};
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
    let app = tauri::Builder::default()
        .plugin(instance::only_one(&home))
        .manage(instance::Early::from_arguments())
        .invoke_handler(commands::handler())
        .setup(|app| Ok(window::open(app, &app.state::<Console>().window())?))
        .build(tauri::generate_context!())
        .map_err(Error::Shell)?;
    // Only the first start on this folder comes so far.
    let opening = Console::open(home, Box::new(SystemKeyring), Arc::new(SystemClock));
    let console = tauri::async_runtime::block_on(opening).map_err(Error::Console)?;
    app.manage(console.clone());
    app.state::<instance::Early>().hand_on(&console);
    news::forward(app.handle().clone(), &console);
    window::close_when_asked(app.handle().clone());
    let tray = tray::start(app.handle(), attention::first_look());
    attention::keep_watch(app.handle().clone(), console.clone(), tray);
    app.run(move |app, event| match event {
        RunEvent::WindowEvent {
            event: WindowEvent::CloseRequested { api, .. },
            ..
        } => attention::hide_or_close(app, &api),
        #[cfg(target_os = "macos")]
        RunEvent::Opened { urls } => {
            instance::arrived(
                app,
                vigia_desk::link::Link::among(urls.iter().map(|url| url.as_str())),
            );
        }
        RunEvent::Exit => {
            window::remember(app, &console);
            tauri::async_runtime::block_on(console.close());
        }
        _ => {}
    });
    Ok(())
}
