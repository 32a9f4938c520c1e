//! A terminal of its own: a session bus, an unlocked gnome-keyring, a home, and `vigiactl` in it.

use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};
use vigia_tests::platform::House;
use vigia_tests::window::built;

/// Starts the daemon, says where the bus is, and lives until its standard input ends.
const SESSION: &str = "printf %s test-pass | gnome-keyring-daemon --unlock --components=secrets >/dev/null 2>&1; \
    echo \"$DBUS_SESSION_BUS_ADDRESS\"; cat >/dev/null";

/// A console's terminal.
pub struct Terminal {
    folder: TempDir,
    bus: Option<String>,
    /// Its standard input is what keeps the keyring alive.
    _session: Option<Child>,
}

/// What a command answered.
#[derive(Debug)]
pub struct Answer {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl Answer {
    /// The one JSON value that it printed.
    pub fn json(&self) -> Value {
        serde_json::from_str(self.out.trim()).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// The answer, which must be "done".
    #[track_caller]
    pub fn done(self) -> Self {
        assert_eq!(self.code, 0, "{self:?}");
        self
    }
}

impl Terminal {
    /// A terminal with an unlocked keyring.
    pub async fn new() -> Self {
        let mut terminal = Self::without_keyring();
        let mut session = terminal.within("dbus-run-session");
        session
            .args(["--", "bash", "-c", SESSION])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        let mut session = session
            .kill_on_drop(true)
            .spawn()
            .expect("dbus-run-session is installed");
        let mut lines = BufReader::new(session.stdout.take().expect("its output")).lines();
        terminal.bus = lines.next_line().await.expect("the bus's address");
        terminal._session = Some(session);
        terminal
    }

    /// A terminal where nothing keeps secrets.
    pub fn without_keyring() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        for name in ["home", "run", "vigia"] {
            std::fs::create_dir(folder.path().join(name)).expect("a folder");
        }
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let private = std::fs::Permissions::from_mode(0o700);
            std::fs::set_permissions(folder.path().join("run"), private).expect("a private folder");
        }
        Self {
            folder,
            bus: None,
            _session: None,
        }
    }

    fn within(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let home = self.folder.path().join("home");
        let mut command = Command::new(program);
        command
            .env("HOME", &home)
            .env("XDG_DATA_HOME", home.join(".local/share"))
            .env("XDG_RUNTIME_DIR", self.folder.path().join("run"))
            .env("VIGIA_HOME", self.folder.path().join("vigia"))
            .env_remove("DISPLAY")
            .env_remove("DBUS_SESSION_BUS_ADDRESS");
        if let Some(bus) = &self.bus {
            command.env("DBUS_SESSION_BUS_ADDRESS", bus);
        }
        command
    }

    /// `vigiactl` with these arguments, not started yet.
    pub fn vigiactl(&self, arguments: &[&str]) -> Command {
        let mut command = self.within(built("vigiactl").expect("vigiactl is built"));
        command.args(arguments).stdin(Stdio::null()).kill_on_drop(true);
        command
    }

    /// Runs `vigiactl`.
    pub async fn run(&self, arguments: &[&str]) -> Answer {
        let output = self.vigiactl(arguments).output().await.expect("vigiactl runs");
        Answer {
            code: output.status.code().unwrap_or(-1),
            out: String::from_utf8_lossy(&output.stdout).into_owned(),
            err: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    /// Writes a file that an argument names.
    pub fn file(&self, name: &str, text: &str) -> PathBuf {
        let path = self.folder.path().join(name);
        std::fs::write(&path, text).expect("a file");
        path
    }

    /// Signs in.
    pub async fn login(&self, house: &House, email: &str, password: &str) -> Answer {
        let file = self.file("password", &format!("{password}\n"));
        let file = file.to_string_lossy();
        self.run(&[
            "login",
            "--server",
            house.url(),
            "--email",
            email,
            "--password-file",
            &file,
            "--json",
        ])
        .await
    }

    /// How many events a query finds.
    pub async fn count(&self, query: &str) -> u64 {
        let answer = self.run(&["events", query, "--count"]).await.done();
        answer.out.trim().parse().unwrap_or_else(|_| panic!("{answer:?}"))
    }

    /// The console's folder.
    pub fn home(&self) -> PathBuf {
        self.folder.path().join("vigia")
    }
}

/// Every file below a folder.
pub fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).expect("a folder").flatten() {
        if entry.path().is_dir() {
            found.extend(files(&entry.path()));
        } else {
            found.push(entry.path());
        }
    }
    found
}
