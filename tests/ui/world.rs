//! The world outside the console, as the test driver changes it: its platform, its keyring, its files,
//! its clock, and another platform behind a private authority.

use serde_json::json;
use std::path::PathBuf;
use std::sync::Arc;
use tempfile::TempDir;
use tokio::sync::RwLock;
use vigia_desk::view::profile::Tls;
use vigia_desk::{Console, Home};
use vigia_domain::Clock;
use vigia_server::door::Door;
use vigia_tests::keyring::{AheadClock, Keyring};
use vigia_tests::platform::{ADMIN_EMAIL, ADMIN_PASSWORD, House};
use vigia_tests::tls::Authority;
use vigia_tests::window::free_port;

pub type Outcome<T> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// A console with everything around it.
pub struct World {
    folder: TempDir,
    keyring: Arc<Keyring>,
    clock: Arc<AheadClock>,
    /// Its own, so that no other host's platform ever answers at its address.
    port: u16,
    /// Another one after each restart.
    pub console: Arc<RwLock<Console>>,
    /// The other platforms, as long as the test lasts.
    houses: Vec<(House, TempDir)>,
    /// Whether somebody has an account there besides its administrator.
    person: bool,
}

impl World {
    pub async fn begin() -> Outcome<Self> {
        let folder = tempfile::tempdir()?;
        let (keyring, clock) = (Arc::<Keyring>::default(), Arc::<AheadClock>::default());
        let port = free_port()?;
        let console = open(&folder, port, &keyring, &clock).await?;
        Ok(Self {
            folder,
            keyring,
            clock,
            port,
            console: Arc::new(RwLock::new(console)),
            houses: Vec::new(),
            person: false,
        })
    }

    pub fn platform(&self) -> PathBuf {
        self.folder.path().join("platform")
    }

    /// Does what a line says; `None` where it is no line of the world. The answer is one line, too.
    pub async fn act(&mut self, line: &str) -> Outcome<Option<String>> {
        let done = Some("done".to_owned());
        let mut words = line.split_whitespace();
        match (words.next(), words.next()) {
            (Some("lock"), None) => self.restart(|world| world.keyring.lock(true)).await?,
            (Some("unlock"), None) => self.keyring.lock(false),
            (Some("damage"), None) => self.restart(Self::damage).await?,
            (Some("restart"), None) => self.restart(|_| {}).await?,
            (Some("strange-certificate"), None) => self.restart(Self::forget_certificate).await?,
            (Some("minutes"), Some(minutes)) => self.clock.pass(minutes.parse()?),
            (Some("team-platform"), None) => return self.team_platform().await.map(Some),
            (Some("person"), permissions) => return self.person(permissions).await.map(Some),
            _ => return Ok(None),
        }
        Ok(done)
    }

    async fn restart(&self, meanwhile: impl FnOnce(&Self)) -> Outcome<()> {
        let mut console = self.console.write().await;
        console.close().await;
        meanwhile(self);
        *console = open(&self.folder, self.port, &self.keyring, &self.clock).await?;
        Ok(())
    }

    /// Flips a byte at the beginning of every copy.
    fn damage(&self) {
        for profile in self.profiles() {
            let copy = self.home().profile_folder(&profile).join("cache.db");
            if let Ok(mut bytes) = std::fs::read(&copy) {
                if let Some(byte) = bytes.get_mut(100) {
                    *byte ^= 0x10;
                }
                let _ = std::fs::write(&copy, bytes);
            }
        }
    }

    /// The certificate that was compared is not the one that the platform presents.
    fn forget_certificate(&self) {
        let home = self.home();
        for mut profile in home.profiles().unwrap_or_default() {
            if profile.url.starts_with("https://") {
                profile.tls = Tls::Pinned {
                    fingerprint: "5a".repeat(32),
                };
                let _ = home.save(&profile);
            }
        }
    }

    fn home(&self) -> Home {
        match Home::open(self.folder.path()) {
            Ok(home) => home,
            Err(error) => unreachable!("{error}"),
        }
    }

    fn profiles(&self) -> Vec<String> {
        let all = self.home().profiles().unwrap_or_default();
        all.into_iter().map(|profile| profile.id).collect()
    }

    /// A platform of a team, behind TLS of its own authority.
    async fn team_platform(&mut self) -> Outcome<String> {
        let folder = tempfile::tempdir()?;
        let authority = Authority::default();
        let shown = authority
            .issue(&["127.0.0.1", "localhost"])
            .shown(folder.path(), 0);
        let fingerprint = shown.certificate().fingerprint;
        let door = Door {
            tls: Some(shown),
            ..Door::default()
        };
        let house = House::start_behind(door).await;
        let told = json!({
            "url": house.url(),
            "pem": String::from_utf8_lossy(authority.pem()),
            "certificate": fingerprint,
            "key": house.platform.store().verifier().fingerprint(),
            "email": ADMIN_EMAIL,
            "password": ADMIN_PASSWORD,
        });
        self.houses.push((house, folder));
        Ok(told.to_string())
    }

    /// Somebody on the team's platform who may do just this, `events:read,session:read`.
    async fn person(&mut self, permissions: Option<&str>) -> Outcome<String> {
        let (house, _) = self.houses.last().ok_or("there is no team's platform yet")?;
        let (email, password) = ("bia@vigia.example", "outra janela azul 43");
        let permissions: Vec<&str> = permissions.unwrap_or_default().split_terminator(',').collect();
        if self.person {
            house.regrant(email, &permissions).await;
        } else {
            house.person(email, password, &permissions).await;
        }
        self.person = true;
        Ok(json!({ "email": email, "password": password }).to_string())
    }
}

async fn open(
    folder: &TempDir,
    port: u16,
    keyring: &Arc<Keyring>,
    clock: &Arc<AheadClock>,
) -> Outcome<Console> {
    let clock: Arc<dyn Clock> = Arc::<AheadClock>::clone(clock);
    let home = Home::open(folder.path())?.on_port(port);
    Ok(Console::open(home, keyring.shared(), clock).await?)
}
