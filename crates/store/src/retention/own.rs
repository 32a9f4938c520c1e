//! Legal holds as the store needs them: who is under one, by today's ids.

use crate::error::{Error, Result};
use crate::read::Stored;
use crate::store::Store;
use crate::{append::state, sql};
use sqlx::{AnyConnection, Row};
use std::collections::BTreeSet;
use uuid::Uuid;
use vigia_domain::SubjectId;
use vigia_domain::aggregate::AggregateKind;
use vigia_domain::entry::Entry;
use vigia_domain::hold::Hold;

/// A hold, opened for its operator.
#[derive(Debug, Clone, PartialEq)]
pub struct HoldRow {
    /// Its state.
    pub hold: Stored<Hold>,
    /// Whom it is about, where it is about a person.
    pub person: Option<String>,
    /// Why it was placed.
    pub reason: Option<String>,
    /// Who placed it.
    pub by: Option<String>,
}

/// Every hold, with the people whom those in force are about.
#[derive(Debug, Clone, Default)]
pub(super) struct Held {
    holds: Vec<(Stored<Hold>, BTreeSet<SubjectId>)>,
}

impl Held {
    /// Whether an entry may not be taken away.
    pub(super) fn covers(&self, entry: &Entry) -> bool {
        self.holds
            .iter()
            .any(|(row, people)| row.state.covers(entry, people))
    }

    /// How many were released: when that moves, what was left standing is looked at again.
    pub(super) fn released(&self) -> usize {
        let released = |row: &&(Stored<Hold>, _)| !row.0.state.is_in_force();
        self.holds.iter().filter(released).count()
    }

    /// Which hold a person is under, if any.
    pub(super) fn of(&self, person: SubjectId) -> Option<Uuid> {
        let about = |(row, people): &&(Stored<Hold>, BTreeSet<SubjectId>)| {
            row.state.is_in_force() && people.contains(&person)
        };
        self.holds.iter().find(about).map(|(row, _)| row.id)
    }

    /// The names and versions, to notice a change.
    pub(super) fn versions(&self) -> Vec<(Uuid, u64)> {
        self.holds.iter().map(|(row, _)| (row.id, row.version)).collect()
    }
}

/// Names and versions of the holds as they stand in the database, in the order of ids.
pub(super) async fn versions(connection: &mut AnyConnection) -> Result<Vec<(Uuid, u64)>> {
    let doing = "reading legal holds";
    let rows = sqlx::query("SELECT id, version FROM aggregate WHERE kind = $1 ORDER BY id")
        .bind(AggregateKind::Hold.name())
        .fetch_all(connection)
        .await
        .map_err(Error::sql(doing))?;
    rows.iter()
        .map(|row| {
            let id: String = row.try_get(0).map_err(Error::sql(doing))?;
            let version = sql::number(row.try_get(1).map_err(Error::sql(doing))?)?;
            Ok((id.parse().map_err(|_| Error::Damaged("a state"))?, version))
        })
        .collect()
}

impl Store {
    /// Every hold, released ones too, with whom it is about.
    ///
    /// # Errors
    /// Where the databases cannot be read.
    pub async fn holds(&self) -> Result<Vec<HoldRow>> {
        let mut all = Vec::new();
        for hold in self.hold_states().await? {
            let placed_in = hold.state.placed_in;
            let opened = self.open_events(placed_in, 1).await?.pop();
            let event = opened
                .filter(|opened| opened.seq == placed_in)
                .map(|opened| opened.event);
            all.push(HoldRow {
                person: event
                    .as_ref()
                    .filter(|_| hold.state.person)
                    .and_then(|event| person_of(&event.target)),
                reason: event
                    .as_ref()
                    .and_then(|event| event.details.get("reason"))
                    .and_then(serde_json::Value::as_str)
                    .map(str::to_owned),
                by: event.and_then(|event| event.actor.email.or(event.actor.id)),
                hold,
            });
        }
        Ok(all)
    }

    /// Every hold, and by which ids the people of those in force are known now.
    pub(super) async fn held(&self) -> Result<Held> {
        let mut holds = Vec::new();
        for row in self.holds().await? {
            let mut people = BTreeSet::new();
            if let (true, Some(person)) = (row.hold.state.is_in_force(), &row.person) {
                people = self.people(person).await?;
            }
            holds.push((row.hold, people));
        }
        Ok(Held { holds })
    }

    /// Everybody with this identifier, in every service.
    async fn people(&self, identifier: &str) -> Result<BTreeSet<SubjectId>> {
        let doing = "looking for a person under legal hold";
        let mut vault = self.vault().pool.acquire().await.map_err(Error::sql(doing))?;
        let found = self.vault().find(&mut vault, identifier, None).await?;
        Ok(found.into_iter().map(|(id, _)| id).collect())
    }

    /// The hold that keeps somebody with this identifier from being erased, if there is one.
    ///
    /// # Errors
    /// Where the databases cannot be read.
    pub(crate) async fn hold_on(&self, identifier: &str) -> Result<Option<Uuid>> {
        let held = self.held().await?;
        if held.versions().is_empty() {
            return Ok(None);
        }
        let people = self.people(identifier).await?;
        Ok(people.into_iter().find_map(|person| held.of(person)))
    }

    async fn hold_states(&self) -> Result<Vec<Stored<Hold>>> {
        let doing = "reading legal holds";
        let rows = sqlx::query(
            "SELECT version, state, updated_seq, owner, id FROM aggregate WHERE kind = $1 ORDER BY id",
        )
        .bind(AggregateKind::Hold.name())
        .fetch_all(self.platform())
        .await
        .map_err(Error::sql(doing))?;
        rows.iter()
            .map(|row| {
                let id: String = row.try_get(4).map_err(Error::sql(doing))?;
                let id = id.parse().map_err(|_| Error::Damaged("a state"))?;
                crate::read::stored(id, state::parse(row, 0)?)
            })
            .collect()
    }
}

/// The identifier of whom the event of a hold names.
fn person_of(target: &vigia_domain::event::Target) -> Option<String> {
    let named = [&target.email, &target.name, &target.id];
    named.into_iter().flatten().next().cloned()
}
