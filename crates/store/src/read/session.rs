//! Sessions for people to look at, and when sessions and keys were last used.

use super::{Credential, Stored, stored};
use crate::append::state;
use crate::error::{Error, Result};
use crate::sql;
use crate::store::Store;
use sqlx::Row;
use std::collections::BTreeMap;
use uuid::Uuid;
use vigia_domain::access::Permit;
use vigia_domain::access::action::{ReadSession, WriteSessions};
use vigia_domain::aggregate::AggregateKind;
use vigia_domain::clock::{from_micros, to_micros};
use vigia_domain::event::Source;
use vigia_domain::session::Session;
use vigia_domain::{AccountId, SessionId, Timestamp};

impl Store {
    /// An account's sessions, ended ones too, oldest first.
    ///
    /// # Errors
    /// Where the database cannot be read.
    pub async fn sessions_of(
        &self,
        _permit: &Permit<ReadSession>,
        account: AccountId,
    ) -> Result<Vec<Stored<Session>>> {
        let doing = "listing sessions";
        let mut connection = self.platform().acquire().await.map_err(Error::sql(doing))?;
        let rows = state::owned_by(&mut connection, AggregateKind::Session, &account.to_string()).await?;
        rows.into_iter().map(|(id, row)| stored(id, row)).collect()
    }

    /// Everybody's sessions that moved at or after this entry, oldest first.
    ///
    /// # Errors
    /// Where the database cannot be read.
    pub async fn sessions_since(
        &self,
        _permit: &Permit<WriteSessions>,
        seq: u64,
    ) -> Result<Vec<Stored<Session>>> {
        let doing = "listing sessions";
        let rows = sqlx::query(
            "SELECT version, state, updated_seq, owner, id FROM aggregate
             WHERE kind = $1 AND updated_seq >= $2 ORDER BY id",
        )
        .bind(AggregateKind::Session.name())
        .bind(sql::int(seq))
        .fetch_all(self.platform())
        .await
        .map_err(Error::sql(doing))?;
        rows.iter()
            .map(|row| {
                let id: String = row.try_get(4).map_err(Error::sql(doing))?;
                let id: Uuid = id.parse().map_err(|_| Error::Damaged("a state"))?;
                stored(id, state::parse(row, 0)?)
            })
            .collect()
    }

    /// From where a session was begun, opened for its owner or whoever may see people; empty once
    /// erased.
    ///
    /// # Errors
    /// Where the databases cannot be read.
    pub async fn source_of(&self, session: &Session) -> Result<Source> {
        let mut events = self.open_events(session.started_seq, 1).await?;
        let begun = events.pop().filter(|opened| opened.seq == session.started_seq);
        Ok(begun.map(|opened| opened.event.source).unwrap_or_default())
    }

    /// Notes when sessions and keys were last used. Not a change of anything, so no event tells of it.
    ///
    /// # Errors
    /// Where the database cannot be written.
    pub async fn note_uses(&self, uses: &[(Credential, Timestamp)]) -> Result<()> {
        let mut connection = self
            .platform()
            .acquire()
            .await
            .map_err(Error::sql("noting uses"))?;
        sql::insert(
            &mut connection,
            "noting uses",
            (
                "INSERT INTO last_use (kind, id, used_at) VALUES",
                3,
                " ON CONFLICT (kind, id) DO UPDATE SET used_at = excluded.used_at",
            ),
            uses,
            |query, (credential, at)| {
                let (kind, id) = credential.name();
                query.bind(kind).bind(id).bind(to_micros(*at))
            },
        )
        .await
    }

    /// When each session was last used, as far as that was noted.
    ///
    /// # Errors
    /// Where the database cannot be read.
    pub async fn session_uses(&self) -> Result<BTreeMap<SessionId, Timestamp>> {
        let uses = self.uses(Credential::Refresh(SessionId(Uuid::nil()))).await?;
        Ok(uses.into_iter().map(|(id, at)| (SessionId(id), at)).collect())
    }

    /// When each API key was last used, as far as that was noted.
    ///
    /// # Errors
    /// Where the database cannot be read.
    pub async fn key_uses(&self) -> Result<BTreeMap<vigia_domain::ApiKeyId, Timestamp>> {
        let any = Credential::ApiKey(vigia_domain::ApiKeyId(Uuid::nil()));
        let uses = self.uses(any).await?;
        Ok(uses
            .into_iter()
            .map(|(id, at)| (vigia_domain::ApiKeyId(id), at))
            .collect())
    }

    async fn uses(&self, of: Credential) -> Result<Vec<(Uuid, Timestamp)>> {
        let doing = "reading when it was last used";
        let rows = sqlx::query("SELECT id, used_at FROM last_use WHERE kind = $1")
            .bind(of.name().0)
            .fetch_all(self.platform())
            .await
            .map_err(Error::sql(doing))?;
        rows.iter()
            .map(|row| {
                let id: String = row.try_get(0).map_err(Error::sql(doing))?;
                let at: i64 = row.try_get(1).map_err(Error::sql(doing))?;
                let damaged = || Error::Damaged("a last use");
                let id = id.parse().map_err(|_| damaged())?;
                Ok((id, from_micros(at).ok_or_else(damaged)?))
            })
            .collect()
    }
}
