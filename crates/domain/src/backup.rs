//! A backup: which was the last, and how far it reaches.
//!
//! What it was made from stands clear, because it is about nobody; where it went lies sealed in the
//! event. An erasure after the last one is "pending" until the next (the vault's generation moved).

use crate::aggregate::Recorded;
use crate::clock::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A platform has one line of backups.
pub const LINE: Uuid = Uuid::nil();

/// The last backup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Backup {
    /// Its name: the moment at which it began.
    pub name: String,
    /// How many entries it holds.
    pub size: u64,
    /// The vault's generation in it.
    pub generation: u64,
    /// When the ledger was told that it is whole.
    pub at: Timestamp,
}

/// What can happen to backups.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum BackupEvent {
    /// One was made, opened and checked.
    Made {
        /// Its name.
        name: String,
        /// How many entries it holds.
        size: u64,
        /// The vault's generation in it.
        generation: u64,
    },
    /// This platform was restored from one; it is the last from here on.
    Restored {
        /// Its name.
        name: String,
        /// How many entries it held.
        size: u64,
    },
}

/// The last backup after the event.
#[must_use]
pub fn evolve(_: Option<Backup>, event: BackupEvent, recorded: Recorded<'_>) -> Option<Backup> {
    let (name, size, generation) = match event {
        BackupEvent::Made {
            name,
            size,
            generation,
        } => (name, size, generation),
        // No generation is zero: what was restored is to be backed up anew.
        BackupEvent::Restored { name, size } => (name, size, 0),
    };
    Some(Backup {
        name,
        size,
        generation,
        at: recorded.recorded_at,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_backup_is_known_and_a_restored_platform_waits_for_its_next() {
        let recorded = Recorded {
            seq: 3,
            recorded_at: Timestamp::UNIX_EPOCH,
            holders: &[],
        };
        let made = BackupEvent::Made {
            name: "20260217T103000Z".to_owned(),
            size: 9,
            generation: 4,
        };
        let last = evolve(None, made, recorded).unwrap();
        assert_eq!((last.size, last.generation), (9, 4));
        let restored = BackupEvent::Restored {
            name: last.name.clone(),
            size: 9,
        };
        assert_eq!(evolve(Some(last), restored, recorded).unwrap().generation, 0);
    }
}
