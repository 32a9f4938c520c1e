//! Everything that the Overview draws, counted over the copy.

use super::histogram::{by_step, extent, histogram, series, week, zone};
use super::ranking::{By, top};
use super::{count, show};
use crate::Error;
use crate::cache::Cache;
use crate::query::{Field, Query, Test};
use crate::view::event::{Range, SeverityName};
use crate::view::overview::{Heat, LoginSeries, Overview, OverviewRequest, SeverityCount};
use chrono::TimeDelta;
use std::collections::BTreeMap;
use vigia_domain::event::Severity;
use vigia_domain::{Kind, Timestamp};

/// Buckets of the Overview's charts.
const BUCKETS: u32 = 96;
/// Bars of a ranking: whatever occurs at all, and no more than so many.
const TOP: (u64, usize) = (1, 8);

fn kind(kind: &Kind) -> Query {
    Query::Is(Field::Kind, Test::Word(kind.as_str().to_owned()))
}

/// Counts everything.
///
/// # Errors
/// `invalid_request` where the zone is none; otherwise where the copy fails.
pub async fn overview(cache: &Cache, request: &OverviewRequest, now: Timestamp) -> Result<Overview, Error> {
    let zone = zone(&request.zone)?;
    let newest = extent(cache, &Query::All, Range::default())
        .await?
        .map(|(_, last)| last);
    let (range, moved) = choose(cache, request.range, newest).await?;
    let histogram = histogram(cache, &Query::All, range, BUCKETS, zone, now).await?;
    let (failed, succeeded) = (kind(&Kind::AUTH_LOGIN_FAILED), kind(&Kind::AUTH_LOGIN_SUCCEEDED));
    let logins = LoginSeries {
        failed_total: count(cache, &failed, range).await?,
        succeeded_total: count(cache, &succeeded, range).await?,
        failed: series(cache, &failed, range, &histogram).await?,
        succeeded: series(cache, &succeeded, range, &histogram).await?,
    };
    let heat = Heat {
        cells: week(cache, &failed, range, zone).await?,
        query: show::pivot(&Field::Kind, Kind::AUTH_LOGIN_FAILED.as_str()),
    };
    Ok(Overview {
        events: count(cache, &Query::All, range).await?,
        events_before: before(cache, range).await?,
        severities: severities(&by_step(cache, &Query::All, range, 900).await?),
        accounts: top(cache, &failed, range, By::Account, TOP).await?,
        addresses: top(cache, &failed, range, By::Address, TOP).await?,
        services: top(cache, &Query::All, range, By::Service, TOP).await?,
        range,
        moved,
        histogram,
        logins,
        heat,
        newest,
    })
}

/// The range asked for, or, where it is empty, one as long that ends with the newest data.
async fn choose(cache: &Cache, asked: Range, newest: Option<Timestamp>) -> Result<(Range, bool), Error> {
    let Some(newest) = newest else {
        return Ok((asked, false));
    };
    if count(cache, &Query::All, asked).await? > 0 {
        return Ok((asked, false));
    }
    let to = newest + TimeDelta::microseconds(1);
    let from = match (asked.from, asked.to) {
        (Some(from), Some(end)) => Some(to - (end - from)),
        (Some(from), None) if from < to => Some(from),
        _ => None,
    };
    Ok((Range { from, to: Some(to) }, true))
}

/// The range as long as this one right before it, where the copy reaches that far back.
async fn before(cache: &Cache, range: Range) -> Result<Option<u64>, Error> {
    let (Some(from), Some(to)) = (range.from, range.to) else {
        return Ok(None);
    };
    let earlier = Range {
        from: Some(from - (to - from)),
        to: Some(from),
    };
    let oldest = extent(cache, &Query::All, Range::default())
        .await?
        .map(|(first, _)| first);
    match (oldest, earlier.from) {
        (Some(oldest), Some(start)) if oldest <= start => Ok(Some(count(cache, &Query::All, earlier).await?)),
        _ => Ok(None),
    }
}

fn severities(steps: &[(Timestamp, u8, u64)]) -> Vec<SeverityCount> {
    let mut counts: BTreeMap<u8, u64> = BTreeMap::new();
    for (_, severity, count) in steps {
        *counts.entry(*severity).or_default() += count;
    }
    let severest_first = Severity::ALL.into_iter().rev();
    severest_first
        .filter_map(|severity| {
            let count = *counts.get(&severity.number())?;
            let query = show::pivot(&Field::Severity, severity.name());
            Some(SeverityCount {
                severity: SeverityName::from(severity),
                count,
                query,
            })
        })
        .collect()
}
