//! Through the clear part of the log, page by page: for questions that are asked so seldom that they
//! deserve no index. Nothing sealed is opened.

use crate::Error;
use std::ops::ControlFlow;
use vigia_domain::access::Permit;
use vigia_domain::access::action::ReadEvents;
use vigia_domain::entry::Entry;
use vigia_store::Store;

/// Entries read at a time.
const PAGE_ENTRIES: u64 = 1_024;

/// Shows every entry from `from` on to `see`, until it breaks off. Answers where the log ended.
///
/// # Errors
/// Where the store fails.
pub async fn entries(
    store: &Store,
    permit: &Permit<ReadEvents>,
    from: u64,
    mut see: impl FnMut(&Entry) -> ControlFlow<()>,
) -> Result<u64, Error> {
    let mut next = from;
    loop {
        let page = store.sync_page(permit, None, next, PAGE_ENTRIES).await?;
        let Some(last) = page.last() else {
            return Ok(next);
        };
        next = last.seq.saturating_add(1);
        for row in &page {
            let entry = row.body.as_deref().and_then(|body| Entry::from_bytes(body).ok());
            if entry.is_some_and(|entry| see(&entry).is_break()) {
                return Ok(next);
            }
        }
    }
}
