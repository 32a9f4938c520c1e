//! Reading: what authentication needs before there is a permit, and what permits open.

mod audit;
mod bare;
mod bundle;
mod export;
mod measure;
mod open;
mod replay;
mod search;
mod session;
mod settings;
mod sync;
mod tree;
mod whole;

pub use audit::{Audit, AuditGroup, AuditNode, AuditRow, Beside};
pub use bare::BareLog;
pub use export::{Export, Exported};
pub(crate) use measure::Commits;
pub use measure::Measures;
pub use replay::Difference;
pub(crate) use search::UNINDEXED;
pub use search::{Found, Indexed, Lookup, Wanted};
pub(crate) use sync::first_recorded;
pub use sync::{MAX_PAGE, Opened, SyncRow};
pub use tree::TILE_WIDTH;

use crate::append::state::{self, StateRow};
use crate::error::{Error, Result};
use crate::sql;
use crate::store::Store;
use serde::de::DeserializeOwned;
use sqlx::Row;
use uuid::Uuid;
use vigia_domain::access::Permit;
use vigia_domain::access::action::{ExportEvents, WriteApiKeys};
use vigia_domain::account::Account;
use vigia_domain::aggregate::AggregateKind;
use vigia_domain::api_key::ApiKey;
use vigia_domain::session::Session;
use vigia_domain::{AccountId, ApiKeyId, SessionId};
use zeroize::Zeroizing;

/// The service under which Vigia knows its own accounts.
const OWN_SERVICE: &str = "vigia";

/// A state row. An event that moves it carries `version + 1`.
#[derive(Debug, Clone, PartialEq)]
pub struct Stored<T> {
    /// The aggregate's id.
    pub id: Uuid,
    /// Its version.
    pub version: u64,
    /// The entry that moved it last.
    pub updated_seq: u64,
    /// What it is.
    pub state: T,
}

/// Whose secret it is. Only hashes are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Credential {
    /// A password's.
    Password(AccountId),
    /// That of the refresh token in force.
    Refresh(SessionId),
    /// An API key's.
    ApiKey(ApiKeyId),
}

impl Credential {
    pub(crate) fn name(self) -> (&'static str, String) {
        match self {
            Self::Password(id) => ("password", id.to_string()),
            Self::Refresh(id) => ("refresh", id.to_string()),
            Self::ApiKey(id) => ("api_key", id.to_string()),
        }
    }
}

/// Authentication: the reads that precede every permit. They serve to recognise who asks and give
/// nobody's events.
impl Store {
    /// The account of the person with this address, through the vault's blind index.
    ///
    /// # Errors
    /// Where the databases cannot be read.
    pub async fn account_by_email(&self, email: &str) -> Result<Option<Stored<Account>>> {
        let doing = "looking for an account";
        let mut vault = self.vault().pool.acquire().await.map_err(Error::sql(doing))?;
        let found = self.vault().find(&mut vault, email, Some(OWN_SERVICE)).await?;
        drop(vault);
        let mut platform = self.platform().acquire().await.map_err(Error::sql(doing))?;
        for (subject, _) in found {
            let owner = subject.to_string();
            let rows = state::owned_by(&mut platform, AggregateKind::Account, &owner).await?;
            if let Some((id, row)) = rows.into_iter().next() {
                return stored(id, row).map(Some);
            }
        }
        Ok(None)
    }

    /// An account.
    ///
    /// # Errors
    /// Where the database cannot be read.
    pub async fn account(&self, id: AccountId) -> Result<Option<Stored<Account>>> {
        self.state(AggregateKind::Account, id.0).await
    }

    /// A session.
    ///
    /// # Errors
    /// Where the database cannot be read.
    pub async fn session(&self, id: SessionId) -> Result<Option<Stored<Session>>> {
        self.state(AggregateKind::Session, id.0).await
    }

    /// An API key.
    ///
    /// # Errors
    /// Where the database cannot be read.
    pub async fn api_key(&self, id: ApiKeyId) -> Result<Option<Stored<ApiKey>>> {
        self.state(AggregateKind::ApiKey, id.0).await
    }

    /// An export.
    ///
    /// # Errors
    /// Where the database cannot be read.
    pub async fn export_taken(
        &self,
        _permit: &Permit<ExportEvents>,
        id: Uuid,
    ) -> Result<Option<Stored<vigia_domain::export::Export>>> {
        self.state(AggregateKind::Export, id).await
    }

    /// A secret's hash.
    ///
    /// # Errors
    /// Where the database cannot be read.
    pub async fn credential(&self, credential: Credential) -> Result<Option<Zeroizing<Vec<u8>>>> {
        let doing = "reading a secret's hash";
        let (kind, id) = credential.name();
        sqlx::query("SELECT secret FROM credential WHERE kind = $1 AND id = $2")
            .bind(kind)
            .bind(id)
            .fetch_optional(self.platform())
            .await
            .map_err(Error::sql(doing))?
            .map(|row| row.try_get(0).map(Zeroizing::new))
            .transpose()
            .map_err(Error::sql(doing))
    }

    /// An account's address, opened for its owner; `None` once erased.
    ///
    /// # Errors
    /// Where the databases cannot be read.
    pub async fn email_of(&self, account: &Account) -> Result<Option<String>> {
        let Some(at) = &account.email else { return Ok(None) };
        let mut events = self.open_events(at.seq, 1).await?;
        let event = events.pop().map(|opened| opened.event);
        Ok(event.and_then(|event| event.target.email))
    }

    pub(crate) async fn state<T: DeserializeOwned>(
        &self,
        kind: AggregateKind,
        id: Uuid,
    ) -> Result<Option<Stored<T>>> {
        let mut connection = self
            .platform()
            .acquire()
            .await
            .map_err(Error::sql("reading state"))?;
        let row = state::read(&mut connection, kind, id).await?;
        row.map(|row| stored(id, row)).transpose()
    }

    /// Every API key.
    ///
    /// # Errors
    /// Where the database cannot be read.
    pub async fn api_keys(&self, _permit: &Permit<WriteApiKeys>) -> Result<Vec<Stored<ApiKey>>> {
        let doing = "listing API keys";
        let rows = sqlx::query(
            "SELECT version, state, updated_seq, owner, id FROM aggregate WHERE kind = $1 ORDER BY id",
        )
        .bind(AggregateKind::ApiKey.name())
        .fetch_all(self.platform())
        .await
        .map_err(Error::sql(doing))?;
        rows.iter()
            .map(|row| {
                let id: String = row.try_get(4).map_err(Error::sql(doing))?;
                let id = id.parse().map_err(|_| Error::Damaged("a state"))?;
                stored(id, state::parse(row, 0)?)
            })
            .collect()
    }
}

pub(crate) fn stored<T: DeserializeOwned>(id: Uuid, row: StateRow) -> Result<Stored<T>> {
    Ok(Stored {
        id,
        version: row.version,
        updated_seq: row.updated_seq,
        state: serde_json::from_value(row.state).map_err(|_| Error::Damaged("a state"))?,
    })
}

/// Entries of one page of an internal walk.
pub(crate) const WALK: u64 = 2_048;

/// The bodies of `count` entries from `from` on, as they lie there.
pub(crate) async fn bodies(store: &Store, from: u64, count: u64) -> Result<Vec<(u64, Option<Vec<u8>>)>> {
    let doing = "reading entries";
    let rows = sqlx::query("SELECT seq, body FROM entry WHERE seq >= $1 ORDER BY seq LIMIT $2")
        .bind(sql::int(from))
        .bind(sql::int(count))
        .fetch_all(store.platform())
        .await
        .map_err(Error::sql(doing))?;
    rows.iter()
        .map(|row| {
            let seq = sql::number(row.try_get(0).map_err(Error::sql(doing))?)?;
            Ok((seq, row.try_get(1).map_err(Error::sql(doing))?))
        })
        .collect()
}
