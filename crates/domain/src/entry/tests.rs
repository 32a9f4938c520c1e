//! The bytes are a promise.

use super::*;

fn entry() -> Entry {
    Entry {
        salt: [7; 16],
        id: EventId(Uuid::from_bytes([1; 16])),
        time: from_micros(1_771_324_200_000_000).unwrap(),
        recorded_at: from_micros(1_771_324_201_000_001).unwrap(),
        kind: crate::Kind::AUTH_LOGIN_FAILED,
        class_uid: 3002,
        activity_id: 1,
        severity: Severity::Medium,
        status: Some(Status::Failure),
        service: "api".to_owned(),
        country: Some("CN".to_owned()),
        count: 1,
        aggregate: None,
        groups: vec![
            Commitment {
                hash: [2; 32],
                holder: Holder::Subjects(vec![SubjectId([3; 16])]),
            },
            Commitment {
                hash: [4; 32],
                holder: Holder::Period {
                    day: 20_501,
                    class: 0,
                },
            },
        ],
    }
}

#[test]
fn the_bytes_of_an_entry_are_fixed() {
    let bytes = entry().to_bytes();
    let hexadecimal: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    fixed(&hexadecimal);
    assert_eq!(Entry::from_bytes(&bytes).unwrap(), entry());
}

/// The bytes are a promise: whoever changes them breaks every proof ever given.
fn fixed(hexadecimal: &str) {
    assert_eq!(hexadecimal, include_str!("v1.hex").trim());
}

#[test]
fn a_group_comes_back_as_it_went_in() {
    let group = Group {
        actor: Some(Actor {
            email: Some("joao@example.com".into()),
            ..Actor::default()
        }),
        source: Some(Source {
            ip: Some([189, 50, 10, 20].into()),
            port: Some(22),
            ..Source::default()
        }),
        changes: Some(vec![Change {
            field: "role".into(),
            old: "user".into(),
            new: Value::Null,
        }]),
        details: serde_json::from_str(r#"{"n":1.50,"deep":{"a":[1,2]}}"#).unwrap(),
        raw: Some(vec![0xff, 0x00]),
        ..Group::default()
    };
    assert_eq!(Group::from_bytes(&group.to_bytes()).unwrap(), group);
    assert!(Group::from_bytes(b"\xff").is_err());
}

#[test]
fn a_version_from_the_future_is_refused_not_misread() {
    let mut bytes = entry().to_bytes();
    // The map's first pair is the version: key 0, value 1.
    assert_eq!(bytes.get(1..3), Some(&[0x00, 0x01][..]));
    bytes[2] = 2;
    assert!(matches!(
        Entry::from_bytes(&bytes),
        Err(MalformedEntry::Version(2))
    ));
}
