//! Records as AWS writes them, made up for each type of identity.

use crate::{Draft, Format, Hints, Line, Reader, code};
use proptest::prelude::*;
use serde_json::{Value, json};
use vigia_domain::event::{Event, Status};
use vigia_domain::{Kind, Timestamp};

fn lines(body: &[u8], format: Format) -> Vec<Line> {
    let mut reader = Reader::new(Hints {
        format,
        ..Hints::new("2026-11-20T12:00:00Z".parse().unwrap())
    });
    let mut lines = reader.push(body);
    lines.extend(reader.finish());
    lines
}

fn events(body: &[u8]) -> Vec<Event> {
    let taken = lines(body, Format::Auto).into_iter().map(|line| match line {
        Line::Events { events, .. } => events,
        refused @ Line::Rejected { .. } => panic!("{refused:?}"),
    });
    taken
        .flatten()
        .map(|draft: Draft| draft.event().clone())
        .collect()
}

fn record(name: &str, more: &Value) -> Value {
    let mut record = json!({
        "eventVersion": "1.08",
        "userIdentity": {
            "type": "IAMUser", "principalId": "AIDAEXAMPLE", "arn": "arn:aws:iam::123456789012:user/ana",
            "accountId": "123456789012", "accessKeyId": "AKIAEXAMPLE", "userName": "ana",
        },
        "eventTime": "2023-07-10T11:42:36Z",
        "eventSource": "s3.amazonaws.com",
        "eventName": name,
        "awsRegion": "sa-east-1",
        "sourceIPAddress": "192.0.2.7",
        "userAgent": "aws-cli/2",
        "requestParameters": {"bucketName": "logs"},
        "responseElements": null,
        "requestID": "R1",
        "eventID": "293ba626-3be5-4a26-ab1b-0f4c54f49959",
        "readOnly": false,
    });
    for (name, value) in more.as_object().unwrap() {
        record[name] = value.clone();
    }
    record
}

fn one(name: &str, more: &Value) -> Event {
    let mut read = events(record(name, more).to_string().as_bytes());
    assert_eq!(read.len(), 1);
    read.remove(0)
}

#[test]
fn a_record_says_who_did_what_to_what_and_keeps_every_field() {
    let printed = record("PutBucketPolicy", &json!({}));
    let event = one("PutBucketPolicy", &json!({}));
    assert_eq!(
        (event.kind, event.status),
        (Kind::CLOUD_API_UPDATE, Some(Status::Success))
    );
    assert_eq!(event.service, "aws");
    assert_eq!(event.time.to_rfc3339(), "2023-07-10T11:42:36+00:00");
    assert_eq!(event.actor.id.as_deref(), Some("AIDAEXAMPLE"));
    assert_eq!(event.actor.name.as_deref(), Some("ana"));
    assert_eq!(event.source.ip, Some([192, 0, 2, 7].into()));
    assert_eq!(event.source.user_agent.as_deref(), Some("aws-cli/2"));
    assert_eq!(
        (event.target.kind.as_deref(), event.target.name.as_deref()),
        (Some("bucket"), Some("logs"))
    );
    assert_eq!(event.trace_id.as_deref(), Some("R1"));
    assert_eq!(Value::Object(event.details), printed);
}

#[test]
fn every_type_of_identity_has_a_name() {
    for (identity, id, name, role) in [
        (
            json!({"type": "Root", "principalId": "123456789012", "accountId": "123456789012"}),
            Some("123456789012"),
            "root",
            Some("root"),
        ),
        (
            json!({"type": "AssumedRole", "principalId": "AROAX:ana@example.com",
                "arn": "arn:aws:sts::123456789012:assumed-role/Admin/ana@example.com",
                "sessionContext": {"sessionIssuer": {"type": "Role", "userName": "Admin"}}}),
            Some("AROAX:ana@example.com"),
            "ana@example.com",
            Some("Admin"),
        ),
        (
            json!({"type": "AWSService", "invokedBy": "rds.amazonaws.com"}),
            None,
            "rds.amazonaws.com",
            None,
        ),
        (
            json!({"type": "AWSAccount", "principalId": "AIDAOTHER", "accountId": "999999999999"}),
            Some("AIDAOTHER"),
            "999999999999",
            None,
        ),
        (
            json!({"type": "FederatedUser", "principalId": "123456789012:bo",
                "arn": "arn:aws:sts::123456789012:federated-user/bo"}),
            Some("123456789012:bo"),
            "bo",
            Some("bo"),
        ),
        (
            json!({"type": "SAMLUser", "principalId": "x:bo", "userName": "bo", "identityProvider": "x"}),
            Some("x:bo"),
            "bo",
            None,
        ),
        (
            json!({"invokedBy": "ec2.amazonaws.com"}),
            None,
            "ec2.amazonaws.com",
            None,
        ),
    ] {
        let event = one("GetObject", &json!({"userIdentity": identity}));
        assert_eq!(event.actor.id.as_deref(), id, "{identity}");
        assert_eq!(event.actor.name.as_deref(), Some(name), "{identity}");
        assert_eq!(event.actor.role.as_deref(), role, "{identity}");
        assert_eq!(event.actor.email.is_some(), name.contains('@'));
    }
}

#[test]
fn the_call_and_its_outcome_make_the_kind() {
    for (name, more, kind, status) in [
        (
            "GetObject",
            json!({"readOnly": true}),
            Kind::CLOUD_API_READ,
            Status::Success,
        ),
        (
            "DescribeInstances",
            json!({"readOnly": null}),
            Kind::CLOUD_API_READ,
            Status::Success,
        ),
        ("RunInstances", json!({}), Kind::CLOUD_API_CREATE, Status::Success),
        (
            "TerminateInstances",
            json!({}),
            Kind::CLOUD_API_DELETE,
            Status::Success,
        ),
        ("SendCommand", json!({}), Kind::CLOUD_API_CALL, Status::Success),
        ("CreateUser", json!({}), Kind::ACCOUNT_CREATED, Status::Success),
        (
            "AttachUserPolicy",
            json!({}),
            Kind::ACCOUNT_POLICY_ATTACHED,
            Status::Success,
        ),
        (
            "StopLogging",
            json!({}),
            Kind::CLOUD_LOGGING_STOPPED,
            Status::Success,
        ),
        (
            "StopLogging",
            json!({"errorCode": "TrailNotFoundException", "errorMessage": "no such trail"}),
            Kind::CLOUD_API_UPDATE,
            Status::Failure,
        ),
        (
            "CreateUser",
            json!({"errorCode": "AccessDenied"}),
            Kind::CLOUD_API_DENIED,
            Status::Failure,
        ),
        (
            "RunInstances",
            json!({"errorCode": "Client.UnauthorizedOperation"}),
            Kind::CLOUD_API_DENIED,
            Status::Failure,
        ),
        (
            "ConsoleLogin",
            json!({"responseElements": {"ConsoleLogin": "Success"}}),
            Kind::AUTH_LOGIN_SUCCEEDED,
            Status::Success,
        ),
        (
            "ConsoleLogin",
            json!({"responseElements": {"ConsoleLogin": "Failure"}, "errorMessage": "Failed authentication"}),
            Kind::AUTH_LOGIN_FAILED,
            Status::Failure,
        ),
    ] {
        let event = one(name, &more);
        assert_eq!((event.kind, event.status), (kind, Some(status)), "{name} {more}");
    }
    let failed = one(
        "StopLogging",
        &json!({"errorCode": "TrailNotFoundException", "errorMessage": "no such trail"}),
    );
    assert_eq!(
        failed.message.as_deref(),
        Some("s3.amazonaws.com StopLogging: TrailNotFoundException, no such trail")
    );
}

#[test]
fn a_service_may_stand_in_place_of_the_address() {
    for name in ["secretsmanager.amazonaws.com", "AWS Internal"] {
        let event = one("Decrypt", &json!({"sourceIPAddress": name}));
        assert_eq!(
            (event.source.ip, event.source.host.as_deref()),
            (None, Some(name))
        );
    }
    let six = one("Decrypt", &json!({"sourceIPAddress": "2001:db8::1"}));
    assert_eq!(six.source.ip, Some("2001:db8::1".parse().unwrap()));
}

#[test]
fn session_tokens_and_secret_keys_are_marked_and_key_ids_stay() {
    let event = one(
        "AssumeRole",
        &json!({
            "requestParameters": {"roleArn": "arn:aws:iam::1:role/x"},
            "responseElements": {"credentials": {
                "accessKeyId": "ASIAEXAMPLE", "sessionToken": "IQoJb3JpZ2luX2VjEXAMPLE",
                "secretAccessKey": "wJalrXUtnFEMI/K7MDENG",
            }},
        }),
    );
    assert_eq!(event.kind, Kind::AUTH_ROLE_ASSUMED);
    assert_eq!(
        event.details["responseElements"]["credentials"],
        json!({
            "accessKeyId": "ASIAEXAMPLE", "sessionToken": "[redacted:token]",
            "secretAccessKey": "[redacted:token]",
        })
    );
    let raw = event.raw.as_text().unwrap();
    assert!(!raw.contains("IQoJ") && !raw.contains("wJalr") && raw.contains("[redacted:token]"));
    assert_eq!(event.details["userIdentity"]["accessKeyId"], "AKIAEXAMPLE");
}

#[test]
fn a_file_a_single_record_an_array_and_a_look_up_say_the_same() {
    let single = record("GetObject", &json!({}));
    let bare = events(single.to_string().as_bytes()).remove(0);
    let looked_up = json!({"EventId": "1", "EventName": "GetObject", "CloudTrailEvent": single.to_string()});
    for body in [
        json!({"Records": [single, single]}).to_string(),
        serde_json::to_string_pretty(&json!({"Records": [single, single]})).unwrap(),
        json!([single, single]).to_string(),
        format!("{single}\n{single}\n"),
        serde_json::to_string_pretty(&json!({"Events": [looked_up, looked_up]})).unwrap(),
    ] {
        for format in [Format::Auto, Format::Cloudtrail] {
            let lines = lines(body.as_bytes(), format);
            assert_eq!(lines.len(), 2, "{body}");
        }
        let read = events(body.as_bytes());
        assert_eq!(read.len(), 2);
        for mut event in read {
            event.raw = bare.raw.clone();
            assert_eq!(event, bare);
        }
    }
}

#[test]
fn what_is_no_record_is_refused_where_records_were_promised() {
    let refused = lines(b"{\"message\":\"x\"}\nplain\n", Format::Cloudtrail);
    let codes: Vec<&str> = refused
        .iter()
        .map(|line| match line {
            Line::Rejected { code, .. } => *code,
            Line::Events { .. } => "taken",
        })
        .collect();
    assert_eq!(codes, [code::BAD_FIELD, code::NOT_JSON]);
}

/// JSON of any shape, a few of its names being those that are read.
fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i32>().prop_map(Value::from),
        "[ -~é]{0,12}".prop_map(Value::from),
        Just(Value::from("arn:aws:sts::1:assumed-role/a/b")),
    ];
    let name = prop::sample::select(vec![
        "type",
        "userName",
        "arn",
        "principalId",
        "sessionContext",
        "sessionIssuer",
        "userIdentity",
        "resources",
        "ARN",
        "errorCode",
        "responseElements",
        "requestParameters",
        "ConsoleLogin",
        "onBehalfOf",
    ]);
    leaf.prop_recursive(4, 24, 4, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
            prop::collection::btree_map(name.clone().prop_map(str::to_owned), inner, 0..5)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn no_record_makes_it_panic_or_is_lost(identity in any_json(), asked in any_json(), error in any_json()) {
        let more = json!({"userIdentity": identity, "requestParameters": asked, "errorCode": error,
            "resources": asked, "sourceIPAddress": error});
        let body = json!({"Records": [record("ConsoleLogin", &more)]}).to_string();
        let read = events(body.as_bytes());
        prop_assert_eq!(read.len(), 1);
        prop_assert!(read[0].time > Timestamp::UNIX_EPOCH);
    }
}
