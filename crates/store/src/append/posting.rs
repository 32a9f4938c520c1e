//! Postings: in which entries a row of the vault appears. One block per row and commit: distances
//! from the commit's first entry, four bytes each, little-endian.

use crate::error::{Error, Result};
use crate::sql;
use sqlx::AnyConnection;
use std::collections::BTreeMap;

/// The blocks of one commit.
#[derive(Default)]
pub(crate) struct Postings {
    rows: BTreeMap<u64, Vec<u64>>,
}

impl Postings {
    /// The row appears in this entry. Entries come in order.
    pub(crate) fn add(&mut self, row: u64, seq: u64) {
        let seqs = self.rows.entry(row).or_default();
        if seqs.last() != Some(&seq) {
            seqs.push(seq);
        }
    }

    pub(crate) async fn write(self, connection: &mut AnyConnection, first: u64) -> Result<()> {
        let blocks: Vec<(u64, Vec<u8>)> = self
            .rows
            .into_iter()
            .map(|(row, seqs)| (row, encode(first, &seqs)))
            .collect();
        sql::insert(
            connection,
            "indexing entries",
            ("INSERT INTO posting (row, first, seqs) VALUES", 3, ""),
            &blocks,
            |query, (row, block)| {
                query
                    .bind(sql::int(*row))
                    .bind(sql::int(first))
                    .bind(block.clone())
            },
        )
        .await
    }
}

/// A block: distances from its first entry.
pub(crate) fn encode(first: u64, seqs: &[u64]) -> Vec<u8> {
    seqs.iter()
        .flat_map(|seq| u32::try_from(seq - first).unwrap_or(u32::MAX).to_le_bytes())
        .collect()
}

/// The sequence numbers of a block.
pub(crate) fn decode(first: u64, block: &[u8]) -> Result<Vec<u64>> {
    let (distances, rest) = block.as_chunks::<4>();
    if !rest.is_empty() {
        return Err(Error::Damaged("a posting"));
    }
    Ok(distances
        .iter()
        .map(|distance| first + u64::from(u32::from_le_bytes(*distance)))
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_comes_back_as_it_went_in() {
        let seqs = [70_000, 70_001, 99_999];
        assert_eq!(decode(70_000, &encode(70_000, &seqs)).unwrap(), seqs);
        assert!(decode(0, &[1, 2, 3]).is_err());
    }
}
