//! Vigia's own events: one constructor each, so that the same action is always told the same way.
//!
//! Whoever acts is the actor; whoever it is done to is the target. A payload about nobody moves the
//! aggregate. Secrets never appear: an event says that one changed, not what it is.

use crate::{Error, SERVICE, edge};
use std::net::IpAddr;
use uuid::Uuid;
use vigia_domain::access::Principal;
use vigia_domain::aggregate::{Aggregate, AggregateKind};
use vigia_domain::event::{Actor, Event, Source};
use vigia_domain::{ApiKeyId, EventId, Kind, Timestamp};

/// Who acts, from where, and when: what every event of a request begins with.
#[derive(Debug, Clone)]
pub struct Origin {
    /// The moment.
    pub now: Timestamp,
    /// Who.
    pub actor: Actor,
    /// From which address.
    pub address: Option<IpAddr>,
}

impl Origin {
    /// An event of this kind, begun.
    ///
    /// # Errors
    /// Where there is no randomness for its id.
    pub fn event(&self, kind: Kind, message: &str) -> Result<Event, Error> {
        let mut event = Event::new(new_id(self.now)?, self.now, kind, SERVICE);
        event.actor = self.actor.clone();
        event.source = Source {
            ip: self.address,
            ..Source::default()
        };
        event.message = Some(message.to_owned());
        Ok(event)
    }
}

/// A fresh event id of this moment.
///
/// # Errors
/// Where there is no randomness.
pub fn new_id(now: Timestamp) -> Result<EventId, Error> {
    Ok(EventId::new(now, edge::random()?))
}

/// An API key as an actor: an id, about nobody's person.
#[must_use]
pub fn api_key(id: ApiKeyId) -> Actor {
    Actor {
        id: Some(format!("api_key:{id}")),
        ..Actor::default()
    }
}

/// The operator of the command line as an actor.
#[must_use]
pub fn operator() -> Actor {
    Actor {
        id: Some("operator".to_owned()),
        ..Actor::default()
    }
}

/// Who a principal is, as an actor; an account's e-mail is added where it is known.
#[must_use]
pub fn actor(principal: Principal, email: Option<String>) -> Actor {
    match principal {
        Principal::Account(id) => Actor {
            id: Some(id.to_string()),
            email,
            ..Actor::default()
        },
        Principal::ApiKey(id) => api_key(id),
        Principal::Operator => operator(),
    }
}

/// What an event does to an aggregate: the noun's own event as the payload.
///
/// # Errors
/// Where it cannot be written as JSON.
pub fn aggregate<E: serde::Serialize>(
    kind: AggregateKind,
    id: Uuid,
    version: u64,
    event: &E,
) -> Result<Aggregate, Error> {
    let payload = serde_json::to_value(event).map_err(|source| Error::Encoding {
        what: "an aggregate's event",
        source,
    })?;
    Ok(Aggregate {
        kind,
        id,
        version,
        payload,
    })
}
