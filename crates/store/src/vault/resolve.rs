//! The writer's side of the vault: who the named people are, made where they are new, all in one
//! vault transaction that is durable before the entries that use it commit.
//!
//! A known identifier is that subject. An unknown one becomes an alias of whoever the same event
//! names beside it, or a new subject with a random id. Two identifiers known as different people:
//! both hold what is said.

use super::fresh::{Fresh, period_bucket, write};
use super::{ACCOUNT, ADDRESS, HeldKey, Ring, Vault, find_in, prefixes};
use crate::engine;
use crate::error::{Error, Result};
use crate::sql;
use sqlx::{AnyConnection, AssertSqlSafe, Row};
use std::collections::hash_map::Entry;
use std::collections::{BTreeSet, HashMap};
use std::net::IpAddr;
use vigia_domain::SubjectId;
use vigia_domain::person::Person;
use vigia_ledger::blind::token;

/// An identifier within its service.
type Identifier = (String, String);

/// What a group of events needs from the vault.
#[derive(Default)]
pub(crate) struct Needs<'a> {
    /// Whom they name.
    pub people: BTreeSet<&'a Person>,
    /// The day's period keys, by retention class.
    pub periods: BTreeSet<(i32, u8)>,
    /// Addresses with the one person whose they are, or the period.
    pub addresses: BTreeSet<(Owner<'a>, IpAddr)>,
}

/// Whose an address is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Owner<'a> {
    Person(&'a Person),
    Period(i32, u8),
}

/// What the vault answered.
#[derive(Default)]
pub(crate) struct Resolved {
    identifiers: HashMap<Identifier, SubjectId>,
    pub keys: HashMap<SubjectId, HeldKey>,
    pub periods: HashMap<(i32, u8), HeldKey>,
    /// Rows of an address and its networks, by the row of its holder.
    pub addresses: HashMap<(u64, IpAddr), Vec<u64>>,
}

impl Resolved {
    /// The subjects of a person, sorted.
    pub(crate) fn subjects(&self, person: &Person) -> BTreeSet<SubjectId> {
        person
            .identifiers
            .iter()
            .filter_map(|identifier| {
                self.identifiers
                    .get(&(person.service.clone(), identifier.clone()))
                    .copied()
            })
            .collect()
    }

    /// The rows of an owner's address and its networks.
    pub(crate) fn address_rows(&self, owner: Owner<'_>, address: IpAddr) -> &[u64] {
        self.owner_row(owner)
            .and_then(|(row, _)| self.addresses.get(&(row, address)))
            .map_or(&[], Vec::as_slice)
    }

    /// The row under which postings know an address's owner; `None` where several people are it.
    fn owner_row(&self, owner: Owner<'_>) -> Option<(u64, u8)> {
        match owner {
            Owner::Period(day, class) => {
                let held = self.periods.get(&(day, class))?;
                Some((held.row, period_bucket(day, class)))
            }
            Owner::Person(person) => {
                let subjects = self.subjects(person);
                let only = subjects.first().filter(|_| subjects.len() == 1)?;
                Some((self.keys.get(only)?.row, only.bucket()))
            }
        }
    }
}

impl Vault {
    /// Answers what a group of events needs; what is new is durable when this returns. The caller
    /// holds the platform's write lock, so no erasure runs meanwhile.
    pub(crate) async fn resolve(
        &self,
        connection: &mut AnyConnection,
        needs: &Needs<'_>,
    ) -> Result<Resolved> {
        let doing = "keeping new keys";
        let ring = self.refresh(connection).await?;
        if let Some(resolved) = self.resolve_from_memory(needs) {
            return Ok(resolved);
        }
        let mut tx = engine::begin_write(connection, doing).await?;
        let row = sqlx::query("SELECT next_row FROM counter WHERE id = 1")
            .fetch_one(&mut *tx)
            .await
            .map_err(Error::sql(doing))?;
        let first_row = sql::number(row.try_get(0).map_err(Error::sql(doing))?)?;
        let mut fresh = Fresh::from(first_row);
        let mut resolved = Resolved::default();
        self.people(&mut tx, &ring, needs, &mut resolved, &mut fresh)
            .await?;
        self.periods(&mut tx, &ring, needs, &mut resolved, &mut fresh)
            .await?;
        self.addresses(&mut tx, &ring, needs, &mut resolved, &mut fresh)
            .await?;
        if fresh.next_row() == first_row {
            tx.rollback().await.map_err(Error::sql(doing))?;
        } else {
            write(&mut tx, &fresh).await?;
            tx.commit().await.map_err(Error::sql(doing))?;
        }
        self.remember(&ring, needs, &resolved);
        Ok(resolved)
    }

    /// The answer where everything was asked for before.
    fn resolve_from_memory(&self, needs: &Needs<'_>) -> Option<Resolved> {
        let mut resolved = Resolved::default();
        self.memory(|memory| {
            for person in &needs.people {
                for identifier in &person.identifiers {
                    let name = (person.service.clone(), identifier.clone());
                    let id = *memory.identifiers.get(&name)?;
                    resolved.keys.insert(id, memory.subjects.get(&id)?.clone());
                    resolved.identifiers.insert(name, id);
                }
            }
            for period in &needs.periods {
                resolved
                    .periods
                    .insert(*period, memory.periods.get(period)?.clone());
            }
            for (owner, address) in &needs.addresses {
                let Some((row, _)) = resolved.owner_row(*owner) else {
                    continue;
                };
                let rows = prefixes(*address)
                    .into_iter()
                    .map(|prefix| memory.addresses.get(&(row, prefix)).copied())
                    .collect::<Option<Vec<_>>>()?;
                resolved.addresses.insert((row, *address), rows);
            }
            Some(())
        })?;
        Some(resolved)
    }

    fn remember(&self, ring: &Ring, needs: &Needs<'_>, resolved: &Resolved) {
        self.memory(|memory| {
            if memory.ring.generation != ring.generation {
                return;
            }
            for (name, id) in &resolved.identifiers {
                memory.identifiers.insert(name.clone(), *id);
            }
            for (id, held) in &resolved.keys {
                memory.subjects.insert(*id, held.clone());
            }
            for (period, held) in &resolved.periods {
                memory.periods.insert(*period, held.clone());
            }
            for (owner, address) in &needs.addresses {
                let Some((row, _)) = resolved.owner_row(*owner) else {
                    continue;
                };
                let rows = resolved.addresses.get(&(row, *address)).into_iter().flatten();
                for (prefix, token) in prefixes(*address).into_iter().zip(rows) {
                    memory.addresses.insert((row, prefix), *token);
                }
            }
        });
    }

    async fn people(
        &self,
        connection: &mut AnyConnection,
        ring: &Ring,
        needs: &Needs<'_>,
        resolved: &mut Resolved,
        fresh: &mut Fresh,
    ) -> Result<()> {
        for person in &needs.people {
            let mut unknown = Vec::new();
            for identifier in &person.identifiers {
                let name = (person.service.clone(), identifier.clone());
                if resolved.identifiers.contains_key(&name) {
                    continue;
                }
                let remembered = self.memory(|memory| memory.identifiers.get(&name).copied());
                let id = match remembered {
                    Some(id) => Some(id),
                    None => stored(find_in(connection, ring, identifier, Some(&person.service)).await?),
                };
                match id {
                    Some(id) => drop(resolved.identifiers.insert(name, id)),
                    None => unknown.push(name),
                }
            }
            if unknown.is_empty() {
                continue;
            }
            let known = person.identifiers.iter().find_map(|identifier| {
                resolved
                    .identifiers
                    .get(&(person.service.clone(), identifier.clone()))
                    .copied()
            });
            let id = match known {
                Some(id) => id,
                None => {
                    let (id, held) = fresh.subject(ring)?;
                    resolved.keys.insert(id, held);
                    id
                }
            };
            let held = match resolved.keys.get(&id) {
                Some(held) => held.clone(),
                None => self
                    .subjects(connection, ring, &BTreeSet::from([id]))
                    .await?
                    .remove(&id)
                    .ok_or(Error::Damaged("a person's key"))?,
            };
            for (service, identifier) in unknown {
                fresh.token(ring, (id.bucket(), held.row), (ACCOUNT, &service, &identifier))?;
                resolved.identifiers.insert((service, identifier), id);
            }
            resolved.keys.insert(id, held);
        }
        let missing: BTreeSet<SubjectId> = resolved
            .identifiers
            .values()
            .filter(|id| !resolved.keys.contains_key(id))
            .copied()
            .collect();
        let held = self.subjects(connection, ring, &missing).await?;
        if held.len() != missing.len() {
            return Err(Error::Damaged("a person's key"));
        }
        resolved.keys.extend(held);
        Ok(())
    }

    async fn periods(
        &self,
        connection: &mut AnyConnection,
        ring: &Ring,
        needs: &Needs<'_>,
        resolved: &mut Resolved,
        fresh: &mut Fresh,
    ) -> Result<()> {
        for (day, class) in needs.periods.iter().copied() {
            let held = match self.period(connection, ring, day, class).await? {
                Some(held) => held,
                None => fresh.period(ring, day, class)?,
            };
            resolved.periods.insert((day, class), held);
        }
        Ok(())
    }

    async fn addresses(
        &self,
        connection: &mut AnyConnection,
        ring: &Ring,
        needs: &Needs<'_>,
        resolved: &mut Resolved,
        fresh: &mut Fresh,
    ) -> Result<()> {
        let mut known: HashMap<(u64, String), u64> = HashMap::new();
        let mut unknown: Vec<(u64, u8, String)> = Vec::new();
        let mut wanted = Vec::new();
        for (owner, address) in &needs.addresses {
            let Some((holder, bucket)) = resolved.owner_row(*owner) else {
                continue;
            };
            wanted.push((holder, *address));
            for prefix in prefixes(*address) {
                let key = (holder, prefix);
                match self.memory(|memory| memory.addresses.get(&key).copied()) {
                    Some(row) => drop(known.insert(key, row)),
                    None => unknown.push((holder, bucket, key.1)),
                }
            }
        }
        unknown.sort_unstable();
        unknown.dedup();
        stored_addresses(connection, ring, &unknown, &mut known).await?;
        for (holder, bucket, prefix) in unknown {
            let key = (holder, prefix);
            let Entry::Vacant(place) = known.entry(key) else {
                continue;
            };
            let row = fresh.token(ring, (bucket, holder), (ADDRESS, "", &place.key().1))?;
            place.insert(row);
        }
        for (holder, address) in wanted {
            let rows = prefixes(address)
                .into_iter()
                .filter_map(|prefix| known.get(&(holder, prefix)).copied())
                .collect();
            resolved.addresses.insert((holder, address), rows);
        }
        Ok(())
    }
}

fn stored(found: Vec<(SubjectId, u64)>) -> Option<SubjectId> {
    found.first().map(|(id, _)| *id)
}

/// Which of the unknown networks the index holds already for the same holder.
async fn stored_addresses(
    connection: &mut AnyConnection,
    ring: &Ring,
    unknown: &[(u64, u8, String)],
    known: &mut HashMap<(u64, String), u64>,
) -> Result<()> {
    let doing = "looking for addresses";
    for some in unknown.chunks(sql::VALUES_PER_LIST) {
        let mut by_token: HashMap<(u64, Vec<u8>), &str> = HashMap::new();
        let text = format!(
            "SELECT row, holder, token FROM token WHERE token IN ({})",
            sql::list(1, some.len())
        );
        let mut query = sqlx::query(AssertSqlSafe(text)).persistent(false);
        for (holder, bucket, prefix) in some {
            let token = token(ring.index_key(*bucket)?, ADDRESS, prefix.as_bytes()).to_vec();
            query = query.bind(token.clone());
            by_token.insert((*holder, token), prefix);
        }
        for row in query
            .fetch_all(&mut *connection)
            .await
            .map_err(Error::sql(doing))?
        {
            let number: i64 = row.try_get(0).map_err(Error::sql(doing))?;
            let holder: i64 = row.try_get(1).map_err(Error::sql(doing))?;
            let token: Vec<u8> = row.try_get(2).map_err(Error::sql(doing))?;
            let holder = sql::number(holder)?;
            if let Some(prefix) = by_token.get(&(holder, token)) {
                known.insert((holder, (*prefix).to_owned()), sql::number(number)?);
            }
        }
    }
    Ok(())
}
