//! Two processes on one database: one log, whoever takes the events, whoever dies.

use crate::binary::{on, program_on, verify};
use futures::future::join_all;
use reqwest::{Client, StatusCode};
use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, ChildStdout, Stdio};
use std::time::Duration;
use tempfile::TempDir;
use vigia_client::Trust;
use vigia_server::Platform;
use vigia_tests::platform::{ADMIN_EMAIL, ADMIN_PASSWORD, House, Persona as _, client};
use vigia_wire::stream::StreamMessage;

/// A process that serves; killed where a test ends early.
struct Instance {
    process: Child,
    /// Open for as long as it may print.
    _out: BufReader<ChildStdout>,
    url: String,
}

impl Instance {
    fn start(data: &Path) -> Self {
        let mut process = program_on(data)
            .args(["serve", "--listen", "127.0.0.1:0", "--data", text(data)])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("started");
        let mut line = String::new();
        let mut out = BufReader::new(process.stdout.take().expect("its output"));
        out.read_line(&mut line).expect("a line");
        let url = line.trim().strip_prefix("listening on ").expect("its address");
        Self {
            url: url.to_owned(),
            process,
            _out: out,
        }
    }

    /// Sends one line; the error where it was not acknowledged.
    async fn take(&self, client: &Client, key: &str, line: &str) -> Result<(), String> {
        let request = client.post(format!("{}/v1/ingest/events", self.url));
        let sent = request.bearer_auth(key).body(format!("{line}\n")).send().await;
        let reply = sent.map_err(|error| format!("{error:?}"))?;
        match reply.status() {
            StatusCode::OK => Ok(()),
            status => Err(format!("{status}: {}", reply.text().await.unwrap_or_default())),
        }
    }
}

impl Drop for Instance {
    fn drop(&mut self) {
        // It may be dead already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn text(path: &Path) -> &str {
    path.to_str().expect("text")
}

/// A platform in a folder, and a key that may send events.
fn begin() -> (TempDir, String) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let data = folder.path().join("data");
    let password = folder.path().join("password");
    std::fs::write(&password, ADMIN_PASSWORD).expect("written");
    let init = [
        "--admin-email",
        ADMIN_EMAIL,
        "--admin-password-file",
        text(&password),
    ];
    assert_eq!(on(&data, &["init"], &init).code, 0);
    let asked = ["--name", "api", "--permission", "events:write"];
    let key = on(&data, &["key", "create"], &asked);
    assert_eq!(key.code, 0, "{}", key.err);
    (folder, key.out.trim().to_owned())
}

/// The messages in the log, after its numbers were found to have no gap.
fn messages(data: &Path) -> Vec<String> {
    let exported = on(data, &["export"], &["--json"]);
    assert_eq!(exported.code, 0, "{}", exported.err);
    let mut messages = Vec::new();
    for (n, line) in (0_u64..).zip(exported.out.lines()) {
        let event: serde_json::Value = serde_json::from_str(line).expect("JSON");
        assert_eq!(event["seq"], n);
        messages.push(event["message"].as_str().unwrap_or_default().to_owned());
    }
    messages
}

#[tokio::test(flavor = "multi_thread")]
async fn two_processes_append_at_once_without_gap_or_fork() {
    let (folder, key) = begin();
    let data = folder.path().join("data");
    let instances = [Instance::start(&data), Instance::start(&data)];
    let client = client([127, 0, 0, 1].into());
    let sent = join_all((0..120).map(|n| {
        let (instance, client, key) = (&instances[n % 2], &client, &key);
        async move { instance.take(client, key, &format!("line {n} of many")).await }
    }));
    let refused: Vec<String> = sent.await.into_iter().filter_map(Result::err).collect();
    assert!(refused.is_empty(), "{refused:?}");
    let there: BTreeSet<String> = messages(&data).into_iter().collect();
    for n in 0..120 {
        assert!(there.contains(&format!("line {n} of many")), "{n}");
    }
    drop(instances);
    let found = verify(&data, &[]);
    assert_eq!(found.code, 0, "{}{}", found.out, found.err);
    assert_eq!(on(&data, &["replay"], &["--check"]).code, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn killing_one_in_mid_append_loses_nothing_that_was_acknowledged() {
    let (folder, key) = begin();
    let data = folder.path().join("data");
    let (mut doomed, other) = (Instance::start(&data), Instance::start(&data));
    let client = client([127, 0, 0, 1].into());
    let pid = doomed.process.id().to_string();
    let mut acknowledged = BTreeSet::new();
    for round in 0..12 {
        let lines: Vec<String> = (0..16).map(|n| format!("round {round} line {n}")).collect();
        let sending = join_all(lines.iter().enumerate().map(|(n, line)| {
            let instance = if n % 2 == 0 { &doomed } else { &other };
            instance.take(&client, &key, line)
        }));
        let taken = if round == 6 {
            let kill = async {
                let killed = tokio::process::Command::new("kill")
                    .args(["-KILL", &pid])
                    .status()
                    .await;
                assert!(killed.expect("kill").success());
            };
            tokio::join!(sending, kill).0
        } else {
            sending.await
        };
        let taken: Vec<&String> = lines
            .iter()
            .zip(taken)
            .filter_map(|(line, taken)| taken.is_ok().then_some(line))
            .collect();
        assert!(taken.len() >= 8, "the other goes on: {}", taken.len());
        acknowledged.extend(taken.into_iter().cloned());
    }
    assert!(!doomed.process.wait().expect("an end").success());
    let there: BTreeSet<String> = messages(&data).into_iter().collect();
    let lost: Vec<_> = acknowledged.difference(&there).collect();
    assert!(lost.is_empty(), "{lost:?}");
    drop(other);
    let found = verify(&data, &[]);
    assert_eq!(found.code, 0, "{}{}", found.out, found.err);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_desk_hears_within_a_second_what_another_instance_took() {
    let house = House::start().await;
    let viewer = house.viewer().await;
    let client = vigia_client::Client::new(house.url(), &Trust::System).expect("a client");
    let mut stream = client
        .stream(viewer.token().expect("a token"))
        .await
        .expect("a socket");
    let hello = stream.next().await.expect("hello");
    assert!(matches!(hello, Some(StreamMessage::Hello { .. })));
    let options = House::options(house.folder(), &house.clock);
    let other = Platform::open(options).await.expect("a second instance");
    let told = house
        .operator()
        .event(vigia_domain::Kind::PLATFORM_STARTED, "Platform started");
    let seqs = other
        .store()
        .record(vigia_store::Authority::Own, vec![told.expect("an event")])
        .await
        .expect("recorded");
    let heard = async {
        while let Some(message) = stream.next().await.expect("a message") {
            if matches!(message, StreamMessage::News { size, .. } if size >= seqs.end) {
                return;
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(1), heard)
        .await
        .expect("within a second");
    other.close().await;
    house.stop().await;
}
