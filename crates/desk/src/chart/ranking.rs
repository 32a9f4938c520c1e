//! A ranking: names and bars, the longest first.

use super::frame::{self, ACCENT, DrawError, INK, SOFT, Type, Words, fitting, width_of};
use super::words::{Lang, Word};
use plotters::prelude::RGBColor;

const ROW: f64 = 40.0;
/// Room for the names, at least and at most.
const NAMES: [f64; 2] = [130.0, 400.0];
/// Room for the numbers right of the longest bar.
const NUMBERS: f64 = 90.0;
const TRACK: RGBColor = RGBColor(237, 241, 243);

/// One bar.
#[derive(Debug, Clone)]
pub struct Row {
    /// Who or what.
    pub name: String,
    /// Country code, for addresses.
    pub country: Option<String>,
    /// How many.
    pub count: u64,
}

/// The drawing.
///
/// # Errors
/// Where plotters fails.
pub fn svg(rows: &[Row], words: &Words, lang: Lang) -> Result<String, DrawError> {
    // No legend, so the chart may begin where it would be.
    let top = f64::from(frame::TOP) - 20.0;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_precision_loss,
        reason = "a few hundred pixels"
    )]
    let height = (top + ROW * rows.len().max(3) as f64) as i32 + 30 + frame::FOOT;
    frame::drawn(words, &[], height, |sheet| {
        let longest = rows.iter().map(|row| width_of(&row.name, 15)).fold(0.0, f64::max);
        let country = if rows.iter().any(|row| row.country.is_some()) {
            44.0
        } else {
            0.0
        };
        let [least, most] = NAMES;
        let names = (longest + country + 28.0).clamp(least, most);
        let left = f64::from(frame::MARGIN) + names;
        let right = f64::from(frame::WIDTH - frame::MARGIN) - NUMBERS;
        if rows.is_empty() {
            let middle = (f64::from(frame::WIDTH) / 2.0, top + ROW * 1.5);
            return sheet.text(lang.say(Word::Empty), middle, Type::plain(16, SOFT).center());
        }
        let most = rows.iter().map(|row| row.count).max().unwrap_or(1).max(1);
        for (row, place) in rows.iter().zip(0_u32..) {
            let y = top + ROW * f64::from(place);
            let middle = y + ROW / 2.0;
            let room = names - country - 24.0;
            let name = fitting(&row.name, room, 15);
            let at = f64::from(frame::MARGIN);
            sheet.text(&name, (at, middle), Type::plain(14, INK))?;
            if let Some(country) = &row.country {
                sheet.text(country, (left - 20.0, middle), Type::plain(12, SOFT).right())?;
            }
            #[expect(clippy::cast_precision_loss, reason = "counts far below 2^53")]
            let share = row.count as f64 / most as f64;
            let end = left + (right - left) * share;
            sheet.bar((left, y + 10.0), (right, y + ROW - 10.0), TRACK)?;
            sheet.bar((left, y + 10.0), (end.max(left + 2.0), y + ROW - 10.0), ACCENT)?;
            let bold = Type {
                bold: true,
                ..Type::plain(14, INK)
            };
            let number = lang.number(row.count);
            sheet.text(&number, (right + NUMBERS, middle), bold.right())?;
        }
        Ok(())
    })
}
