//! An event on its way in: everything but its id.
//!
//! A draft is finished once, by the reader: raw bytes attached, the service's name checked, secrets
//! redacted. Only a finished draft leaves this crate, so nobody can forget a step.

use serde_json::Value;
use uuid::Uuid;
use vigia_domain::event::{Event, Raw};
use vigia_domain::{EventId, Kind, Timestamp, redact};

/// The service of a line that names none that Vigia would accept.
pub(crate) const UNKNOWN_SERVICE: &str = "unknown";
/// The service whose events only Vigia itself may write.
const OWN_SERVICE: &str = "vigia";
/// The longest service name, in bytes.
const MAX_SERVICE_BYTES: usize = 64;

/// What a draft takes besides its texts, in bytes.
const STRUCTURE_BYTES: usize = 1_024;
/// What a JSON value takes besides its text, in bytes.
const VALUE_BYTES: usize = 64;
/// What a field of an object takes besides its name and value, in bytes.
const FIELD_BYTES: usize = 32;

/// An event without its id.
#[derive(Debug, Clone, PartialEq)]
pub struct Draft(Event);

impl Draft {
    /// A draft with nothing but its structure.
    pub(crate) fn new(time: Timestamp, kind: Kind, service: &str) -> Self {
        Self(Event::new(EventId(Uuid::nil()), time, kind, service))
    }

    /// The event as far as it is known; its id means nothing yet.
    #[must_use]
    pub fn event(&self) -> &Event {
        &self.0
    }

    pub(crate) fn event_mut(&mut self) -> &mut Event {
        &mut self.0
    }

    /// Puts a foreign field under `details`, unless it is there already.
    pub(crate) fn detail(&mut self, name: &str, value: impl Into<Value>) {
        if !self.0.details.contains_key(name) {
            self.0.details.insert(name.to_owned(), value.into());
        }
    }

    /// The same, where there is something to put.
    pub(crate) fn detail_some(&mut self, name: &str, value: Option<impl Into<Value>>) {
        if let Some(value) = value {
            self.detail(name, value);
        }
    }

    /// Attaches the bytes, checks the service's name, redacts.
    pub(crate) fn finish(mut self, raw: &[u8]) -> Self {
        self.0.raw = Raw(raw.to_vec());
        if !is_service(&self.0.service) {
            let given = std::mem::replace(&mut self.0.service, UNKNOWN_SERVICE.to_owned());
            if !given.is_empty() {
                self.detail("service", given);
            }
        }
        redact::event(&mut self.0);
        self
    }

    /// Notes who handed the line over, which is seldom whom it tells of.
    pub fn note_sender(&mut self, address: &str, certificate: Option<&str>) {
        self.detail("received_from", address);
        self.detail_some("received_certificate", certificate);
    }

    /// About how many bytes of memory it holds, so that whoever collects drafts can bound them.
    #[must_use]
    pub fn weight_bytes(&self) -> usize {
        let event = &self.0;
        let values = event
            .details
            .iter()
            .map(|(name, value)| FIELD_BYTES + name.len() + held(value));
        let changes = event
            .changes
            .iter()
            .map(|change| change.field.len() + held(&change.old) + held(&change.new));
        let message = event.message.as_deref().map_or(0, str::len);
        STRUCTURE_BYTES + event.raw.0.len() + message + values.chain(changes).sum::<usize>()
    }

    /// The event, once it has an id.
    #[must_use]
    pub fn into_event(mut self, id: EventId) -> Event {
        self.0.id = id;
        self.0
    }
}

/// What a JSON value holds, in bytes. Readers bound the nesting.
fn held(value: &Value) -> usize {
    VALUE_BYTES
        + match value {
            Value::String(text) => text.len(),
            Value::Array(items) => items.iter().map(held).sum(),
            Value::Object(fields) => fields
                .iter()
                .map(|(name, value)| FIELD_BYTES + name.len() + held(value))
                .sum(),
            Value::Null | Value::Bool(_) | Value::Number(_) => 0,
        }
}

/// Services stay clear in the ledger, so the form is narrow; and nobody speaks in Vigia's name.
pub(crate) fn is_service(name: &str) -> bool {
    !name.is_empty()
        && name.len() <= MAX_SERVICE_BYTES
        && name
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'/' | b'-'))
        && !name.eq_ignore_ascii_case(OWN_SERVICE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_service_that_is_no_name_goes_to_the_details() {
        for given in ["joao@example.com", "a b", "", "vigia", "Vigia", &"x".repeat(65)] {
            let draft = Draft::new(Timestamp::UNIX_EPOCH, Kind::APP_LOG, given).finish(b"line");
            assert_eq!(draft.event().service, UNKNOWN_SERVICE);
            if !given.is_empty() {
                assert_eq!(draft.event().details["service"], *given);
            }
        }
        let draft = Draft::new(Timestamp::UNIX_EPOCH, Kind::APP_LOG, "my-app/v1.2_b").finish(b"line");
        assert_eq!(draft.event().service, "my-app/v1.2_b");
        assert!(draft.event().details.is_empty());
    }
}
