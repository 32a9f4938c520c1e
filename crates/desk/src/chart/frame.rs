//! The sheet of paper around a chart: title, measure and unit, legend, source; and the few strokes
//! that charts are made of, drawn by plotters. Light, for print; colours are the window's light theme.

use plotters::coord::Shift;
use plotters::prelude::{
    Color as _, DrawingArea, DrawingAreaErrorKind, IntoDrawingArea as _, PathElement, RGBColor, Rectangle,
    SVGBackend, Text,
};
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{FontStyle, IntoFont as _, TextStyle};
use vigia_domain::event::Severity;

/// The width of the drawing, in pixels as it is shown.
pub const WIDTH: i32 = 1200;
/// Strokes are placed on a grid this many times as fine, for plotters knows whole pixels only.
const FINE: i32 = 4;
/// Room around everything.
pub const MARGIN: i32 = 40;
/// Where the chart begins under title, unit and legend.
pub const TOP: i32 = 128;
/// Room for the source under the chart.
pub const FOOT: i32 = 64;

const PAPER: RGBColor = RGBColor(255, 255, 255);
/// Text that is read first.
pub const INK: RGBColor = RGBColor(23, 32, 36);
/// Text that explains.
pub const SOFT: RGBColor = RGBColor(69, 79, 84);
/// Lines of the grid.
pub const LINE: RGBColor = RGBColor(216, 221, 224);
/// What has no meaning of its own.
pub const ACCENT: RGBColor = RGBColor(0, 111, 111);
/// Failures and successes.
pub const FAILED: RGBColor = RGBColor(180, 80, 84);
/// Successes beside failures.
pub const SUCCEEDED: RGBColor = RGBColor(10, 134, 129);
/// From nothing to most.
pub const RAMP: [RGBColor; 6] = [
    RGBColor(237, 241, 243),
    RGBColor(197, 230, 227),
    RGBColor(151, 209, 205),
    RGBColor(93, 174, 171),
    RGBColor(41, 135, 135),
    RGBColor(0, 89, 93),
];

/// The colour of a severity.
#[must_use]
pub fn severity(severity: Severity) -> RGBColor {
    match severity {
        Severity::Fatal => RGBColor(167, 24, 111),
        Severity::Critical => RGBColor(186, 29, 39),
        Severity::High => RGBColor(203, 104, 32),
        Severity::Medium => RGBColor(214, 168, 44),
        Severity::Low => RGBColor(74, 144, 205),
        Severity::Info => RGBColor(150, 165, 172),
        Severity::Unknown => RGBColor(190, 196, 199),
    }
}

const FONT: &str = "Inter, Helvetica Neue, Arial, sans-serif";
const MONO: &str = "JetBrains Mono, Menlo, Consolas, monospace";

/// Why a drawing failed. Memory alone is written to, so nothing that can be met in practice.
pub type DrawError = DrawingAreaErrorKind<std::io::Error>;

/// How a text stands.
#[derive(Clone, Copy)]
pub struct Type {
    /// Its size in pixels.
    pub size: i32,
    /// Its colour.
    pub color: RGBColor,
    /// Whether it is bold.
    pub bold: bool,
    /// Whether all its signs are equally wide.
    pub mono: bool,
    /// Which side of it lies at the place given.
    pub side: HPos,
}

impl Type {
    /// Plain text that begins at the place given.
    #[must_use]
    pub fn plain(size: i32, color: RGBColor) -> Self {
        Self {
            size,
            color,
            bold: false,
            mono: false,
            side: HPos::Left,
        }
    }

    /// The same, ending there.
    #[must_use]
    pub fn right(self) -> Self {
        Self {
            side: HPos::Right,
            ..self
        }
    }

    /// The same, around it.
    #[must_use]
    pub fn center(self) -> Self {
        Self {
            side: HPos::Center,
            ..self
        }
    }
}

/// What stands around a chart.
#[derive(Debug, Clone)]
pub struct Words {
    /// What is shown.
    pub title: String,
    /// Measure, unit, range with its zone.
    pub unit: String,
    /// The query, where one narrows the chart.
    pub query: Option<String>,
    /// Where the numbers come from.
    pub source: String,
}

/// A sheet that is being drawn on.
pub struct Sheet<'a> {
    area: DrawingArea<SVGBackend<'a>, Shift>,
}

impl Sheet<'_> {
    /// A filled box.
    ///
    /// # Errors
    /// Where plotters fails.
    pub fn bar(&self, from: (f64, f64), to: (f64, f64), color: RGBColor) -> Result<(), DrawError> {
        self.area
            .draw(&Rectangle::new([fine(from), fine(to)], color.filled()))
    }

    /// A box that is only begun: pale, hatched, framed.
    ///
    /// # Errors
    /// Where plotters fails.
    pub fn hatched(&self, from: (f64, f64), to: (f64, f64), color: RGBColor) -> Result<(), DrawError> {
        const STEP: f64 = 5.0;
        self.area
            .draw(&Rectangle::new([fine(from), fine(to)], color.mix(0.25).filled()))?;
        let (width, height) = (to.0 - from.0, to.1 - from.1);
        let mut along = STEP;
        while along < width + height {
            let begin = (from.0 + (along - height).max(0.0), from.1 + along.min(height));
            let end = (from.0 + along.min(width), from.1 + (along - width).max(0.0));
            self.stroke(begin, end, color, 1)?;
            along += STEP;
        }
        self.area.draw(&Rectangle::new(
            [fine(from), fine(to)],
            color.stroke_width(FINE.unsigned_abs()),
        ))
    }

    /// A line.
    ///
    /// # Errors
    /// Where plotters fails.
    pub fn stroke(
        &self,
        from: (f64, f64),
        to: (f64, f64),
        color: RGBColor,
        width: u32,
    ) -> Result<(), DrawError> {
        let style = color.stroke_width(width * FINE.unsigned_abs());
        self.area.draw(&PathElement::new([fine(from), fine(to)], style))
    }

    /// A text whose middle lies at this height.
    ///
    /// # Errors
    /// Where plotters fails.
    pub fn text(&self, text: &str, at: (f64, f64), kind: Type) -> Result<(), DrawError> {
        // plotters divides by 1.24, the height of a line by the size of its letters.
        let size = f64::from(kind.size * FINE) * 1.24;
        let font = (if kind.mono { MONO } else { FONT }, size).into_font();
        let font = if kind.bold {
            font.style(FontStyle::Bold)
        } else {
            font
        };
        let style = TextStyle::from(font)
            .color(&kind.color)
            .pos(Pos::new(kind.side, VPos::Center));
        self.area.draw(&Text::new(printable(text), fine(at), style))
    }
}

fn fine((x, y): (f64, f64)) -> (i32, i32) {
    let place = |at: f64| {
        #[expect(clippy::cast_possible_truncation, reason = "places on a small sheet")]
        let at = (at * f64::from(FINE)).round() as i32;
        at
    };
    (place(x), place(y))
}

/// Signs that XML 1.0 § 2.2 does not take leave; line ends become blanks.
fn printable(text: &str) -> String {
    text.chars()
        .filter_map(|c| match c {
            '\n' | '\r' | '\t' => Some(' '),
            '\u{fffe}' | '\u{ffff}' => None,
            c if c.is_control() => None,
            c => Some(c),
        })
        .collect()
}

fn escaped(text: &str) -> String {
    let mut out = String::new();
    for c in printable(text).chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            c => out.push(c),
        }
    }
    out
}

/// About how wide a text is drawn, in pixels.
#[must_use]
pub fn width_of(text: &str, size: i32) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "texts are short")]
    let signs = text.chars().count() as f64;
    signs * f64::from(size) * 0.56
}

/// The text, or its beginning where it is too long for the room.
#[must_use]
pub fn fitting(text: &str, room: f64, size: i32) -> String {
    if width_of(text, size) <= room {
        return text.to_owned();
    }
    let mut short = String::new();
    for c in text.chars() {
        if width_of(&short, size) + f64::from(size) * 1.2 > room {
            break;
        }
        short.push(c);
    }
    format!("{}…", short.trim_end())
}

/// A legend's entry.
pub type Key = (String, RGBColor);

/// Draws a chart on its sheet of paper, this high.
///
/// # Errors
/// Where plotters fails.
pub fn drawn(
    words: &Words,
    keys: &[Key],
    height: i32,
    chart: impl FnOnce(&Sheet<'_>) -> Result<(), DrawError>,
) -> Result<String, DrawError> {
    let mut svg = String::new();
    {
        let size = ((WIDTH * FINE).unsigned_abs(), (height * FINE).unsigned_abs());
        let area = SVGBackend::with_string(&mut svg, size).into_drawing_area();
        area.fill(&PAPER)?;
        let sheet = Sheet { area };
        head(&sheet, words, keys)?;
        chart(&sheet)?;
        let foot = f64::from(height - FOOT / 2);
        let (left, right) = (f64::from(MARGIN), f64::from(WIDTH - MARGIN));
        sheet.stroke((left, foot - 16.0), (right, foot - 16.0), LINE, 1)?;
        let source = fitting(&words.source, right - left, 12);
        sheet.text(&source, (left, foot + 4.0), Type::plain(12, SOFT))?;
        sheet.area.present()?;
    }
    // What reads the picture aloud, and the size at which it is shown.
    let opening = format!(
        "<svg width=\"{WIDTH}\" height=\"{height}\" viewBox=\"0 0 {} {}\" role=\"img\" \
         xmlns=\"http://www.w3.org/2000/svg\">\n<title>{}</title>\n<desc>{}. {}</desc>\n",
        WIDTH * FINE,
        height * FINE,
        escaped(&words.title),
        escaped(&words.unit),
        escaped(&words.source),
    );
    let rest = svg.split_once(">\n").map_or("", |(_, rest)| rest);
    Ok(format!("{opening}{rest}"))
}

fn head(sheet: &Sheet<'_>, words: &Words, keys: &[Key]) -> Result<(), DrawError> {
    const SIZE: i32 = 13;
    let (left, right) = (f64::from(MARGIN), f64::from(WIDTH - MARGIN));
    let title = Type {
        bold: true,
        ..Type::plain(24, INK)
    };
    sheet.text(&fitting(&words.title, right - left, 24), (left, 46.0), title)?;
    sheet.text(
        &fitting(&words.unit, right - left, 14),
        (left, 76.0),
        Type::plain(14, SOFT),
    )?;
    let mut at = left;
    for (name, color) in keys {
        sheet.bar((at, 97.0), (at + 12.0, 109.0), *color)?;
        sheet.text(name, (at + 18.0, 103.0), Type::plain(SIZE, INK))?;
        // Steps of a ramp stand side by side.
        at += if name.is_empty() {
            14.0
        } else {
            18.0 + width_of(name, SIZE) + 18.0
        };
    }
    if let Some(query) = &words.query {
        let mono = Type {
            mono: true,
            ..Type::plain(12, SOFT)
        };
        let room = right - at - 24.0;
        sheet.text(&fitting(query, room, 13), (right, 103.0), mono.right())?;
    }
    Ok(())
}
