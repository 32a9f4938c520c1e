//! A platform of its own process, which a story can stop, change behind its back, and start again.

use crate::story::{EMAIL, PASSWORD};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};
use tokio::process::{Child, Command};
use vigia_tests::window::{Outcome, built, free_port, listening};

/// A platform with its data folder.
pub struct Platform {
    folder: tempfile::TempDir,
    port: u16,
    process: Option<Child>,
}

impl Platform {
    /// Makes a platform with one administrator, starts it, and sends it the sample's log lines.
    pub async fn with_sample() -> Outcome<Self> {
        let folder = tempfile::tempdir()?;
        let password = folder.path().join("password");
        std::fs::write(&password, PASSWORD)?;
        let mut platform = Self {
            folder,
            port: free_port()?,
            process: None,
        };
        platform
            .command(&[
                "init",
                "--admin-email",
                EMAIL,
                "--admin-password-file",
                text(&password)?,
            ])
            .await?;
        platform.start().await?;
        platform.send_sample().await?;
        Ok(platform)
    }

    /// Its address.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Its data folder.
    pub fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// The fingerprint of its log key, as the platform itself serves it.
    pub async fn fingerprint(&self) -> Outcome<String> {
        let key = vigia_client::Client::new(&self.url(), &vigia_client::Trust::System)?
            .ledger_key()
            .await?;
        Ok(key.fingerprint)
    }

    /// Starts it on its port.
    pub async fn start(&mut self) -> Outcome {
        let listen = format!("127.0.0.1:{}", self.port);
        let process = Command::new(built("vigia-platform")?)
            .args(["serve", "--data", text(&self.data())?, "--listen", &listen])
            .stdout(Stdio::null())
            .kill_on_drop(true)
            .spawn()?;
        self.process = Some(process);
        listening(self.port).await
    }

    /// Asks it to stop, and waits until it has.
    pub async fn stop(&mut self) -> Outcome {
        let Some(mut process) = self.process.take() else {
            return Ok(());
        };
        if let Some(id) = process.id() {
            Command::new("kill")
                .args(["-TERM", &id.to_string()])
                .status()
                .await?;
        }
        process.wait().await?;
        Ok(())
    }

    async fn send_sample(&self) -> Outcome {
        let created = self.command(&[
            "key",
            "create",
            "--name",
            "sample",
            "--permission",
            "events:write",
            "--json",
        ]);
        let created: Value = serde_json::from_slice(&created.await?.stdout)?;
        let key = self.folder.path().join("key");
        std::fs::write(&key, created["key"].as_str().ok_or("the reply holds no key")?)?;
        for (number, part) in vigia_intake::sample::generate(now()).into_iter().enumerate() {
            let lines = self.folder.path().join(format!("sample-{number}.log"));
            std::fs::write(&lines, part.lines)?;
            let sent = Command::new(built("vigiactl")?)
                .args([
                    "send",
                    "--server",
                    &self.url(),
                    "--key-file",
                    text(&key)?,
                    text(&lines)?,
                ])
                .output();
            successful("vigiactl send", sent.await?)?;
        }
        Ok(())
    }

    async fn command(&self, arguments: &[&str]) -> Outcome<Output> {
        let output = Command::new(built("vigia-platform")?)
            .args(arguments)
            .args(["--data", text(&self.data())?])
            .output();
        successful(&format!("vigia-platform {arguments:?}"), output.await?)
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the sample is anchored to the moment of the test"
)]
fn now() -> chrono::DateTime<chrono::Utc> {
    chrono::Utc::now()
}

fn successful(what: &str, output: Output) -> Outcome<Output> {
    if output.status.success() {
        return Ok(output);
    }
    Err(format!(
        "{what}: {}\n{}",
        output.status,
        String::from_utf8_lossy(&output.stderr)
    )
    .into())
}

fn text(path: &Path) -> Outcome<&str> {
    Ok(path.to_str().ok_or("a path is no text")?)
}
