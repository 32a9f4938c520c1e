//! What a group of requests needs from the vault before it can become rows.

use super::write::Request;
use crate::vault::{LISTED_FROM_EVENTS, Needs};
use vigia_domain::Timestamp;
use vigia_domain::clock::day_of;

/// Whether a commit keeps its addresses as lists.
pub(super) fn is_listed(requests: &[Request]) -> bool {
    let events: usize = requests.iter().map(|request| request.events.len()).sum();
    events >= LISTED_FROM_EVENTS
}

/// Everything that a group of requests needs from the vault.
pub(super) fn needs_of(requests: &[Request], now: Timestamp, listed: bool) -> Needs<'_> {
    let day = day_of(now);
    let mut needs = Needs::default();
    for event in requests.iter().flat_map(|request| &request.events) {
        let period = (day, event.class());
        for part in event.parts.iter() {
            part.people.iter().for_each(|person| needs.name(person));
            if part.people.is_empty() {
                needs.periods.insert(period);
            }
            if let (Some(address), Some(owner), false) = (part.address, part.owner(period), listed) {
                needs.addresses.insert((owner, address));
            }
        }
    }
    needs
}
