//! Searches over the copy: rows, counts, one event whole. The network is never asked.

pub mod column;
pub mod detail;
pub mod histogram;
pub mod overview;
pub mod ranking;
pub mod show;

use crate::Error;
use crate::cache::view::{Span, View};
use crate::cache::{Cache, CacheError, Ranked, Stored, Sweep};
use crate::query::{self, Field, Query};
use crate::view::event::{QueryField, Range, SearchReply, SearchRequest, Sort};
use column::Column;
use std::time::Instant;
use vigia_domain::clock::to_micros;
use vigia_domain::event::Severity;
use vigia_index::term;

/// The most rows of one answer to the window.
pub const MAX_ROWS: u32 = 500;
/// The most values or names that completion is told of.
const MAX_VALUES: usize = 50;

/// A range of event time in microseconds.
pub(crate) fn span(range: Range) -> Span {
    (range.from.map(to_micros), range.to.map(to_micros))
}

/// How many events pass.
///
/// # Errors
/// Where the copy fails.
pub async fn count(cache: &Cache, query: &Query, range: Range) -> Result<u64, Error> {
    let counted = cache.view(async |view| {
        let question = view.question(query, span(range)).await?;
        view.count(&question).await
    });
    Ok(counted.await?)
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
    let found = cache.view(async |view| {
        let question = view.question(query, span(range)).await?;
        let mut sweep = Sweep::new(view, question, sort);
        sweep.next(view, offset, limit.unwrap_or(u64::MAX)).await
    });
    Ok(found.await?.into_iter().map(|(_, seq)| seq).collect())
}

/// Some rows of a search, and how many there are in all.
///
/// # Errors
/// Where the query is none, or the copy fails.
pub async fn search(cache: &Cache, request: &SearchRequest) -> Result<SearchReply, Error> {
    let began = Instant::now();
    let query = query::parse(&request.query)?;
    let columns = Column::parse_all(&request.columns)?;
    let limit = u64::from(request.limit.min(MAX_ROWS));
    let asked = cache.view(async |view| {
        let question = view.question(&query, span(request.range)).await?;
        let mut sweep = Sweep::new(view, question.clone(), request.sort);
        let found = sweep.next(view, request.offset, limit).await?;
        let places: Vec<u64> = found.into_iter().map(|(_, seq)| seq).collect();
        let events = view.events(&places).await?;
        Ok((events, view.count(&question).await?))
    });
    let (events, total): (Vec<Stored>, u64) = asked.await?;
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
    let known = match cache {
        Some(cache) => cache.view(async |view| known(view).await).await?,
        None => Known::default(),
    };
    for (name, kind) in Field::KNOWN {
        let values = match *name {
            "kind" => known.kinds.clone(),
            "service" => known.services.clone(),
            "status" => known.statuses.clone(),
            "source.country" => known.countries.clone(),
            "severity" => Severity::ALL
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
    let foreign = known.details.into_iter().map(|name| QueryField {
        name: Field::Detail(name).name(),
        kind: "word".to_owned(),
        values: Vec::new(),
    });
    fields.extend(foreign);
    Ok(fields)
}

/// What the copy holds that completion is told of.
#[derive(Default)]
struct Known {
    kinds: Vec<String>,
    services: Vec<String>,
    statuses: Vec<String>,
    countries: Vec<String>,
    details: Vec<String>,
}

async fn known(view: &mut View<'_>) -> Result<Known, CacheError> {
    let everything = view.question(&Query::All, (None, None)).await?;
    let words = |ranked: Vec<Ranked>| {
        ranked
            .iter()
            .map(|word| term::named(&word.text).to_owned())
            .collect()
    };
    let values = |field: Field| term::field(&field).unwrap_or_default();
    Ok(Known {
        kinds: words(
            view.top(&everything, vigia_index::Column::Kind, (1, MAX_VALUES))
                .await?,
        ),
        services: words(view.services(&everything, MAX_VALUES).await?),
        statuses: view.values(&values(Field::Status), MAX_VALUES).await?,
        countries: view.values(&values(Field::SourceCountry), MAX_VALUES).await?,
        details: view.detail_names().await?.into_iter().take(MAX_VALUES).collect(),
    })
}
