//! Installing an example, starting it on a free port, and stopping it as a service manager does.

use sha2::{Digest as _, Sha256};
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;
use tokio::process::{Child, Command};
use vigia_domain::Event;
use vigia_tests::platform::House;
use vigia_tests::root;

/// How long installing may take.
const INSTALL_SECONDS: u64 = 300;
/// How long starting or stopping may take.
const START_SECONDS: u64 = 60;

/// A running example.
pub struct App {
    child: Child,
    url: String,
    client: reqwest::Client,
}

/// The folder of an example.
pub fn folder(name: &str) -> PathBuf {
    root().join("examples").join(name)
}

fn cache() -> PathBuf {
    #[expect(
        clippy::disallowed_methods,
        reason = "a suite asks the environment where caches lie"
    )]
    let variable = |name| std::env::var(name).ok().filter(|value| !value.is_empty());
    let base = variable("XDG_CACHE_HOME").map(PathBuf::from);
    let base = base.or_else(|| Some(PathBuf::from(variable("HOME")?).join(".cache")));
    base.unwrap_or_else(std::env::temp_dir).join("vigia/examples")
}

/// A folder that holds what a list of packages asks for, for this `runtime`. `install` fills it, once; a
/// folder that was left half full by an interrupted run has another name and is never looked at.
pub async fn installed(name: &str, list: &str, runtime: &str, install: impl AsyncFnOnce(&Path)) -> PathBuf {
    let mut wanted = std::fs::read(folder(name).join(list)).expect("the list of packages");
    let version = Command::new(runtime).arg("--version").output().await;
    wanted.extend(version.expect("the runtime is there").stdout);
    let hash = hex::encode(Sha256::digest(&wanted));
    let folder = cache().join(format!("{name}-{}", &hash[..16]));
    if folder.exists() {
        return folder;
    }
    let parent = cache();
    std::fs::create_dir_all(&parent).expect("a cache folder");
    let fresh = tempfile::Builder::new()
        .prefix(&format!("{name}-"))
        .tempdir_in(&parent)
        .expect("a folder");
    install(fresh.path()).await;
    // Somebody else may have been quicker; theirs is as good.
    if std::fs::rename(fresh.path(), &folder).is_ok() {
        let _ = fresh.keep();
    }
    folder
}

/// Runs a command of the installation.
pub async fn run(command: &mut Command) {
    let done = tokio::time::timeout(
        Duration::from_secs(INSTALL_SECONDS),
        command.kill_on_drop(true).output(),
    );
    let done = done.await.expect("in time").expect("the program is there");
    assert!(
        done.status.success(),
        "{command:?}: {}{}",
        String::from_utf8_lossy(&done.stdout),
        String::from_utf8_lossy(&done.stderr)
    );
}

/// Packages for Python, where an interpreter in the folder finds them.
pub async fn python(name: &str) -> PathBuf {
    let packages = installed(name, "requirements.txt", "python3", async |target: &Path| {
        // Into a plain folder and not a `venv`, which could not be renamed.
        let venv = tempfile::tempdir().expect("a folder");
        run(Command::new("python3").args(["-m", "venv"]).arg(venv.path())).await;
        let mut pip = Command::new(venv.path().join("bin/pip"));
        pip.args(["install", "--quiet", "--disable-pip-version-check", "--target"]);
        run(pip
            .arg(target)
            .arg("-r")
            .arg(folder(name).join("requirements.txt")))
        .await;
    });
    packages.await
}

impl App {
    /// Starts a command in the example's folder, with the platform's address and a fresh key in its
    /// environment, and waits until it answers.
    pub async fn start(house: &House, mut command: Command, name: &str) -> Self {
        let free = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
        let port = free.local_addr().expect("its address").port();
        drop(free);
        let key = house.key(&["events:write"]).await;
        let key_file = house.folder().join(format!("{name}.key"));
        std::fs::write(&key_file, format!("{}\n", key)).expect("written");
        let child = command
            .current_dir(folder(name))
            .env("PORT", port.to_string())
            .env("UVICORN_PORT", port.to_string())
            .env("VIGIA_URL", house.url())
            .env("VIGIA_KEY_FILE", key_file)
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .stdout(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .expect("the example starts");
        let app = Self {
            child,
            url: format!("http://127.0.0.1:{port}"),
            client: reqwest::Client::new(),
        };
        let answers = async {
            while app.client.get(&app.url).send().await.is_err() {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(START_SECONDS), answers)
            .await
            .expect("the example answers");
        app
    }

    /// Posts JSON, with a token where there is one; the status and the answer.
    pub async fn post(
        &self,
        path: &str,
        token: Option<&str>,
        body: serde_json::Value,
    ) -> (u16, serde_json::Value) {
        let request = self.client.post(format!("{}{path}", self.url)).json(&body);
        answer(request, token).await
    }

    /// Asks for something.
    pub async fn get(&self, path: &str, token: Option<&str>) -> (u16, serde_json::Value) {
        answer(self.client.get(format!("{}{path}", self.url)), token).await
    }

    /// Deletes something.
    pub async fn delete(&self, path: &str, token: Option<&str>) -> (u16, serde_json::Value) {
        answer(self.client.delete(format!("{}{path}", self.url)), token).await
    }

    /// Asks it to stop and waits: by then it has sent everything. Answers what the ledger holds of it.
    pub async fn stop(mut self, house: &House, service: &str) -> Vec<Event> {
        let pid = self.child.id().expect("it runs").to_string();
        run(Command::new("kill").args(["-TERM", &pid])).await;
        let ended = tokio::time::timeout(Duration::from_secs(START_SECONDS), self.child.wait()).await;
        ended.expect("it stops").expect("it ran");
        let mut events = house.events(0).await;
        events.retain(|event| event.service == service);
        events
    }
}

async fn answer(request: reqwest::RequestBuilder, token: Option<&str>) -> (u16, serde_json::Value) {
    let request = match token {
        Some(token) => request.bearer_auth(token),
        None => request,
    };
    let reply = request.send().await.expect("an answer");
    let status = reply.status().as_u16();
    (status, reply.json().await.unwrap_or_default())
}

/// The kinds of events, with how many there are of each.
pub fn kinds(events: &[Event]) -> std::collections::BTreeMap<&str, usize> {
    let mut kinds = std::collections::BTreeMap::new();
    for event in events {
        *kinds.entry(event.kind.as_str()).or_default() += 1;
    }
    kinds
}
