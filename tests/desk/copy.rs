//! The copy on the desk: a real log in it, searchable offline, as much as the reader may see.

use crate::terminal::{Terminal, files};
use serde_json::Value;
use std::process::Stdio;
use vigia_tests::platform::{ADMIN_EMAIL, ADMIN_PASSWORD, House, VIEWER_EMAIL, VIEWER_PASSWORD};
use vigia_tests::shared;

const FAILURES: &str = "service:sshd kind:auth.login.failed";

/// Made-up sign-ins of two people.
fn sign_ins(count: usize) -> String {
    let line = |n: usize| {
        let (person, ip) = if n.is_multiple_of(2) {
            ("joao", "189.50.10.20")
        } else {
            ("maria", "10.1.2.3")
        };
        format!(
            "{{\"time\":\"2026-02-17T10:{:02}:{:02}Z\",\"kind\":\"auth.login.failed\",\"service\":\"api\",\
             \"email\":\"{person}@example.com\",\"ip\":\"{ip}\",\
             \"message\":\"credenciais inválidas para {person}@example.com\"}}\n",
            n / 60 % 60,
            n % 60
        )
    };
    (0..count).map(line).collect()
}

async fn send(terminal: &Terminal, house: &House, path: &str, more: &[&str]) -> Value {
    let key = terminal.file("key", &house.key(&["events:write"]).await);
    let key = key.to_string_lossy().into_owned();
    let mut arguments = vec!["send", "--server", house.url(), "--key-file", &key, "--json"];
    arguments.extend(more);
    arguments.push(path);
    terminal.run(&arguments).await.done().json()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_real_log_reaches_the_desk_and_is_searched_there_also_offline() {
    let Some(log) = shared("data/logs/loghub/OpenSSH/OpenSSH_2k.log") else {
        return;
    };
    let truth = std::fs::read_to_string(log.with_file_name("GROUND_TRUTH.json")).unwrap();
    let truth: Value = serde_json::from_str(&truth).unwrap();
    let house = House::start().await;
    let terminal = Terminal::new().await;
    let sent = send(
        &terminal,
        &house,
        &log.to_string_lossy(),
        &["--format", "sshd", "--year", "2024"],
    )
    .await;
    assert_eq!(
        (&sent["accepted"], &sent["rejected"]),
        (&truth["lines"], &Value::from(0))
    );

    let login = terminal
        .login(&house, ADMIN_EMAIL, ADMIN_PASSWORD)
        .await
        .done()
        .json();
    assert_eq!(login["fingerprint"].as_str().map(str::len), Some(64));
    let synced = terminal.run(&["sync", "--json"]).await.done().json();
    assert_eq!(synced["integrity"]["state"], "verified");

    let check = async || {
        assert_eq!(
            Value::from(terminal.count(FAILURES).await),
            truth["failures_expanded"]
        );
        assert_eq!(terminal.count("service:sshd kind:auth.login.succeeded").await, 1);
        // By address the truth counts lines; two of them say that something was repeated.
        let mut all = 0;
        for (ip, lines) in truth["failures_by_ip"].as_object().unwrap() {
            let found = terminal.count(&format!("{FAILURES} source.ip:{ip}")).await;
            assert!(found >= lines.as_u64().unwrap(), "{ip}: {found}");
            all += found;
        }
        assert_eq!(all, 528);
        for (ip, failures) in [
            ("183.62.140.253", 286),
            ("187.141.143.180", 80),
            ("103.99.0.122", 46),
            ("112.95.230.3", 26),
        ] {
            assert_eq!(
                terminal.count(&format!("{FAILURES} source.ip:{ip}")).await,
                failures,
                "{ip}"
            );
        }
        assert!(terminal.count(&format!("{FAILURES} actor.name:root")).await >= 370);
        assert_eq!(
            terminal
                .count(&format!("{FAILURES} source.ip:103.207.39.0/24"))
                .await,
            7
        );
    };
    check().await;
    let lines = terminal.run(&["events", FAILURES, "--json"]).await.done().out;
    let mut addresses: Vec<String> = lines
        .lines()
        .map(|line| {
            serde_json::from_str::<Value>(line).unwrap()["source"]["ip"]
                .as_str()
                .unwrap()
                .to_owned()
        })
        .collect();
    addresses.sort();
    addresses.dedup();
    assert_eq!(Value::from(addresses.len()), truth["distinct_source_ips"]);
    assert_eq!(terminal.run(&["verify"]).await.done().out.lines().count(), 2);

    let (_folder, _clock) = house.stop().await;
    assert_eq!(terminal.count(FAILURES).await, 528, "offline");
    let verify = terminal.run(&["verify"]).await;
    assert_eq!(verify.code, 4, "{verify:?}");
    assert!(verify.out.starts_with("own copy: "), "{verify:?}");
    assert_eq!(terminal.run(&["sync"]).await.code, 4);
    let status = terminal.run(&["status", "--json"]).await.done().json();
    assert_eq!(status["integrity"]["state"], "verified");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sync_that_is_killed_goes_on_where_it_was() {
    let house = House::start().await;
    let terminal = Terminal::new().await;
    let path = terminal.file("log.ndjson", &sign_ins(10_000));
    let sent = send(
        &terminal,
        &house,
        &path.to_string_lossy(),
        &["--format", "ndjson"],
    )
    .await;
    assert_eq!(sent["events"], 10_000);
    terminal.login(&house, ADMIN_EMAIL, ADMIN_PASSWORD).await.done();
    let entries = async || {
        terminal.run(&["status", "--json"]).await.done().json()["copy"]["entries"]
            .as_u64()
            .unwrap()
    };
    // Killed again and again, each time a little later, it still gets there.
    let mut before = 0;
    for _ in 0..4 {
        let mut sync = terminal
            .vigiactl(&["sync"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let wal = || {
            files(&terminal.home())
                .iter()
                .filter_map(|file| file.metadata().ok())
                .map(|file| file.len())
                .sum::<u64>()
        };
        let start = wal();
        while wal() < start + 200_000 && sync.try_wait().unwrap().is_none() {
            tokio::task::yield_now().await;
        }
        sync.start_kill().unwrap();
        sync.wait().await.unwrap();
        let now = entries().await;
        assert!(now >= before, "{now} after {before}");
        before = now;
    }
    terminal.run(&["sync"]).await.done();
    assert_eq!(terminal.count("service:api").await, 10_000);
    terminal.run(&["verify"]).await.done();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_viewer_sees_the_same_events_with_pseudonyms_for_people() {
    let house = House::start().await;
    house.viewer().await;
    let terminal = Terminal::new().await;
    let path = terminal.file("log.ndjson", &sign_ins(10));
    send(
        &terminal,
        &house,
        &path.to_string_lossy(),
        &["--format", "ndjson"],
    )
    .await;
    terminal.login(&house, VIEWER_EMAIL, VIEWER_PASSWORD).await.done();
    terminal.run(&["sync"]).await.done();
    assert_eq!(terminal.count("kind:auth.login.failed service:api").await, 10);
    assert_eq!(terminal.count("joao").await, 0);
    assert_eq!(terminal.count("source.ip:*").await, 0);
    let csv = terminal.run(&["events", "service:api", "--csv"]).await.done().out;
    let mut people: Vec<&str> = csv
        .lines()
        .skip(1)
        .filter_map(|line| line.split(',').nth(6))
        .collect();
    people.sort_unstable();
    people.dedup();
    assert_eq!(people.len(), 2, "one stable pseudonym each: {people:?}");
    assert!(people.iter().all(|name| name.starts_with('#')), "{people:?}");
    terminal.run(&["verify"]).await.done();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_erased_person_leaves_the_desk_at_the_next_sync_and_everything_still_verifies() {
    let house = House::start().await;
    let terminal = Terminal::new().await;
    let path = terminal.file("log.ndjson", &sign_ins(10));
    send(
        &terminal,
        &house,
        &path.to_string_lossy(),
        &["--format", "ndjson"],
    )
    .await;
    terminal.login(&house, ADMIN_EMAIL, ADMIN_PASSWORD).await.done();
    terminal.run(&["sync"]).await.done();
    assert_eq!(terminal.count("actor.email:joao@example.com").await, 5);
    assert_eq!(terminal.count("joao").await, 5);

    let permit = vigia_server::operator_may(house.platform.now()).unwrap();
    house
        .platform
        .store()
        .subject_erase(&permit, "joao@example.com")
        .await
        .unwrap();
    terminal.run(&["sync"]).await.done();
    assert_eq!(terminal.count("actor.email:joao@example.com").await, 0);
    assert_eq!(terminal.count("joao").await, 0);
    assert_eq!(terminal.count("maria").await, 5);
    assert_eq!(terminal.count("service:api").await, 10);
    assert_eq!(
        terminal.count("source.ip:189.50.10.20").await,
        5,
        "the unknown attacker's address stays"
    );
    terminal.run(&["verify"]).await.done();
}

#[tokio::test]
async fn without_a_keyring_nobody_signs_in() {
    let house = House::start().await;
    let terminal = Terminal::without_keyring();
    let login = terminal.login(&house, ADMIN_EMAIL, ADMIN_PASSWORD).await;
    assert_eq!(login.code, 3, "{login:?}");
    assert!(login.err.contains("keyring"), "{login:?}");
    assert!(
        !files(&terminal.home())
            .iter()
            .any(|file| file.extension().is_some_and(|ending| ending == "db"))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn exit_codes_say_what_kind_of_no_it_is() {
    let house = House::start().await;
    let terminal = Terminal::new().await;
    assert_eq!(
        terminal.run(&["events", "--count"]).await.code,
        3,
        "nobody has signed in"
    );
    assert_eq!(terminal.login(&house, ADMIN_EMAIL, "wrong").await.code, 3);
    terminal.login(&house, ADMIN_EMAIL, ADMIN_PASSWORD).await.done();
    let query = terminal.run(&["events", "kindd:a.b"]).await;
    assert_eq!(query.code, 2);
    assert!(query.err.contains("did you mean kind?"), "{query:?}");
    assert_eq!(terminal.run(&["no-such-command"]).await.code, 2);
    let path = terminal.file("password", ADMIN_PASSWORD);
    let free = vigia_tests::window::free_port().unwrap();
    let elsewhere = format!("http://127.0.0.1:{free}");
    let path = path.to_string_lossy();
    let login = [
        "login",
        "--server",
        &elsewhere,
        "--email",
        ADMIN_EMAIL,
        "--password-file",
        &path,
    ];
    assert_eq!(terminal.run(&login).await.code, 4);
    assert_eq!(
        terminal.run(&["status"]).await.code,
        0,
        "the platform that was in use stays in use"
    );
    terminal.run(&["logout"]).await.done();
    assert_eq!(terminal.run(&["sync"]).await.code, 3);
}
