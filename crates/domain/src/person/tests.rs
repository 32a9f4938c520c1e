//! Whom an event is about.

use super::*;
use crate::event::{Actor, Change, Raw, Target};
use crate::{EventId, Kind, Timestamp};

fn event(kind: Kind) -> Event {
    Event::new(
        EventId::new(Timestamp::UNIX_EPOCH, [1; 10]),
        Timestamp::UNIX_EPOCH,
        kind,
        "api",
    )
}

fn people(part: &Part) -> Vec<&str> {
    part.people
        .iter()
        .filter_map(|person| person.identifiers.first())
        .map(String::as_str)
        .collect()
}

fn email(email: &str) -> Option<String> {
    Some(email.to_owned())
}

#[test]
fn the_source_of_a_failed_attempt_is_nobodys_and_everything_else_is_the_tried_accounts() {
    let mut failed = event(Kind::AUTH_LOGIN_FAILED);
    failed.actor = Actor {
        email: email("Joao@Example.com"),
        ..Actor::default()
    };
    failed.source.ip = Some([189, 50, 10, 20].into());
    failed.raw = Raw(b"[AUTH] Login falhou | Email: joao@example.com | IP: 189.50.10.20".to_vec());
    let parts = partition(&failed);
    assert_eq!(parts.len(), 2);
    assert_eq!(people(&parts[0]), ["joao@example.com"]);
    assert!(parts[0].group.raw.is_some() && parts[0].group.source.is_none());
    assert!(parts[1].people.is_empty() && parts[1].group.source.is_some());
}

#[test]
fn of_a_successful_sign_in_everything_is_the_persons() {
    let mut worked = event(Kind::AUTH_LOGIN_SUCCEEDED);
    worked.actor = Actor {
        email: email("joao@example.com"),
        id: email("123"),
        ..Actor::default()
    };
    worked.source.ip = Some([189, 50, 10, 20].into());
    worked.message = email("Login bem-sucedido");
    let parts = partition(&worked);
    assert_eq!(parts.len(), 1);
    assert_eq!(parts[0].people[0].identifiers, ["joao@example.com", "123"]);
}

#[test]
fn an_admin_who_changes_a_user_makes_a_group_each_and_a_joint_one_for_the_text() {
    let mut changed = event(Kind::USER_ROLE_CHANGED);
    changed.actor.email = email("admin@example.com");
    changed.target = Target {
        kind: email("user"),
        id: email("user123"),
        ..Target::default()
    };
    changed.changes = vec![Change {
        field: "role".into(),
        old: "user".into(),
        new: "manager".into(),
    }];
    changed.raw = Raw(b"{}".to_vec());
    let parts = partition(&changed);
    assert_eq!(
        parts.iter().map(people).collect::<Vec<_>>(),
        [
            vec!["admin@example.com"],
            vec!["user123"],
            vec!["admin@example.com", "user123"]
        ]
    );
}

#[test]
fn whoever_a_free_text_names_by_address_holds_it_too() {
    let mut line = event(Kind::SYSTEM_LOG);
    line.message = email("mail to <maria@example.com> bounced, cc Carlos.S@example.org");
    line.details
        .insert("nested".into(), serde_json::json!({"a": ["x ana@example.com y"]}));
    let parts = partition(&line);
    assert_eq!(parts.len(), 1);
    assert_eq!(
        people(&parts[0]),
        ["ana@example.com", "carlos.s@example.org", "maria@example.com"]
    );
}

#[test]
fn a_line_that_names_nobody_belongs_to_its_period() {
    let mut line = event(Kind::SYSTEM_LOG);
    line.message = email("disk is full");
    let parts = partition(&line);
    assert!(parts.len() == 1 && parts[0].people.is_empty());
}

#[test]
fn every_section_lands_in_exactly_one_part() {
    let mut full = event(Kind::USER_ROLE_CHANGED);
    full.actor.name = email("root");
    full.target = Target {
        kind: email("template"),
        id: email("7"),
        ..Target::default()
    };
    full.source.user_agent = email("curl (ops@example.com)");
    full.trace_id = email("abc123");
    full.message = email("m");
    full.raw = Raw(vec![1, 2, 3]);
    let mut whole = Group::default();
    let parts = partition(&full);
    let sections = parts
        .iter()
        .map(|part| part.group.to_bytes()[0] & 0x1f)
        .sum::<u8>();
    parts.into_iter().for_each(|part| whole.merge(part.group));
    assert_eq!(sections, 6);
    assert_eq!(whole.to_bytes()[0] & 0x1f, 6);
}

#[test]
fn people_who_share_a_name_are_two_people() {
    let named = |address: Option<&str>| {
        let mut worked = event(Kind::AUTH_LOGIN_SUCCEEDED);
        worked.actor.email = address.and_then(email);
        worked.actor.name = email("João Silva");
        partition(&worked).remove(0).people.remove(0).identifiers
    };
    assert_eq!(named(Some("a1@example.com")), ["a1@example.com"]);
    assert_eq!(named(Some("b2@example.com")), ["b2@example.com"]);
    assert_eq!(named(None), ["joão silva"]);
}

#[test]
fn the_operator_and_an_applications_key_are_nobody() {
    for machine in ["operator", "api_key:0190"] {
        let mut made = event(Kind::USER_ROLE_CHANGED);
        made.service = "vigia".to_owned();
        made.actor.id = email(machine);
        assert!(partition(&made).iter().all(|part| part.people.is_empty()));
        made.service = "api".to_owned();
        assert_eq!(people(&partition(&made)[0]), [machine]);
    }
}

#[test]
fn an_address_is_found_in_a_url_and_in_any_script() {
    for (text, address) in [
        (
            "GET /reset?email=maria%40secret.example.com HTTP/1.1",
            "maria@secret.example.com",
        ),
        ("to maria@café.com.", "maria@café.com"),
        ("to maria@secret.xn--p1ai;", "maria@secret.xn--p1ai"),
    ] {
        assert_eq!(emails_in(text).collect::<Vec<_>>(), [address]);
    }
}

proptest::proptest! {
    #[test]
    fn an_address_is_found_in_its_word_where_it_is_found_in_the_whole_text(
        text in "(?:[a-c0-4.%@+ \"_-]|%40|ana@b\\.co|é|ſ|\u{345}|x@xn--a1\\.xn--b){0,24}"
    ) {
        let whole: Vec<_> = EMAIL.find_iter(&text).map(|found| found.range()).collect();
        proptest::prop_assert_eq!(email_ranges(&text).collect::<Vec<_>>(), whole);
    }
}
