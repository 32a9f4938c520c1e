//! What the platform is called and where its people work: settings that hold for everybody.
//!
//! One aggregate for each platform. Its payload is clear in the ledger for ever, so a name is narrow
//! enough that no address of a person fits in. How long things are kept is `retention`'s.

use crate::aggregate::Recorded;
use crate::clock::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The one aggregate of settings.
pub const SETTINGS_ID: Uuid = Uuid::nil();

/// The longest name of a platform, in characters.
const MAX_NAME_CHARS: usize = 64;
/// The longest name of a time zone, in bytes.
const MAX_ZONE_BYTES: usize = 64;

/// The settings of a platform.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settings {
    /// What people call this platform.
    pub platform_name: PlatformName,
    /// The organisation's time zone: its hours and its days.
    pub time_zone: ZoneName,
    /// When they changed last; `None` where they never did.
    pub changed_at: Option<Timestamp>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            platform_name: PlatformName("Vigia".to_owned()),
            time_zone: ZoneName("UTC".to_owned()),
            changed_at: None,
        }
    }
}

/// What can happen to the settings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum SettingsEvent {
    /// Somebody changed what is named here; the rest stayed.
    Changed {
        /// The new name.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        platform_name: Option<PlatformName>,
        /// The new time zone.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        time_zone: Option<ZoneName>,
    },
}

/// The settings after the event; `None` where the event cannot follow the state.
#[must_use]
pub fn evolve(state: Option<Settings>, event: SettingsEvent, recorded: Recorded<'_>) -> Option<Settings> {
    let before = state.unwrap_or_default();
    let SettingsEvent::Changed {
        platform_name,
        time_zone,
    } = event;
    Some(Settings {
        platform_name: platform_name.unwrap_or(before.platform_name),
        time_zone: time_zone.unwrap_or(before.time_zone),
        changed_at: Some(recorded.recorded_at),
    })
}

macro_rules! names {
    ($($(#[$doc:meta])* $name:ident, $fits:ident, $error:ident = $words:literal;)+) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        #[doc = concat!("The text is not ", $words, ".")]
        #[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
        #[error($words)]
        pub struct $error;

        impl $name {
            /// The text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = $error;
            fn try_from(text: String) -> Result<Self, $error> {
                if $fits(&text) { Ok(Self(text)) } else { Err($error) }
            }
        }

        impl From<$name> for String {
            fn from(name: $name) -> Self {
                name.0
            }
        }
    )+};
}

names! {
    /// What people call a platform.
    PlatformName, fits_platform, MalformedPlatformName =
        "a platform's name: 1 to 64 characters without @, line breaks or blanks at its ends";
    /// The name of a time zone (IANA); whether it exists is asked at the edge.
    ZoneName, fits_zone, MalformedZoneName = "the name of a time zone, like America/Sao_Paulo";
}

fn fits_platform(text: &str) -> bool {
    (1..=MAX_NAME_CHARS).contains(&text.chars().count())
        && text.trim() == text
        && !text.contains(|character: char| character == '@' || character.is_control())
}

fn fits_zone(text: &str) -> bool {
    (1..=MAX_ZONE_BYTES).contains(&text.len())
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'+' | b'-' | b'/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> Result<PlatformName, MalformedPlatformName> {
        text.to_owned().try_into()
    }

    #[test]
    fn what_is_not_named_stays() {
        let recorded = Recorded {
            seq: 1,
            recorded_at: Timestamp::UNIX_EPOCH,
            holders: &[],
        };
        let named = SettingsEvent::Changed {
            platform_name: Some(name("Acme").unwrap()),
            time_zone: None,
        };
        let settings = evolve(None, named, recorded).unwrap();
        assert_eq!(settings.platform_name.as_str(), "Acme");
        assert_eq!(settings.time_zone.as_str(), "UTC");
        assert_eq!(settings.changed_at, Some(Timestamp::UNIX_EPOCH));
    }

    #[test]
    fn no_address_of_a_person_fits_into_a_name() {
        assert!(name("Vigia São Paulo – produção").is_ok());
        for bad in ["", " a", "joao@example.com", "a\nb", &"a".repeat(65)] {
            assert!(name(bad).is_err(), "{bad}");
        }
        let zone = |text: &str| ZoneName::try_from(text.to_owned()).is_ok();
        assert!(zone("America/Sao_Paulo") && !zone("a b") && !zone(""));
    }
}
