//! Syslog over real sockets, plain and with TLS: what is sent is in the ledger, and nothing else is let in.
//!
//! Closing stores everything that had arrived, so no test here waits for a moment to pass.

mod serve;
mod tls;

use reqwest::Method;
use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::path::Path;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use vigia_domain::Event;
use vigia_server::syslog::{Settings, Syslog};
use vigia_tests::platform::{House, Reply};

const SSHD: &str =
    "<38>1 2026-01-01T00:00:00Z gate sshd 7 - - Failed password for ana from 198.51.100.7 port 5 ssh2";

fn anywhere() -> Option<SocketAddr> {
    "127.0.0.1:0".parse().ok()
}

async fn open(house: &House, settings: Settings) -> Syslog {
    Syslog::open(&house.platform, settings, None)
        .await
        .expect("free ports")
        .expect("a listener")
}

fn plain() -> Settings {
    Settings {
        listen: anywhere(),
        ..Settings::default()
    }
}

/// Sends bytes and hangs up.
async fn send(address: SocketAddr, bytes: &[u8]) {
    let mut stream = TcpStream::connect(address).await.expect("a connection");
    stream.write_all(bytes).await.expect("sent");
    stream.shutdown().await.expect("hung up");
}

/// What the other side answers before it hangs up: nothing, ever.
async fn hung_up(mut stream: impl tokio::io::AsyncRead + Unpin) {
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    assert!(answer.is_empty());
}

async fn foreign(house: &House) -> Vec<Event> {
    let mut events = house.events(0).await;
    events.retain(|event| event.service != "vigia");
    events
}

#[tokio::test]
async fn both_framings_become_events_of_the_program_that_wrote_them() {
    let house = House::start().await;
    let syslog = open(
        &house,
        Settings {
            service: Some("edge".to_owned()),
            zone: Some(chrono_tz::America::Sao_Paulo),
            ..plain()
        },
    )
    .await;
    let json = r#"<14>1 2026-01-01T00:00:01Z gate billing - - - {"level":"warn","message":"late"}"#;
    let stack = "<11>1 2026-01-01T00:00:02Z gate worker - - - boom\n  at line 1";
    let old = "<13>Jan  1 00:00:03 gate cron[9]: (root) CMD (true)";
    let stream = format!(
        "{} {SSHD}{json}\r\n{} {stack}{old}\nno header at all\n{{\"service\":\"node\",\"message\":\"bare\"}}\n",
        SSHD.len(),
        stack.len()
    );
    let address = syslog.plain_address().expect("an address");
    send(address, stream.as_bytes()).await;
    syslog.close().await;
    let events = foreign(&house).await;
    let said: Vec<(&str, &str)> = events
        .iter()
        .map(|event| (event.service.as_str(), event.kind.as_str()))
        .collect();
    assert_eq!(
        said,
        [
            ("sshd", "auth.login.failed"),
            ("billing", "app.log"),
            ("worker", "system.log"),
            ("cron", "system.log"),
            ("edge", "system.log"),
            ("node", "app.log"),
        ]
    );
    assert_eq!(
        events[0].source.ip,
        Some([198, 51, 100, 7].into()),
        "the attacker's address"
    );
    assert_eq!(events[2].message.as_deref(), Some("boom\n  at line 1"));
    assert_eq!(
        events[3].time.to_rfc3339(),
        "2026-01-01T03:00:03+00:00",
        "in the zone of the settings"
    );
    for event in &events {
        assert_eq!(event.details["received_from"], "127.0.0.1");
    }
    house.stop().await;
}

#[tokio::test]
async fn what_the_system_s_own_logger_sends_is_taken() {
    let house = House::start().await;
    let syslog = open(&house, plain()).await;
    let port = syslog.plain_address().expect("an address").port().to_string();
    for (form, framing) in [
        ("--rfc5424", Some("--octet-count")),
        ("--rfc5424", None),
        ("--rfc3164", None),
    ] {
        let mut logger = tokio::process::Command::new("logger");
        logger.args([
            "-n",
            "127.0.0.1",
            "-P",
            &port,
            "-T",
            "-t",
            "billing",
            "-p",
            "auth.warning",
            form,
        ]);
        logger.args(framing).arg(format!("paid {form}"));
        let done = logger.status().await.expect("logger of util-linux");
        assert!(done.success());
    }
    syslog.close().await;
    let events = foreign(&house).await;
    assert_eq!(events.len(), 3);
    for event in &events {
        assert_eq!(event.service, "billing");
        assert!(
            event
                .message
                .as_deref()
                .expect("a message")
                .starts_with("paid --rfc")
        );
        assert_eq!(
            (&event.details["facility"], &event.details["level"]),
            (&4.into(), &4.into())
        );
        assert_eq!(event.severity.name(), "low");
    }
    house.stop().await;
}

#[tokio::test]
async fn a_stop_stores_what_had_arrived_to_the_last_half_line() {
    let house = House::start().await;
    let syslog = open(&house, plain()).await;
    let address = syslog.plain_address().expect("an address");
    let mut streams = Vec::new();
    for sender in 0..4 {
        let mut stream = TcpStream::connect(address).await.expect("a connection");
        let lines: String = (0..600)
            .map(|line| format!("<13>1 2026-01-01T00:00:00Z h app{sender} - - - line {line}\n"))
            .collect();
        let half = "<13>1 2026-01-01T00:00:00Z h app - - - cut o";
        stream
            .write_all(format!("{lines}{half}").as_bytes())
            .await
            .expect("sent");
        // Nobody hangs up: the platform stops with the connections open.
        streams.push(stream);
    }
    syslog.close().await;
    let counts = house.platform.syslog_counts();
    assert_eq!((counts.lines, counts.events, counts.rejected), (2_404, 2_404, 0));
    assert_eq!((counts.connections, counts.open), (4, 0));
    let events = foreign(&house).await;
    assert_eq!(events.len(), 2_404);
    assert_eq!(
        events
            .iter()
            .filter(|event| event.message.as_deref() == Some("cut o"))
            .count(),
        4
    );
    for stream in streams {
        hung_up(stream).await;
    }
    house.stop().await;
}

#[tokio::test]
async fn who_is_not_allowed_or_one_too_many_is_turned_away_and_told_of() {
    let house = House::start().await;
    let elsewhere = Settings {
        allow: vec!["10.0.0.0/8".parse().expect("a network")],
        ..plain()
    };
    let syslog = open(&house, elsewhere).await;
    let address = syslog.plain_address().expect("an address");
    for _ in 0..3 {
        let stream = TcpStream::connect(address).await.expect("a connection");
        hung_up(stream).await;
    }
    syslog.close().await;
    let one = Settings {
        max_connections: 1,
        ..plain()
    };
    let syslog = open(&house, one).await;
    let address = syslog.plain_address().expect("an address");
    let mut first = TcpStream::connect(address).await.expect("a connection");
    first
        .write_all(format!("{SSHD}\n").as_bytes())
        .await
        .expect("sent");
    hung_up(TcpStream::connect(address).await.expect("a connection")).await;
    syslog.close().await;
    let refused = house.events_of("platform.syslog.refused").await;
    // Told minute by minute: a run may cross the end of one.
    let mut said: BTreeMap<&str, u32> = BTreeMap::new();
    for event in &refused {
        *said
            .entry(event.details["reason"].as_str().expect("a reason"))
            .or_default() += event.count;
    }
    assert_eq!(said, BTreeMap::from([("network", 3), ("too_many", 1)]));
    assert!(
        refused
            .iter()
            .all(|event| event.source.ip == Some(IpAddr::from([127, 0, 0, 1])))
    );
    assert_eq!(foreign(&house).await.len(), 1);
    house.stop().await;
}

#[tokio::test]
async fn lines_are_taken_in_the_name_of_a_key_and_no_more_once_it_is_revoked() {
    let house = House::start().await;
    let admin = house.admin().await;
    let syslog = open(&house, plain()).await;
    let address = syslog.plain_address().expect("an address");
    let keys = Reply::of(house.ask(&admin, Method::GET, "/v1/api-keys"))
        .await
        .json();
    let [key] = keys.as_array().expect("keys").as_slice() else {
        panic!("one key, not {keys}");
    };
    assert_eq!(
        (&key["name"], &key["permissions"]),
        (&"syslog".into(), &serde_json::json!(["events:write"]))
    );
    let path = format!("/v1/api-keys/{}", key["id"].as_str().expect("an id"));
    Reply::of(house.ask(&admin, Method::DELETE, &path)).await;
    hung_up(TcpStream::connect(address).await.expect("a connection")).await;
    syslog.close().await;
    assert!(foreign(&house).await.is_empty());
    let refused = Syslog::open(&house.platform, plain(), None).await;
    let error = refused.err().expect("no permit, no rows").to_string();
    assert!(error.contains("the API key named syslog is revoked"), "{error}");
    let request = serde_json::json!({"name": "syslog", "permissions": ["events:write"]});
    Reply::of(house.ask(&admin, Method::POST, "/v1/api-keys").json(&request)).await;
    let syslog = open(&house, plain()).await;
    send(syslog.plain_address().expect("an address"), SSHD.as_bytes()).await;
    syslog.close().await;
    assert_eq!(foreign(&house).await.len(), 1);
    let opened = house.events_of("platform.syslog.opened").await;
    let closed = house.events_of("platform.syslog.closed").await;
    assert_eq!((opened.len(), closed.len()), (2, 2));
    assert_eq!(closed[1].details["events"], 1);
    house.stop().await;
}

/// A file that its owner alone reads.
fn write(path: &Path, text: &str) {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::write(path, text).expect("written");
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)).expect("closed to others");
}
