//! Asking the platform itself for events: for what no desk has a copy of.

use crate::http::{answer, read};
use crate::lines::Lines;
use crate::{Client, Problem};
use reqwest::Method;
use reqwest::header::ACCEPT;
use url::form_urlencoded;
use vigia_wire::event::{EventsLine, EventsPage, EventsQuery, Order, ProvenEvent};

/// The lines of one search.
pub type EventLines = Lines<EventsLine>;

impl Client {
    /// Searches the platform's log, as a stream: events as they are found, how far the search is, and
    /// at last where to go on. Dropping the lines stops the search.
    ///
    /// # Errors
    /// `invalid_query`, `denied`, `busy`, or the transport's.
    pub async fn events(&self, access: &str, query: &EventsQuery) -> Result<EventLines, Problem> {
        let request = self
            .request(Method::GET, &path(query))?
            .bearer_auth(access)
            .header(ACCEPT, "application/x-ndjson");
        Ok(Lines::of(answer(request).await?))
    }

    /// Searches the platform's log, one page.
    ///
    /// # Errors
    /// As [`Client::events`].
    pub async fn events_page(&self, access: &str, query: &EventsQuery) -> Result<EventsPage, Problem> {
        let request = self.request(Method::GET, &path(query))?.bearer_auth(access);
        read(answer(request).await?).await
    }

    /// One event with its proof.
    ///
    /// # Errors
    /// `not_found`, `denied`, or the transport's.
    pub async fn event(&self, access: &str, seq: u64) -> Result<ProvenEvent, Problem> {
        self.get(&format!("v1/events/{seq}"), Some(access)).await
    }
}

fn path(query: &EventsQuery) -> String {
    let mut all = form_urlencoded::Serializer::new(String::new());
    if !query.q.is_empty() {
        all.append_pair("q", &query.q);
    }
    for (name, moment) in [("since", query.since), ("until", query.until)] {
        if let Some(moment) = moment {
            all.append_pair(name, &moment.to_rfc3339());
        }
    }
    if query.order == Order::Oldest {
        all.append_pair("order", "oldest");
    }
    if let Some(limit) = query.limit {
        all.append_pair("limit", &limit.to_string());
    }
    if let Some(cursor) = &query.cursor {
        all.append_pair("cursor", cursor);
    }
    format!("v1/events?{}", all.finish())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_travels_whole() {
        let query = EventsQuery {
            q: "source.ip:10.0.0.0/8 \"é & ü\"".to_owned(),
            order: Order::Oldest,
            limit: Some(7),
            ..EventsQuery::default()
        };
        assert_eq!(
            path(&query),
            "v1/events?q=source.ip%3A10.0.0.0%2F8+%22%C3%A9+%26+%C3%BC%22&order=oldest&limit=7"
        );
    }
}
