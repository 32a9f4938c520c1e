//! Everything that the Overview draws, counted over the copy.

use super::histogram::{ends, extent, histogram, series, week, zone};
use super::{count, rows, show};
use crate::Error;
use crate::cache::Cache;
use crate::query::sql::Arg;
use crate::query::{Field, Query, Test};
use crate::view::event::{Range, SeverityName};
use crate::view::overview::{Heat, LoginSeries, Overview, OverviewRequest, SeverityCount, TopRow};
use chrono::TimeDelta;
use std::collections::BTreeMap;
use vigia_domain::event::Severity;
use vigia_domain::{Kind, SubjectId, Timestamp};

/// Buckets of the Overview's charts.
const BUCKETS: u32 = 96;
/// Bars of a ranking.
const TOP: i64 = 8;

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
        severities: severities(cache, range).await?,
        accounts: accounts(cache, range).await?,
        addresses: addresses(cache, range).await?,
        services: services(cache, range).await?,
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

async fn severities(cache: &Cache, range: Range) -> Result<Vec<SeverityCount>, Error> {
    let (from, to) = ends(range);
    let sql = "SELECT severity, count(*) FROM event WHERE time >= ? AND time < ? GROUP BY severity";
    let found: Vec<(i64, i64)> = rows(cache, sql.to_owned(), vec![Arg::Int(from), Arg::Int(to)]).await?;
    let counts: BTreeMap<i64, i64> = found.into_iter().collect();
    let severest_first = Severity::ALL.into_iter().rev();
    Ok(severest_first
        .filter_map(|severity| {
            let count = u64::try_from(*counts.get(&i64::from(severity.number()))?).unwrap_or(0);
            let query = show::pivot(&Field::Severity, severity.name());
            Some(SeverityCount {
                severity: SeverityName::from(severity),
                count,
                query,
            })
        })
        .collect())
}

const FAILED: &str =
    "kind IN (SELECT id FROM word WHERE text = 'auth.login.failed') AND time >= ? AND time < ?";

/// Folded name, person where it is sealed, failures, newest event.
type Ranked = (Option<String>, Option<Vec<u8>>, i64, i64);

/// By e-mail, else name, else id; where all are sealed, by pseudonym.
async fn accounts(cache: &Cache, range: Range) -> Result<Vec<TopRow>, Error> {
    let (from, to) = ends(range);
    let sql = format!(
        "SELECT coalesce(actor_email, actor_name, actor_id) AS who, \
         CASE WHEN coalesce(actor_email, actor_name, actor_id) IS NULL THEN person END AS masked, \
         sum(count), max(seq) FROM event WHERE {FAILED} AND (who IS NOT NULL OR person IS NOT NULL) \
         GROUP BY who, masked ORDER BY 3 DESC, 4 DESC LIMIT ?"
    );
    let args = vec![Arg::Int(from), Arg::Int(to), Arg::Int(TOP)];
    let found: Vec<Ranked> = rows(cache, sql, args).await?;
    let mut top = Vec::new();
    for (_, person, count, seq) in found {
        let count = u64::try_from(count).unwrap_or(0);
        let person = person.and_then(|id| <[u8; 16]>::try_from(id).ok()).map(SubjectId);
        if let Some(person) = person {
            let query = Some(show::pivot(&Field::Subject, &person.to_string()));
            top.push(TopRow {
                text: show::pseudonym(person),
                masked: true,
                count,
                country: None,
                query,
            });
            continue;
        }
        // The column is folded; the newest event has it as it was written.
        let places = [u64::try_from(seq).unwrap_or(0)];
        let written = cache
            .events(&places)
            .await?
            .first()
            .and_then(|stored| show::row(stored).actor);
        if let Some(who) = written {
            top.push(TopRow {
                text: who.text,
                masked: who.masked,
                count,
                country: None,
                query: who.query,
            });
        }
    }
    Ok(top)
}

async fn addresses(cache: &Cache, range: Range) -> Result<Vec<TopRow>, Error> {
    let (from, to) = ends(range);
    let sql = format!(
        "SELECT top.source_ip, top.failures, top.newest, word.text FROM \
         (SELECT source_ip, sum(count) AS failures, max(seq) AS newest, max(country) AS country FROM event \
         WHERE {FAILED} AND source_ip IS NOT NULL GROUP BY source_ip ORDER BY 2 DESC, 3 DESC LIMIT ?) AS top \
         LEFT JOIN word ON word.id = top.country ORDER BY 2 DESC, 3 DESC"
    );
    let args = vec![Arg::Int(from), Arg::Int(to), Arg::Int(TOP)];
    let found: Vec<(Vec<u8>, i64, i64, Option<String>)> = rows(cache, sql, args).await?;
    Ok(found
        .into_iter()
        .filter_map(|(ip, count, _, country)| {
            let ip = std::net::Ipv6Addr::from(<[u8; 16]>::try_from(ip).ok()?)
                .to_canonical()
                .to_string();
            let query = Some(show::pivot(&Field::SourceIp, &ip));
            let country = country.map(|code| code.to_uppercase());
            Some(TopRow {
                text: ip,
                masked: false,
                count: u64::try_from(count).unwrap_or(0),
                country,
                query,
            })
        })
        .collect())
}

async fn services(cache: &Cache, range: Range) -> Result<Vec<TopRow>, Error> {
    let (from, to) = ends(range);
    let sql = "SELECT word.text, sum(event.count) FROM event JOIN word ON word.id = event.service \
               WHERE time >= ? AND time < ? GROUP BY event.service ORDER BY 2 DESC, 1 LIMIT ?";
    let args = vec![Arg::Int(from), Arg::Int(to), Arg::Int(TOP)];
    let found: Vec<(String, i64)> = rows(cache, sql.to_owned(), args).await?;
    Ok(found
        .into_iter()
        .map(|(text, count)| {
            let query = Some(show::pivot(&Field::Service, &text));
            TopRow {
                text,
                masked: false,
                count: u64::try_from(count).unwrap_or(0),
                country: None,
                query,
            }
        })
        .collect())
}
