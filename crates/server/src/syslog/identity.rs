//! In whose name syslog lines are appended: the live API key called `syslog`.
//!
//! The first start makes one, whose secret nobody ever sees; revoking it ends the taking, and making
//! another of the same name allows it again. It is asked for its permission with every connection and
//! every batch, like any key with every request.

use super::{Counts, Settings};
use crate::event::{self, Origin};
use crate::http::caller::Caller;
use crate::{Error, Platform, api_key, operator_may};
use std::net::SocketAddr;
use tokio::sync::Mutex;
use vigia_domain::access::action::WriteEvents;
use vigia_domain::access::{Context, Permit, Requester};
use vigia_domain::{ApiKeyId, Kind};
use vigia_store::Authority;
use vigia_wire::api_key::CreateApiKey;

/// The key's name.
pub(super) const NAME: &str = "syslog";
/// What it may do.
const PERMISSION: &str = "events:write";

pub(super) struct Identity {
    key: Mutex<ApiKeyId>,
}

impl Identity {
    /// The key of that name; made where none ever was.
    ///
    /// # Errors
    /// Where every key of that name was revoked or has ended.
    pub(super) async fn of(platform: &Platform) -> Result<Self, Error> {
        let key = match find(platform).await? {
            Found::Live(id) => id,
            Found::Ended => return Err(ended()),
            Found::None => make(platform).await?,
        };
        Ok(Self { key: Mutex::new(key) })
    }

    /// The key and its permit, as they are now.
    ///
    /// # Errors
    /// Where the key ended and there is no other of the name, or it may not write events.
    pub(super) async fn permit(&self, platform: &Platform) -> Result<(ApiKeyId, Permit<WriteEvents>), Error> {
        let mut key = self.key.lock().await;
        let context = Context {
            now: platform.now(),
            address: None,
            mfa_at: None,
        };
        let caller = match Caller::of_key(platform, *key, context).await {
            Ok(caller) => caller,
            Err(Error::BadToken(_)) => {
                let Found::Live(other) = find(platform).await? else {
                    return Err(ended());
                };
                *key = other;
                Caller::of_key(platform, other, context).await?
            }
            Err(error) => return Err(error),
        };
        Ok((*key, caller.may::<WriteEvents>()?))
    }

    /// Records that syslog is taken, and from whom.
    ///
    /// # Errors
    /// Where it cannot be recorded.
    pub(super) async fn opened(
        &self,
        platform: &Platform,
        settings: &Settings,
        plain: Option<SocketAddr>,
        tls: Option<SocketAddr>,
    ) -> Result<(), Error> {
        let mut told = self
            .origin(platform)
            .await
            .event(Kind::SYSLOG_OPENED, "Syslog is taken in")?;
        for (name, address) in [("listen", plain), ("tls_listen", tls)] {
            if let Some(address) = address {
                told.details.insert(name.to_owned(), address.to_string().into());
            }
        }
        let allowed: Vec<String> = settings.allow.iter().map(ToString::to_string).collect();
        told.details.insert("allow".to_owned(), allowed.into());
        let demanded = settings.client_authority.is_some();
        told.details
            .insert("client_certificates".to_owned(), demanded.into());
        platform.store().record(Authority::Own, vec![told]).await?;
        Ok(())
    }

    /// Records that it is not any more, and what went through.
    ///
    /// # Errors
    /// Where it cannot be recorded.
    pub(super) async fn closed(&self, platform: &Platform, counts: Counts) -> Result<(), Error> {
        let message = "Syslog is not taken in any more";
        let mut told = self.origin(platform).await.event(Kind::SYSLOG_CLOSED, message)?;
        for (name, count) in [
            ("connections", counts.connections),
            ("lines", counts.lines),
            ("events", counts.events),
            ("rejected", counts.rejected),
            ("refused", counts.refused),
        ] {
            told.details.insert(name.to_owned(), count.into());
        }
        platform.store().record(Authority::Own, vec![told]).await?;
        Ok(())
    }

    /// The key as an actor.
    pub(super) async fn origin(&self, platform: &Platform) -> Origin {
        Origin {
            now: platform.now(),
            actor: event::api_key(*self.key.lock().await),
            address: None,
        }
    }
}

enum Found {
    Live(ApiKeyId),
    Ended,
    None,
}

async fn find(platform: &Platform) -> Result<Found, Error> {
    let now = platform.now();
    let keys = platform.store().api_keys(&operator_may(now)?).await?;
    let mut named = keys
        .iter()
        .filter(|key| key.state.name.as_str() == NAME)
        .peekable();
    if named.peek().is_none() {
        return Ok(Found::None);
    }
    let live = named
        .filter(|key| key.state.is_live(now))
        .max_by_key(|key| key.state.created_at);
    Ok(live.map_or(Found::Ended, |key| Found::Live(ApiKeyId(key.id))))
}

async fn make(platform: &Platform) -> Result<ApiKeyId, Error> {
    let origin = Origin {
        now: platform.now(),
        actor: event::operator(),
        address: None,
    };
    let request = CreateApiKey {
        name: NAME.to_owned(),
        permissions: vec![PERMISSION.to_owned()],
        expires_at: None,
    };
    let permit = operator_may(origin.now)?;
    let made = api_key::create(
        platform.store(),
        &permit,
        &Requester::operator(),
        &origin,
        request,
    )
    .await?;
    Ok(made.id)
}

fn ended() -> Error {
    Error::Field {
        name: "syslog",
        reason:
            "the API key named syslog is revoked or has ended; make another of this name with events:write"
                .to_owned(),
    }
}
