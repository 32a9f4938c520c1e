//! The platform that is measured: the real one, in this process, behind real HTTP on loopback.

use crate::output::Outcome;
use std::net::Ipv4Addr;
use std::path::Path;
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use vigia_client::{Client, Trust};
use vigia_domain::access::Requester;
use vigia_server::edge::SystemClock;
use vigia_server::event::{self, Origin};
use vigia_server::{Database, Master, Options, Platform, api_key, operator_may};
use vigia_wire::api_key::CreateApiKey;
use vigia_wire::auth::{LoginRequest, Tokens};

/// Its administrator.
pub const EMAIL: &str = "admin@vigia.example";
/// Their password.
pub const PASSWORD: &str = "uma senha longa e boa";

/// A running platform.
pub struct House {
    /// The platform itself.
    pub platform: Platform,
    /// Its address.
    pub url: String,
    stop: oneshot::Sender<()>,
    served: JoinHandle<Result<(), vigia_server::Error>>,
}

fn options(folder: &Path, database: Database) -> Options {
    Options {
        folder: folder.to_owned(),
        database,
        master: Master::File,
        clock: Arc::new(SystemClock),
    }
}

impl House {
    /// A new platform in this folder, answering.
    pub async fn begin(folder: &Path, database: Database) -> Outcome<Self> {
        let platform = Platform::init(options(folder, database), EMAIL, PASSWORD)
            .await
            .map_err(|error| format!("making a platform: {error}"))?;
        Self::serve(platform).await
    }

    /// The platform in this folder, answering again.
    pub async fn open(folder: &Path) -> Outcome<Self> {
        let platform = Platform::open(options(folder, Database::Folder))
            .await
            .map_err(|error| format!("opening the platform: {error}"))?;
        Self::serve(platform).await
    }

    async fn serve(platform: Platform) -> Outcome<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let url = format!("http://{}", listener.local_addr()?);
        let (stop, stopped) = oneshot::channel();
        let serving = platform.clone();
        let served = tokio::spawn(async move {
            let wait = async {
                let _ = stopped.await;
            };
            serving.serve(listener, wait).await
        });
        let house = Self {
            platform,
            url,
            stop,
            served,
        };
        // It answers only after it has told the ledger that it started.
        house.client()?.ledger_key().await?;
        Ok(house)
    }

    /// Stops answering, writes what waits, closes the files.
    pub async fn stop(self) -> Outcome {
        let _ = self.stop.send(());
        self.served.await??;
        self.platform.close().await;
        Ok(())
    }

    /// A client of it.
    pub fn client(&self) -> Outcome<Client> {
        Ok(Client::new(&self.url, &Trust::System)?)
    }

    /// A new key with which an application sends events.
    pub async fn key(&self) -> Outcome<String> {
        let origin = Origin {
            now: self.platform.now(),
            actor: event::operator(),
            address: None,
        };
        let request = CreateApiKey {
            name: "bench".to_owned(),
            permissions: vec!["events:write".to_owned()],
            expires_at: None,
        };
        let permit = operator_may(origin.now)?;
        let maker = Requester::operator();
        let key = api_key::create(self.platform.store(), &permit, &maker, &origin, request).await?;
        Ok(key.key)
    }

    /// The administrator, signed in.
    pub async fn login(&self) -> Outcome<Tokens> {
        let request = LoginRequest {
            email: EMAIL.to_owned(),
            password: PASSWORD.to_owned(),
        };
        Ok(self.client()?.login(&request).await?)
    }

    /// How many commits there were since it was opened.
    pub async fn commits(&self) -> Outcome<u64> {
        let permit = operator_may(self.platform.now())?;
        Ok(self.platform.store().measure(&permit).await?.commits.0)
    }
}
