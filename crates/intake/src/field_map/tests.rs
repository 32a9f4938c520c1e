//! A log of an application's own, read by a map.

use super::*;
use crate::{Line, Reader, code};
use proptest::prelude::*;
use serde_json::json;
use vigia_domain::Event;
use vigia_domain::event::Severity;

fn map() -> FieldMap {
    let path = |path: &str| Some(path.to_owned());
    FieldMap {
        service: path("billing"),
        zone: path("America/Sao_Paulo"),
        time: path("quando"),
        kind: path("evt.nome"),
        kind_map: [
            ("entrada_recusada", "auth.login.failed"),
            ("entrada", "auth.login.succeeded"),
        ]
        .map(|(word, kind)| (word.to_owned(), kind.to_owned()))
        .into(),
        default_kind: path("app.action"),
        message: path("texto"),
        severity: path("gravidade"),
        status: path("ok"),
        trace_id: path("pedido"),
        actor: path("quem.mail"),
        actor_id: path("quem.id"),
        actor_role: path("quem.papel"),
        session: path("sessao"),
        target: path("alvo"),
        target_id: path("alvo_id"),
        target_type: path("alvo_tipo"),
        source_ip: path("de.ip"),
        country: path("de.pais"),
        user_agent: path("de.agente"),
    }
}

fn formats() -> Formats {
    Formats::new([("billing".to_owned(), map())].into()).unwrap()
}

fn read(body: &str) -> Vec<Line> {
    let (format, map) = formats().find("billing").unwrap();
    let mut reader = Reader::new(Hints {
        format,
        map,
        ..Hints::new("2026-11-20T12:00:00Z".parse().unwrap())
    });
    let mut lines = reader.push(body.as_bytes());
    lines.extend(reader.finish());
    lines
}

fn one(object: &Value) -> Event {
    match read(&object.to_string()).as_slice() {
        [Line::Events { events, .. }] => events[0].event().clone(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn every_path_lands_where_it_says_and_every_field_stays() {
    let object = json!({
        "quando": "2026-02-17 08:15:23", "evt": {"nome": "entrada_recusada"}, "texto": "senha errada",
        "ok": false, "pedido": "t-1", "quem": {"mail": "ana@example.com", "id": 7, "papel": "user"},
        "alvo": "painel", "alvo_id": "p-1", "alvo_tipo": "page",
        "de": {"ip": "192.0.2.7", "pais": "Brasil", "agente": "Mozilla/5.0"}, "outro": [1, {"x": null}],
    });
    let event = one(&object);
    assert_eq!(
        (event.kind.clone(), event.status),
        (Kind::AUTH_LOGIN_FAILED, Some(Status::Failure))
    );
    assert_eq!(event.severity, Severity::Medium);
    assert_eq!(event.service, "billing");
    assert_eq!(event.time.to_rfc3339(), "2026-02-17T11:15:23+00:00");
    assert_eq!(event.message.as_deref(), Some("senha errada"));
    assert_eq!(event.trace_id.as_deref(), Some("t-1"));
    assert_eq!(event.actor.email.as_deref(), Some("ana@example.com"));
    assert_eq!(event.actor.name.as_deref(), Some("ana@example.com"), "tried");
    assert_eq!(
        (event.actor.id.as_deref(), event.actor.role.as_deref()),
        (Some("7"), Some("user"))
    );
    assert_eq!(
        (event.target.name.as_deref(), event.target.id.as_deref()),
        (Some("painel"), Some("p-1"))
    );
    assert_eq!(event.target.kind.as_deref(), Some("page"));
    assert_eq!(event.source.ip, Some([192, 0, 2, 7].into()));
    assert_eq!(event.source.country.as_deref(), Some("BR"));
    assert_eq!(event.source.user_agent.as_deref(), Some("Mozilla/5.0"));
    assert_eq!(Value::Object(event.details), object);
}

#[test]
fn a_word_that_no_row_knows_is_a_kind_itself_or_the_default() {
    for (word, kind) in [
        (json!("entrada"), "auth.login.succeeded"),
        (json!("invoice.paid"), "invoice.paid"),
        (json!("platform.started"), "app.action"),
        (json!("Something Else"), "app.action"),
        (json!(null), "app.action"),
    ] {
        assert_eq!(one(&json!({"evt": {"nome": word}})).kind.as_str(), kind, "{word}");
    }
    assert_eq!(
        one(&json!({"evt.nome": "entrada"})).kind,
        Kind::AUTH_LOGIN_SUCCEEDED,
        "a name with a dot"
    );
}

#[test]
fn an_outcome_is_a_word_a_boolean_or_an_http_status() {
    for (value, status) in [
        (json!("falha"), Some(Status::Failure)),
        (json!(true), Some(Status::Success)),
        (json!(204), Some(Status::Success)),
        (json!(503), Some(Status::Failure)),
        (json!(7), None),
        (json!({}), None),
    ] {
        assert_eq!(
            one(&json!({"ok": value, "evt": {"nome": "a.b"}})).status,
            status,
            "{value}"
        );
    }
}

#[test]
fn what_is_no_object_is_refused_and_what_the_map_leaves_out_is_understood() {
    let lines = read("plain\n{\"level\":\"error\",\"session_id\":\"0123456789abcdef\"}\n");
    assert!(matches!(&lines[0], Line::Rejected { code, .. } if *code == code::NOT_JSON));
    let Line::Events { events, .. } = &lines[1] else {
        panic!("{lines:?}")
    };
    assert!(
        events[0]
            .event()
            .actor
            .session
            .as_deref()
            .unwrap()
            .starts_with("sha256:")
    );
}

#[test]
fn a_name_that_is_none_says_which_there_are() {
    let refused = formats().find("biling").unwrap_err();
    assert_eq!(
        refused.to_string(),
        "\"biling\" is no format; known are auto, sshd, syslog, winston, audit-json, cloudtrail, combined, web-error, ndjson, billing"
    );
    assert_eq!(formats().find("sshd").unwrap(), (Format::Sshd, None));
}

#[test]
fn every_key_is_listed() {
    let printed = serde_json::to_value(map()).unwrap();
    let mut listed = FieldMap::KEYS;
    listed.sort_unstable();
    let keys: Vec<&str> = printed.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(keys, listed);
}

#[test]
fn a_map_that_cannot_work_is_refused_by_its_key() {
    let wrong = |name: &str, change: &dyn Fn(&mut FieldMap)| {
        let mut map = map();
        change(&mut map);
        Formats::new([(name.to_owned(), map)].into())
            .unwrap_err()
            .to_string()
    };
    for (name, begins) in [
        ("Billing", "formats.Billing: a format's name"),
        ("", "formats.: a format's name"),
        ("sshd", "formats.sshd: sshd is one of the platform's own formats"),
        (
            "apache",
            "formats.apache: apache is one of the platform's own formats",
        ),
    ] {
        let said = wrong(name, &|_| {});
        assert!(said.starts_with(begins), "{said}");
    }
    for (change, begins) in [
        (
            (|map: &mut FieldMap| map.time = Some("a..b".to_owned())) as fn(&mut FieldMap),
            "formats.x.time: \"a..b\" is no path",
        ),
        (
            |map| map.service = Some("vigia".to_owned()),
            "formats.x.service: \"vigia\" is no service",
        ),
        (
            |map| map.zone = Some("Mars/Olympus".to_owned()),
            "formats.x.zone: \"Mars/Olympus\" is no IANA zone",
        ),
        (
            |map| map.kind_map = [("a".to_owned(), "platform.started".to_owned())].into(),
            "formats.x.kind_map.a: \"platform.started\" is no kind",
        ),
        (
            |map| map.default_kind = Some("X".to_owned()),
            "formats.x.default_kind: \"X\" is no kind",
        ),
    ] {
        let said = wrong("x", &change);
        assert!(said.starts_with(begins), "{said}");
    }
}

proptest! {
    #[test]
    fn no_object_makes_it_panic_or_is_lost(words in prop::collection::vec("[ -~é]{0,10}", 8), number: i64, deep: bool) {
        let inner = if deep { json!({"mail": words[0], "id": number, "nome": words[1], "ip": words[2]}) } else { json!(words[0]) };
        let lines = read(&json!({
            "quando": words[3], "evt": inner, "quem": inner, "de": inner, "ok": words[4], "alvo": number,
            "sessao": words[5], "gravidade": words[6], "texto": words[7],
        }).to_string());
        let taken = matches!(&lines[..], [Line::Events { .. }]);
        prop_assert!(taken);
    }
}
