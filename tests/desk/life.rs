//! What life brings: tokens that end, platforms that go, sleep, locked keyrings, damaged files, two
//! consoles at once. Each is borne, and said.

use crate::console::{Computer, count, ingest, is_online, sign_in, sign_in_as, until};
use crate::trust::serve_at;
use chrono::TimeDelta;
use std::path::Path;
use vigia_desk::view::status::{Connection, Integrity, Keyring, KeyringTrouble, Phase};
use vigia_tests::platform::{House, VIEWER_EMAIL, VIEWER_PASSWORD};
use vigia_wire::Code;

const QUERY: &str = "service:api";

async fn begin() -> (House, Computer) {
    let house = House::start().await;
    ingest(&house, "api", 0..40).await;
    (house, Computer::new())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_the_platform_ends_early_is_renewed_and_nobody_is_signed_out() {
    let (house, computer) = begin().await;
    let console = computer.once().await;
    sign_in(&console, house.url(), None).await.unwrap();
    console.sync_now().await.unwrap();
    for n in 0..3 {
        // The platform's clock alone: this computer believes that its token still works.
        house.clock.advance(TimeDelta::minutes(20));
        ingest(&house, "api", 40 + n..41 + n).await;
        console.sync_now().await.unwrap();
        assert_eq!(count(&console, QUERY).await, u64::from(41 + n));
        console.verify_now().await.unwrap();
    }
    assert!(console.status().await.unwrap().profile.unwrap().email.is_some());
    console.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_ended_leaves_the_copy_readable_and_signing_in_goes_on() {
    let (house, computer) = begin().await;
    let console = computer.start().await;
    sign_in(&console, house.url(), None).await.unwrap();
    until(&console, "online", is_online).await;
    console.sync_now().await.unwrap();
    house.clock.advance(TimeDelta::days(8));
    let refused = console.sync_now().await.unwrap_err();
    // Whoever keeps the copy up to date may have come upon it first.
    assert!(
        matches!(refused.code, Code::SessionEnded | Code::NotSignedIn),
        "{refused:?}"
    );
    let status = until(&console, "signed out", |status| {
        matches!(status.connection, Connection::SignedOut)
    })
    .await;
    assert_eq!(status.phase, Phase::Ready);
    assert_eq!(count(&console, QUERY).await, 40);
    sign_in(&console, house.url(), None).await.unwrap();
    until(&console, "online again", is_online).await;
    console.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_platform_that_goes_and_comes_is_told_with_its_age_and_found_again() {
    let (house, computer) = begin().await;
    let console = computer.start().await;
    sign_in(&console, house.url(), None).await.unwrap();
    until(&console, "online", is_online).await;
    let url = house.url().to_owned();
    let (folder, clock) = house.stop().await;
    let offline = until(&console, "offline", |status| {
        matches!(status.connection, Connection::Offline { .. })
    })
    .await;
    let Connection::Offline {
        since,
        next_try,
        problem,
    } = offline.connection
    else {
        unreachable!()
    };
    assert!(next_try.is_some_and(|next| next >= since));
    assert_eq!(problem.unwrap().code, Code::Unreachable);
    assert!(!offline.copy.stale);
    computer.pass(TimeDelta::minutes(11));
    assert!(console.status().await.unwrap().copy.stale, "old enough to say so");
    assert_eq!(count(&console, QUERY).await, 40);
    serve_at(folder.path(), &clock, &url).await;
    console.sync_now().await.unwrap();
    let status = until(&console, "online", is_online).await;
    assert!(!status.copy.stale);
    console.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_computer_that_slept_connects_again_at_once() {
    let (house, computer) = begin().await;
    let console = computer.start().await;
    sign_in(&console, house.url(), None).await.unwrap();
    let Connection::Online { since } = until(&console, "online", is_online).await.connection else {
        unreachable!()
    };
    // Both clocks moved on while it slept, and the access token ended.
    house.clock.advance(TimeDelta::hours(9));
    computer.pass(TimeDelta::hours(9));
    until(&console, "a connection of after the sleep", |status| {
        matches!(status.connection, Connection::Online { since: now } if now - since >= TimeDelta::hours(9))
    })
    .await;
    // A clock that is set back is no reason to stop either.
    computer.pass(TimeDelta::hours(-2));
    until(&console, "a connection of after the clock was set", |status| {
        matches!(status.connection, Connection::Online { since: now } if now - since < TimeDelta::hours(8))
    })
    .await;
    console.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn another_platform_at_the_same_address_turns_the_console_red_and_is_shown_no_token() {
    let (house, computer) = begin().await;
    let console = computer.start().await;
    sign_in(&console, house.url(), None).await.unwrap();
    until(&console, "online", is_online).await;
    let url = house.url().to_owned();
    house.stop().await;
    let (folder, clock) = House::start().await.stop().await;
    let other = serve_at(folder.path(), &clock, &url).await;
    let _ = console.sync_now().await;
    let status = until(
        &console,
        "red",
        |status| matches!(&status.integrity, Integrity::Broken { finding, .. } if finding == "key_changed"),
    )
    .await;
    assert!(
        status.profile.unwrap().email.is_some(),
        "nobody is signed out by a stranger"
    );
    other.note_refusals(true).await;
    let permit = vigia_server::operator_may(other.now()).unwrap();
    let mut export = other.store().export(&permit, None, None).await.unwrap();
    while let Ok(page) = export.next_page().await {
        if page.is_empty() {
            break;
        }
        assert!(
            page.iter()
                .all(|one| one.event.kind.as_str() != "auth.token.invalid")
        );
    }
    console.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_keyring_that_is_locked_at_the_start_costs_nothing_once_it_is_unlocked() {
    let (house, computer) = begin().await;
    let console = computer.start().await;
    sign_in(&console, house.url(), None).await.unwrap();
    console.sync_now().await.unwrap();
    console.close().await;
    drop(console);

    computer.keyring.lock(true);
    let console = computer.start().await;
    let status = until(&console, "signed out for now", |status| {
        status.phase == Phase::SignedOut
    })
    .await;
    assert!(matches!(
        status.keyring,
        Keyring::MemoryOnly {
            trouble: KeyringTrouble::Locked,
            ..
        }
    ));
    let still = console.keyring_retry().await.unwrap();
    assert!(
        matches!(still.keyring, Keyring::MemoryOnly { .. }),
        "it is still locked"
    );
    computer.keyring.lock(false);
    let status = console.keyring_retry().await.unwrap();
    assert_eq!(status.keyring, Keyring::Available);
    assert_eq!(count(&console, QUERY).await, 40, "the copy of before");
    until(&console, "online without signing in", is_online).await;
    console.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_began_without_a_keyring_goes_on_in_it() {
    let (house, computer) = begin().await;
    computer.keyring.lock(true);
    let console = computer.start().await;
    sign_in(&console, house.url(), None).await.unwrap();
    until(&console, "online", is_online).await;
    computer.keyring.lock(false);
    console.keyring_retry().await.unwrap();
    until(&console, "online", |status| {
        is_online(status) && status.copy.entries > 40
    })
    .await;
    console.close().await;
    drop(console);
    let console = computer.start().await;
    until(&console, "still signed in", is_online).await;
    console.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_keyring_that_stops_answering_costs_no_session() {
    let (house, computer) = begin().await;
    let console = computer.once().await;
    sign_in(&console, house.url(), None).await.unwrap();
    computer.keyring.lock(true);
    for _ in 0..2 {
        house.clock.advance(TimeDelta::minutes(20));
        let _ = console.sync_now().await;
    }
    let status = console.status().await.unwrap();
    assert!(
        matches!(status.keyring, Keyring::Refusing { .. } | Keyring::Available),
        "{:?}",
        status.keyring
    );
    computer.keyring.lock(false);
    console.keyring_retry().await.unwrap();
    console.sync_now().await.unwrap();
    assert_eq!(console.status().await.unwrap().keyring, Keyring::Available);
    console.close().await;
    drop(console);
    let console = computer.once().await;
    console.sync_now().await.unwrap();
    console.close().await;
}

fn flip(path: &Path, pages: impl Iterator<Item = usize>) {
    let mut bytes = std::fs::read(path).unwrap();
    for page in pages {
        if let Some(byte) = bytes.get_mut(page * 4_096 + 99) {
            *byte ^= 0x20;
        }
    }
    std::fs::write(path, bytes).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_copy_is_fetched_again_and_trust_is_kept() {
    let house = House::start().await;
    ingest(&house, "api", 0..3_000).await;
    let computer = Computer::new();
    let console = computer.start().await;
    let id = sign_in(&console, house.url(), None)
        .await
        .unwrap()
        .profile
        .unwrap()
        .id;
    console.sync_now().await.unwrap();
    console.close().await;
    drop(console);
    let copy = computer.copy_of(&id);
    let key = std::fs::read(computer.profile_folder(&id).join("trust/key.json")).unwrap();

    for damage in ["head", "inside", "empty", "cut", "key"] {
        match damage {
            "head" => flip(&copy, 0..1),
            "inside" => flip(&copy, 20..400),
            "empty" => std::fs::write(&copy, b"").unwrap(),
            "cut" => {
                let bytes = std::fs::read(&copy).unwrap();
                std::fs::write(&copy, &bytes[..bytes.len() / 3]).unwrap();
            }
            _ => computer.forget("cache", &id),
        }
        let console = computer.start().await;
        let status = until(&console, damage, |status| {
            is_online(status) && status.copy.rebuilt_at.is_some() && status.copy.entries > 3_000
        });
        let search = async {
            // Whoever comes upon the damage first: a person's search is as good as any.
            if damage == "inside" {
                let range = vigia_desk::view::event::Range::default();
                let _ = console.count("message:line", range).await;
                let _ = console.verify_now().await;
            }
        };
        let (status, ()) = tokio::join!(status, search);
        assert!(
            matches!(status.integrity, Integrity::Verified { .. }),
            "{damage}: {status:?}"
        );
        assert_eq!(count(&console, QUERY).await, 3_000, "{damage}");
        console.verify_now().await.unwrap();
        console.close().await;
        let now = std::fs::read(computer.profile_folder(&id).join("trust/key.json")).unwrap();
        assert_eq!(now, key, "{damage}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_consoles_on_one_profile_both_see_what_comes_and_neither_waits_for_ever() {
    let (house, computer) = begin().await;
    let one = computer.start().await;
    sign_in(&one, house.url(), None).await.unwrap();
    let other = computer.start().await;
    for n in 0..4 {
        ingest(&house, "api", 40 + n * 10..50 + n * 10).await;
        let wanted = u64::from(50 + n * 10);
        let (first, second) = tokio::join!(one.sync_now(), other.sync_now());
        assert!(first.is_ok() && second.is_ok(), "{first:?} {second:?}");
        assert_eq!(count(&one, QUERY).await, wanted);
        assert_eq!(count(&other, QUERY).await, wanted);
    }
    one.verify_now().await.unwrap();
    other.verify_now().await.unwrap();
    // Taking the platform off needs it alone.
    let id = one.status().await.unwrap().profile.unwrap().id;
    until(&other, "online", is_online).await;
    let name = one.profiles().await.unwrap().remove(0).name;
    let removing = vigia_desk::view::profile::ProfileRemove { id, name };
    let refused = one.profile_remove(removing).await.unwrap_err();
    assert_eq!(refused.code, Code::Conflict, "{refused:?}");
    one.close().await;
    other.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_another_reader_may_see_is_fetched_and_what_they_may_not_is_gone() {
    let (house, computer) = begin().await;
    house.viewer().await;
    let console = computer.once().await;
    sign_in(&console, house.url(), None).await.unwrap();
    console.sync_now().await.unwrap();
    assert_eq!(count(&console, "actor.email:p1@example.com").await, 8);
    sign_in_as(&console, house.url(), None, VIEWER_EMAIL, VIEWER_PASSWORD)
        .await
        .unwrap();
    assert_eq!(
        count(&console, "actor.email:p1@example.com").await,
        0,
        "gone before anything comes"
    );
    console.sync_now().await.unwrap();
    assert_eq!(count(&console, "actor.email:p1@example.com").await, 0);
    assert_eq!(count(&console, QUERY).await, 40);
    sign_in(&console, house.url(), None).await.unwrap();
    console.sync_now().await.unwrap();
    assert_eq!(count(&console, "actor.email:p1@example.com").await, 8);
    console.verify_now().await.unwrap();
    console.close().await;
}
