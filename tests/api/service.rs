//! The running service: its certificate, its signals, what it tells the service manager.

use crate::binary::{on, program_on};
use crate::config::initialised;
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use vigia_client::{Client, Code, Trust, tls};

/// A running `serve`, ended when the test is over.
struct Serving {
    process: Child,
    said: Vec<String>,
}

impl Serving {
    fn start(data: &Path, more: &[&str]) -> Self {
        let mut process = program_on(data)
            .args(["serve", "--data", data.to_str().expect("text")])
            .args(more)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("started");
        let lines = BufReader::new(process.stdout.take().expect("its output")).lines();
        let said: Vec<String> = lines.map_while(Result::ok).take(3).collect();
        if said.len() < 3 {
            let mut why = String::new();
            let mut err = process.stderr.take().expect("its errors");
            err.read_to_string(&mut why).expect("text");
            panic!("it does not serve: {why}");
        }
        Self { process, said }
    }

    fn url(&self) -> &str {
        self.said[0].strip_prefix("listening on ").expect("its address")
    }

    fn signal(&self, name: &str) {
        let sent = Command::new("kill")
            .args([name, &self.process.id().to_string()])
            .status();
        assert!(sent.expect("kill").success());
    }

    fn end(mut self) -> Option<i32> {
        self.process.wait().expect("an end").code()
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        // It may be over already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[tokio::test]
async fn init_makes_a_certificate_that_serve_shows_and_a_console_pins() {
    let (_folder, data, out) = initialised(&["--tls-name", "127.0.0.1", "--tls-name", "vigia.example"]);
    let fingerprint = |text: &str| {
        let line = text.lines().find_map(|line| line.strip_prefix("certificate "));
        line.expect("a fingerprint").to_owned()
    };
    let made = fingerprint(&out);
    let shown = on(&data, &["tls", "show"], &[]);
    assert_eq!(fingerprint(&shown.out), made);
    assert!(
        shown.out.contains("names 127.0.0.1, vigia.example\n"),
        "{}",
        shown.out
    );
    let pem = on(&data, &["tls", "show"], &["--pem"]).out;
    assert!(pem.contains("BEGIN CERTIFICATE") && !pem.contains("PRIVATE"));

    let serving = Serving::start(&data, &["--listen", "0.0.0.0:0"]);
    let url = serving.url().replace("0.0.0.0", "127.0.0.1");
    let seen = tls::look(&url).await.expect("an answer").expect("a certificate");
    assert_eq!(seen.certificate.fingerprint, made);
    let client = Client::new(&url, &Trust::Authority(pem.into_bytes())).expect("a client");
    client.ledger_key().await.expect("answered");

    let renewed = on(&data, &["tls", "renew"], &["--json"]);
    let renewed: serde_json::Value = serde_json::from_str(&renewed.out).expect("JSON");
    assert_eq!(
        renewed["names"],
        serde_json::json!(["127.0.0.1", "vigia.example"])
    );
    serving.signal("-HUP");
    // SIGHUP is heard at once, though not before the signal's sender goes on.
    let mut turn = tokio::time::interval(std::time::Duration::from_millis(50));
    loop {
        turn.tick().await;
        let seen = tls::look(&url).await.expect("an answer").expect("a certificate");
        if seen.certificate.fingerprint == renewed["fingerprint"] {
            break;
        }
    }
    let mut pin = [0; 32];
    hex::decode_to_slice(&made, &mut pin).expect("a fingerprint");
    let client = Client::new(&url, &Trust::Pinned(pin)).expect("a client");
    assert_eq!(
        client.ledger_key().await.expect_err("refused").code,
        Code::CertificateChanged
    );
    serving.signal("-TERM");
    assert_eq!(serving.end(), Some(0));
}

#[cfg(unix)]
#[test]
fn a_service_manager_is_told_that_it_listens_lives_and_stops() {
    use std::os::unix::net::UnixDatagram;
    let (folder, data, _) = initialised(&[]);
    let path = folder.path().join("notify");
    let socket = UnixDatagram::bind(&path).expect("a socket");
    socket
        .set_read_timeout(Some(std::time::Duration::from_secs(60)))
        .expect("patience");
    let next = || {
        let mut bytes = [0; 256];
        let length = socket.recv(&mut bytes).expect("told");
        String::from_utf8_lossy(&bytes[..length]).trim().to_owned()
    };
    let mut process = program_on(&data)
        .args([
            "serve",
            "--listen",
            "127.0.0.1:0",
            "--data",
            data.to_str().expect("text"),
        ])
        .env("NOTIFY_SOCKET", &path)
        .env("WATCHDOG_USEC", "200000")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("started");
    let mut said = vec![next(), next(), next()];
    said.sort();
    assert_eq!(said, ["READY=1", "WATCHDOG=1", "WATCHDOG=1"]);
    let sent = Command::new("kill")
        .args(["-TERM", &process.id().to_string()])
        .status();
    assert!(sent.expect("kill").success());
    while next() != "STOPPING=1" {}
    assert!(process.wait().expect("an end").success());
}

#[test]
fn sighup_without_a_certificate_ends_nothing() {
    let (_folder, data, _) = initialised(&[]);
    let serving = Serving::start(&data, &["--listen", "127.0.0.1:0"]);
    assert!(serving.url().starts_with("http://127.0.0.1:"));
    serving.signal("-HUP");
    serving.signal("-INT");
    assert_eq!(serving.end(), Some(0), "a graceful stop");
}

#[tokio::test]
async fn a_second_signal_ends_at_once() {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let (_folder, data, _) = initialised(&[]);
    let made = on(
        &data,
        &["key", "create"],
        &["--name", "a", "--permission", "events:write"],
    );
    let serving = Serving::start(&data, &["--listen", "127.0.0.1:0"]);
    let address = serving.url().trim_start_matches("http://").to_owned();
    // A request that never ends keeps the first signal waiting.
    let mut stream = tokio::net::TcpStream::connect(&address).await.expect("connected");
    let head = format!(
        "POST /v1/ingest/events HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {}\r\n\
         Expect: 100-continue\r\nContent-Length: 9\r\n\r\n",
        made.out.trim()
    );
    stream.write_all(head.as_bytes()).await.expect("written");
    let mut go_on = [0; 25];
    stream
        .read_exact(&mut go_on)
        .await
        .expect("it waits for the body");
    serving.signal("-TERM");
    // Nobody is let in once the first signal was heard.
    let mut turn = tokio::time::interval(std::time::Duration::from_millis(20));
    while tokio::net::TcpStream::connect(&address).await.is_ok() {
        turn.tick().await;
    }
    serving.signal("-TERM");
    assert_eq!(
        tokio::task::spawn_blocking(|| serving.end())
            .await
            .expect("joined"),
        Some(130)
    );
    assert_eq!(on(&data, &["verify"], &[]).code, 0);
}
