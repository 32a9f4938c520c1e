//! What lies before the copy: found by the platform, proven by the desk, and never believed.

use crate::export::{Ring, console_at, sign_in};
use serde_json::json;
use std::sync::Arc;
use vigia_desk::Console;
use vigia_desk::view::event::{DetailRequest, Range};
use vigia_desk::view::older::{OlderRequest, OlderState, OlderView};
use vigia_desk::view::profile::{Keep, ProfileKeep};
use vigia_tests::platform::{ADMIN_EMAIL, ADMIN_PASSWORD, House};
use vigia_wire::Code;

async fn ingest(house: &House, from: u32, count: u32) {
    let key = house.ingest_key().await;
    let line = |n: u32| {
        let time = house.platform.now();
        let person = if n.is_multiple_of(3) { "joao" } else { "maria" };
        json!({"time": time, "kind": "shop.order.placed", "service": "shop", "email": format!("{person}@example.com"),
               "message": format!("order {n}"), "device": {"name": format!("till-{n}")}})
        .to_string()
    };
    let body: Vec<String> = (from..from + count).map(line).collect();
    let reply = house.ingest(&key, "?format=ndjson", body.join("\n")).await;
    assert_eq!(reply.status.as_u16(), 200, "{}", reply.text());
}

/// A console whose copy lacks the first thirty events, and its platform.
async fn windowed() -> (House, tempfile::TempDir, Console) {
    let house = House::start().await;
    let home = tempfile::tempdir().expect("a folder");
    let clock: Arc<dyn vigia_domain::Clock> = Arc::<vigia_tests::platform::HandClock>::clone(&house.clock);
    let console = console_at(&home, Box::new(Ring::default()), clock).await;
    ingest(&house, 0, 30).await;
    sign_in(&console, house.url(), ADMIN_EMAIL, ADMIN_PASSWORD).await;
    house.clock.advance(chrono::TimeDelta::days(3));
    ingest(&house, 30, 5).await;
    let profile = console
        .status()
        .await
        .expect("status")
        .profile
        .expect("a profile")
        .id;
    let keep = Keep {
        days: Some(1),
        disk_bytes: None,
    };
    console
        .profile_keep(ProfileKeep { id: profile, keep })
        .await
        .expect("kept");
    let status = console.sync_now().await.expect("synced");
    assert!(status.copy.covers_from.is_some(), "{:?}", status.copy);
    assert_eq!(
        console
            .count("service:shop", Range::default())
            .await
            .expect("a count"),
        5
    );
    (house, home, console)
}

fn asked(query: &str) -> OlderRequest {
    OlderRequest {
        query: query.to_owned(),
        range: Range::default(),
        columns: vec!["details.device.name".to_owned()],
        more: false,
    }
}

async fn found(console: &Console, request: OlderRequest) -> OlderView {
    let mut changes = console.changes();
    console.older_search(request).await.expect("begun");
    loop {
        let view = console.older().await.expect("a view");
        if !matches!(view.state, OlderState::Running | OlderState::Checking) {
            return view;
        }
        let _ = changes.recv().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_copy_lacks_is_found_on_the_platform_and_proven_here() {
    let (house, _home, console) = windowed().await;
    let view = found(&console, asked("service:shop actor.email:joao@example.com")).await;
    assert_eq!(view.state, OlderState::Done, "{view:?}");
    assert_eq!(view.rows.len(), 10, "nothing of what the copy holds");
    assert!(view.rows.iter().all(|row| row.verified));
    assert!(!view.more);
    let newest = &view.rows[0].row;
    assert_eq!(newest.message.as_deref(), Some("order 27"));
    let cell = newest.cells[0].as_ref().expect("a cell");
    assert_eq!(cell.text, "till-27");

    let detail = console
        .event_detail(DetailRequest { seq: newest.seq })
        .await
        .expect("a detail");
    assert!(detail.proof.verified && !detail.proof.path.is_empty());
    assert_eq!(detail.row.message.as_deref(), Some("order 27"));

    let none = found(&console, asked("service:nothing")).await;
    assert_eq!((none.state, none.rows.len()), (OlderState::Done, 0));
    let wrong = console
        .older_search(asked("kindd:a.b"))
        .await
        .expect_err("refused");
    assert_eq!(wrong.code, Code::InvalidQuery);
    console.close().await;
    house.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_old_entry_that_was_changed_is_a_finding_and_not_a_row() {
    let (house, _home, console) = windowed().await;
    let whole = found(&console, asked("service:shop")).await;
    let victim = whole.rows[4].row.seq;
    vigia_tests::tamper::change_one_byte(house.folder(), i64::try_from(victim).expect("a place"))
        .await
        .expect("changed");
    let refused = console
        .event_detail(DetailRequest { seq: victim })
        .await
        .expect_err("refused");
    assert_eq!(refused.code, Code::LedgerBroken, "{refused:?}");
    let status = console.status().await.expect("status");
    let state = serde_json::to_value(&status.integrity).expect("JSON");
    assert_eq!(state["state"], "broken");
    assert_eq!(state["finding"], "entry_changed");
    console.close().await;
    house.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_search_that_is_stopped_or_replaced_changes_nothing_any_more() {
    let (house, _home, console) = windowed().await;
    console.older_search(asked("service:shop")).await.expect("begun");
    let stopped = console.older_stop().await.expect("stopped");
    assert!(
        matches!(stopped.state, OlderState::Stopped | OlderState::Done),
        "{stopped:?}"
    );
    console.older_search(asked("service:shop")).await.expect("begun");
    let view = found(&console, asked("\"order 3\"")).await;
    assert_eq!(view.rows.len(), 1, "{view:?}");
    assert_eq!(
        view.request.map(|request| request.query),
        Some("\"order 3\"".to_owned())
    );
    console.close().await;
    house.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_platform_the_search_says_so_and_a_whole_copy_needs_none() {
    let (house, home, console) = windowed().await;
    house.stop().await;
    let view = found(&console, asked("service:shop")).await;
    assert!(
        matches!(&view.state, OlderState::Failed { problem } if problem.code == Code::Unreachable),
        "{view:?}"
    );
    console.close().await;
    drop(home);

    let house = House::start().await;
    let home = tempfile::tempdir().expect("a folder");
    let console = crate::export::console(&home, Box::new(Ring::default())).await;
    sign_in(&console, house.url(), ADMIN_EMAIL, ADMIN_PASSWORD).await;
    let refused = console
        .older_search(asked(""))
        .await
        .expect_err("nothing is older");
    assert_eq!(refused.code, Code::Conflict);
    console.close().await;
    house.stop().await;
}
