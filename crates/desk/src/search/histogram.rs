//! Counts in time, in round buckets of the reader's zone.
//!
//! Buckets are cut in Rust: the database only adds up by minute-sized steps of UTC, so that days
//! begin at midnight of the zone even where its clocks change.

use super::span;
use crate::Error;
use crate::cache::{Cache, Sweep};
use crate::query::Query;
use crate::view::event::{Histogram, HistogramBucket, Range, Sort};
use chrono::{DateTime, Datelike, Days, NaiveTime, Offset as _, TimeDelta, TimeZone as _};
use chrono_tz::Tz;
use vigia_domain::Timestamp;
use vigia_domain::clock::from_micros;
use vigia_wire::{Code, Problem};

/// The most buckets of one histogram.
pub const MAX_BUCKETS: u32 = 500;
const DAY: i64 = 86_400;
/// Round widths, in seconds, up to a day; beyond it whole days, then weeks.
const WIDTHS: [i64; 16] = [
    1, 5, 10, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 10_800, 21_600, 43_200, DAY,
];

/// The zone with this IANA name.
///
/// # Errors
/// `invalid_request` where there is none.
pub fn zone(name: &str) -> Result<Tz, Error> {
    name.parse().map_err(|_| {
        let reason = format!("{name} is not a time zone's IANA name");
        Error::Request(Problem::new(Code::InvalidRequest, reason.clone()).field("zone", reason))
    })
}

/// The next round width that needs at most this many buckets, in seconds.
fn width(span: TimeDelta, buckets: u32) -> i64 {
    let buckets = i64::from(buckets.clamp(1, MAX_BUCKETS));
    let seconds = span.num_milliseconds().max(1).saturating_add(999) / 1_000;
    let needed = seconds.saturating_add(buckets - 1) / buckets;
    WIDTHS
        .into_iter()
        .find(|width| *width >= needed)
        .unwrap_or_else(|| (needed + DAY - 1) / DAY * DAY)
}

/// The beginning of the bucket that a moment lies in: on round hours and days of the zone.
fn floor(moment: Timestamp, width: i64, zone: Tz) -> Timestamp {
    let local = moment.with_timezone(&zone);
    if width >= DAY {
        let days = i64::from(local.date_naive().num_days_from_ce()) % (width / DAY);
        let date = u64::try_from(days)
            .ok()
            .and_then(|days| local.date_naive().checked_sub_days(Days::new(days)));
        return midnight(date.unwrap_or_else(|| local.date_naive()), zone).unwrap_or(moment);
    }
    let offset = i64::from(local.offset().fix().local_minus_utc());
    let seconds = moment.timestamp() + offset;
    let floored = seconds - seconds.rem_euclid(width) - offset;
    DateTime::from_timestamp(floored, 0).unwrap_or(moment)
}

/// The first moment of a day in the zone, also where clocks skip midnight.
fn midnight(date: chrono::NaiveDate, zone: Tz) -> Option<Timestamp> {
    let start = date.and_time(NaiveTime::MIN);
    (0..4).find_map(|hours| {
        let local = start.checked_add_signed(TimeDelta::minutes(30 * hours))?;
        zone.from_local_datetime(&local)
            .earliest()
            .map(|moment| moment.to_utc())
    })
}

fn next(bucket: Timestamp, width: i64, zone: Tz) -> Timestamp {
    if width >= DAY {
        let days = u64::try_from(width / DAY).unwrap_or(1);
        let date = bucket
            .with_timezone(&zone)
            .date_naive()
            .checked_add_days(Days::new(days));
        if let Some(moment) = date
            .and_then(|date| midnight(date, zone))
            .filter(|moment| *moment > bucket)
        {
            return moment;
        }
    }
    bucket + TimeDelta::seconds(width)
}

/// The edges of the buckets that cover a range: one more than there are buckets.
pub(crate) fn edges(from: Timestamp, to: Timestamp, buckets: u32, zone: Tz) -> (i64, Vec<Timestamp>) {
    let width = width(to - from, buckets);
    let mut edges = vec![floor(from, width, zone)];
    // One more than asked for, where the range begins within a bucket.
    while edges.len() <= usize::try_from(MAX_BUCKETS).unwrap_or(usize::MAX) + 1 {
        let Some(last) = edges.last().copied() else { break };
        if last >= to && edges.len() > 1 {
            break;
        }
        edges.push(next(last, width, zone));
    }
    (width, edges)
}

/// First and last moment of the events that pass.
///
/// # Errors
/// Where the copy fails.
pub async fn extent(
    cache: &Cache,
    query: &Query,
    range: Range,
) -> Result<Option<(Timestamp, Timestamp)>, Error> {
    let ends = cache.view(async |view| {
        if *query == Query::All && range == Range::default() && view.is_whole() {
            return Ok(view.ends());
        }
        let question = view.question(query, span(range)).await?;
        let first = Sweep::new(view, question.clone(), Sort::OldestFirst)
            .next(view, 0, 1)
            .await?;
        let last = Sweep::new(view, question, Sort::NewestFirst)
            .next(view, 0, 1)
            .await?;
        let ends = first.first().zip(last.first());
        Ok(ends.map(|((first, _), (last, _))| (*first, *last)))
    });
    let ends = ends.await?;
    Ok(ends.and_then(|(first, last)| Some((from_micros(first)?, from_micros(last)?))))
}

/// Counts by severity in round buckets.
///
/// # Errors
/// Where the copy fails.
pub async fn histogram(
    cache: &Cache,
    query: &Query,
    range: Range,
    buckets: u32,
    zone: Tz,
    now: Timestamp,
) -> Result<Histogram, Error> {
    let (from, to) = match (range.from, range.to) {
        (Some(from), Some(to)) => (from, to),
        _ => match extent(cache, query, range).await? {
            Some((first, last)) => (
                range.from.unwrap_or(first),
                range.to.unwrap_or(last + TimeDelta::microseconds(1)),
            ),
            None => {
                return Ok(Histogram {
                    width_seconds: 60,
                    buckets: Vec::new(),
                    range,
                });
            }
        },
    };
    let (width, edges) = edges(from, to.max(from + TimeDelta::seconds(1)), buckets, zone);
    let mut counted: Vec<HistogramBucket> = edges
        .windows(2)
        .filter_map(|pair| match pair {
            [from, to] => Some(HistogramBucket {
                from: *from,
                by_severity: [0; 7],
                partial: *to > now,
            }),
            _ => None,
        })
        .collect();
    let range = Range {
        from: Some(from),
        to: Some(to),
    };
    for (time, severity, count) in steps(cache, query, range, width).await? {
        let index = edges.partition_point(|edge| *edge <= time).saturating_sub(1);
        if let Some(cell) = counted
            .get_mut(index)
            .and_then(|bucket| bucket.by_severity.get_mut(usize::from(severity)))
        {
            *cell += count;
        }
    }
    Ok(Histogram {
        width_seconds: u64::try_from(width).unwrap_or(60),
        buckets: counted,
        range,
    })
}

/// Counts by step of UTC and severity: steps so small that no bucket's edge lies within one.
async fn steps(
    cache: &Cache,
    query: &Query,
    range: Range,
    width: i64,
) -> Result<Vec<(Timestamp, u8, u64)>, Error> {
    // Zones differ from UTC by whole quarters of an hour.
    by_step(cache, query, range, if width >= 900 { 900 } else { width }).await
}

/// Counts by step and severity: where a step of so many seconds begins (from 1970 on), the number of a
/// severity, and how many events.
///
/// # Errors
/// Where the copy fails.
pub async fn by_step(
    cache: &Cache,
    query: &Query,
    range: Range,
    seconds: i64,
) -> Result<Vec<(Timestamp, u8, u64)>, Error> {
    let micros = seconds.max(1).saturating_mul(1_000_000);
    let counted = cache.view(async |view| {
        let question = view.question(query, span(range)).await?;
        view.by_step(&question, micros).await
    });
    let counted = counted.await?.into_iter();
    Ok(counted
        .filter_map(|((step, severity), count)| {
            Some((from_micros(step.checked_mul(micros)?)?, severity, count))
        })
        .collect())
}

/// Counts of passing events in the buckets between these edges.
///
/// # Errors
/// Where the copy fails.
pub(crate) async fn series(
    cache: &Cache,
    query: &Query,
    range: Range,
    histogram: &Histogram,
) -> Result<Vec<u64>, Error> {
    let width = i64::try_from(histogram.width_seconds).unwrap_or(60);
    let mut counts = vec![0; histogram.buckets.len()];
    for (time, _, count) in steps(cache, query, range, width).await? {
        let index = histogram
            .buckets
            .partition_point(|bucket| bucket.from <= time)
            .saturating_sub(1);
        if let Some(cell) = counts.get_mut(index) {
            *cell += count;
        }
    }
    Ok(counts)
}

/// Counts by weekday and hour of the zone.
///
/// # Errors
/// Where the copy fails.
pub(crate) async fn week(
    cache: &Cache,
    query: &Query,
    range: Range,
    zone: Tz,
) -> Result<Vec<Vec<u64>>, Error> {
    use chrono::Timelike as _;
    let mut cells = vec![vec![0; 24]; 7];
    for (time, _, count) in steps(cache, query, range, 900).await? {
        let local = time.with_timezone(&zone);
        let day = usize::try_from(local.weekday().num_days_from_monday()).unwrap_or(0);
        let hour = usize::try_from(local.hour()).unwrap_or(0);
        if let Some(cell) = cells
            .get_mut(day)
            .and_then(|hours: &mut Vec<u64>| hours.get_mut(hour))
        {
            *cell += count;
        }
    }
    Ok(cells)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moment(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn buckets_are_round_and_no_more_than_asked_for_plus_the_one_begun() {
        let (width, edges) = edges(
            moment("2026-02-17T10:07:00Z"),
            moment("2026-02-17T12:07:00Z"),
            60,
            chrono_tz::UTC,
        );
        assert_eq!(width, 120);
        assert_eq!(edges.first(), Some(&moment("2026-02-17T10:06:00Z")));
        assert_eq!(edges.len(), 62);
        assert!(edges.last().unwrap() >= &moment("2026-02-17T12:07:00Z"));
    }

    #[test]
    fn days_begin_at_midnight_of_the_zone_also_when_clocks_change() {
        let zone: Tz = "America/Sao_Paulo".parse().unwrap();
        // In 2018 clocks went from 00:00 to 01:00 on 4 November.
        let (width, edges) = edges(
            moment("2018-11-02T12:00:00Z"),
            moment("2018-11-06T12:00:00Z"),
            5,
            zone,
        );
        assert_eq!(width, DAY);
        let local: Vec<String> = edges
            .iter()
            .map(|edge| edge.with_timezone(&zone).format("%d %H:%M").to_string())
            .collect();
        assert_eq!(
            local,
            [
                "02 00:00", "03 00:00", "04 01:00", "05 00:00", "06 00:00", "07 00:00"
            ]
        );
    }

    #[test]
    fn a_range_of_nothing_has_one_bucket() {
        let at = moment("2026-02-17T10:00:00Z");
        let (_, edges) = edges(at, at + TimeDelta::seconds(1), 1, chrono_tz::UTC);
        assert_eq!(edges.len(), 2);
    }
}
