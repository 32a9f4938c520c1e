//! A copy that covers a window of its log: what is older stays on the platform, and everything still
//! verifies.

use crate::console::{Computer, count, ingest, sign_in};
use chrono::TimeDelta;
use std::sync::Arc;
use vigia_desk::Console;
use vigia_desk::view::profile::{Keep, ProfileKeep};
use vigia_desk::view::status::Integrity;
use vigia_tests::platform::House;
use vigia_tests::tamper;

const QUERY: &str = "service:api";

/// Three months of events, forty a month; clocks of platform and computer go together.
async fn begin() -> (House, Computer, Console, String) {
    let house = House::start().await;
    let computer = Computer::with_clock(Arc::clone(&house.clock));
    for month in 0..3 {
        ingest(&house, "api", month * 40..month * 40 + 40).await;
        house.clock.advance(TimeDelta::days(30));
    }
    let console = computer.once().await;
    let status = sign_in(&console, house.url(), None).await.unwrap();
    let id = status.profile.unwrap().id;
    (house, computer, console, id)
}

async fn keep(console: &Console, id: &str, days: Option<u32>) {
    let keep = Keep {
        days,
        disk_bytes: None,
    };
    let request = ProfileKeep {
        id: id.to_owned(),
        keep,
    };
    console.profile_keep(request).await.unwrap();
    console.sync_now().await.unwrap();
}

async fn whole(console: &Console) {
    let status = console.verify_now().await.unwrap();
    assert!(
        matches!(status.integrity, Integrity::Verified { .. }),
        "{status:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_first_sync_begins_with_the_window_and_a_wider_one_is_filled_back() {
    let (house, computer, console, id) = begin().await;
    keep(&console, &id, Some(45)).await;
    assert_eq!(count(&console, QUERY).await, 40);
    let copy = console.status().await.unwrap().copy;
    assert!(copy.first > 0 && copy.covers_from.is_some(), "{copy:?}");
    whole(&console).await;
    console.close().await;
    drop(console);

    // Also after a restart, and while the log grows.
    let console = computer.once().await;
    ingest(&house, "api", 120..130).await;
    console.sync_now().await.unwrap();
    assert_eq!(count(&console, QUERY).await, 50);
    whole(&console).await;
    keep(&console, &id, Some(75)).await;
    assert_eq!(count(&console, QUERY).await, 90);
    whole(&console).await;
    keep(&console, &id, None).await;
    let copy = console.status().await.unwrap().copy;
    assert_eq!((copy.first, copy.covers_from), (0, None));
    assert_eq!(count(&console, QUERY).await, 130);
    whole(&console).await;
    keep(&console, &id, Some(45)).await;
    assert_eq!(count(&console, QUERY).await, 50);
    whole(&console).await;
    console.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn entries_leave_as_time_passes_and_an_empty_window_is_no_trouble() {
    let (house, _computer, console, id) = begin().await;
    keep(&console, &id, Some(75)).await;
    assert_eq!(count(&console, QUERY).await, 80);
    house.clock.advance(TimeDelta::days(3));
    sign_in(&console, house.url(), None).await.unwrap();
    console.sync_now().await.unwrap();
    house.clock.advance(TimeDelta::days(6));
    sign_in(&console, house.url(), None).await.unwrap();
    console.sync_now().await.unwrap();
    assert_eq!(count(&console, QUERY).await, 80);
    house.clock.advance(TimeDelta::days(7));
    sign_in(&console, house.url(), None).await.unwrap();
    console.sync_now().await.unwrap();
    assert_eq!(count(&console, QUERY).await, 40, "the second month is over");
    keep(&console, &id, Some(1)).await;
    assert_eq!(count(&console, QUERY).await, 0);
    whole(&console).await;
    console.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_older_entry_that_was_changed_is_noticed_though_the_copy_does_not_hold_it() {
    for wider in [true, false] {
        let (house, _computer, console, id) = begin().await;
        keep(&console, &id, Some(45)).await;
        let first = console.status().await.unwrap().copy.first;
        let seq = i64::try_from(first).unwrap() - 10;
        tamper::change_one_byte(house.folder(), seq).await.unwrap();
        if wider {
            let request = ProfileKeep {
                id,
                keep: Keep::default(),
            };
            console.profile_keep(request).await.unwrap();
            console.sync_now().await.unwrap_err();
        } else {
            console.verify_now().await.unwrap();
        }
        let status = console.status().await.unwrap();
        assert!(matches!(status.integrity, Integrity::Broken { .. }), "{status:?}");
        assert_eq!(
            count(&console, QUERY).await,
            40,
            "what was verified is still there"
        );
        console.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_erased_leaves_a_windowed_copy_and_does_not_come_back_with_older_entries() {
    let (house, _computer, console, id) = begin().await;
    keep(&console, &id, Some(45)).await;
    assert_eq!(count(&console, "actor.email:p1@example.com").await, 8);
    let permit = vigia_server::operator_may(house.platform.now()).unwrap();
    let store = house.platform.store();
    store.subject_erase(&permit, "p1@example.com").await.unwrap();
    console.sync_now().await.unwrap();
    assert_eq!(count(&console, "actor.email:p1@example.com").await, 0);
    keep(&console, &id, None).await;
    assert_eq!(count(&console, "actor.email:p1@example.com").await, 0);
    assert_eq!(count(&console, QUERY).await, 120);
    whole(&console).await;
    console.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_limit_on_disk_is_kept_while_a_large_log_arrives() {
    let house = House::start().await;
    for part in 0..4 {
        ingest(&house, "api", part * 8_000..part * 8_000 + 8_000).await;
    }
    let computer = Computer::new();
    let console = computer.once().await;
    let id = sign_in(&console, house.url(), None)
        .await
        .unwrap()
        .profile
        .unwrap()
        .id;
    let limit = 4 * 1024 * 1024;
    let keep = Keep {
        days: None,
        disk_bytes: Some(limit),
    };
    console.profile_keep(ProfileKeep { id, keep }).await.unwrap();
    console.sync_now().await.unwrap();
    let copy = console.status().await.unwrap().copy;
    assert!(copy.disk_bytes < limit * 5 / 4, "{copy:?}");
    assert!(copy.first > 0 && copy.first < copy.entries, "{copy:?}");
    whole(&console).await;
    console.close().await;
}
