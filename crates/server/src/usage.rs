//! When sessions and keys were last used: remembered to the minute, written now and then. Using
//! something changes nothing, so no event tells of it; a crash loses a minute or two of it.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use vigia_domain::Timestamp;
use vigia_store::Credential;

/// How exact a last use is, in seconds.
const MINUTE: i64 = 60;
/// Sessions and keys remembered between two writes.
const MAX_KEPT: usize = 100_000;

/// What was used lately.
#[derive(Default)]
pub struct Uses {
    kept: Mutex<HashMap<Credential, Use>>,
}

#[derive(Clone, Copy)]
struct Use {
    at: Timestamp,
    written: bool,
}

impl Uses {
    /// Remembers a use.
    pub fn note(&self, credential: Credential, at: Timestamp) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let known = kept.get(&credential);
        let fresh = known.is_some_and(|known| (at - known.at).num_seconds().abs() < MINUTE);
        if !fresh && (known.is_some() || kept.len() < MAX_KEPT) {
            kept.insert(credential, Use { at, written: false });
        }
    }

    /// When it was last used, as far as is remembered here.
    #[must_use]
    pub fn of(&self, credential: Credential) -> Option<Timestamp> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.get(&credential).map(|one| one.at)
    }

    /// What was not written yet.
    #[must_use]
    pub fn take(&self) -> Vec<(Credential, Timestamp)> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let due = kept.iter().filter(|(_, one)| !one.written);
        let due: Vec<_> = due.map(|(credential, one)| (*credential, one.at)).collect();
        let newest = kept.values().map(|one| one.at).max();
        // What was not used for an hour makes room; it is in the database.
        kept.retain(|_, one| {
            one.written = true;
            newest.is_some_and(|newest| (newest - one.at).num_seconds() < 60 * MINUTE)
        });
        due
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::TimeDelta;
    use uuid::Uuid;
    use vigia_domain::SessionId;

    #[test]
    fn uses_within_a_minute_are_one_and_each_is_written_once() {
        let uses = Uses::default();
        let session = Credential::Refresh(SessionId(Uuid::nil()));
        let at = |seconds| Timestamp::UNIX_EPOCH + TimeDelta::seconds(seconds);
        uses.note(session, at(0));
        uses.note(session, at(59));
        assert_eq!(uses.take(), [(session, at(0))]);
        assert_eq!(uses.take(), []);
        uses.note(session, at(60));
        assert_eq!(uses.of(session), Some(at(60)));
        assert_eq!(uses.take(), [(session, at(60))]);
    }
}
