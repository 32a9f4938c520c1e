//! AWS CloudTrail: records of API calls and sign-ins, one object each (their file holds them in
//! `Records`), or as `lookup-events` prints them, as a text within an object.
//!
//! Every field stays under `details` with its own name, because public rules ask for `eventName` or
//! `userIdentity.arn`. Access key *ids* are no secrets and stay too; session tokens and secret keys
//! are marked like everywhere.

use crate::fields::{self, Fields};
use crate::sshd::{become_kind, set_address};
use crate::{Draft, Hints};
use serde_json::Value;
use vigia_domain::Kind;
use vigia_domain::event::Status;

/// One account namespace for all of AWS: a user is the same person in every one of its services.
const SERVICE: &str = "aws";
/// The longest message, in characters; the whole of it stays in `errorMessage`.
const MAX_MESSAGE_CHARS: usize = 300;

/// Whether an object is a record.
pub(crate) fn is_one(record: &Fields) -> bool {
    let has = |name: &str| record.get(name).is_some_and(Value::is_string);
    let signs = [
        "eventVersion",
        "awsRegion",
        "userIdentity",
        "eventType",
        "requestParameters",
    ];
    has("eventName") && has("eventSource") && signs.iter().any(|name| record.contains_key(*name))
}

/// The record that `aws cloudtrail lookup-events` prints as a text within its own object.
pub(crate) fn looked_up(object: &Fields) -> Option<Fields> {
    let text = object.get("CloudTrailEvent")?.as_str()?;
    match serde_json::from_str(text) {
        Ok(Value::Object(record)) if is_one(&record) => Some(record),
        _ => None,
    }
}

/// The event of a record.
pub(crate) fn read(record: Fields, hints: &Hints) -> Draft {
    let time = fields::look_time(&record, hints);
    let service = hints.service.as_deref().unwrap_or(SERVICE);
    let mut draft = Draft::new(time, Kind::CLOUD_API_CALL, service);
    let error = text(&record, "errorCode");
    become_call(&record, error, &mut draft);
    actor(&record, &mut draft);
    target(&record, &mut draft);
    let event = draft.event_mut();
    if let Some(address) = text(&record, "sourceIPAddress") {
        set_address(&mut event.source, address);
    }
    event.source.user_agent = text(&record, "userAgent").map(str::to_owned);
    event.trace_id = text(&record, "requestID").map(str::to_owned);
    event.message = Some(message(&record, error));
    for (name, value) in record {
        draft.detail(&name, value);
    }
    draft
}

fn text<'a>(fields: &'a Fields, name: &str) -> Option<&'a str> {
    fields.get(name)?.as_str().filter(|text| !text.trim().is_empty())
}

fn inside<'a>(fields: &'a Fields, name: &str) -> Option<&'a Fields> {
    fields.get(name)?.as_object()
}

/// `s3.amazonaws.com GetBucketPolicy: NoSuchBucketPolicy, the bucket policy does not exist`.
fn message(record: &Fields, error: Option<&str>) -> String {
    let word = |name: &str| text(record, name).unwrap_or_default();
    let mut said = format!("{} {}", word("eventSource"), word("eventName"));
    for part in [error, text(record, "errorMessage")].into_iter().flatten() {
        said.push_str(if said.contains(": ") { ", " } else { ": " });
        said.push_str(part);
    }
    match said.char_indices().nth(MAX_MESSAGE_CHARS) {
        Some((end, _)) => format!("{}…", said.get(..end).unwrap_or_default()),
        None => said,
    }
}

/// What was called, and whether it worked.
fn become_call(record: &Fields, error: Option<&str>, draft: &mut Draft) {
    let name = text(record, "eventName").unwrap_or_default();
    let outcome = inside(record, "responseElements").and_then(|elements| text(elements, name));
    let failed = error.is_some() || outcome.is_some_and(|outcome| outcome.eq_ignore_ascii_case("failure"));
    let kind = match name {
        "ConsoleLogin" if failed => Kind::AUTH_LOGIN_FAILED,
        "ConsoleLogin" => Kind::AUTH_LOGIN_SUCCEEDED,
        _ if error.is_some_and(is_denial) => Kind::CLOUD_API_DENIED,
        _ if failed => by_verb(name, record),
        _ => by_name(name).unwrap_or_else(|| by_verb(name, record)),
    };
    become_kind(draft, kind);
    draft.event_mut().status = Some(if failed { Status::Failure } else { Status::Success });
}

/// `AccessDenied`, `Client.UnauthorizedOperation`, `AccessDeniedException` …
fn is_denial(code: &str) -> bool {
    let code = code.to_ascii_lowercase();
    [
        "accessdenied",
        "unauthorized",
        "notauthorized",
        "authfailure",
        "forbidden",
    ]
    .iter()
    .any(|word| code.contains(word))
}

/// Calls that an analyst looks for by their meaning. Only where they worked.
fn by_name(name: &str) -> Option<Kind> {
    Some(match name {
        "AssumeRole"
        | "AssumeRoleWithSAML"
        | "AssumeRoleWithWebIdentity"
        | "GetFederationToken"
        | "GetSessionToken"
        | "SwitchRole" => Kind::AUTH_ROLE_ASSUMED,
        "CreateUser" => Kind::ACCOUNT_CREATED,
        "DeleteUser" => Kind::ACCOUNT_DELETED,
        "CreateLoginProfile" | "UpdateLoginProfile" | "ChangePassword" => Kind::ACCOUNT_PASSWORD_CHANGED,
        "CreateAccessKey" => Kind::ACCOUNT_KEY_CREATED,
        "DeleteAccessKey" => Kind::ACCOUNT_KEY_DELETED,
        "EnableMFADevice" => Kind::ACCOUNT_MFA_ENABLED,
        "DeactivateMFADevice" => Kind::ACCOUNT_MFA_DISABLED,
        "AttachUserPolicy"
        | "PutUserPolicy"
        | "AttachRolePolicy"
        | "PutRolePolicy"
        | "AttachGroupPolicy"
        | "PutGroupPolicy"
        | "AddUserToGroup"
        | "UpdateAssumeRolePolicy" => Kind::ACCOUNT_POLICY_ATTACHED,
        "DetachUserPolicy"
        | "DeleteUserPolicy"
        | "DetachRolePolicy"
        | "DeleteRolePolicy"
        | "DetachGroupPolicy"
        | "DeleteGroupPolicy"
        | "RemoveUserFromGroup" => Kind::ACCOUNT_POLICY_DETACHED,
        "StopLogging"
        | "DeleteTrail"
        | "DeleteFlowLogs"
        | "DeleteDetector"
        | "DeleteConfigurationRecorder"
        | "StopConfigurationRecorder"
        | "DeleteLogGroup"
        | "DeleteQueryLoggingConfig"
        | "DeleteResolverQueryLogConfig" => Kind::CLOUD_LOGGING_STOPPED,
        _ => return None,
    })
}

/// What a call does, by the record's own word and the verb that its name begins with.
fn by_verb(name: &str, record: &Fields) -> Kind {
    if record.get("readOnly").and_then(Value::as_bool) == Some(true) {
        return Kind::CLOUD_API_READ;
    }
    let starts = |verbs: &[&str]| verbs.iter().any(|verb| name.starts_with(verb));
    if starts(&[
        "Get", "List", "Describe", "Lookup", "Head", "BatchGet", "Search", "Query", "Scan",
    ]) {
        Kind::CLOUD_API_READ
    } else if starts(&[
        "Create", "Run", "Register", "Allocate", "Import", "Copy", "Generate",
    ]) {
        Kind::CLOUD_API_CREATE
    } else if starts(&["Delete", "Terminate", "Deregister", "Release", "Remove", "Purge"]) {
        Kind::CLOUD_API_DELETE
    } else if starts(&[
        "Put",
        "Update",
        "Modify",
        "Set",
        "Attach",
        "Detach",
        "Add",
        "Associate",
        "Disassociate",
        "Enable",
        "Disable",
        "Authorize",
        "Revoke",
        "Tag",
        "Untag",
        "Replace",
        "Reset",
        "Start",
        "Stop",
        "Change",
    ]) {
        Kind::CLOUD_API_UPDATE
    } else {
        Kind::CLOUD_API_CALL
    }
}

/// `userIdentity`, in each of its types.
fn actor(record: &Fields, draft: &mut Draft) {
    let Some(identity) = inside(record, "userIdentity") else {
        return;
    };
    let attempt = draft.event().kind.is_attempt();
    let actor = &mut draft.event_mut().actor;
    let own = |name: &str| text(identity, name).map(str::to_owned);
    let issuer = inside(identity, "sessionContext").and_then(|context| inside(context, "sessionIssuer"));
    let last_of_arn = || Some(text(identity, "arn")?.rsplit('/').next()?.to_owned());
    match text(identity, "type").unwrap_or_default() {
        "Root" => {
            actor.id = own("principalId").or_else(|| own("accountId"));
            actor.name = own("userName").or_else(|| Some("root".to_owned()));
            actor.role = Some("root".to_owned());
        }
        "AssumedRole" | "Role" | "FederatedUser" => {
            actor.id = own("principalId").or_else(|| own("arn"));
            actor.name = last_of_arn().or_else(|| own("userName"));
            actor.role = issuer
                .and_then(|issuer| text(issuer, "userName"))
                .map(str::to_owned)
                .or_else(|| text(identity, "arn")?.split('/').nth(1).map(str::to_owned));
        }
        // Another account's or AWS's own doing: a machine's name, and nobody's id.
        "AWSService" | "AWSAccount" => {
            actor.id = own("principalId").or_else(|| own("accountId"));
            actor.name = own("invokedBy").or_else(|| own("accountId"));
        }
        "IdentityCenterUser" => {
            let behalf = inside(identity, "onBehalfOf").and_then(|behalf| text(behalf, "userId"));
            actor.id = own("principalId").or_else(|| behalf.map(str::to_owned));
            actor.name = own("userName");
        }
        _ => {
            actor.id = own("principalId").or_else(|| own("arn"));
            actor.name = own("userName").or_else(|| own("invokedBy"));
        }
    }
    actor.email = actor.name.clone().filter(|name| fields::is_email(name));
    // Whoever fails to sign in is not known to be whom they name.
    if attempt && actor.name.as_deref() == Some("HIDDEN_DUE_TO_SECURITY_REASONS") {
        actor.id = None;
    }
}

/// To whom or what: the people and things that calls name most, else the first resource.
fn target(record: &Fields, draft: &mut Draft) {
    const NAMES: [(&str, &str); 17] = [
        ("userName", "user"),
        ("roleArn", "role"),
        ("roleName", "role"),
        ("groupName", "group"),
        ("bucketName", "bucket"),
        ("instanceId", "instance"),
        ("secretId", "secret"),
        ("functionName", "function"),
        ("trailName", "trail"),
        ("logGroupName", "log_group"),
        ("keyId", "key"),
        ("snapshotId", "snapshot"),
        ("imageId", "image"),
        ("groupId", "security_group"),
        ("dBInstanceIdentifier", "database"),
        ("volumeId", "volume"),
        ("policyArn", "policy"),
    ];
    let asked = inside(record, "requestParameters");
    let found = NAMES
        .iter()
        .find_map(|(name, kind)| Some((*kind, text(asked?, name)?)));
    let resource = || {
        let first = record.get("resources")?.as_array()?.first()?.as_object()?;
        let name = text(first, "ARN").or_else(|| text(first, "arn"))?;
        Some((text(first, "type").unwrap_or("resource"), name))
    };
    let Some((kind, name)) = found.or_else(resource) else {
        return;
    };
    let target = &mut draft.event_mut().target;
    target.kind = Some(kind.to_owned());
    target.email = Some(name.to_owned()).filter(|name| fields::is_email(name));
    target.name = Some(name.to_owned());
}

#[cfg(test)]
mod tests;
