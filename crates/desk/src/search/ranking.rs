//! Who and what occurs most among the events that pass.

use super::{show, span};
use crate::Error;
use crate::cache::{Cache, Ranked};
use crate::query::{Field, Query};
use crate::view::event::Range;
use crate::view::overview::TopRow;
use std::collections::HashMap;
use vigia_index::{Column, term};

/// What is ranked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// Accounts: by e-mail, else name, else id; where all are sealed, by pseudonym.
    Account,
    /// Source addresses.
    Address,
    /// Services.
    Service,
}

/// The values with the most happenings, the newest first among equals; those with at least `least`,
/// and no more than `limit`.
///
/// # Errors
/// Where the copy fails.
pub async fn top(
    cache: &Cache,
    query: &Query,
    range: Range,
    by: By,
    (least, limit): (u64, usize),
) -> Result<Vec<TopRow>, Error> {
    let found = cache.view(async |view| {
        let question = view.question(query, span(range)).await?;
        let ranked = match by {
            By::Account => view.top(&question, Column::Who, (least, limit)).await?,
            By::Address => view.top(&question, Column::Address, (least, limit)).await?,
            By::Service => view.services(&question, limit).await?,
        };
        let mut newest: Vec<u64> = ranked.iter().map(|ranked| ranked.newest).collect();
        if by == By::Service {
            newest.clear();
        }
        let events = view.events(&newest).await?;
        Ok((ranked, events))
    });
    let (ranked, events) = found.await?;
    let events: HashMap<u64, _> = events.into_iter().map(|event| (event.seq, event)).collect();
    let row = |ranked: Ranked| {
        let event = events.get(&ranked.newest);
        match by {
            By::Account => account(&ranked, event.map(show::row)),
            By::Address => {
                let country = event.and_then(|event| event.entry.country.clone());
                address(&ranked, country)
            }
            By::Service => {
                let text = term::named(&ranked.text).to_owned();
                let query = Some(show::pivot(&Field::Service, &text));
                Some(plain(text, ranked.count, query))
            }
        }
    };
    Ok(ranked.into_iter().filter_map(row).collect())
}

fn plain(text: String, count: u64, query: Option<String>) -> TopRow {
    TopRow {
        text,
        masked: false,
        count,
        country: None,
        query,
    }
}

/// The dictionary has the name folded; the newest event has it as it was written.
fn account(ranked: &Ranked, newest: Option<crate::view::event::EventRow>) -> Option<TopRow> {
    if let Some(person) = term::masked(&ranked.text) {
        let query = Some(show::pivot(&Field::Subject, &person.to_string()));
        return Some(TopRow {
            masked: true,
            ..plain(show::pseudonym(person), ranked.count, query)
        });
    }
    let who = newest?.actor?;
    Some(TopRow {
        masked: who.masked,
        ..plain(who.text, ranked.count, who.query)
    })
}

fn address(ranked: &Ranked, country: Option<String>) -> Option<TopRow> {
    let text = term::address_of(&ranked.text)?.to_string();
    let query = Some(show::pivot(&Field::SourceIp, &text));
    Some(TopRow {
        country: country.map(|code| code.to_uppercase()),
        ..plain(text, ranked.count, query)
    })
}
