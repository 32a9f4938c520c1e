//! What the platform lets go because its days are over leaves the console too, and explains itself; a
//! log key that changes is followed, and one that nobody signed for is not.

use crate::terminal::{Terminal, files};
use chrono::TimeDelta;
use vigia_server::operator_may;
use vigia_tests::platform::{ADMIN_EMAIL, ADMIN_PASSWORD, House, IngestKey};

async fn ingest(house: &House, lines: std::ops::Range<u32>) {
    let key = IngestKey(house.key(&["events:write"]).await);
    let body: String = lines
        .map(|n| format!("{{\"kind\":\"auth.login.failed\",\"service\":\"api\",\"actor\":{{\"email\":\"p{n}@example.com\"}},\"message\":\"linha{n}\"}}\n"))
        .collect();
    let reply = house.ingest(&key, "?format=ndjson", body).await;
    assert_eq!(reply.status, 200, "{}", reply.text());
}

async fn begin() -> (House, Terminal) {
    let house = House::start().await;
    ingest(&house, 0..40).await;
    let terminal = Terminal::new().await;
    terminal.login(&house, ADMIN_EMAIL, ADMIN_PASSWORD).await.done();
    terminal.run(&["sync"]).await.done();
    (house, terminal)
}

async fn count(terminal: &Terminal, query: &str) -> String {
    let answer = terminal.run(&["events", query, "--count"]).await.done();
    answer.out.trim().to_owned()
}

async fn retain(house: &House) -> u64 {
    let now = house.platform.now();
    let permit = operator_may(now).unwrap();
    let done = house
        .platform
        .store()
        .retain(&permit, now, false, || true)
        .await
        .unwrap();
    done.entries.values().sum()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_pruned_after_the_console_copied_it_leaves_the_copy_and_everything_verifies() {
    let (house, terminal) = begin().await;
    assert_eq!(count(&terminal, "linha7").await, "1");
    house.clock.advance(TimeDelta::days(91));
    assert_eq!(retain(&house).await, 40);
    // Before the console has heard of it: what vanished is explained by what it pulls then.
    terminal.login(&house, ADMIN_EMAIL, ADMIN_PASSWORD).await.done();
    terminal.run(&["verify"]).await.done();
    assert_eq!(count(&terminal, "service:api").await, "0");
    assert_eq!(count(&terminal, "linha7").await, "0");
    assert_eq!(count(&terminal, "kind:ledger.pruned").await, "1");
    ingest(&house, 50..53).await;
    terminal.run(&["sync"]).await.done();
    assert_eq!(count(&terminal, "service:api").await, "3");
    terminal.run(&["verify"]).await.done();
    // A console that comes later has the same log.
    let fresh = Terminal::new().await;
    fresh.login(&house, ADMIN_EMAIL, ADMIN_PASSWORD).await.done();
    fresh.run(&["sync"]).await.done();
    fresh.run(&["verify"]).await.done();
    assert_eq!(count(&fresh, "service:api").await, "3");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_console_follows_the_logs_key_through_every_rotation_that_it_missed() {
    let (house, terminal) = begin().await;
    let before = house.platform.store().verifier().fingerprint();
    let permit = operator_may(house.platform.now()).unwrap();
    for n in 0..2 {
        house.platform.store().rotate_log_key(&permit).await.unwrap();
        ingest(&house, 60 + n..61 + n).await;
    }
    let after = house.platform.store().verifier().fingerprint();
    assert_ne!(before, after);
    terminal.run(&["sync"]).await.done();
    terminal.run(&["verify"]).await.done();
    let status = terminal.run(&["status", "--json"]).await.done().json();
    assert_eq!(status["integrity"]["state"], "verified", "{status}");
    assert_eq!(status["integrity"]["checkpoint"]["key_fingerprint"], after);
    assert_eq!(count(&terminal, "service:api").await, "42");
}

/// Flips bytes all over the middle of the only copy of this terminal.
fn damage_the_middle(terminal: &Terminal) {
    let copies = files(&terminal.home());
    let copy = copies.iter().find(|path| path.ends_with("cache.db")).unwrap();
    let mut bytes = std::fs::read(copy).unwrap();
    let (middle, half) = (bytes.len() / 2, bytes.len() / 4);
    for byte in bytes[middle - half..middle + half].iter_mut().step_by(97) {
        *byte ^= 0x21;
    }
    std::fs::write(copy, bytes).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_damaged_in_the_middle_is_put_away_and_fetched_again_with_trust_kept() {
    let (house, terminal) = begin().await;
    ingest(&house, 40..900).await;
    terminal.run(&["sync"]).await.done();
    assert_eq!(count(&terminal, "service:api").await, "900");
    let key = |terminal: &Terminal| {
        let files = files(&terminal.home());
        std::fs::read(
            files
                .iter()
                .find(|path| path.ends_with("trust/key.json"))
                .unwrap(),
        )
        .unwrap()
    };
    let trusted = key(&terminal);

    damage_the_middle(&terminal);
    let synced = terminal.run(&["sync"]).await.done();
    assert!(synced.err.contains("did not read back"), "{synced:?}");
    assert!(!synced.out.starts_with("0 new"), "{synced:?}");
    assert_eq!(count(&terminal, "service:api").await, "900");

    damage_the_middle(&terminal);
    let verified = terminal.run(&["verify"]).await.done();
    assert!(verified.err.contains("did not read back"), "{verified:?}");
    assert_eq!(count(&terminal, "service:api").await, "900");

    // Whoever only searches is told, and is told again until the copy is there.
    damage_the_middle(&terminal);
    for _ in 0..2 {
        let counted = terminal.run(&["events", "service:api", "--count"]).await;
        assert_eq!((counted.code, counted.out.as_str()), (5, ""), "{counted:?}");
        assert!(counted.err.contains("vigiactl sync"), "{counted:?}");
    }
    terminal.run(&["sync"]).await.done();
    assert_eq!(count(&terminal, "service:api").await, "900");
    terminal.run(&["verify"]).await.done();
    assert_eq!(key(&terminal), trusted);
}

#[tokio::test(flavor = "multi_thread")]
async fn verifying_says_how_many_entries_were_compared_by_their_hashes_alone() {
    let (house, terminal) = begin().await;
    house.clock.advance(TimeDelta::days(91));
    assert_eq!(retain(&house).await, 40);
    terminal.login(&house, ADMIN_EMAIL, ADMIN_PASSWORD).await.done();
    let verified = terminal.run(&["verify"]).await.done();
    assert!(
        verified
            .out
            .contains("40 more are pruned and were compared by their leaf hashes alone"),
        "{verified:?}"
    );
    let told = terminal.run(&["verify", "--json"]).await.done().json();
    assert_eq!(told["platform"]["hashes"], 40, "{told}");
}
