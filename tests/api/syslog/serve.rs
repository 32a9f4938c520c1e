//! The real binary: what its configuration says of syslog and of formats.

use super::{SSHD, write};
use std::path::Path;

/// `vigia-platform serve` on a folder whose `vigia.toml` says the rest; ended when the test is over.
struct Serving {
    process: std::process::Child,
    said: Vec<String>,
}

impl Serving {
    fn start(data: &Path) -> Self {
        use std::io::BufRead as _;
        let mut process = crate::binary::program_on(data)
            .args(["serve", "--data", data.to_str().expect("text")])
            .stdout(std::process::Stdio::piped())
            .spawn()
            .expect("started");
        let out = process.stdout.take().expect("its output");
        let lines = std::io::BufReader::new(out).lines().map_while(Result::ok);
        Self {
            said: lines.take(4).collect(),
            process,
        }
    }

    fn address(&self, before: &str) -> &str {
        let line = self.said.iter().find_map(|line| line.strip_prefix(before));
        line.unwrap_or_else(|| panic!("{before} is not among {:?}", self.said))
    }

    fn stop(mut self) {
        let pid = self.process.id().to_string();
        let told = std::process::Command::new("kill").args(["-TERM", &pid]).status();
        assert!(told.expect("kill").success());
        assert!(self.process.wait().expect("it ends").success());
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

const CONFIGURATION: &str = r#"
listen = "127.0.0.1:0"

[syslog]
listen = "127.0.0.1:0"

[formats.billing]
service = "billing"
zone = "America/Sao_Paulo"
time = "quando"
kind = "evento"
actor = "quem.mail"

[formats.billing.kind_map]
entrada_recusada = "auth.login.failed"
"#;

#[test]
fn the_real_platform_takes_syslog_and_a_format_of_its_own_until_it_is_told_to_stop() {
    use crate::binary::on;
    use vigia_tests::platform::{ADMIN_EMAIL, ADMIN_PASSWORD};
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().join("data");
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        write(&path, text);
        path.to_str().expect("text").to_owned()
    };
    let password = file("password", ADMIN_PASSWORD);
    let init = ["--admin-email", ADMIN_EMAIL, "--admin-password-file", &password];
    assert_eq!(on(&data, &["init"], &init).code, 0);
    let made = on(
        &data,
        &["key", "create"],
        &["--name", "web", "--permission", "events:write"],
    );
    let key = file("key", &made.out);
    write(&data.join("vigia.toml"), CONFIGURATION);
    let serving = Serving::start(&data);
    let lines =
        r#"{"quando":"2026-02-17 07:30:00","evento":"entrada_recusada","quem":{"mail":"ana@example.com"}}"#;
    let log = file("billing.log", lines);
    let send = |format: &str| {
        let mut command =
            std::process::Command::new(vigia_tests::window::built("vigiactl").expect("vigiactl, built"));
        command.args([
            "send",
            "--server",
            serving.address("listening on "),
            "--key-file",
            &key,
        ]);
        command
            .args(["--json", "--format", format, &log])
            .output()
            .expect("vigiactl")
    };
    let sent = send("billing");
    assert!(sent.status.success(), "{}", String::from_utf8_lossy(&sent.stderr));
    let said: serde_json::Value = serde_json::from_slice(&sent.stdout).expect("JSON");
    assert_eq!((&said["accepted"], &said["events"]), (&1.into(), &1.into()));
    let refused = send("biling");
    assert!(!refused.status.success());
    let why = String::from_utf8_lossy(&refused.stderr);
    assert!(
        why.contains("web-error, ndjson, billing"),
        "it names those there are: {why}"
    );

    let address = serving.address("syslog on tcp://").to_owned();
    let mut stream = std::net::TcpStream::connect(address).expect("a connection");
    std::io::Write::write_all(&mut stream, format!("{SSHD}\n").as_bytes()).expect("sent");
    serving.stop();
    let exported = on(&data, &["export"], &["--json"]).out;
    let of = |service: &str| {
        let events = exported
            .lines()
            .map(|line| serde_json::from_str::<serde_json::Value>(line).expect("JSON"));
        events
            .filter(|event| event["service"] == service)
            .collect::<Vec<_>>()
    };
    let [billing] = of("billing").try_into().expect("one event");
    assert_eq!(billing["kind"], "auth.login.failed");
    assert_eq!(billing["time"], "2026-02-17T10:30:00Z");
    assert_eq!(billing["actor"]["email"], "ana@example.com");
    let [sshd] = of("sshd").try_into().expect("one event");
    assert_eq!(sshd["details"]["received_from"], "127.0.0.1");
    assert_eq!(on(&data, &["verify"], &[]).code, 0);
}
