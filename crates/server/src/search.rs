//! Searching the platform's own log: what the query language means, asked of every event that the
//! reader may see (`vigia_query::matches`), in the order of the log.
//!
//! Where parts of a query lead through the blind indexes, only the entries they lead to are opened;
//! everything else is a walk through the log. Both give the same events: an index is only ever asked for
//! fewer entries to look at. A search is pulled step by step, so it ends with whoever pulls; how far it
//! may go at once is the caller's budget, and the rest is behind a cursor.

mod cursor;
mod plan;
mod running;
mod walk;

pub use cursor::{Cursors, Position};
pub use running::{Running, Searches};
pub use walk::{Search, Step, listed};

use vigia_domain::Timestamp;
use vigia_query::{Field, Query, Test};
use vigia_wire::event::Order;

/// What is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// What passes.
    pub query: Query,
    /// In which order.
    pub order: Order,
}

impl Question {
    /// The events that pass the text of a query and happened from `since` until before `until`.
    ///
    /// # Errors
    /// What is wrong with the text.
    pub fn new(
        text: &str,
        since: Option<Timestamp>,
        until: Option<Timestamp>,
        order: Order,
    ) -> Result<Self, vigia_query::QueryError> {
        let mut all = match vigia_query::parse(text)? {
            Query::And(all) => all,
            other => vec![other],
        };
        if since.is_some() || until.is_some() {
            let micros = |moment: Option<Timestamp>| moment.map(vigia_domain::clock::to_micros);
            let from = micros(since).unwrap_or(i64::MIN);
            let to = micros(until).map_or(i64::MAX, |to| to.saturating_sub(1));
            all.push(Query::Is(Field::Time, Test::Between(from, to)));
        }
        Ok(Self {
            query: Query::And(all),
            order,
        })
    }

    /// What must all hold.
    fn conditions(&self) -> &[Query] {
        match &self.query {
            Query::And(all) => all,
            one => std::slice::from_ref(one),
        }
    }
}
