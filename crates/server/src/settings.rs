//! The platform's settings: read, and changed by whoever says which version they have seen.

use crate::event::{self, Origin};
use crate::{Error, Platform};
use chrono_tz::Tz;
use serde_json::Value;
use vigia_domain::Kind;
use vigia_domain::access::Permit;
use vigia_domain::access::action::{ReadSettings, WriteSettings};
use vigia_domain::aggregate::AggregateKind;
use vigia_domain::event::{Change, Target};
use vigia_domain::settings::{PlatformName, SETTINGS_ID, Settings, SettingsEvent, ZoneName};
use vigia_store::{Authority, Stored};
use vigia_wire::settings::{ChangeSettings, PlatformSettings};

/// Changes what the request names, where the settings are still at the version that it is based on.
///
/// # Errors
/// A field that is wrong; `Conflict` where somebody else was first.
pub async fn change(
    platform: &Platform,
    (read, write): (&Permit<ReadSettings>, &Permit<WriteSettings>),
    origin: &Origin,
    request: ChangeSettings,
    version: u64,
) -> Result<Stored<Settings>, Error> {
    let before = platform.store().settings(read).await?;
    if before.version != version {
        return Err(vigia_store::Error::Conflict { kind: "settings" }.into());
    }
    let name = request.platform_name.map(platform_name).transpose()?;
    let zone = request.time_zone.map(zone_name).transpose()?;
    let name = name.filter(|name| *name != before.state.platform_name);
    let zone = zone.filter(|zone| *zone != before.state.time_zone);
    if name.is_none() && zone.is_none() {
        return Ok(before);
    }
    let mut told = origin.event(Kind::SETTINGS_CHANGED, "The platform's settings were changed")?;
    told.target = Target {
        kind: Some("settings".to_owned()),
        ..Target::default()
    };
    let old = &before.state;
    let changes = [
        (
            "platform_name",
            old.platform_name.as_str(),
            name.as_ref().map(PlatformName::as_str),
        ),
        (
            "time_zone",
            old.time_zone.as_str(),
            zone.as_ref().map(ZoneName::as_str),
        ),
    ];
    told.changes = changes
        .into_iter()
        .filter_map(|(field, old, new)| {
            Some(Change {
                field: field.to_owned(),
                old: Value::from(old),
                new: Value::from(new?),
            })
        })
        .collect();
    let changed = SettingsEvent::Changed {
        platform_name: name,
        time_zone: zone,
    };
    let next = version.saturating_add(1);
    told.aggregate = Some(event::aggregate(
        AggregateKind::Settings,
        SETTINGS_ID,
        next,
        &changed,
    )?);
    let change = platform.store().transact(Authority::Settings(write));
    change.commit(vec![told]).await?;
    Ok(platform.store().settings(read).await?)
}

fn platform_name(text: String) -> Result<PlatformName, Error> {
    text.try_into().map_err(
        |error: vigia_domain::settings::MalformedPlatformName| Error::Field {
            name: "platform_name",
            reason: error.to_string(),
        },
    )
}

fn zone_name(text: String) -> Result<ZoneName, Error> {
    let wrong = |reason: String| Error::Field {
        name: "time_zone",
        reason,
    };
    if text.parse::<Tz>().is_err() {
        return Err(wrong("is no time zone of the IANA database".to_owned()));
    }
    text.try_into()
        .map_err(|error: vigia_domain::settings::MalformedZoneName| wrong(error.to_string()))
}

/// The settings as they are shown.
#[must_use]
pub fn reply(stored: Stored<Settings>) -> PlatformSettings {
    PlatformSettings {
        platform_name: stored.state.platform_name.into(),
        time_zone: stored.state.time_zone.into(),
        version: stored.version,
        changed_at: stored.state.changed_at,
    }
}
