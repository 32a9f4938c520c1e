//! The tray: how the console stands, and a menu of four.
//!
//! The tray may be missing, and may come and go: then closing the window ends the program as it
//! always did, and a window that was hidden comes back. What the icon means is said by its shape and
//! in words; see `tray/icon.rs`.

mod icon;
#[cfg(target_os = "linux")]
#[path = "tray/bus.rs"]
mod place;
#[cfg(not(target_os = "linux"))]
#[path = "tray/system.rs"]
mod place;

pub use place::{Tray, start};

use crate::window;
use crate::words::Tongue;
use tauri::{AppHandle, Manager as _};
use vigia_desk::Console;
use vigia_desk::link::Link;
use vigia_desk::notice::Presence;

/// What the tray shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Look {
    /// How the console stands.
    pub presence: Presence,
    /// In which language.
    pub tongue: Tongue,
}

/// What the menu offers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Choice {
    /// The window.
    Open,
    /// Everything checked anew; the window shows how far it is.
    Verify,
    /// The copy brought level.
    Sync,
    /// The end of the program.
    Quit,
}

impl Choice {
    const ALL: [Self; 4] = [Self::Open, Self::Verify, Self::Sync, Self::Quit];

    fn label(self, tongue: Tongue) -> &'static str {
        match self {
            Self::Open => tongue.open(),
            Self::Verify => tongue.verify(),
            Self::Sync => tongue.sync(),
            Self::Quit => tongue.quit(),
        }
    }

    /// Does what was chosen.
    fn run(self, app: &AppHandle) {
        let Some(console) = app.try_state::<Console>().map(|console| console.inner().clone()) else {
            return;
        };
        match self {
            Self::Open => window::raise(app),
            Self::Verify => {
                console.open_link(Link::Ledger);
                window::raise(app);
                tauri::async_runtime::spawn(async move { console.verify_start().await.map(drop) });
            }
            // Whether it worked is seen on the icon and in the window.
            Self::Sync => {
                tauri::async_runtime::spawn(async move { console.sync_now().await.map(drop) });
            }
            Self::Quit => app.exit(0),
        }
    }
}

/// The tray is gone: a window that was hidden in it must come back.
fn gone(app: &AppHandle) {
    if let Some(console) = app.try_state::<Console>() {
        console.set_tray(false);
    }
    window::show_if_hidden(app);
}
