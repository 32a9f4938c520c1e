//! Charts saved as files: drawn by plotters, light, for paper; or their numbers as a sheet.
//!
//! The numbers are counted here, from the copy, by the same functions as on the screen: the window
//! says which chart, never what it shows. Each drawing says what is measured in which unit, when,
//! in which zone, and where the numbers come from: platform, range, and the checkpoint up to which
//! this computer has verified the log.

mod bars;
mod frame;
mod heat;
mod ranking;
mod words;

use crate::Error;
use crate::desk::Desk;
use crate::export::sheet::Sheet;
use crate::query;
use crate::search::{histogram, overview};
use crate::view::chart::{ChartForm, ChartKind, ChartRequest};
use crate::view::event::{Histogram, Range};
use crate::view::overview::{Overview, OverviewRequest, TopRow};
use crate::view::settings::Language;
use bars::{Bars, Series};
use chrono::SecondsFormat;
use chrono_tz::Tz;
use frame::Words;
use ranking::Row;
use vigia_domain::Timestamp;
use vigia_domain::event::Severity;
use words::{Lang, Word};

/// Buckets of the chart of matching events, as on the Events page.
const BUCKETS: u32 = 120;

/// A file's content, and what its name begins and ends with.
pub struct Drawn {
    /// `vigia-chart-logins-2026-11-21-101500`.
    pub stem: String,
    /// `svg` or `csv`.
    pub ending: &'static str,
    /// What is written.
    pub bytes: Vec<u8>,
}

/// What a chart shows.
enum Shape {
    Bars(Bars),
    Heat(Vec<Vec<u64>>),
    Ranking(Vec<Row>),
}

/// Counts and draws.
///
/// # Errors
/// A query or zone that is none; where the copy fails.
pub async fn draw(desk: &Desk, request: &ChartRequest) -> Result<Drawn, Error> {
    let zone = histogram::zone(&request.zone)?;
    let lang = match request.language {
        Language::PtBr => Lang::Pt,
        Language::En | Language::System => Lang::En,
    };
    let now = desk.now();
    let (shape, range) = if request.chart == ChartKind::Matching {
        let parsed = query::parse(&request.query)?;
        let counted = histogram::histogram(&desk.cache, &parsed, request.range, BUCKETS, zone, now).await?;
        let range = counted.range;
        (Shape::Bars(by_severity(&counted, 1.0, zone, lang)), range)
    } else {
        let asked = OverviewRequest {
            range: request.range,
            zone: request.zone.clone(),
        };
        let counted = overview::overview(&desk.cache, &asked, now).await?;
        let range = Range {
            from: counted.range.from.or(counted.histogram.range.from),
            to: counted.range.to.or(counted.histogram.range.to),
        };
        (of_overview(request.chart, counted, zone, lang), range)
    };
    let stem = format!(
        "vigia-chart-{}-{}",
        slug(request.chart),
        now.with_timezone(&zone).format("%Y-%m-%d-%H%M%S")
    );
    Ok(match request.form {
        ChartForm::Csv => Drawn {
            stem,
            ending: "csv",
            bytes: numbers(&shape, zone, lang)?,
        },
        ChartForm::Svg => {
            let words = said(desk, request, &shape, range, zone, lang)?;
            let drawn = match &shape {
                Shape::Bars(bars) => bars.svg(&words, lang),
                Shape::Heat(cells) => heat::svg(cells, &words, lang),
                Shape::Ranking(rows) => ranking::svg(rows, &words, lang),
            };
            Drawn {
                stem,
                ending: "svg",
                bytes: drawn.map_err(|_| Error::stopped("drawing a chart"))?.into_bytes(),
            }
        }
    })
}

fn slug(chart: ChartKind) -> &'static str {
    match chart {
        ChartKind::Matching | ChartKind::Events => "events",
        ChartKind::Logins => "logins",
        ChartKind::Heat => "hours",
        ChartKind::Accounts => "accounts",
        ChartKind::Addresses => "addresses",
        ChartKind::Services => "services",
    }
}

/// The severest lies at the bottom, where heights can be compared.
fn by_severity(counted: &Histogram, unit: f64, zone: Tz, lang: Lang) -> Bars {
    let series = Severity::ALL.into_iter().rev().map(|severity| Series {
        name: lang.severity(severity).to_owned(),
        color: frame::severity(severity),
        counts: counted
            .buckets
            .iter()
            .map(|bucket| {
                let index = usize::from(severity.number());
                bucket.by_severity.get(index).copied().unwrap_or(0)
            })
            .collect(),
    });
    bars(counted, series.collect(), unit, zone)
}

fn bars(counted: &Histogram, series: Vec<Series>, unit: f64, zone: Tz) -> Bars {
    Bars {
        starts: counted.buckets.iter().map(|bucket| bucket.from).collect(),
        partial: counted.buckets.iter().map(|bucket| bucket.partial).collect(),
        width_seconds: counted.width_seconds,
        series: series
            .into_iter()
            .filter(|series| series.counts.iter().any(|count| *count > 0))
            .collect(),
        unit,
        zone,
    }
}

fn of_overview(chart: ChartKind, counted: Overview, zone: Tz, lang: Lang) -> Shape {
    #[expect(clippy::cast_precision_loss, reason = "seconds of a bucket")]
    let minutes = counted.histogram.width_seconds as f64 / 60.0;
    match chart {
        ChartKind::Matching | ChartKind::Events => {
            Shape::Bars(by_severity(&counted.histogram, minutes, zone, lang))
        }
        ChartKind::Logins => {
            let series = vec![
                Series {
                    name: lang.say(Word::Failed).to_owned(),
                    color: frame::FAILED,
                    counts: counted.logins.failed,
                },
                Series {
                    name: lang.say(Word::Succeeded).to_owned(),
                    color: frame::SUCCEEDED,
                    counts: counted.logins.succeeded,
                },
            ];
            Shape::Bars(bars(&counted.histogram, series, 1.0, zone))
        }
        ChartKind::Heat => Shape::Heat(counted.heat.cells),
        ChartKind::Accounts => ranking(counted.accounts),
        ChartKind::Addresses => ranking(counted.addresses),
        ChartKind::Services => ranking(counted.services),
    }
}

fn ranking(rows: Vec<TopRow>) -> Shape {
    let rows = rows.into_iter().map(|row| Row {
        name: row.text,
        country: row.country,
        count: row.count,
    });
    Shape::Ranking(rows.collect())
}

/// `30 min`, `1 h`, `1 d`.
fn width(seconds: u64) -> String {
    match seconds {
        s if s.is_multiple_of(86_400) => format!("{} d", s / 86_400),
        s if s.is_multiple_of(3_600) => format!("{} h", s / 3_600),
        s if s.is_multiple_of(60) => format!("{} min", s / 60),
        s => format!("{s} s"),
    }
}

fn stamp(moment: Timestamp, zone: Tz, lang: Lang) -> String {
    let format = match lang {
        Lang::En => "%Y-%m-%d %H:%M",
        Lang::Pt => "%d/%m/%Y %H:%M",
    };
    moment.with_timezone(&zone).format(format).to_string()
}

/// `2026-02-17 10:00 – 2026-02-18 10:00 (America/Sao_Paulo, -03:00)`.
fn span(range: Range, zone: Tz, lang: Lang) -> String {
    let end = range.to.or(range.from);
    let offset = end.map(|end| end.with_timezone(&zone).format("%:z").to_string());
    let zone_text = match offset {
        Some(offset) => format!("({zone}, {offset})"),
        None => format!("({zone})"),
    };
    format!("{} {zone_text}", ends(range, zone, lang))
}

/// The same without the zone.
fn ends(range: Range, zone: Tz, lang: Lang) -> String {
    match (range.from, range.to) {
        (Some(from), Some(to)) => format!("{} – {}", stamp(from, zone, lang), stamp(to, zone, lang)),
        (Some(from), None) => format!("{} –", stamp(from, zone, lang)),
        (None, Some(to)) => format!("– {}", stamp(to, zone, lang)),
        (None, None) => lang.say(Word::AllTime).to_owned(),
    }
}

/// Everything that is written around the chart.
fn said(
    desk: &Desk,
    request: &ChartRequest,
    shape: &Shape,
    range: Range,
    zone: Tz,
    lang: Lang,
) -> Result<Words, Error> {
    let (title, unit) = match request.chart {
        ChartKind::Matching => (Word::MatchingTitle, Word::EventsUnit),
        ChartKind::Events => (Word::EventsTitle, Word::PerMinuteUnit),
        ChartKind::Logins => (Word::LoginsTitle, Word::LoginsUnit),
        ChartKind::Heat => (Word::HeatTitle, Word::FailuresUnit),
        ChartKind::Accounts => (Word::AccountsTitle, Word::FailuresUnit),
        ChartKind::Addresses => (Word::AddressesTitle, Word::FailuresUnit),
        ChartKind::Services => (Word::ServicesTitle, Word::EventsUnit),
    };
    let mut unit = lang.say(unit).to_owned();
    if let Shape::Bars(bars) = shape {
        unit = format!("{unit}, {} {}", lang.say(Word::BarsOf), width(bars.width_seconds));
    }
    let span = span(range, zone, lang);
    let narrowed = request.chart == ChartKind::Matching && !request.query.trim().is_empty();
    let query = narrowed.then(|| format!("{}: {}", lang.say(Word::Search), request.query.trim()));
    let platform = desk.profile().url;
    let checkpoint = match desk.trust.last()? {
        Some((kept, checkpoint)) => {
            use base64::Engine as _;
            let root = base64::engine::general_purpose::STANDARD.encode(checkpoint.root);
            let root: String = root.chars().take(12).collect();
            format!(
                "{} {} ({root}…), {} {}",
                lang.number(checkpoint.size),
                lang.say(Word::LogOf),
                lang.say(Word::Verified),
                stamp(kept.verified_at, zone, lang)
            )
        }
        None => lang.say(Word::NotVerified).to_owned(),
    };
    Ok(Words {
        title: lang.say(title).to_owned(),
        unit: format!("{}, {span}", capital(&unit)),
        query,
        source: format!("Vigia · {platform} · {} · {checkpoint}", ends(range, zone, lang)),
    })
}

fn capital(text: &str) -> String {
    let mut signs = text.chars();
    match signs.next() {
        Some(first) => first.to_uppercase().chain(signs).collect(),
        None => String::new(),
    }
}

/// The chart's numbers as a sheet: counts, whatever the unit of the drawing.
fn numbers(shape: &Shape, zone: Tz, lang: Lang) -> Result<Vec<u8>, Error> {
    let mut sheet = Sheet::new();
    match shape {
        Shape::Bars(bars) => {
            let names = bars.series.iter().rev().map(|series| series.name.as_str());
            let head = [lang.say(Word::Time)].into_iter().chain(names);
            sheet.line(head.chain([lang.say(Word::Total), lang.say(Word::Partial)]))?;
            for (bucket, start) in bars.starts.iter().enumerate() {
                let start = start
                    .with_timezone(&zone)
                    .to_rfc3339_opts(SecondsFormat::Secs, true);
                let counts: Vec<u64> = bars
                    .series
                    .iter()
                    .rev()
                    .map(|series| series.counts.get(bucket).copied().unwrap_or(0))
                    .collect();
                let total: u64 = counts.iter().sum();
                let partial = bars.partial.get(bucket).copied().unwrap_or(false);
                let counts = counts.iter().map(u64::to_string);
                let line = [start].into_iter().chain(counts);
                sheet.line(line.chain([total.to_string(), partial.to_string()]))?;
            }
        }
        Shape::Heat(cells) => {
            sheet.line([Word::Weekday, Word::Hour, Word::Count].map(|word| lang.say(word)))?;
            for (day, row) in cells.iter().enumerate() {
                for (hour, count) in row.iter().enumerate() {
                    sheet.line([lang.weekday(day), &format!("{hour:02}"), &count.to_string()])?;
                }
            }
        }
        Shape::Ranking(rows) => {
            sheet.line([Word::Name, Word::Country, Word::Count].map(|word| lang.say(word)))?;
            for row in rows {
                let country = row.country.as_deref().unwrap_or_default();
                sheet.line([row.name.as_str(), country, &row.count.to_string()])?;
            }
        }
    }
    sheet.take()
}

#[cfg(test)]
mod tests;
