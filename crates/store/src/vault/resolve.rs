//! The writer's side of the vault: who the named people are, made where they are new, all in one
//! vault transaction that is durable before the entries that use it commit.
//!
//! A known identifier is that subject. An unknown one becomes an alias of whoever the same event
//! names beside it, or a new subject with a random id. Two identifiers known as different people:
//! both hold what is said.

use super::address::known_addresses;
use super::fresh::{Fresh, period_bucket, write};
use super::{ACCOUNT, ADDRESS, HeldKey, Ring, Vault, find_in, prefixes};
use crate::engine;
use crate::error::{Error, Result};
use crate::sql;
use sqlx::{AnyConnection, Row};
use std::collections::hash_map::Entry;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::net::IpAddr;
use vigia_domain::SubjectId;
use vigia_domain::person::Person;

/// An identifier within its service.
type Identifier<'a> = (&'a str, &'a str);

/// What a group of events needs from the vault.
#[derive(Default)]
pub(crate) struct Needs<'a> {
    /// Whom they name, each once, in the order in which they are named.
    pub people: Vec<&'a Person>,
    named: HashSet<&'a Person>,
    /// The day's period keys, by retention class.
    pub periods: BTreeSet<(i32, u8)>,
    /// Addresses with the one person whose they are, or the period.
    pub addresses: BTreeSet<(Owner<'a>, IpAddr)>,
}

impl<'a> Needs<'a> {
    /// Somebody is named.
    pub(crate) fn name(&mut self, person: &'a Person) {
        if self.named.insert(person) {
            self.people.push(person);
        }
    }
}

/// Whose an address is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Owner<'a> {
    Person(&'a Person),
    Period(i32, u8),
}

/// What the vault answered.
#[derive(Default)]
pub(crate) struct Resolved<'a> {
    /// The subjects of each person, sorted.
    people: HashMap<&'a Person, Vec<SubjectId>>,
    pub keys: HashMap<SubjectId, HeldKey>,
    pub periods: HashMap<(i32, u8), HeldKey>,
    /// Rows of an address and its networks, by the row of its holder.
    pub addresses: HashMap<(u64, IpAddr), Vec<u64>>,
}

impl Resolved<'_> {
    /// The subjects of a person, sorted.
    pub(crate) fn subjects(&self, person: &Person) -> &[SubjectId] {
        self.people.get(person).map_or(&[], Vec::as_slice)
    }

    /// The rows of an owner's address and its networks.
    pub(crate) fn address_rows(&self, owner: Owner<'_>, address: IpAddr) -> &[u64] {
        self.owner_row(owner)
            .and_then(|(row, _)| self.addresses.get(&(row, address)))
            .map_or(&[], Vec::as_slice)
    }

    /// The row under which the vault knows an address's owner, and the bucket; `None` where several
    /// people are it.
    pub(crate) fn owner_row(&self, owner: Owner<'_>) -> Option<(u64, u8)> {
        match owner {
            Owner::Period(day, class) => {
                let held = self.periods.get(&(day, class))?;
                Some((held.row, period_bucket(day, class)))
            }
            Owner::Person(person) => {
                let [only] = self.subjects(person) else {
                    return None;
                };
                Some((self.keys.get(only)?.row, only.bucket()))
            }
        }
    }
}

/// What is known of the identifiers of a group.
#[derive(Default)]
struct Known<'a> {
    identifiers: HashMap<Identifier<'a>, SubjectId>,
}

impl<'a> Known<'a> {
    fn identifiers_of(person: &'a Person) -> impl Iterator<Item = Identifier<'a>> {
        let service = person.service.as_str();
        person
            .identifiers
            .iter()
            .map(move |identifier| (service, identifier.as_str()))
    }

    fn subjects(&self, person: &'a Person) -> Vec<SubjectId> {
        let mut ids: Vec<SubjectId> = Self::identifiers_of(person)
            .filter_map(|name| self.identifiers.get(&name).copied())
            .collect();
        ids.sort_unstable();
        ids.dedup();
        ids
    }

    fn is_whole(&self, people: &[&'a Person]) -> bool {
        people
            .iter()
            .all(|person| Self::identifiers_of(person).all(|name| self.identifiers.contains_key(&name)))
    }
}

impl Vault {
    /// Answers what a group of events needs; what is new is durable when this returns. The caller
    /// holds the platform's write lock, so no erasure runs meanwhile.
    pub(crate) async fn resolve<'a>(
        &self,
        connection: &mut AnyConnection,
        needs: &Needs<'a>,
    ) -> Result<Resolved<'a>> {
        let ring = self.refresh(connection).await?;
        self.check_directory(connection).await?;
        let mut resolved = Resolved::default();
        let known = self
            .known(connection, &ring, &needs.people, &mut resolved)
            .await?;
        let whole = known.is_whole(&needs.people) && self.all_remembered(needs, &known, &mut resolved);
        if !whole {
            resolved = self.resolve_new(connection, &ring, needs).await?;
        }
        Ok(resolved)
    }

    /// The same where something may have to be made.
    async fn resolve_new<'a>(
        &self,
        connection: &mut AnyConnection,
        ring: &Ring,
        needs: &Needs<'a>,
    ) -> Result<Resolved<'a>> {
        let doing = "keeping new keys";
        let mut tx = engine::begin_write(connection, doing).await?;
        let row = sqlx::query("SELECT next_row FROM counter WHERE id = 1")
            .fetch_one(&mut *tx)
            .await
            .map_err(Error::sql(doing))?;
        let first_row = sql::number(row.try_get(0).map_err(Error::sql(doing))?)?;
        self.read_directory(&mut tx, ring, first_row).await?;
        let mut fresh = Fresh::from(first_row);
        let mut resolved = Resolved::default();
        let made = self
            .people(&mut tx, ring, needs, (&mut resolved, &mut fresh))
            .await?;
        self.periods(&mut tx, ring, needs, (&mut resolved, &mut fresh))
            .await?;
        self.addresses(&mut tx, ring, needs, (&mut resolved, &mut fresh))
            .await?;
        if fresh.next_row() == first_row {
            tx.rollback().await.map_err(Error::sql(doing))?;
        } else {
            write(&mut tx, &fresh).await?;
            tx.commit().await.map_err(Error::sql(doing))?;
        }
        self.memory(|memory| {
            memory.directory.read_up_to(fresh.next_row());
            for ((service, identifier), id) in made {
                memory.directory.add(service, identifier, id);
            }
        });
        self.remember(ring, needs, &resolved);
        Ok(resolved)
    }

    /// Whom the directory knows, with their keys. Somebody whose key is gone is unknown.
    async fn known<'a>(
        &self,
        connection: &mut AnyConnection,
        ring: &Ring,
        people: &[&'a Person],
        resolved: &mut Resolved<'a>,
    ) -> Result<Known<'a>> {
        let mut known = Known::default();
        self.memory(|memory| {
            for name in people.iter().flat_map(|person| Known::identifiers_of(person)) {
                if let Some(id) = memory.directory.find(name.0, name.1) {
                    known.identifiers.insert(name, id);
                }
            }
        });
        let ids: BTreeSet<SubjectId> = known.identifiers.values().copied().collect();
        resolved.keys = self.subjects(connection, ring, &ids).await?;
        known.identifiers.retain(|_, id| resolved.keys.contains_key(id));
        Ok(known)
    }

    /// Fills in what was asked for before; `false` where not everything was.
    fn all_remembered<'a>(&self, needs: &Needs<'a>, known: &Known<'a>, resolved: &mut Resolved<'a>) -> bool {
        for person in &needs.people {
            resolved.people.insert(person, known.subjects(person));
        }
        self.memory(|memory| {
            for period in &needs.periods {
                let held = memory.periods.get(period)?.clone();
                resolved.periods.insert(*period, held);
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
        })
        .is_some()
    }

    fn remember(&self, ring: &Ring, needs: &Needs<'_>, resolved: &Resolved<'_>) {
        self.memory(|memory| {
            if memory.ring.generation != ring.generation {
                return;
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

    /// Everybody who is named, and whom the identifiers that are new mean.
    async fn people<'a>(
        &self,
        connection: &mut AnyConnection,
        ring: &Ring,
        needs: &Needs<'a>,
        (resolved, fresh): (&mut Resolved<'a>, &mut Fresh),
    ) -> Result<Vec<(Identifier<'a>, SubjectId)>> {
        let mut known = self.known(connection, ring, &needs.people, resolved).await?;
        if !self.memory(|memory| memory.directory.is_whole()) {
            self.ask_index(connection, ring, needs, (&mut known, resolved))
                .await?;
        }
        let mut made = Vec::new();
        for person in &needs.people {
            let unknown: Vec<Identifier<'a>> = Known::identifiers_of(person)
                .filter(|name| !known.identifiers.contains_key(name))
                .collect();
            if !unknown.is_empty() {
                let mut others = Known::identifiers_of(person);
                let other = others.find_map(|name| known.identifiers.get(&name).copied());
                let (id, row) = match other {
                    Some(id) => (id, resolved.keys.get(&id).map(|held| held.row)),
                    None => {
                        let (id, held) = fresh.subject(ring)?;
                        let row = held.row;
                        resolved.keys.insert(id, held);
                        (id, Some(row))
                    }
                };
                let row = row.ok_or(Error::Damaged("a person's key"))?;
                for name in unknown {
                    fresh.token(ring, (id.bucket(), row), (ACCOUNT, name.0, name.1))?;
                    known.identifiers.insert(name, id);
                    made.push((name, id));
                }
            }
            resolved.people.insert(person, known.subjects(person));
        }
        Ok(made)
    }

    /// Asks the blind index, where the directory does not know everybody.
    async fn ask_index<'a>(
        &self,
        connection: &mut AnyConnection,
        ring: &Ring,
        needs: &Needs<'a>,
        (known, resolved): (&mut Known<'a>, &mut Resolved<'a>),
    ) -> Result<()> {
        for name in needs
            .people
            .iter()
            .flat_map(|person| Known::identifiers_of(person))
        {
            if known.identifiers.contains_key(&name) {
                continue;
            }
            let found = find_in(connection, ring, name.1, Some(name.0)).await?;
            if let Some((id, _)) = found.first() {
                known.identifiers.insert(name, *id);
            }
        }
        let missing = known
            .identifiers
            .values()
            .filter(|id| !resolved.keys.contains_key(id));
        let missing: BTreeSet<SubjectId> = missing.copied().collect();
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
        (resolved, fresh): (&mut Resolved<'_>, &mut Fresh),
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
        (resolved, fresh): (&mut Resolved<'_>, &mut Fresh),
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
        known_addresses(connection, ring, &unknown, &mut known).await?;
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
