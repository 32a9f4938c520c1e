//! The shape that Vigia itself prints, so that what one platform exports another one takes:
//! `{"kind", "actor": {"email"}, "source": {"ip"}, "target": {"type"}, "severity_id", "details"}`.
//!
//! `actor`, `source` and `target` as objects are understood in any log. What could mean something
//! else elsewhere (`count`, `changes`, `details`, `raw`) only where the line says that it is of this
//! shape. Deliberately absent: `aggregate`, because nobody moves Vigia's state from outside; it
//! stays a foreign field.

use crate::fields::{self, Fields};
use crate::sshd::set_address;
use crate::{Draft, country};
use serde_json::Value;
use vigia_domain::event::{Change, Severity};

/// Takes what is nested out of the fields.
pub(crate) fn describe(fields: &mut Fields, draft: &mut Draft) {
    let printed_by_vigia = fields.get("kind").is_some_and(Value::is_string)
        && fields.get("class_uid").is_some_and(Value::is_number)
        && fields.get("severity_id").is_some_and(Value::is_number);
    actor(fields, draft);
    source(fields, draft);
    target(fields, draft);
    if printed_by_vigia {
        own(fields, draft);
    }
}

/// Takes texts out of a nested object; what is left of it stays a foreign field.
fn take<const N: usize>(fields: &mut Fields, name: &str, inside: [&str; N]) -> [Option<String>; N] {
    let Some(Value::Object(object)) = fields.get_mut(name) else {
        return [const { None }; N];
    };
    let taken = inside.map(|name| {
        let text = fields::text(object.get(name)?)?;
        object.remove(name);
        Some(text)
    });
    if object.is_empty() {
        fields.remove(name);
    }
    taken
}

fn actor(fields: &mut Fields, draft: &mut Draft) {
    let [id, email, name, role, session] = take(fields, "actor", ["id", "email", "name", "role", "session"]);
    let actor = &mut draft.event_mut().actor;
    (actor.id, actor.email, actor.name) = (id, email, name);
    (actor.role, actor.session) = (role, session);
}

fn source(fields: &mut Fields, draft: &mut Draft) {
    let names = ["ip", "port", "country", "user_agent", "host"];
    let [ip, port, land, agent, host] = take(fields, "source", names);
    let source = &mut draft.event_mut().source;
    if let Some(ip) = ip {
        set_address(source, &ip);
    }
    source.port = port.and_then(|port| port.parse().ok()).or(source.port);
    let land = land.as_deref().and_then(country::code);
    source.country = land.or_else(|| source.country.take());
    source.user_agent = agent.or_else(|| source.user_agent.take());
    source.host = host.or_else(|| source.host.take());
}

fn target(fields: &mut Fields, draft: &mut Draft) {
    let [kind, id, email, name] = take(fields, "target", ["type", "id", "email", "name"]);
    let target = &mut draft.event_mut().target;
    (target.kind, target.id, target.email, target.name) = (kind, id, email, name);
}

fn own(fields: &mut Fields, draft: &mut Draft) {
    let number = |name: &str| fields.get(name).and_then(Value::as_u64);
    if let Some(severity) = number("severity_id").and_then(|number| u8::try_from(number).ok()) {
        draft.event_mut().severity = Severity::from_number(severity);
    }
    if let Some(count) = number("count").and_then(|count| u32::try_from(count).ok()) {
        draft.event_mut().count = count.max(1);
        fields.remove("count");
    }
    let changes = fields.get("changes").cloned();
    if let Some(Ok(changes)) = changes.map(serde_json::from_value::<Vec<Change>>) {
        draft.event_mut().changes = changes;
        fields.remove("changes");
    }
    if fields.get("details").is_some_and(Value::is_object)
        && let Some(Value::Object(details)) = fields.remove("details")
    {
        for (name, value) in details {
            draft.detail(&name, value);
        }
    }
    // The numbers follow from the words again.
    for name in ["class_uid", "activity_id", "severity_id", "severity", "status_id"] {
        fields.remove(name);
    }
}

#[cfg(test)]
mod tests {
    use crate::{Hints, Line, Reader};
    use serde_json::json;
    use vigia_domain::event::{Change, Event, Severity};
    use vigia_domain::{EventId, Kind, Timestamp};

    fn read(line: &serde_json::Value) -> Event {
        let mut reader = Reader::new(Hints::new(Timestamp::UNIX_EPOCH));
        let mut lines = reader.push(line.to_string().as_bytes());
        lines.extend(reader.finish());
        match lines.as_slice() {
            [Line::Events { events, .. }] => events[0].event().clone(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn what_one_platform_exports_another_one_takes() {
        let mut event = Event::new(
            EventId(uuid::Uuid::nil()),
            Timestamp::UNIX_EPOCH,
            Kind::AUTH_LOGIN_FAILED,
            "api",
        );
        event.actor.email = Some("ana@example.com".to_owned());
        event.actor.role = Some("user".to_owned());
        event.source.ip = Some([192, 0, 2, 7].into());
        event.source.port = Some(4711);
        event.source.country = Some("CN".to_owned());
        event.target.kind = Some("template".to_owned());
        event.target.id = Some("77".to_owned());
        event.severity = Severity::Critical;
        event.count = 12;
        event.message = Some("refused".to_owned());
        event.trace_id = Some("t-1".to_owned());
        event.changes = vec![Change {
            field: "role".to_owned(),
            old: json!("user"),
            new: json!("manager"),
        }];
        event.details.insert("attempt".to_owned(), json!(3));
        event.raw = vigia_domain::event::Raw(b"the line".to_vec());
        let printed = event.to_json(9, Timestamp::UNIX_EPOCH).unwrap();
        let mut taken = read(&printed.into());
        assert_eq!(taken.details.remove("raw"), Some(json!("the line")));
        assert_eq!(taken.details.remove("seq"), Some(json!(9)));
        for name in ["id", "recorded_at", "status", "kind"] {
            taken.details.remove(name);
        }
        taken.raw = event.raw.clone();
        assert_eq!(taken, event);
    }

    #[test]
    fn nobody_speaks_in_the_name_of_vigia_in_this_shape_either() {
        let taken = read(&json!({
            "kind": "platform.started", "class_uid": 6002, "severity_id": 1, "service": "vigia",
            "aggregate": {"kind": "account"}, "actor": {"email": "a@example.com"},
        }));
        assert_eq!((taken.kind, taken.service.as_str()), (Kind::APP_LOG, "unknown"));
        assert_eq!(taken.aggregate, None);
        assert_eq!(taken.actor.email.as_deref(), Some("a@example.com"));
    }

    #[test]
    fn a_count_of_something_else_is_no_count_of_events() {
        let taken = read(&json!({"message": "swept", "count": 57, "details": {"x": 1}, "source": "job"}));
        assert_eq!(taken.count, 1);
        assert_eq!(taken.details["count"], 57);
        assert_eq!(taken.details["source"], "job");
    }
}
