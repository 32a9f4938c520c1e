//! Counts by weekday and hour, as shades: seven rows of twenty-four cells, each with its number.

use super::frame::{self, DrawError, INK, Key, RAMP, SOFT, Type, Words};
use super::words::Lang;
use plotters::prelude::RGBColor;

const CELL_HEIGHT: f64 = 44.0;
/// Room for the names of the days.
const DAYS: f64 = 56.0;
/// Room for the hours over the cells.
const HOURS: f64 = 26.0;

/// The step of the ramp: empty is empty, and the rest is spread by the square root, so that a burst
/// does not hide the quiet hours. The window does the same.
fn shade(count: u64, most: u64) -> usize {
    if count == 0 || most == 0 {
        return 0;
    }
    #[expect(clippy::cast_precision_loss, reason = "counts far below 2^53")]
    let share = (count as f64 / most as f64).sqrt() * 5.0;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "between 0 and 5"
    )]
    let step = share.ceil() as usize;
    step.clamp(1, RAMP.len() - 1)
}

fn color(step: usize) -> RGBColor {
    RAMP.get(step).copied().unwrap_or(INK)
}

/// The drawing of seven rows, Monday first, of 24 counts.
///
/// # Errors
/// Where plotters fails.
pub fn svg(cells: &[Vec<u64>], words: &Words, lang: Lang) -> Result<String, DrawError> {
    let most = cells.iter().flatten().copied().max().unwrap_or(0);
    let keys: Vec<Key> = vec![
        ("0".to_owned(), color(0)),
        ("".to_owned(), color(1)),
        ("".to_owned(), color(2)),
        ("".to_owned(), color(3)),
        ("".to_owned(), color(4)),
        (lang.number(most), color(5)),
    ];
    #[expect(clippy::cast_possible_truncation, reason = "a few hundred pixels")]
    let height = frame::TOP + (HOURS + 7.0 * CELL_HEIGHT) as i32 + 30 + frame::FOOT;
    frame::drawn(words, &keys, height, |sheet| {
        let left = f64::from(frame::MARGIN) + DAYS;
        let wide = (f64::from(frame::WIDTH - frame::MARGIN) - left) / 24.0;
        let top = f64::from(frame::TOP) + HOURS;
        for hour in 0_u32..24 {
            let middle = left + wide * (f64::from(hour) + 0.5);
            let name = format!("{hour:02}");
            sheet.text(&name, (middle, top - 13.0), Type::plain(12, SOFT).center())?;
        }
        for ((day, row), place) in cells.iter().enumerate().zip(0_u32..) {
            let y = top + CELL_HEIGHT * f64::from(place);
            let middle = y + CELL_HEIGHT / 2.0;
            sheet.text(
                lang.weekday(day),
                (left - 12.0, middle),
                Type::plain(13, INK).right(),
            )?;
            for (count, hour) in row.iter().zip(0_u32..) {
                let x = left + wide * f64::from(hour);
                let step = shade(*count, most);
                sheet.bar(
                    (x + 1.0, y + 1.0),
                    (x + wide - 1.0, y + CELL_HEIGHT - 1.0),
                    color(step),
                )?;
                if *count > 0 {
                    let ink = if step >= 4 { RGBColor(255, 255, 255) } else { INK };
                    let at = (x + wide / 2.0, middle);
                    sheet.text(&lang.number(*count), at, Type::plain(12, ink).center())?;
                }
            }
        }
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_does_not_hide_the_quiet_hours() {
        assert_eq!(shade(0, 100), 0);
        assert_eq!(shade(1, 10_000), 1);
        assert_eq!(shade(10_000, 10_000), 5);
        assert_eq!(shade(0, 0), 0);
    }
}
