//! The platform's own search over what is sealed: equality on an account or an address, and a
//! free-text scan of one day that stops when nobody reads any more.

use crate::fixture::Fixture;
use crate::house::House;
use crate::log;
use crate::output::{Figure, Outcome, median_and_p95, millis};
use crate::question::WORDS;
use std::time::Instant;
use vigia_client::{Client, EventLines};
use vigia_wire::event::{DEFAULT_LIMIT, EventsLine, EventsQuery};

/// A question about the account or address of a rank.
type Asks = fn(usize) -> String;

/// Different values that are looked for, busy ones and idle ones.
const VALUES: usize = 200;
/// Busier ones than this are left to the desk.
const FIRST_RANK: usize = 10;
/// The idlest.
const LAST_RANK: usize = 40_000;

/// Measures.
pub async fn measure(fixture: &Fixture) -> Outcome {
    let platform = fixture.platform().await?;
    let house = House::open(&platform).await?;
    let equal: [(&str, Asks); 2] = [
        ("account", |rank| format!("actor.email:{}", log::email(rank))),
        ("address", |rank| format!("source.ip:{}", log::ip(rank))),
    ];
    for (name, query) in equal {
        let (median, p95) = equality(&house, query).await?;
        Figure::new(format!("search.{name}.median"), median, "ms", fixture.events).print()?;
        Figure::new(format!("search.{name}.p95"), p95, "ms", fixture.events).print()?;
    }
    scan(&house, fixture.events).await?;
    house.stop().await
}

/// Ranks in equal steps of their logarithm, so that every degree of business is there.
fn rank(number: usize) -> usize {
    let step = |number: usize| f64::from(u32::try_from(number).unwrap_or(0));
    let (first, last) = (step(FIRST_RANK), step(LAST_RANK));
    let rank = first * (last / first).powf(step(number) / step(VALUES - 1));
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "it lies between the two ranks"
    )]
    let rank = rank as usize;
    rank
}

async fn equality(house: &House, query: fn(usize) -> String) -> Outcome<(f64, f64)> {
    let (client, tokens) = (house.client()?, house.login().await?);
    let mut took = Vec::with_capacity(VALUES);
    for number in 0..VALUES {
        let query = EventsQuery {
            q: query(rank(number)),
            limit: Some(DEFAULT_LIMIT),
            ..EventsQuery::default()
        };
        let began = Instant::now();
        client.events_page(&tokens.access_token, &query).await?;
        took.push(millis(began.elapsed()));
    }
    Ok(median_and_p95(took))
}

/// Of the newest day and of one in the middle: the first page; how soon the platform stops when the
/// reader goes; the first page of what was typed next.
async fn scan(house: &House, events: u64) -> Outcome {
    let (client, tokens) = (house.client()?, house.login().await?);
    let access = tokens.access_token.as_str();
    for (name, day) in [("newest_day", 1), ("middle_day", 45)] {
        let began = Instant::now();
        let lines = first_page(&client, access, WORDS[0], day).await?;
        let page = millis(began.elapsed());
        let left = Instant::now();
        drop(lines);
        let mut running = house.platform.searches().running();
        running.wait_for(|running| *running == 0).await?;
        let stopped = millis(left.elapsed());
        let began = Instant::now();
        drop(first_page(&client, access, &WORDS.join(" "), day).await?);
        let next = millis(began.elapsed());
        Figure::new(format!("search.scan.{name}.first_page"), page, "ms", events).print()?;
        Figure::new(format!("search.scan.{name}.stopped"), stopped, "ms", events).print()?;
        Figure::new(format!("search.scan.{name}.typed_on"), next, "ms", events).print()?;
    }
    Ok(())
}

/// Reads until a page of events has come or the day is over; the search goes on where it is not.
async fn first_page(client: &Client, access: &str, text: &str, day: i64) -> Outcome<EventLines> {
    let query = EventsQuery {
        q: text.to_owned(),
        since: Some(log::days_before_end(day)),
        until: Some(log::days_before_end(day - 1)),
        ..EventsQuery::default()
    };
    let mut lines = client.events(access, &query).await?;
    let mut found = 0;
    while found < DEFAULT_LIMIT {
        match lines.next().await? {
            Some(EventsLine::Event(_)) => found += 1,
            Some(EventsLine::Progress { .. }) => {}
            Some(EventsLine::Failed { failed }) => return Err(failed.into()),
            Some(EventsLine::End { .. }) | None => break,
        }
    }
    Ok(lines)
}
