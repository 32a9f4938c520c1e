//! What the shell around the window and the window itself must know of each other: a link that
//! waits to be opened, whether there is a tray, what the window remembers of itself.
//!
//! Deliberately absent: how a tray or a window is made.

use crate::link::Link;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use ts_rs::TS;

/// What the window remembers of itself, in `window.json`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Remembered {
    /// Width and height in logical pixels.
    pub size: Option<(f64, f64)>,
    /// Whether it filled the screen.
    pub maximized: bool,
    /// Whether the person was told that closing it leaves the console running.
    pub told: bool,
}

/// What this desktop offers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct DesktopState {
    /// Whether the console stands in a tray now, so that closing the window can leave it running.
    pub tray: bool,
}

/// The link that waits to be opened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct LinkReply {
    /// `None` where none waits.
    pub link: Option<Link>,
}

/// The link that waits and the tray that is there. Lives as long as the console.
#[derive(Debug, Default)]
pub(crate) struct Desktop {
    waiting: Mutex<Option<Link>>,
    tray: AtomicBool,
    /// Platforms that the person signed out of by themselves.
    left: Mutex<BTreeSet<String>>,
}

impl Desktop {
    /// Keeps a link until the window takes it; a newer one takes its place.
    pub(crate) fn wait(&self, link: Link) {
        *self.waiting.lock().unwrap_or_else(PoisonError::into_inner) = Some(link);
    }

    pub(crate) fn take(&self) -> Option<Link> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// The person signs out of a platform: the end of that session is no news.
    pub(crate) fn leave(&self, profile: &str) {
        let mut left = self.left.lock().unwrap_or_else(PoisonError::into_inner);
        left.insert(profile.to_owned());
    }

    /// Whether the person signed out of it since it was last online.
    pub(crate) fn has_left(&self, profile: &str, online: bool) -> bool {
        let mut left = self.left.lock().unwrap_or_else(PoisonError::into_inner);
        if online {
            left.remove(profile);
        }
        left.contains(profile)
    }

    pub(crate) fn set_tray(&self, there: bool) -> bool {
        self.tray.swap(there, Ordering::Relaxed) != there
    }

    pub(crate) fn state(&self) -> DesktopState {
        DesktopState {
            tray: self.tray.load(Ordering::Relaxed),
        }
    }
}
