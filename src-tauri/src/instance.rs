//! One console for each data folder: a second start hands its link to the first and ends.
//!
//! What a second start was given is parsed before anything else sees it (`vigia_desk::link`); other
//! arguments are ignored. On Linux the running console is found on the session bus under a name that
//! holds its folder's id, so that consoles with other folders do not meet; without a bus every start
//! is the first.

use crate::window;
use std::sync::{Mutex, PoisonError};
use tauri::plugin::TauriPlugin;
use tauri::{AppHandle, Manager as _, Wry};
use vigia_desk::link::Link;
use vigia_desk::{Console, Home};

/// A link that came while the console was still being opened.
#[derive(Debug, Default)]
pub struct Early(Mutex<Option<Link>>);

impl Early {
    /// The link that this program was started with, if any.
    pub fn from_arguments() -> Self {
        let arguments: Vec<String> = std::env::args_os()
            .map(|argument| argument.to_string_lossy().into_owned())
            .collect();
        Self(Mutex::new(Link::among(arguments.iter().map(String::as_str))))
    }

    fn keep(&self, link: Link) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(link);
    }

    /// Hands the link to the console, now that it is open.
    pub fn hand_on(&self, console: &Console) {
        if let Some(link) = self.0.lock().unwrap_or_else(PoisonError::into_inner).take() {
            console.open_link(link);
        }
    }
}

/// Must be the first plugin, so that a second start ends before it opens anything.
pub fn only_one(home: &Home) -> TauriPlugin<Wry> {
    let builder = tauri_plugin_single_instance::Builder::new()
        .callback(|app, arguments, _| arrived(app, Link::among(arguments.iter().map(String::as_str))));
    #[cfg(target_os = "linux")]
    let builder = builder.dbus_id(bus_name(home));
    #[cfg(not(target_os = "linux"))]
    let _ = home;
    builder.build()
}

/// A part of a bus name must not begin with a digit.
#[cfg(target_os = "linux")]
fn bus_name(home: &Home) -> String {
    format!("app.vigia.console.home{}", home.id())
}

/// Somebody started the console again, perhaps with a link: the window comes forward.
pub fn arrived(app: &AppHandle, link: Option<Link>) {
    match (link, app.try_state::<Console>()) {
        (Some(link), Some(console)) => console.open_link(link),
        (Some(link), None) => app.state::<Early>().keep(link),
        (None, _) => {}
    }
    window::raise(app);
}
