//! One JSON object: audit record, winston's `[AUTH]` line, or a structured log of any shape.

use crate::draft::UNKNOWN_SERVICE;
use crate::fields::{self, Fields};
use crate::{Draft, Format, Hints, audit, auth_line, cloudtrail, inspect, nested, text};
use serde_json::Value;
use serde_json::error::Category;
use vigia_domain::Kind;

/// Why an object was not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refused {
    /// It is not over: the rest may stand on the next lines.
    Unfinished,
    /// Not JSON.
    NotJson,
    /// JSON, but not what was demanded.
    BadField(&'static str),
}

/// The event of a JSON object.
pub(crate) fn read(raw: &[u8], hints: &Hints) -> Result<Draft, Refused> {
    let read = text::read(raw);
    let value = serde_json::from_str(read.trim_start_matches('\u{feff}')).map_err(|error| {
        match error.classify() {
            Category::Eof => Refused::Unfinished,
            _ => Refused::NotJson,
        }
    })?;
    let Value::Object(object) = value else {
        return Err(Refused::BadField("the line is JSON, but not an object"));
    };
    if let Some(map) = &hints.map {
        let hints = map.hints(hints);
        let whole = object.clone();
        let mut draft = log(object, &hints);
        map.apply(&whole, &hints, &mut draft);
        for (name, value) in whole {
            draft.detail(&name, value);
        }
        return Ok(draft.finish(raw));
    }
    match hints.format {
        Format::AuditJson if !holds_audit(&object) => Err(Refused::BadField(
            "an audit record needs `action` and a user, a target or changes",
        )),
        Format::Cloudtrail if !cloudtrail::is_one(&object) && cloudtrail::looked_up(&object).is_none() => {
            Err(Refused::BadField(
                "a CloudTrail record needs `eventName`, `eventSource` and `userIdentity`",
            ))
        }
        _ => Ok(any(object, hints).finish(raw)),
    }
}

/// The event of an object that winston's `prettyPrint()` wrote; `None` where it is none.
pub(crate) fn read_inspected(raw: &[u8], hints: &Hints) -> Option<Draft> {
    if !matches!(hints.format, Format::Auto | Format::Winston) {
        return None;
    }
    let object = inspect::object(&text::read(raw))?;
    let is_winstons = ["level", "message"].iter().all(|name| object.contains_key(*name));
    is_winstons.then(|| any(object, hints).finish(raw))
}

fn holds_audit(object: &Fields) -> bool {
    object.get("audit_log").is_some_and(Value::is_object) || audit::is_one(object)
}

/// Whatever the object turns out to be.
pub(crate) fn any(mut object: Fields, hints: &Hints) -> Draft {
    if object.get("audit_log").is_some_and(Value::is_object)
        && let Some(Value::Object(record)) = object.remove("audit_log")
    {
        return audit::read(record, object, hints);
    }
    if cloudtrail::is_one(&object) {
        return cloudtrail::read(object, hints);
    }
    if let Some(record) = cloudtrail::looked_up(&object) {
        return cloudtrail::read(record, hints);
    }
    if audit::is_one(&object) {
        return audit::read(object, Fields::new(), hints);
    }
    log(object, hints)
}

/// A structured log line.
fn log(mut object: Fields, hints: &Hints) -> Draft {
    let time = fields::take_time(&mut object, hints);
    let named = fields::take_service(&mut object);
    let message = ["message", "msg", "@message"]
        .iter()
        .find_map(|name| object.get(*name)?.as_str());
    let auth = message
        .map(|message| text::repair(message).unwrap_or_else(|| message.to_owned()))
        .and_then(|message| message.trim_start().strip_prefix("[AUTH]").map(str::to_owned));
    let fallback = if auth.is_some() {
        auth_line::SERVICE
    } else {
        UNKNOWN_SERVICE
    };
    let service = named.as_deref().or(hints.service.as_deref()).unwrap_or(fallback);
    let mut draft = Draft::new(time, Kind::APP_LOG, service);
    if let Some(kind) = fields::kind(&object) {
        draft = Draft::new(time, kind, service);
    }
    fields::describe(&mut object, &mut draft);
    nested::describe(&mut object, &mut draft);
    if let Some(status) = fields::status(&object) {
        draft.event_mut().status = Some(status);
    }
    if let Some(after) = auth {
        let level = object.get("level").and_then(Value::as_str).map(str::to_owned);
        auth_line::describe(&after, level.as_deref(), hints, &mut draft);
        draft.event_mut().message = Some(format!("[AUTH]{after}"));
    }
    fields::actor(&object, &mut draft);
    for (name, value) in object {
        draft.detail(&name, value);
    }
    draft
}
