//! State rows: moved in the same transaction as the events that move them, each at exactly the
//! version before.

use crate::error::{Error, Result};
use crate::sql;
use serde_json::Value;
use sqlx::{AnyConnection, Row};
use std::collections::HashMap;
use uuid::Uuid;
use vigia_domain::aggregate::{Aggregate, AggregateKind, Recorded};
use vigia_domain::evolve::evolve;

type Name = (AggregateKind, Uuid);

/// One state row.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct StateRow {
    pub version: u64,
    pub state: Value,
    pub updated_seq: u64,
    pub owner: Option<String>,
}

/// State rows as this transaction leaves them.
#[derive(Default)]
pub(super) struct States {
    rows: HashMap<Name, StateRow>,
}

/// What one request would change, dropped where the request fails.
pub(super) struct Staged<'a> {
    states: &'a States,
    rows: HashMap<Name, StateRow>,
}

impl States {
    pub(super) fn stage(&self) -> Staged<'_> {
        Staged {
            states: self,
            rows: HashMap::new(),
        }
    }

    pub(super) fn accept(&mut self, staged: HashMap<Name, StateRow>) {
        self.rows.extend(staged);
    }

    pub(super) async fn write(self, connection: &mut AnyConnection) -> Result<()> {
        let rows: Vec<(Name, StateRow)> = self.rows.into_iter().collect();
        sql::insert(
            connection,
            "writing state",
            (
                "INSERT INTO aggregate (kind, id, version, state, updated_seq, owner) VALUES",
                6,
                " ON CONFLICT (kind, id) DO UPDATE SET version = excluded.version, state = excluded.state,
                  updated_seq = excluded.updated_seq, owner = excluded.owner",
            ),
            &rows,
            |query, ((kind, id), row)| {
                query
                    .bind(kind.name())
                    .bind(id.to_string())
                    .bind(sql::int(row.version))
                    .bind(row.state.to_string())
                    .bind(sql::int(row.updated_seq))
                    .bind(row.owner.clone())
            },
        )
        .await
    }
}

impl Staged<'_> {
    /// Applies one event.
    pub(super) async fn apply(
        &mut self,
        connection: &mut AnyConnection,
        aggregate: &Aggregate,
        recorded: Recorded<'_>,
    ) -> Result<()> {
        let name = (aggregate.kind, aggregate.id);
        let conflict = Error::Conflict {
            kind: aggregate.kind.name(),
        };
        let before = match self.rows.get(&name).or_else(|| self.states.rows.get(&name)) {
            Some(row) => Some(row.clone()),
            None => read(connection, aggregate.kind, aggregate.id).await?,
        };
        if aggregate.version != before.as_ref().map_or(0, |row| row.version) + 1 {
            return Err(conflict);
        }
        let state = evolve(
            aggregate.kind,
            before.as_ref().map(|row| &row.state),
            &aggregate.payload,
            recorded,
        )?;
        let owner = owner_of(aggregate.kind, &state);
        if before.is_none() && aggregate.kind == AggregateKind::Account {
            self.claim_person(connection, owner.as_deref()).await?;
        }
        self.rows.insert(
            name,
            StateRow {
                version: aggregate.version,
                state,
                updated_seq: recorded.seq,
                owner,
            },
        );
        Ok(())
    }

    /// A person has at most one account.
    async fn claim_person(&self, connection: &mut AnyConnection, owner: Option<&str>) -> Result<()> {
        let Some(owner) = owner else { return Ok(()) };
        let here = self.rows.iter().chain(&self.states.rows);
        let taken_here = here
            .filter(|((kind, _), _)| *kind == AggregateKind::Account)
            .any(|(_, row)| row.owner.as_deref() == Some(owner));
        if taken_here
            || !owned_by(connection, AggregateKind::Account, owner)
                .await?
                .is_empty()
        {
            return Err(Error::EmailTaken);
        }
        Ok(())
    }

    pub(super) fn into_rows(self) -> HashMap<Name, StateRow> {
        self.rows
    }
}

/// What a row is found by, beside its id: an account by its person, a session by its account.
pub(crate) fn owner_of(kind: AggregateKind, state: &Value) -> Option<String> {
    let field = match kind {
        AggregateKind::Account => "subject",
        AggregateKind::Session => "account",
        AggregateKind::ApiKey
        | AggregateKind::Erasure
        | AggregateKind::Retention
        | AggregateKind::Hold
        | AggregateKind::Pruning
        | AggregateKind::LogKey
        | AggregateKind::Settings
        | AggregateKind::Backup
        | AggregateKind::Export => return None,
    };
    state.get(field).and_then(Value::as_str).map(str::to_owned)
}

/// Reads one state row.
pub(crate) async fn read(
    connection: &mut AnyConnection,
    kind: AggregateKind,
    id: Uuid,
) -> Result<Option<StateRow>> {
    let doing = "reading state";
    sqlx::query("SELECT version, state, updated_seq, owner FROM aggregate WHERE kind = $1 AND id = $2")
        .bind(kind.name())
        .bind(id.to_string())
        .fetch_optional(connection)
        .await
        .map_err(Error::sql(doing))?
        .map(|row| parse(&row, 0))
        .transpose()
}

/// Reads a state row whose columns begin at `from`.
pub(crate) fn parse(row: &sqlx::any::AnyRow, from: usize) -> Result<StateRow> {
    let doing = "reading state";
    let version: i64 = row.try_get(from).map_err(Error::sql(doing))?;
    let state: String = row.try_get(from + 1).map_err(Error::sql(doing))?;
    let updated: i64 = row.try_get(from + 2).map_err(Error::sql(doing))?;
    Ok(StateRow {
        version: sql::number(version)?,
        state: serde_json::from_str(&state).map_err(|_| Error::Damaged("a state"))?,
        updated_seq: sql::number(updated)?,
        owner: row.try_get(from + 3).map_err(Error::sql(doing))?,
    })
}

/// Every row of a kind with this owner.
pub(crate) async fn owned_by(
    connection: &mut AnyConnection,
    kind: AggregateKind,
    owner: &str,
) -> Result<Vec<(Uuid, StateRow)>> {
    let doing = "reading state by owner";
    let rows = sqlx::query(
        "SELECT version, state, updated_seq, owner, id FROM aggregate WHERE owner = $1 AND kind = $2 ORDER BY id",
    )
    .bind(owner)
    .bind(kind.name())
    .fetch_all(connection)
    .await
    .map_err(Error::sql(doing))?;
    rows.iter()
        .map(|row| {
            let id: String = row.try_get(4).map_err(Error::sql(doing))?;
            Ok((id.parse().map_err(|_| Error::Damaged("a state"))?, parse(row, 0)?))
        })
        .collect()
}
