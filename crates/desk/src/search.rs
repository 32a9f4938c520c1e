//! Searches over the copy: rows, counts, one event whole. The network is never asked.

pub mod column;
pub mod detail;
pub mod histogram;
pub mod overview;
pub mod show;

use crate::Error;
use crate::cache::{Cache, Stored, bind_as};
use crate::query::sql::{Arg, Condition};
use crate::query::{self, Field, Query};
use crate::view::event::{QueryField, Range, SearchReply, SearchRequest, Sort};
use column::Column;
use sqlx::AssertSqlSafe;
use std::time::Instant;
use vigia_domain::clock::to_micros;
use vigia_domain::event::Severity;

/// The most rows of one answer to the window.
pub const MAX_ROWS: u32 = 500;
/// The most values or names that completion is told of.
const MAX_VALUES: i64 = 50;

/// The condition of a query within a range of event time.
pub(crate) fn condition(query: &Query, range: Range) -> Condition {
    Condition::of(query).within(range.from.map(to_micros), range.to.map(to_micros))
}

/// Reads rows of a statement that was put together from constant parts and placeholders.
pub(crate) async fn rows<T>(cache: &Cache, sql: String, args: Vec<Arg>) -> Result<Vec<T>, Error>
where
    T: for<'r> sqlx::FromRow<'r, sqlx::sqlite::SqliteRow> + Send + Unpin,
{
    let found = bind_as(sqlx::query_as(AssertSqlSafe(sql)), args)
        .fetch_all(cache.readers())
        .await;
    Ok(found.map_err(crate::cache::sql("searching the local copy"))?)
}

/// How many events pass.
///
/// # Errors
/// Where the copy fails.
pub async fn count(cache: &Cache, query: &Query, range: Range) -> Result<u64, Error> {
    let condition = condition(query, range);
    let sql = format!("SELECT count(*) FROM event WHERE {}", condition.sql);
    let found: Vec<(i64,)> = rows(cache, sql, condition.args).await?;
    Ok(found
        .first()
        .map_or(0, |(count,)| u64::try_from(*count).unwrap_or(0)))
}

/// The places of events that pass, in order.
///
/// # Errors
/// Where the copy fails.
pub async fn places(
    cache: &Cache,
    query: &Query,
    range: Range,
    sort: Sort,
    offset: u64,
    limit: Option<u64>,
) -> Result<Vec<u64>, Error> {
    let mut condition = condition(query, range);
    let order = match sort {
        Sort::NewestFirst => "event.time DESC, event.seq DESC",
        Sort::OldestFirst => "event.time, event.seq",
    };
    let sql = format!(
        "SELECT seq FROM event WHERE {} ORDER BY {order} LIMIT ? OFFSET ?",
        condition.sql
    );
    let limit = limit.map_or(-1, |limit| i64::try_from(limit).unwrap_or(i64::MAX));
    condition.args.push(Arg::Int(limit));
    condition
        .args
        .push(Arg::Int(i64::try_from(offset).unwrap_or(i64::MAX)));
    let found: Vec<(i64,)> = rows(cache, sql, condition.args).await?;
    Ok(found
        .into_iter()
        .map(|(seq,)| u64::try_from(seq).unwrap_or(0))
        .collect())
}

/// Some rows of a search, and how many there are in all.
///
/// # Errors
/// Where the query is none, or the copy fails.
pub async fn search(cache: &Cache, request: &SearchRequest) -> Result<SearchReply, Error> {
    let began = Instant::now();
    let query = query::parse(&request.query)?;
    let columns = Column::parse_all(&request.columns)?;
    let limit = Some(u64::from(request.limit.min(MAX_ROWS)));
    let found = places(cache, &query, request.range, request.sort, request.offset, limit).await?;
    let total = count(cache, &query, request.range).await?;
    let events: Vec<Stored> = cache.events(&found).await?;
    let rows = events
        .iter()
        .map(|event| show::row_with(event, &columns))
        .collect();
    let copy_size = cache.range().await?.size();
    Ok(SearchReply {
        rows,
        total,
        copy_size,
        took_ms: began.elapsed().as_secs_f64() * 1_000.0,
    })
}

/// Some events of a search as nested JSON, one value each.
///
/// # Errors
/// Where the query is none, or the copy fails.
pub async fn json(cache: &Cache, request: &SearchRequest) -> Result<Vec<serde_json::Value>, Error> {
    let query = query::parse(&request.query)?;
    let limit = Some(u64::from(request.limit));
    let found = places(cache, &query, request.range, request.sort, request.offset, limit).await?;
    Ok(cache.events(&found).await?.iter().map(show::json).collect())
}

/// What may be searched; with a copy, also the most frequent values of fields that have few.
///
/// # Errors
/// Where the copy fails.
pub async fn fields(cache: Option<&Cache>) -> Result<Vec<QueryField>, Error> {
    let mut fields = Vec::new();
    for (name, kind) in Field::KNOWN {
        let column = match *name {
            "kind" => Some("kind"),
            "service" => Some("service"),
            "status" => Some("status"),
            "source.country" => Some("country"),
            _ => None,
        };
        let values = match (cache, column) {
            (Some(cache), Some(column)) => {
                let sql = format!(
                    "SELECT word.text FROM event JOIN word ON word.id = event.{column} \
                     GROUP BY event.{column} ORDER BY count(*) DESC, 1 LIMIT ?"
                );
                let found: Vec<(String,)> = rows(cache, sql, vec![Arg::Int(MAX_VALUES)]).await?;
                found.into_iter().map(|(text,)| text).collect()
            }
            _ if *name == "severity" => Severity::ALL
                .iter()
                .map(|severity| severity.name().to_owned())
                .collect(),
            _ => Vec::new(),
        };
        fields.push(QueryField {
            name: (*name).to_owned(),
            kind: kind.name().to_owned(),
            values,
        });
    }
    if let Some(cache) = cache {
        let sql = "SELECT text FROM detail_name ORDER BY text LIMIT ?".to_owned();
        let names: Vec<(String,)> = rows(cache, sql, vec![Arg::Int(MAX_VALUES)]).await?;
        let foreign = names.into_iter().map(|(name,)| QueryField {
            name: Field::Detail(name).name(),
            kind: "word".to_owned(),
            values: Vec::new(),
        });
        fields.extend(foreign);
    }
    Ok(fields)
}
