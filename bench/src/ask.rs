//! How the desk is asked: the only file that calls its searches.
//!
//! A list is its rows, decoded and ready to be shown; a count is the numbers that a chart is drawn
//! from. The answer says how many there are, for comparison with the baselines.

use crate::log;
use crate::output::Outcome;
use crate::question::{MANY, NEWEST, Question};
use vigia_desk::cache::Cache;
use vigia_desk::query;
use vigia_desk::search::ranking::{By, top};
use vigia_desk::search::{histogram, overview, places, show};
use vigia_desk::view::event::{Range, Sort};
use vigia_desk::view::overview::{Overview, OverviewRequest};

const HOUR_SECONDS: i64 = 3_600;
/// Accounts of a ranking.
const TOP: usize = 10;

/// Asks; says how many rows or, for the histogram, events the answer has.
pub async fn ask(cache: &Cache, question: Question) -> Outcome<u64> {
    let range = Range {
        from: question.since(),
        to: None,
    };
    match question {
        Question::KindAndService
        | Question::Account
        | Question::Network
        | Question::RareWord
        | Question::TwoWords => newest(cache, &question.query(), range).await,
        Question::Histogram => {
            let parsed = query::parse(&question.query())?;
            let counted = histogram::by_step(cache, &parsed, range, HOUR_SECONDS).await?;
            Ok(counted.iter().map(|(_, _, count)| count).sum())
        }
        Question::TopAccounts => ranked(cache, question, range, By::Account, (1, TOP)).await,
        Question::ManyFailures => ranked(cache, question, range, By::Address, (MANY + 1, usize::MAX)).await,
    }
}

async fn ranked(
    cache: &Cache,
    question: Question,
    range: Range,
    by: By,
    limits: (u64, usize),
) -> Outcome<u64> {
    let parsed = query::parse(&question.query())?;
    Ok(top(cache, &parsed, range, by, limits).await?.len() as u64)
}

async fn newest(cache: &Cache, text: &str, range: Range) -> Outcome<u64> {
    let parsed = query::parse(text)?;
    let found = places(cache, &parsed, range, Sort::NewestFirst, 0, Some(NEWEST)).await?;
    let rows: Vec<_> = cache.events(&found).await?.iter().map(show::row).collect();
    Ok(rows.len() as u64)
}

/// Everything that the Overview draws of the last days of the log.
pub async fn draw(cache: &Cache, days: i64) -> Outcome<Overview> {
    let request = OverviewRequest {
        range: Range {
            from: Some(log::days_before_end(days)),
            to: Some(log::end()),
        },
        zone: "America/Sao_Paulo".to_owned(),
    };
    Ok(overview::overview(cache, &request, log::end()).await?)
}
