//! What the trust remembers beside what it needs: every checkpoint that was seen, and what happened.

use super::{Happened, Kept, Seen, Trust, What, history, lines, seen};
use crate::Error;
use crate::home::make_folder;
use vigia_domain::Timestamp;

const SEEN: &str = "seen.jsonl";
const HISTORY: &str = "history.jsonl";

impl Trust {
    /// Adds to the checkpoints that were seen. A desk that was there before the list was begins it
    /// with those that it kept.
    pub(super) fn note_seen(&self, before: &[Kept], fresh: &Kept) -> Result<(), Error> {
        let path = self.file(SEEN);
        let key = self.key()?.map(|key| key.fingerprint).unwrap_or_default();
        let line = |kept: &Kept, after: Option<&Kept>| {
            Ok::<_, Error>(Seen {
                note: kept.note.clone(),
                at: kept.verified_at,
                after: after
                    .map(|kept| self.untrusted(&kept.note))
                    .transpose()?
                    .map(|old| old.size),
                key: key.clone(),
            })
        };
        if !path.exists() {
            for (number, kept) in before.iter().enumerate() {
                let after = number.checked_sub(1).and_then(|number| before.get(number));
                lines::append(&path, &line(kept, after)?)?;
            }
        }
        lines::append(&path, &line(fresh, before.last())?)?;
        let all: Vec<Seen> = lines::read(&path)?;
        if all.len() > seen::THIN_FROM {
            lines::replace(&path, &seen::thin(all, fresh.verified_at))?;
        }
        Ok(())
    }

    /// The checkpoints that were seen and are still kept, oldest first.
    ///
    /// # Errors
    /// Where the file cannot be read.
    pub fn seen(&self) -> Result<Vec<Seen>, Error> {
        lines::read(&self.file(SEEN))
    }

    /// Notes something in the history of the trust.
    ///
    /// # Errors
    /// Where the file cannot be written.
    pub fn happened(&self, at: Timestamp, what: What) -> Result<(), Error> {
        make_folder(&self.folder)?;
        let path = self.file(HISTORY);
        lines::append(&path, &Happened { at, what })?;
        let all: Vec<Happened> = lines::read(&path)?;
        if all.len() > history::THIN_FROM {
            lines::replace(&path, &history::thin(all))?;
        }
        Ok(())
    }

    /// What happened to the trust, oldest first. The acceptance of a key that was trusted before
    /// there was a history comes from the key itself.
    ///
    /// # Errors
    /// Where a file cannot be read.
    pub fn history(&self) -> Result<Vec<Happened>, Error> {
        let mut all: Vec<Happened> = lines::read(&self.file(HISTORY))?;
        let told = all
            .iter()
            .any(|happened| matches!(happened.what, What::KeyAccepted { .. }));
        if let Some(key) = self.key()?.filter(|_| !told) {
            let what = What::KeyAccepted {
                fingerprint: key.fingerprint,
                how: key.how,
            };
            let at = key.accepted_at;
            all.insert(0, Happened { at, what });
        }
        Ok(all)
    }
}
