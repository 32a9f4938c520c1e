//! Bringing to hand what a question needs: blocks, where terms lie, entries; from memory, else from the
//! copy.

use super::{AT_ONCE, View, list};
use crate::cache::pack::{self, Kept};
use crate::cache::page::int;
use crate::cache::segment::block_id;
use crate::cache::shared::Known;
use crate::cache::{CacheError, Stored};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;
use vigia_index::ask::term_blocks;
use vigia_index::build::{Terms, open_terms};
use vigia_index::head::Firsts;
use vigia_index::{Codes, Head, Loaded, Plan, column};

impl View<'_> {
    pub(super) async fn load_terms(
        &mut self,
        segments: &[Arc<Known>],
        plans: &[Plan],
    ) -> Result<(), CacheError> {
        let mut asks = false;
        for plan in plans {
            plan.walk(&mut |plan| asks |= matches!(plan, Plan::Term(_) | Plan::Terms(..)));
        }
        if !asks {
            return Ok(());
        }
        self.firsts(segments).await?;
        let mut wanted = Vec::new();
        for (segment, plan) in segments.iter().zip(plans) {
            let Some(firsts) = segment.firsts.get() else {
                continue;
            };
            let blocks = term_blocks(plan, &segment.head, firsts);
            wanted.extend(blocks.into_iter().map(|block| (Arc::clone(segment), block)));
        }
        self.load(wanted).await
    }

    /// Reads where the terms of segments lie, as far as that is not known.
    pub(in crate::cache) async fn firsts(&mut self, segments: &[Arc<Known>]) -> Result<(), CacheError> {
        let unknown: Vec<&Arc<Known>> = segments
            .iter()
            .filter(|segment| segment.firsts.get().is_none())
            .collect();
        for unknown in unknown.chunks(AT_ONCE) {
            let wanted = list(unknown.iter().map(|segment| segment.number));
            let text = format!("SELECT number, firsts FROM segment WHERE number IN ({wanted})");
            let found: Vec<(i64, Vec<u8>)> = self.all(text).await?;
            let found: HashMap<i64, Vec<u8>> = found.into_iter().collect();
            for segment in unknown {
                if let Some(bytes) = found.get(&segment.number) {
                    let _ = segment.firsts.set(Firsts::read(bytes)?);
                }
            }
        }
        Ok(())
    }

    /// Brings blocks to hand: from memory, else from the copy.
    pub(in crate::cache) async fn load(&mut self, wanted: Vec<(Arc<Known>, u32)>) -> Result<(), CacheError> {
        let mut missing: BTreeMap<i64, (Arc<Known>, u32)> = BTreeMap::new();
        for (segment, block) in wanted {
            if self.at_hand.contains_key(&(segment.number, block)) {
                continue;
            }
            match self.shared.blocks.get(&(segment.number, segment.version, block)) {
                Some(loaded) => {
                    self.at_hand.insert((segment.number, block), loaded);
                }
                None => {
                    missing.insert(block_id(segment.number, block), (segment, block));
                }
            }
        }
        let ids: Vec<i64> = missing.keys().copied().collect();
        for ids in ids.chunks(AT_ONCE) {
            let text = format!(
                "SELECT id, data FROM block WHERE id IN ({})",
                list(ids.iter().copied())
            );
            let found: Vec<(i64, Vec<u8>)> = self.all(text).await?;
            for (id, data) in found {
                let Some((segment, block)) = missing.get(&id) else {
                    continue;
                };
                let loaded = open(&segment.head, *block, &data)?;
                let name = (segment.number, segment.version, *block);
                self.shared.blocks.insert(name, loaded.clone());
                self.at_hand.insert((segment.number, *block), loaded);
            }
        }
        Ok(())
    }

    /// Lets go of what is at hand; a question brings it again.
    pub(in crate::cache) fn let_go_of_blocks(&mut self) {
        self.at_hand.clear();
    }

    /// Calls `each` for the terms that begin so, with how many rows hold each, segment by segment.
    pub(in crate::cache) async fn each_term(
        &mut self,
        beginning: &[u8],
        mut each: impl FnMut(&[u8], u32),
    ) -> Result<(), CacheError> {
        let end = vigia_index::term::after(beginning);
        for segment in self.segments.clone() {
            self.at_hand.clear();
            self.firsts(std::slice::from_ref(&segment)).await?;
            let Some(firsts) = segment.firsts.get() else {
                continue;
            };
            let blocks = firsts
                .blocks(beginning, end.as_deref())
                .map(|block| segment.head.terms() + block);
            let blocks: Vec<u32> = blocks.collect();
            self.load(
                blocks
                    .iter()
                    .map(|block| (Arc::clone(&segment), *block))
                    .collect(),
            )
            .await?;
            for block in blocks {
                let Some(Loaded::Terms(opened)) = self.block(&segment, block) else {
                    continue;
                };
                let mut terms = Terms::new(&opened, segment.head.rows);
                while let Some(posting) = terms.advance()? {
                    if terms.term.starts_with(beginning) {
                        each(&terms.term, posting.rows());
                    }
                }
            }
        }
        Ok(())
    }

    /// Events by their places, in the order asked for; places without a body are left out.
    pub(crate) async fn events(&mut self, places: &[u64]) -> Result<Vec<Stored>, CacheError> {
        let wanted: BTreeSet<u64> = places.iter().map(|seq| pack::number(*seq)).collect();
        let wanted: Vec<u64> = wanted.into_iter().collect();
        let mut packs: HashMap<u64, Arc<Vec<Kept>>> = HashMap::new();
        for numbers in wanted.chunks(AT_ONCE) {
            self.packs(numbers, &mut packs).await?;
        }
        let mut found = Vec::with_capacity(places.len());
        for seq in places {
            let pack = packs.get(&pack::number(*seq));
            let row = pack.and_then(|rows| rows.iter().find(|row| row.seq == *seq));
            if let Some(row) = row {
                found.extend(row.stored()?);
            }
        }
        Ok(found)
    }

    async fn packs(
        &mut self,
        numbers: &[u64],
        into: &mut HashMap<u64, Arc<Vec<Kept>>>,
    ) -> Result<(), CacheError> {
        let wanted = list(numbers.iter().map(|number| int(*number)));
        let text = format!("SELECT number, stamp FROM pack WHERE number IN ({wanted})");
        let stamps: Vec<(i64, i64)> = self.all(text).await?;
        let mut missing = Vec::new();
        for (number, stamp) in stamps {
            let name = (u64::try_from(number).unwrap_or(0), stamp);
            match self.shared.packs.get(&name) {
                Some(rows) => {
                    into.insert(name.0, rows);
                }
                None => missing.push(number),
            }
        }
        if missing.is_empty() {
            return Ok(());
        }
        let text = format!(
            "SELECT number, first, stamp, data FROM pack WHERE number IN ({})",
            list(missing)
        );
        let found: Vec<(i64, i64, i64, Vec<u8>)> = self.all(text).await?;
        for (number, first, stamp, data) in found {
            let number = u64::try_from(number).unwrap_or(0);
            let rows = Arc::new(pack::read(u64::try_from(first).unwrap_or(0), &data)?);
            self.shared.packs.insert((number, stamp), Arc::clone(&rows));
            into.insert(number, rows);
        }
        Ok(())
    }
}

/// A block, opened.
fn open(head: &Head, block: u32, data: &[u8]) -> Result<Loaded, CacheError> {
    Ok(match head.column_of(block) {
        None => Loaded::Terms(Arc::new(open_terms(data)?)),
        Some(column) if column.is_coded() => Loaded::Codes(Arc::new(Codes::read(data)?)),
        Some(_) => Loaded::Numbers(Arc::new(column::read_numbers(data)?)),
    })
}
