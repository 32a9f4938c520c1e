//! Audit JSON of applications, with or without its `audit_log` envelope:
//! `{"timestamp", "user", "action", "target", "changes": {"old_role", "new_role"}, "ip_address", …}`,
//! and the fields that a Python `AuditLogger` writes (`event_type`, `user_id`, `resource_type` …).

use crate::fields::{self, Fields};
use crate::sshd::become_kind;
use crate::{Draft, Hints, auth_line};
use serde_json::Value;
use vigia_domain::Kind;
use vigia_domain::event::{Change, Status};

/// Whether an object, taken out of its envelope, is an audit record.
pub(crate) fn is_one(record: &Fields) -> bool {
    let has = |name: &str| record.get(name).is_some_and(|value| !value.is_null());
    record.get("action").is_some_and(Value::is_string)
        && (has("user") || has("changes") || has("target") || has("user_id") || has("event_type"))
}

/// The event of an audit record. `beside` is what stood next to it in its envelope.
pub(crate) fn read(mut record: Fields, beside: Fields, hints: &Hints) -> Draft {
    let time = fields::take_time(&mut record, hints);
    let named = fields::take_service(&mut record);
    let service = named
        .as_deref()
        .or(hints.service.as_deref())
        .unwrap_or(auth_line::SERVICE);
    let mut draft = Draft::new(time, Kind::APP_ACTION, service);
    fields::describe(&mut record, &mut draft);
    let status = fields::status(&record);
    become_action(&record, status, &mut draft);
    if record.get("user").is_some_and(Value::is_string)
        && let Some(Value::String(user)) = record.remove("user")
    {
        fields::person(&user, &mut draft);
        fields::tried_name(&mut draft);
    }
    fields::actor(&record, &mut draft);
    target(&mut record, &mut draft);
    if let Some(Value::Object(changed)) = record.get("changes") {
        let changes = changes(changed);
        record.remove("changes");
        draft.event_mut().changes = changes;
    }
    for (name, value) in record.into_iter().chain(beside) {
        draft.detail(&name, value);
    }
    draft
}

fn become_action(record: &Fields, status: Option<Status>, draft: &mut Draft) {
    let word = |name: &str| record.get(name).and_then(Value::as_str).unwrap_or_default();
    let failed = status == Some(Status::Failure);
    let kind = [word("event_type"), word("action")]
        .into_iter()
        .find_map(|word| kind_of(word, failed));
    if let Some(kind) = kind.or_else(|| fields::kind(record)) {
        become_kind(draft, kind);
    }
    // Who was turned away did not succeed, though an `AuditLogger` says so unless it is told otherwise.
    if status.is_some() && draft.event().kind != Kind::ACCESS_DENIED {
        draft.event_mut().status = status;
    }
}

fn kind_of(action: &str, failed: bool) -> Option<Kind> {
    Some(match action {
        "login" | "user_login" if failed => Kind::AUTH_LOGIN_FAILED,
        "login" | "user_login" | "login_success" => Kind::AUTH_LOGIN_SUCCEEDED,
        "login_failed" | "login_error" | "login_failure" => Kind::AUTH_LOGIN_FAILED,
        "logout" | "user_logout" => Kind::AUTH_LOGOUT,
        "role_update" | "role_change" | "role_assign" => Kind::USER_ROLE_CHANGED,
        "password_update" | "password_change" => Kind::ACCOUNT_PASSWORD_CHANGED,
        "user_register" | "register" => Kind::ACCOUNT_REGISTERED,
        "user_create" => Kind::ACCOUNT_CREATED,
        "user_disable" => Kind::ACCOUNT_DISABLED,
        "user_delete" => Kind::ACCOUNT_DELETED,
        "access_denied" | "permission_denied" | "unauthorized" | "forbidden" => Kind::ACCESS_DENIED,
        "data_access" | "data_read" => Kind::DATA_READ,
        "data_create" => Kind::DATA_CREATED,
        "data_update" => Kind::DATA_UPDATED,
        "data_delete" => Kind::DATA_DELETED,
        "data_export" | "gdpr_data_export" | "lgpd_data_export" => Kind::DATA_SUBJECT_EXPORTED,
        "gdpr_deletion_executed" | "lgpd_deletion_executed" => Kind::DATA_SUBJECT_ERASED,
        "token_invalid" | "invalid_token" => Kind::AUTH_TOKEN_INVALID,
        "token_expired" => Kind::AUTH_TOKEN_EXPIRED,
        "rate_limited" | "rate_limit_exceeded" => Kind::AUTH_LOGIN_LIMITED,
        word if word.starts_with("unauthorized_") => Kind::ACCESS_DENIED,
        _ => return None,
    })
}

/// To whom or what it was done.
fn target(record: &mut Fields, draft: &mut Draft) {
    let concerns_a_user = matches!(draft.event().kind.class_uid(), 3001 | 3005)
        || record
            .get("action")
            .and_then(Value::as_str)
            .is_some_and(|action| action.starts_with("user_"));
    let resource = |name: &str| record.get(name).and_then(Value::as_str).map(str::to_owned);
    // The copy of an `AuditLogger` line that goes to the log joins the two, and writes Python's `None`.
    let joined = record.get("resource").and_then(Value::as_str);
    let half = |half: Option<&str>| {
        half.filter(|half| !half.is_empty() && *half != "None")
            .map(str::to_owned)
    };
    let (joined_kind, joined_id) = match joined.and_then(|joined| joined.split_once(':')) {
        Some((kind, id)) => (half(Some(kind)), half(Some(id))),
        None => (half(joined), None),
    };
    let kind = resource("resource_type").or(joined_kind);
    let id = resource("resource_id").or(joined_id);
    let named = record.get("target").and_then(Value::as_str).map(str::to_owned);
    if named.is_some() {
        record.remove("target");
    }
    let given = record
        .get("target")
        .and_then(Value::as_object)
        .cloned()
        .unwrap_or_default();
    let inside = |name: &str| given.get(name).and_then(Value::as_str).map(str::to_owned);
    let target = &mut draft.event_mut().target;
    target.kind = kind.or_else(|| inside("type"));
    target.id = id.or_else(|| inside("id"));
    target.email = inside("email").or_else(|| named.clone().filter(|name| fields::is_email(name)));
    target.name = named.or_else(|| inside("name"));
    if concerns_a_user && target.kind.is_none() && !target.is_empty() {
        target.kind = Some("user".to_owned());
    }
}

/// `{"old_role": "user", "new_role": "manager"}`, `{"role": {"old": "user", "new": "manager"}}`;
/// a value without a partner is new.
fn changes(changed: &Fields) -> Vec<Change> {
    let mut changes: Vec<Change> = Vec::new();
    for (name, value) in changed {
        let (field, old, new) = match (name.strip_prefix("old_"), name.strip_prefix("new_"), sides(value)) {
            (Some(field), _, _) => (field, Some(value), None),
            (_, Some(field), _) => (field, None, Some(value)),
            (_, _, Some((old, new))) => (name.as_str(), Some(old), Some(new)),
            _ => (name.as_str(), None, Some(value)),
        };
        let at = match changes.iter().position(|change| change.field == field) {
            Some(at) => at,
            None => {
                changes.push(Change {
                    field: field.to_owned(),
                    old: Value::Null,
                    new: Value::Null,
                });
                changes.len() - 1
            }
        };
        if let Some(change) = changes.get_mut(at) {
            change.old = old.cloned().unwrap_or(change.old.take());
            change.new = new.cloned().unwrap_or(change.new.take());
        }
    }
    changes
}

/// The two sides of a change given as one object.
fn sides(value: &Value) -> Option<(&Value, &Value)> {
    let sides = value.as_object().filter(|sides| sides.len() == 2)?;
    Some((
        sides.get("old").or_else(|| sides.get("from"))?,
        sides.get("new").or_else(|| sides.get("to"))?,
    ))
}
