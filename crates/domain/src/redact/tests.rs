//! What goes, and what must stay.

use super::*;
use crate::clock::Timestamp;
use crate::event::{Change, Raw};
use crate::{EventId, Kind};
use serde_json::json;

fn clean(text: &str) -> String {
    text_without_secrets(text).unwrap_or_else(|| text.to_owned())
}

#[test]
fn passwords_go_and_their_names_stay() {
    for (text, marked) in [
        ("password=hunter2 user=x", "password=[redacted:password] user=x"),
        ("Senha: hunter2, fim", "Senha: [redacted:password], fim"),
        (
            r#"{"new_password":"a \"b\" c","n":1}"#,
            r#"{"new_password":"[redacted:password]","n":1}"#,
        ),
        (
            r#"{"body":"{\"senha\":\"x y\"}"}"#,
            r#"{"body":"{\"senha\":\"[redacted:password]\"}"}"#,
        ),
        (
            "GET /?user=a&password=p%20q&x=1",
            "GET /?user=a&password=[redacted:password]&x=1",
        ),
        (
            "postgres://app:s3cret@db/x",
            "postgres://app:[redacted:password]@db/x",
        ),
        (
            "arn:aws:secretsmanager:us-east-1:123456789012:secret:db&password=p&secret:x",
            "arn:aws:secretsmanager:us-east-1:123456789012:secret:db&password=[redacted:password]&secret:[redacted:password]",
        ),
        ("{\"password\": 1234}", "{\"password\": [redacted:password]}"),
    ] {
        assert_eq!(clean(text), marked);
    }
}

#[test]
fn tokens_go_whatever_they_stand_under() {
    let jwt = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl";
    for (text, marked) in [
        (format!("rejected {jwt}."), "rejected [redacted:token]".to_owned()),
        (
            format!("Authorization: Bearer {jwt}"),
            "Authorization: Bearer [redacted:token]".to_owned(),
        ),
        (
            "authorization: Basic dXNlcjpwYXNz0000".to_owned(),
            "authorization: Basic [redacted:token]".to_owned(),
        ),
        (
            "used vgk_0123456789abcdef here".to_owned(),
            "used [redacted:token] here".to_owned(),
        ),
        (
            "refresh_token=abcdefgh12345678;".to_owned(),
            "refresh_token=[redacted:token];".to_owned(),
        ),
        (
            "Bearer abcdefghijklmnop1".to_owned(),
            "Bearer [redacted:token]".to_owned(),
        ),
    ] {
        assert_eq!(clean(&text), marked);
    }
}

#[test]
fn a_session_id_becomes_its_hash_and_stays_the_same_session() {
    let text = clean("session_id=0123456789abcdef ok");
    assert!(
        text.starts_with(
            "session_id=sha256:9f9f5111f7b27a781f1f1ddde5ebc2dd2b796bfc7365c9c28b548e564176929f"
        ),
        "{text}"
    );
    assert_eq!(clean(&text), text);
}

#[test]
fn national_ids_go_when_their_check_digits_agree() {
    for (text, marked) in [
        ("CPF 529.982.247-25.", "CPF [redacted:national-id]."),
        ("doc 52998224725 ok", "doc [redacted:national-id] ok"),
        ("cnpj 11.222.333/0001-81", "cnpj [redacted:national-id]"),
        ("de 11222333000181", "de [redacted:national-id]"),
        ("de 12.ABC.345/01DE-35", "de [redacted:national-id]"),
        ("cpf=123", "cpf=[redacted:national-id]"),
    ] {
        assert_eq!(clean(text), marked);
    }
}

#[test]
fn what_only_looks_like_a_secret_stays() {
    for text in [
        r#"{"secretId":"arn:aws:secretsmanager:us-east-1:123456789012:secret:app/db-AbCdEf","n":1}"#,
        "Failed password for root from 192.0.2.7 port 42393 ssh2",
        "Failed password for invalid user admin from 192.0.2.7 port 22 ssh2",
        "pam_unix(sshd:auth): check pass; user unknown",
        "Accepted publickey for git from 192.0.2.7 port 5 ssh2: RSA SHA256:AAAAB3NzaC1yc2EAAAADAQABAAABAQ",
        "alice : TTY=pts/0 ; PWD=/home/alice ; USER=root ; COMMAND=/bin/ls",
        "[INFO] [AUTH] Senha atualizada | Email: joao@example.com | UserID: 550e8400-e29b-41d4-a716-446655440000",
        "[WARN] [AUTH] Token inválido detectado | IP: 192.0.2.7 | Erro: jwt malformed",
        "Invalid token: jwt malformed",
        r#"{"token_type":"bearer","expires_in":900}"#,
        "bearer authentication failed",
        "529.982.247-26 11.222.333/0001-82 111.111.111-11 52998224726",
        "52998224725a x-52998224725 52998224725.example.com",
        "2026-02-17T10:35:00.000Z 1771324200000 1771324200000000 20260217103500",
        "189.50.10.20 255.255.255.255 2001:db8::1",
        "session opened for user alice by (uid=0)",
        "session id: 24361",
        "https://example.com:8443/a@b",
        "key: value",
    ] {
        assert_eq!(clean(text), text);
    }
}

#[test]
fn a_uuid_or_a_hash_is_never_a_national_id() {
    // Every digit-only stretch that a UUID can show, with and without agreeing check digits.
    for text in [
        "52998224-7250-4529-9822-472552998224",
        "00000000-0000-7000-8000-052998224725",
        "sha256:52998224725529982247255299822472552998224725529982247255299822aa",
    ] {
        assert_eq!(clean(text), text);
    }
}

#[test]
fn an_event_is_clean_in_every_field() {
    let mut event = Event::new(
        EventId(uuid::Uuid::nil()),
        Timestamp::UNIX_EPOCH,
        Kind::APP_LOG,
        "api",
    );
    event.message = Some("login password=hunter2".to_owned());
    event.actor.name = Some("529.982.247-25".to_owned());
    event.actor.session = Some("0123456789abcdef".to_owned());
    event.source.user_agent = Some("x vgk_0123456789abcdef".to_owned());
    event.changes = vec![Change {
        field: "password".into(),
        old: json!("hunter1"),
        new: json!("hunter2"),
    }];
    event.details = serde_json::from_str(
        r#"{"deep":{"list":[{"refreshToken":"abc","cpf":52998224725,"n":52998224725,"ok":true}]},
            "password":true,"token_type":"bearer","secret":["hunter2"],"session_id":"abc"}"#,
    )
    .unwrap();
    event.raw = Raw(b"\xff password=hunter2 cpf 529.982.247-25 \xfe".to_vec());
    super::event(&mut event);
    let json = serde_json::to_string(&event).unwrap();
    for gone in ["hunter", "529", "0123456789abcdef", "\"abc\""] {
        assert!(!json.contains(gone), "{gone} in {json}");
    }
    assert_eq!(event.details["deep"]["list"][0]["ok"], true);
    assert_eq!(event.details["password"], true);
    assert_eq!(event.details["token_type"], "bearer");
    assert_eq!(
        event.raw.0,
        b"\xff password=[redacted:password] cpf [redacted:national-id] \xfe"
    );
    let once = event.clone();
    super::event(&mut event);
    assert_eq!(event, once, "redacting again changes nothing");
}

#[test]
fn addresses_beyond_the_thirty_second_person_are_marked_everywhere() {
    let mut event = Event::new(
        EventId(uuid::Uuid::nil()),
        Timestamp::UNIX_EPOCH,
        Kind::APP_LOG,
        "api",
    );
    let names: Vec<String> = (0..40).map(|n| format!("p{n}@example.com")).collect();
    event.actor.email = Some("first@example.com".to_owned());
    event.message = Some(names.join(" "));
    event.details.insert("cc".to_owned(), json!(names));
    event.raw = Raw(names.join(",").into_bytes());
    super::event(&mut event);
    let people: BTreeSet<String> = person::partition(&event)
        .into_iter()
        .flat_map(|part| part.people)
        .flat_map(|person| person.identifiers)
        .collect();
    assert_eq!(people.len(), MAX_PEOPLE);
    assert!(people.contains("first@example.com"));
    let message = event.message.unwrap();
    assert!(message.contains("p30@example.com [redacted:email]"), "{message}");
    assert!(!message.contains("p31@"));
    assert_eq!(event.details["cc"][39], EMAIL);
    assert!(event.raw.as_text().unwrap().ends_with(EMAIL));
}

#[test]
fn thirty_two_people_are_still_named() {
    let mut event = Event::new(
        EventId(uuid::Uuid::nil()),
        Timestamp::UNIX_EPOCH,
        Kind::APP_LOG,
        "api",
    );
    let text: Vec<String> = (0..32).map(|n| format!("p{n}@example.com")).collect();
    event.message = Some(text.join(" "));
    event.raw = Raw(text.join(" ").into_bytes());
    let before = event.clone();
    super::event(&mut event);
    assert_eq!(event, before);
}

proptest::proptest! {
    #[test]
    fn redacting_never_panics_and_keeps_text_text(text in ".{0,300}") {
        let once = clean(&text);
        proptest::prop_assert_eq!(clean(&once), once);
    }

    #[test]
    fn a_random_uuid_and_a_time_stay(bits: u128, micros in 0..4_000_000_000_000_000_i64) {
        let uuid = uuid::Uuid::from_u128(bits).to_string();
        proptest::prop_assert_eq!(clean(&uuid), uuid);
        let time = crate::clock::from_micros(micros).unwrap();
        for form in ["%Y%m%d%H%M%S", "%Y-%m-%dT%H:%M:%S%.6fZ", "%s", "%d/%b/%Y:%H:%M:%S %z"] {
            let text = time.format(form).to_string();
            proptest::prop_assert_eq!(clean(&text), text);
        }
    }
}
