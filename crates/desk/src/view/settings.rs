//! What a person sets for themselves on this computer.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// The settings, whole; saved as they are given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(default)]
pub struct Settings {
    /// Appearance.
    pub theme: Theme,
    /// Language of the window.
    pub language: Language,
    /// IANA name, or `local` for the computer's own zone.
    pub zone: String,
    /// Times in UTC instead of the zone.
    pub utc: bool,
    /// Height of table rows.
    pub density: Density,
    /// What the console does outside of its window.
    pub desktop: Desktop,
}

/// What the console does outside of its window.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(default)]
pub struct Desktop {
    /// Closing the window leaves the console running, where there is a tray.
    pub tray: bool,
    /// Say that the platform is gone, or back.
    pub notify_connection: bool,
    /// Say that the log does not verify.
    pub notify_integrity: bool,
    /// Say that the session ended.
    pub notify_session: bool,
}

impl Default for Desktop {
    fn default() -> Self {
        Self {
            tray: true,
            notify_connection: true,
            notify_integrity: true,
            notify_session: true,
        }
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            theme: Theme::Dark,
            language: Language::System,
            zone: "local".to_owned(),
            utc: false,
            density: Density::Compact,
            desktop: Desktop::default(),
        }
    }
}

/// Appearance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Theme {
    /// For night shifts.
    Dark,
    /// For daylight.
    Light,
    /// As the system says.
    System,
}

/// Language of the window.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
pub enum Language {
    /// Portuguese of Brazil.
    #[serde(rename = "pt-BR")]
    PtBr,
    /// English.
    #[serde(rename = "en")]
    En,
    /// As the system says.
    #[serde(rename = "system")]
    System,
}

/// Height of table rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Density {
    /// 28 px.
    Compact,
    /// 36 px.
    Comfortable,
}
