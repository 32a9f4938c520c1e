//! Taking events out: every one, its groups opened, in the order of the log.

use super::WALK;
use crate::error::Result;
use crate::store::Store;
use vigia_domain::access::Permit;
use vigia_domain::access::action::ExportEvents;
use vigia_domain::{Event, Timestamp};

/// One event with its place in the log.
#[derive(Debug, Clone, PartialEq)]
pub struct Exported {
    /// Its sequence number.
    pub seq: u64,
    /// When the ledger took it.
    pub recorded_at: Timestamp,
    /// The event; what was erased is absent.
    pub event: Event,
}

/// An export under way, as of the log's size at its beginning.
pub struct Export {
    store: Store,
    permit: Permit<ExportEvents>,
    since: Option<Timestamp>,
    until: Option<Timestamp>,
    next: u64,
    end: u64,
}

impl Export {
    /// The next events; empty at the end and not before.
    ///
    /// # Errors
    /// Where the databases cannot be read, or hold what is no entry.
    pub async fn next_page(&mut self) -> Result<Vec<Exported>> {
        while self.next < self.end {
            let count = WALK.min(self.end - self.next);
            let opened = self.store.open_events(self.next, count).await?;
            self.next += count;
            let page: Vec<Exported> = opened
                .into_iter()
                .filter(|opened| opened.seq < self.next && self.wants(&opened.event))
                .map(|opened| Exported {
                    seq: opened.seq,
                    recorded_at: opened.recorded_at,
                    event: opened.event,
                })
                .collect();
            if !page.is_empty() {
                return Ok(page);
            }
        }
        Ok(Vec::new())
    }

    fn wants(&self, event: &Event) -> bool {
        self.permit.scope().includes(&event.service)
            && self.since.is_none_or(|since| event.time >= since)
            && self.until.is_none_or(|until| event.time < until)
    }
}

impl Store {
    /// Begins an export of the events that happened from `since` until before `until`.
    ///
    /// # Errors
    /// Where the database cannot be read.
    pub async fn export(
        &self,
        permit: &Permit<ExportEvents>,
        since: Option<Timestamp>,
        until: Option<Timestamp>,
    ) -> Result<Export> {
        Ok(Export {
            store: self.clone(),
            permit: permit.clone(),
            since,
            until,
            next: 0,
            end: self.head().await?.size,
        })
    }
}
