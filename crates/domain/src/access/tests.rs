//! Permissions, conditions and scopes.

use super::*;

fn requester(conditions: Conditions) -> Requester {
    Requester {
        principal: Principal::Operator,
        grants: vec![Grant {
            what: Granted::Role(BuiltInRole::Viewer),
            conditions,
        }],
    }
}

fn context() -> Context {
    Context {
        now: Timestamp::UNIX_EPOCH,
        address: Some([10, 0, 0, 7].into()),
        mfa_at: None,
    }
}

fn reason(conditions: Conditions) -> Option<DeniedReason> {
    authorize::<action::ReadEvents>(&requester(conditions), &context())
        .err()
        .map(|denied| denied.reason)
}

#[test]
fn a_star_is_the_only_wildcard_and_covers_whole_words() {
    let covers = |has: &str, wanted: &str| {
        has.parse::<Permission>()
            .unwrap()
            .covers(&wanted.parse().unwrap())
    };
    assert!(covers("*", "pii:read") && covers("generations:*", "generations:create"));
    assert!(!covers("generations:*", "generation:create") && !covers("events:read", "events:*"));
    for bad in ["", "events", "events:", ":read", "events:re ad", "a:b:c"] {
        assert_eq!(bad.parse::<Permission>(), Err(MalformedPermission), "{bad}");
    }
}

#[test]
fn a_viewer_reads_events_but_not_people_and_writes_nothing() {
    let viewer = requester(Conditions::default());
    assert!(authorize::<action::ReadEvents>(&viewer, &context()).is_ok());
    assert!(authorize::<action::ReadPii>(&viewer, &context()).is_err());
    assert!(authorize::<action::WriteEvents>(&viewer, &context()).is_err());
}

#[test]
fn each_condition_of_a_grant_must_hold() {
    assert_eq!(reason(Conditions::default()), None);
    let until = Some(Timestamp::UNIX_EPOCH);
    assert_eq!(
        reason(Conditions {
            until,
            ..Conditions::default()
        }),
        Some(DeniedReason::Ended)
    );
    let networks = Some(vec!["192.168.0.0/16".parse().unwrap()]);
    assert_eq!(
        reason(Conditions {
            networks,
            ..Conditions::default()
        }),
        Some(DeniedReason::Network)
    );
    let networks = Some(vec!["10.0.0.0/8".parse().unwrap()]);
    assert_eq!(
        reason(Conditions {
            networks,
            ..Conditions::default()
        }),
        None
    );
    // 1970-01-01 was a Thursday.
    let hours = |day, offset_minutes| Hours {
        days: [day].into(),
        from_minute: 0,
        to_minute: 60,
        offset_minutes,
    };
    assert_eq!(
        reason(Conditions {
            hours: Some(hours(4, 0)),
            ..Conditions::default()
        }),
        None
    );
    assert_eq!(
        reason(Conditions {
            hours: Some(hours(4, -180)),
            ..Conditions::default()
        }),
        Some(DeniedReason::Hour)
    );
    let fresh_mfa_minutes = Some(5);
    assert_eq!(
        reason(Conditions {
            fresh_mfa_minutes,
            ..Conditions::default()
        }),
        Some(DeniedReason::Mfa)
    );
}

#[test]
fn two_grants_for_services_add_up_and_one_without_opens_all() {
    let grant = |services: Option<&[&str]>| Grant {
        what: Granted::Role(BuiltInRole::Viewer),
        conditions: Conditions {
            services: services.map(|list| list.iter().map(ToString::to_string).collect()),
            ..Conditions::default()
        },
    };
    let permit = |grants| {
        let requester = Requester {
            principal: Principal::Operator,
            grants,
        };
        authorize::<action::ReadEvents>(&requester, &context()).unwrap()
    };
    let two = permit(vec![grant(Some(&["api"])), grant(Some(&["sshd"]))]);
    assert!(two.scope().includes("api") && two.scope().includes("sshd") && !two.scope().includes("vigia"));
    assert_eq!(
        permit(vec![grant(Some(&["api"])), grant(None)]).scope(),
        &Scope::All
    );
}
