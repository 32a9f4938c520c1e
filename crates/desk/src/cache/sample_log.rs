//! A log for tests of the copy: it grows, people in it are erased, and it is served as a platform does.

use super::Cache;
use super::sample::{page, row, subject};
use super::{Page, PageRow};
use crate::query::parse;
use crate::search;
use crate::view::event::{Range, Sort};
use serde_json::json;
use std::collections::BTreeSet;
use uuid::Uuid;
use vigia_domain::aggregate::{Aggregate, AggregateKind};
use vigia_domain::clock::from_micros;
use vigia_domain::{Event, EventId, Kind, person};
use vigia_ledger::tree::CompactRange;

pub(super) const BEGIN: i64 = 1_771_324_200_000_000;
pub(super) const MINUTE: i64 = 60_000_000;

pub(super) fn event(number: u64) -> Event {
    let time = from_micros(BEGIN + i64::try_from(number).unwrap() * MINUTE).unwrap();
    let mut id = [0; 10];
    id[..8].copy_from_slice(&number.to_be_bytes());
    let mut event = Event::new(EventId::new(time, id), time, Kind::AUTH_LOGIN_FAILED, "api");
    event.actor.email = Some(format!("pessoa{}@example.com", number % 5));
    event.message = Some(format!("tentativa numero{number}"));
    event.details = json!({"n": number % 7}).as_object().unwrap().clone();
    event
}

pub(super) fn people(event: &Event) -> BTreeSet<vigia_domain::SubjectId> {
    let parts = person::partition(event);
    parts
        .iter()
        .flat_map(|part| part.people.iter().map(subject))
        .collect()
}

/// A tombstone for whoever is in this event.
pub(super) fn tombstone(number: u64, of: u64) -> Event {
    let mut event = event(number);
    event.kind = Kind::PRIVACY_SUBJECT_ERASED;
    event.service = "vigia".into();
    event.actor = Default::default();
    event.message = None;
    event.details.clear();
    event.aggregate = Some(Aggregate {
        kind: AggregateKind::Erasure,
        id: Uuid::from_u128(u128::from(number)),
        version: 1,
        payload: json!({"event": "erased", "subjects": people(&self::event(of))}),
    });
    event
}

/// The log that the copy is of.
#[derive(Default)]
pub(super) struct Log {
    pub(super) events: Vec<Event>,
    /// Whom a tombstone names, and where the tombstone lies.
    pub(super) erased: Vec<(u64, BTreeSet<vigia_domain::SubjectId>)>,
}

impl Log {
    pub(super) fn grow(&mut self, count: u64) {
        for _ in 0..count {
            let mut event = event(self.size());
            // Whoever comes again after an erasure is a new subject.
            if !self.erased.is_empty() {
                let email = format!("pessoa{}-{}@example.com", self.size() % 5, self.erased.len());
                event.actor.email = Some(email);
            }
            self.events.push(event);
        }
    }

    pub(super) fn erase(&mut self, of: u64) {
        let gone = people(&event(of));
        self.events.push(tombstone(self.size(), of));
        self.erased.push((self.size() - 1, gone));
    }

    pub(super) fn size(&self) -> u64 {
        self.events.len() as u64
    }

    /// Entries as a platform serves them now: without the groups of whoever is erased.
    pub(super) fn rows(&self, from: u64, to: u64) -> Vec<PageRow> {
        (from..to)
            .map(|seq| {
                let event = &self.events[usize::try_from(seq).unwrap()];
                let parts = person::partition(event);
                let gone = |number: u32| {
                    let part = &parts[usize::try_from(number).unwrap()];
                    let of = |person: &person::Person| {
                        let person = subject(person);
                        self.erased
                            .iter()
                            .any(|(at, people)| seq < *at && people.contains(&person))
                    };
                    part.people.iter().any(of)
                };
                row(seq, event, |number| !gone(number))
            })
            .collect()
    }

    pub(super) fn range(&self, size: u64) -> CompactRange {
        page(CompactRange::new(), self.rows(0, size)).range
    }

    pub(super) async fn pull(&self, cache: &Cache) {
        let range = cache.range().await.unwrap();
        let rows = self.rows(range.size(), self.size());
        if !rows.is_empty() {
            cache.put_page(page(range, rows)).await.unwrap();
        }
    }

    pub(super) async fn older(&self, cache: &Cache, count: u64) {
        let base = cache.base().await.unwrap();
        let from = base.size().saturating_sub(count);
        let before = self.range(from);
        let page = Page {
            base: Some(before.clone()),
            ..page(before, self.rows(from, base.size()))
        };
        assert_eq!(page.range, base);
        cache.put_older(page).await.unwrap();
    }
}

/// Where a query finds something.
pub(super) async fn found(cache: &Cache, query: &str) -> BTreeSet<u64> {
    let query = parse(query).unwrap();
    let found = search::places(cache, &query, Range::default(), Sort::OldestFirst, 0, None).await;
    found.unwrap().into_iter().collect()
}
