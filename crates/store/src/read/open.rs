//! Opening sealed groups for a reader who may: the keys are asked for page by page, and a group
//! whose key is gone is simply not there.

use super::Opened;
use crate::append::{entry_of, slot};
use crate::error::{Error, Result};
use crate::sql;
use crate::store::Store;
use crate::vault::Keys;
use sqlx::{AssertSqlSafe, Row};
use std::collections::{BTreeMap, BTreeSet};
use vigia_domain::entry::{Entry, Group};
use vigia_domain::{Event, Timestamp};
use vigia_ledger::seal::open_group;

/// Entries that lie further apart than this are asked for one by one.
const SPARSE: u64 = 8;

/// What became of the groups of one entry.
#[derive(Default)]
pub(super) struct Groups {
    /// Opened.
    pub opened: Vec<Opened>,
    /// There, with a key, and yet not opening.
    pub damaged: Vec<u32>,
    /// Sealed rows that no commitment of the entry speaks of.
    pub strays: usize,
}

/// A sealed group as it lies there: its slot, and its bytes.
pub(super) type Sealed = (u64, Vec<u8>);

impl Groups {
    fn add(&mut self, (at, data): (u64, &[u8]), entry: &Entry, keys: &Keys) {
        let index = u32::try_from(at - slot(entry_of(at), 0)).unwrap_or(u32::MAX);
        let place = usize::try_from(index).unwrap_or(usize::MAX);
        let Some(commitment) = entry.groups.get(place) else {
            self.strays += 1;
            return;
        };
        let Some(key) = keys.of(&commitment.holder) else {
            return;
        };
        match open_group(&key, entry.id.0.as_bytes(), index, data) {
            Ok(opened) => self.opened.push(Opened {
                index,
                seed: opened.seed,
                group: opened.group,
            }),
            Err(_) => self.damaged.push(index),
        }
    }
}

/// An entry with its groups opened.
pub(crate) struct OpenedEvent {
    pub seq: u64,
    pub recorded_at: Timestamp,
    pub event: Event,
}

impl Store {
    /// Opens what can be opened of these entries, which lie between two sequence numbers.
    pub(super) async fn open_groups(&self, entries: &[(u64, &Entry)]) -> Result<BTreeMap<u64, Groups>> {
        let (Some((first, _)), Some((last, _))) = (entries.first(), entries.last()) else {
            return Ok(BTreeMap::new());
        };
        let sparse = last - first > SPARSE * entries.len() as u64;
        let sealed = if sparse {
            self.sealed_in(entries).await?
        } else {
            match self.sealed_in_one(*first, *last).await? {
                Some(sealed) => sealed,
                None => self.sealed(*first, *last).await?,
            }
        };
        let holders: BTreeSet<_> = entries
            .iter()
            .flat_map(|(_, entry)| &entry.groups)
            .map(|commitment| &commitment.holder)
            .collect();
        let keys = self.vault().keys(&holders).await?;
        // Both are in the order of the log.
        let mut sealed = sealed.into_iter().peekable();
        let mut all = BTreeMap::new();
        for (seq, entry) in entries {
            let mut groups = Groups::default();
            while let Some((slot, data)) = sealed.next_if(|(slot, _)| entry_of(*slot) <= *seq) {
                if entry_of(slot) == *seq {
                    groups.add((slot, &data), entry, &keys);
                }
            }
            all.insert(*seq, groups);
        }
        Ok(all)
    }

    /// The sealed groups of entries that lie far apart, by slot.
    async fn sealed_in(&self, entries: &[(u64, &Entry)]) -> Result<Vec<Sealed>> {
        let doing = "reading sealed groups";
        let slots: Vec<u64> = entries
            .iter()
            .flat_map(|(seq, entry)| (0_u32..).zip(&entry.groups).map(|(index, _)| slot(*seq, index)))
            .collect();
        let mut found = Vec::with_capacity(slots.len());
        for slots in slots.chunks(sql::VALUES_PER_LIST) {
            let text = format!(
                "SELECT slot, data FROM sealed WHERE slot IN ({})",
                sql::list(1, slots.len())
            );
            let mut query = sqlx::query(AssertSqlSafe(text)).persistent(false);
            for slot in slots {
                query = query.bind(sql::int(*slot));
            }
            for row in query
                .fetch_all(self.platform())
                .await
                .map_err(Error::sql(doing))?
            {
                let slot = sql::number(row.try_get(0).map_err(Error::sql(doing))?)?;
                found.push((slot, row.try_get(1).map_err(Error::sql(doing))?));
            }
        }
        found.sort_unstable_by_key(|(slot, _)| *slot);
        Ok(found)
    }

    /// The sealed groups of a range of entries, by slot.
    pub(super) async fn sealed(&self, first: u64, last: u64) -> Result<Vec<Sealed>> {
        let doing = "reading sealed groups";
        let rows = sqlx::query("SELECT slot, data FROM sealed WHERE slot >= $1 AND slot < $2 ORDER BY slot")
            .bind(sql::int(slot(first, 0)))
            .bind(sql::int(slot(last + 1, 0)))
            .fetch_all(self.platform())
            .await
            .map_err(Error::sql(doing))?;
        rows.iter()
            .map(|row| {
                let slot: i64 = row.try_get(0).map_err(Error::sql(doing))?;
                Ok((sql::number(slot)?, row.try_get(1).map_err(Error::sql(doing))?))
            })
            .collect()
    }

    /// Whole events, from `from` on.
    pub(crate) async fn open_events(&self, from: u64, count: u64) -> Result<Vec<OpenedEvent>> {
        let mut entries = Vec::new();
        for (seq, body) in super::bodies(self, from, count).await? {
            if let Some(body) = body {
                entries.push((seq, Entry::from_bytes(&body).map_err(Error::entry(seq))?));
            }
        }
        let names: Vec<(u64, &Entry)> = entries.iter().map(|(seq, entry)| (*seq, entry)).collect();
        let mut groups = self.open_groups(&names).await?;
        entries
            .iter()
            .map(|(seq, entry)| {
                let opened = groups.remove(seq).unwrap_or_default().opened;
                let groups = opened
                    .iter()
                    .map(|opened| Group::from_bytes(&opened.group).map_err(Error::entry(*seq)))
                    .collect::<Result<Vec<_>>>()?;
                Ok(OpenedEvent {
                    seq: *seq,
                    recorded_at: entry.recorded_at,
                    event: entry.open(groups),
                })
            })
            .collect()
    }
}
