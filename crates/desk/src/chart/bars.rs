//! Stacked bars in time. A bucket that still fills is hatched; one without events is empty, not a
//! line at zero.

use super::frame::{self, DrawError, INK, Key, LINE, SOFT, Type, Words};
use super::words::{Lang, Word};
use chrono::{Datelike as _, Timelike as _};
use chrono_tz::Tz;
use plotters::prelude::RGBColor;
use vigia_domain::Timestamp;

const HEIGHT: i32 = 620;
/// Room for the numbers left of the bars.
const AXIS: f64 = 56.0;
/// Room for the moments under the bars.
const FEET: f64 = 44.0;
/// About so many lines of the grid.
const LINES: f64 = 5.0;
/// At most so many moments are written.
const MOMENTS: usize = 10;

/// One series: its name, its colour, its counts by bucket.
#[derive(Debug, Clone)]
pub struct Series {
    /// Its name.
    pub name: String,
    /// Its colour.
    pub color: RGBColor,
    /// Its counts.
    pub counts: Vec<u64>,
}

/// What is drawn.
#[derive(Debug, Clone)]
pub struct Bars {
    /// First moments of the buckets.
    pub starts: Vec<Timestamp>,
    /// Whether each still fills.
    pub partial: Vec<bool>,
    /// The width of a bucket, in seconds.
    pub width_seconds: u64,
    /// The lowest first.
    pub series: Vec<Series>,
    /// How many events make one unit of the axis.
    pub unit: f64,
    /// The zone of the moments.
    pub zone: Tz,
}

#[expect(clippy::cast_precision_loss, reason = "counts far below 2^53")]
fn real(count: u64) -> f64 {
    count as f64
}

#[expect(clippy::cast_precision_loss, reason = "few buckets")]
fn at(index: usize) -> f64 {
    index as f64
}

/// A round step for about [`LINES`] lines up to `most`.
fn step(most: f64, whole: bool) -> f64 {
    let rough = (most / LINES).max(if whole { 1.0 } else { 0.01 });
    let ten = 10_f64.powf(rough.log10().floor());
    let step = [1.0, 2.0, 5.0, 10.0]
        .into_iter()
        .map(|times| times * ten)
        .find(|step| *step >= rough - f64::EPSILON);
    step.unwrap_or(rough)
}

impl Bars {
    fn total(&self, bucket: usize) -> u64 {
        let counts = self.series.iter().filter_map(|series| series.counts.get(bucket));
        counts.sum()
    }

    /// The drawing.
    ///
    /// # Errors
    /// Where plotters fails.
    pub fn svg(&self, words: &Words, lang: Lang) -> Result<String, DrawError> {
        let mut keys: Vec<Key> = self
            .series
            .iter()
            .rev()
            .map(|series| (series.name.clone(), series.color))
            .collect();
        if self.partial.iter().any(|partial| *partial) {
            keys.push((lang.say(Word::Partial).to_owned(), LINE));
        }
        frame::drawn(words, &keys, HEIGHT, |sheet| self.draw(sheet, lang))
    }

    fn draw(&self, sheet: &frame::Sheet<'_>, lang: Lang) -> Result<(), DrawError> {
        let (left, right) = (
            f64::from(frame::MARGIN) + AXIS,
            f64::from(frame::WIDTH - frame::MARGIN),
        );
        let (top, bottom) = (f64::from(frame::TOP), f64::from(HEIGHT - frame::FOOT) - FEET);
        let most = (0..self.starts.len())
            .map(|bucket| self.total(bucket))
            .max()
            .unwrap_or(0);
        if most == 0 {
            let middle = ((left + right) / 2.0, (top + bottom) / 2.0);
            return sheet.text(lang.say(Word::Empty), middle, Type::plain(16, SOFT).center());
        }
        let most = real(most) / self.unit;
        let step = step(most, self.unit <= 1.0);
        let ceiling = (most / step).ceil() * step;
        let height = |value: f64| bottom - (bottom - top) * value / ceiling;
        let mut line = 0.0;
        while line <= ceiling + step / 2.0 {
            sheet.stroke((left, height(line)), (right, height(line)), LINE, 1)?;
            let number = lang.axis(line, step);
            sheet.text(
                &number,
                (left - 10.0, height(line)),
                Type::plain(12, SOFT).right(),
            )?;
            line += step;
        }
        let slot = (right - left) / at(self.starts.len()).max(1.0);
        let gap = (slot * 0.14).min(6.0);
        for bucket in 0..self.starts.len() {
            let (from, to) = (
                left + slot * at(bucket) + gap / 2.0,
                left + slot * at(bucket + 1) - gap / 2.0,
            );
            let partial = self.partial.get(bucket).copied().unwrap_or(false);
            let mut below = 0.0;
            for series in &self.series {
                let count = real(series.counts.get(bucket).copied().unwrap_or(0)) / self.unit;
                if count <= 0.0 {
                    continue;
                }
                let (low, high) = (height(below), height(below + count));
                if partial {
                    sheet.hatched((from, high), (to, low), series.color)?;
                } else {
                    sheet.bar((from, high), (to, low), series.color)?;
                }
                below += count;
            }
        }
        sheet.stroke((left, bottom), (right, bottom), INK, 1)?;
        self.moments(sheet, left, slot, bottom, lang)
    }

    /// Writes round moments under the bars: few enough to be read.
    fn moments(
        &self,
        sheet: &frame::Sheet<'_>,
        left: f64,
        slot: f64,
        bottom: f64,
        lang: Lang,
    ) -> Result<(), DrawError> {
        let every = self.every();
        let mut day = None;
        for (bucket, start) in self.starts.iter().enumerate() {
            let local = start.with_timezone(&self.zone);
            let seconds = i64::from(local.num_seconds_from_midnight());
            let days = i64::from(local.date_naive().num_days_from_ce());
            let round = if every >= DAY {
                seconds == 0 && days % (every / DAY) == 0
            } else {
                seconds % every == 0
            };
            if !round {
                continue;
            }
            let x = left + slot * at(bucket);
            sheet.stroke((x, bottom), (x, bottom + 6.0), INK, 1)?;
            let date = local.date_naive();
            let clock = if every < 60 { "%H:%M:%S" } else { "%H:%M" };
            let date_text = match lang {
                Lang::En => local.format("%b %-d").to_string(),
                Lang::Pt => local.format("%d/%m").to_string(),
            };
            if every < DAY {
                let clock = local.format(clock).to_string();
                sheet.text(&clock, (x, bottom + 18.0), Type::plain(12, SOFT).center())?;
            }
            if day != Some(date) {
                let row = if every < DAY { 35.0 } else { 18.0 };
                let bold = Type {
                    bold: true,
                    ..Type::plain(12, INK)
                };
                sheet.text(&date_text, (x, bottom + row), bold.center())?;
                day = Some(date);
            }
        }
        Ok(())
    }

    /// Seconds between two moments that are written.
    fn every(&self) -> i64 {
        const STEPS: [i64; 21] = [
            1,
            5,
            10,
            30,
            60,
            300,
            600,
            900,
            1_800,
            3_600,
            7_200,
            10_800,
            21_600,
            43_200,
            DAY,
            2 * DAY,
            7 * DAY,
            14 * DAY,
            28 * DAY,
            91 * DAY,
            365 * DAY,
        ];
        let width = i64::try_from(self.width_seconds).unwrap_or(i64::MAX);
        let span = width.saturating_mul(i64::try_from(self.starts.len()).unwrap_or(1));
        let needed = span / i64::try_from(MOMENTS).unwrap_or(1);
        let fits = |every: &i64| *every >= needed && *every >= width && every % width == 0;
        STEPS.into_iter().find(fits).unwrap_or(365 * DAY)
    }
}

const DAY: i64 = 86_400;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lines_of_the_grid_are_round() {
        for (most, whole, wanted) in [
            (3.0, true, 1.0),
            (312.0, true, 100.0),
            (7.0, true, 2.0),
            (0.4, false, 0.1),
        ] {
            assert!(
                (step(most, whole) - wanted).abs() < 1e-9,
                "{most}: {}",
                step(most, whole)
            );
        }
    }
}
