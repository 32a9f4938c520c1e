//! From chunks of a body to what became of each line.
//!
//! Lines are told apart one by one, so a file may mix formats. An object written over several
//! lines is put together here; one that never closes costs only its own first line.

use crate::frame::{Arrays, Braces, Framer, Piece};
use crate::json::{self, Refused};
use crate::{Draft, FieldMap, MAX_LINE_BYTES, code, plain, text};
use chrono_tz::Tz;
use std::sync::Arc;
use vigia_domain::Timestamp;

/// In what the lines are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Format {
    /// Told apart line by line.
    #[default]
    Auto,
    /// OpenSSH and whatever else writes to auth.log (RFC 3164).
    Sshd,
    /// Syslog by RFC 5424 or RFC 3164, whichever program wrote it.
    Syslog,
    /// winston: JSON lines, `[AUTH]` text, and what it prints on a terminal.
    Winston,
    /// Audit JSON, with or without its envelope. What is none is refused.
    AuditJson,
    /// AWS CloudTrail: single records, or a file of `Records`. What is none is refused.
    Cloudtrail,
    /// Access logs of Apache and nginx, common or combined.
    Combined,
    /// Error logs of Apache and nginx.
    WebError,
    /// One JSON object a line. What is none is refused.
    Ndjson,
}

/// The text names no format.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no format; known are {known}", known = Format::ALL.map(Format::name).join(", "))]
pub struct UnknownFormat(pub String);

impl Format {
    /// Every format.
    pub const ALL: [Self; 9] = [
        Self::Auto,
        Self::Sshd,
        Self::Syslog,
        Self::Winston,
        Self::AuditJson,
        Self::Cloudtrail,
        Self::Combined,
        Self::WebError,
        Self::Ndjson,
    ];

    /// The word for it in `?format=` and `--format`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Sshd => "sshd",
            Self::Syslog => "syslog",
            Self::Winston => "winston",
            Self::AuditJson => "audit-json",
            Self::Cloudtrail => "cloudtrail",
            Self::Combined => "combined",
            Self::WebError => "web-error",
            Self::Ndjson => "ndjson",
        }
    }

    /// Whether a line that is no JSON is refused.
    pub(crate) fn demands_json(self) -> bool {
        matches!(self, Self::AuditJson | Self::Cloudtrail | Self::Ndjson)
    }

    /// Whether lines may be JSON objects at all.
    fn may_be_json(self) -> bool {
        matches!(self, Self::Auto | Self::Winston) || self.demands_json()
    }
}

impl std::str::FromStr for Format {
    type Err = UnknownFormat;
    fn from_str(text: &str) -> Result<Self, UnknownFormat> {
        let name = match text {
            // What people call these by the program that writes them.
            "apache" | "nginx" => "combined",
            "rfc5424" | "rfc3164" => "syslog",
            other => other,
        };
        Self::ALL
            .into_iter()
            .find(|format| format.name() == name)
            .ok_or_else(|| UnknownFormat(text.to_owned()))
    }
}

/// What the sender says about a body, and when it came.
#[derive(Debug, Clone)]
pub struct Hints {
    /// In what the lines are written.
    pub format: Format,
    /// The year of dates without one; else the latest past.
    pub year: Option<i32>,
    /// The zone of times without one; else UTC.
    pub zone: Option<Tz>,
    /// When the body came.
    pub received_at: Timestamp,
    /// The service of lines that name none.
    pub service: Option<String>,
    /// Where the fields of an application's own log stand; together with [`Format::Ndjson`].
    pub map: Option<Arc<FieldMap>>,
}

impl Hints {
    /// Nothing is known but the moment of receipt.
    #[must_use]
    pub fn new(received_at: Timestamp) -> Self {
        Self {
            format: Format::Auto,
            year: None,
            zone: None,
            received_at,
            service: None,
            map: None,
        }
    }
}

/// What became of a line, an array item, or an object over several lines (named by its first).
#[derive(Debug, Clone, PartialEq)]
pub enum Line {
    /// It was taken.
    Events {
        /// Which line or item, counted from 1.
        line: u64,
        /// What it became; at least one.
        events: Vec<Draft>,
    },
    /// It was refused.
    Rejected {
        /// Which line or item, counted from 1.
        line: u64,
        /// What clients switch on: one of [`crate::code`].
        code: &'static str,
        /// Why, in words; never the line itself.
        reason: String,
    },
}

/// Reads one body.
#[derive(Debug)]
pub struct Reader {
    framer: Framer,
    messages: u64,
    lines: Lines,
}

impl Reader {
    /// A reader of one body.
    #[must_use]
    pub fn new(hints: Hints) -> Self {
        let arrays = match hints.format {
            format if format.demands_json() => Arrays::Always,
            format if format.may_be_json() => Arrays::OfObjects,
            _ => Arrays::Never,
        };
        let holders = matches!(hints.format, Format::Auto | Format::Cloudtrail);
        Self {
            framer: Framer::new(arrays, holders),
            messages: 0,
            lines: Lines {
                hints,
                open: None,
                expandable: MAX_EXPANDED,
            },
        }
    }

    /// Takes the next bytes; yields the lines that they completed.
    pub fn push(&mut self, chunk: &[u8]) -> Vec<Line> {
        let Self { framer, lines, .. } = self;
        let mut out = Vec::new();
        framer.push(chunk, &mut |piece| lines.take(piece, &mut out));
        out
    }

    /// Takes one message that came in a frame of its own: it is one line, whatever is in it.
    pub fn message(&mut self, bytes: &[u8]) -> Vec<Line> {
        self.messages += 1;
        let mut out = Vec::new();
        if bytes.len() > MAX_LINE_BYTES {
            let piece = Piece::TooLong {
                number: self.messages,
            };
            self.lines.take(piece, &mut out);
        } else {
            self.lines.line(self.messages, bytes, false, &mut out);
        }
        out
    }

    /// The body is over; yields what was still open.
    pub fn finish(mut self) -> Vec<Line> {
        let Self { framer, lines, .. } = &mut self;
        let mut out = Vec::new();
        framer.finish(&mut |piece| lines.take(piece, &mut out));
        lines.give_up(&mut out);
        out
    }
}

/// How many events beyond the first all `message repeated` lines of a body may become; what is
/// repeated after that is one event with a count, so that a few lines cannot fill a platform.
pub const MAX_EXPANDED: usize = 50_000;

#[derive(Debug)]
struct Lines {
    hints: Hints,
    open: Option<Open>,
    expandable: usize,
}

/// An object that began on a line and has not closed yet.
#[derive(Debug)]
struct Open {
    first: u64,
    indent: usize,
    bytes: Vec<u8>,
    /// Where each of its lines ends within the bytes.
    ends: Vec<usize>,
    braces: Braces,
}

impl Lines {
    fn take(&mut self, piece: Piece<'_>, out: &mut Vec<Line>) {
        match piece {
            Piece::Line { number, bytes } => {
                if self.open.is_some() {
                    self.continue_object(number, bytes, out);
                } else {
                    self.line(number, bytes, true, out);
                }
            }
            Piece::Item { number, bytes } => {
                self.give_up(out);
                let read = json::read(bytes, &self.hints).map_err(|refused| match refused {
                    Refused::Unfinished => Refused::NotJson,
                    other => other,
                });
                out.push(said(number, read));
            }
            Piece::TooLong { number } => {
                self.give_up(out);
                out.push(rejected(
                    number,
                    code::TOO_LONG,
                    format!("a line may have {MAX_LINE_BYTES} bytes"),
                ));
            }
        }
    }

    /// One line; `may_open`: an object may begin here and end on another.
    fn line(&mut self, number: u64, bytes: &[u8], may_open: bool, out: &mut Vec<Line>) {
        let body = bytes.trim_ascii_start();
        if body.is_empty() {
            return;
        }
        let reads_json = self.hints.format.may_be_json();
        if reads_json && (body.starts_with(b"{") || self.hints.format.demands_json()) {
            match json::read(bytes, &self.hints) {
                Ok(draft) => return out.push(taken(number, vec![draft])),
                Err(Refused::Unfinished) if may_open && body.starts_with(b"{") => {
                    return self.open_object(number, bytes, bytes.len() - body.len());
                }
                Err(refused) if self.hints.format.demands_json() => {
                    return out.push(said(number, Err(refused)));
                }
                // Not JSON after all: winston's own notation, or a line like any other.
                Err(_) => {
                    if let Some(draft) = json::read_inspected(bytes, &self.hints) {
                        return out.push(taken(number, vec![draft]));
                    }
                }
            }
        }
        let read = text::read(bytes);
        if read.chars().all(|c| c.is_control() || c.is_whitespace()) {
            let reason = "the line holds nothing but control characters".to_owned();
            return out.push(rejected(number, code::NOT_TEXT, reason));
        }
        let events = plain::read(&read, bytes, &self.hints, &mut self.expandable);
        out.push(taken(number, events));
    }

    fn open_object(&mut self, first: u64, bytes: &[u8], indent: usize) {
        let mut open = Open {
            first,
            indent,
            bytes: Vec::with_capacity(1024),
            ends: Vec::new(),
            braces: Braces::default(),
        };
        open.braces.closes(bytes);
        open.add(bytes);
        self.open = Some(open);
    }

    fn continue_object(&mut self, number: u64, bytes: &[u8], out: &mut Vec<Line>) {
        let Some(open) = &mut self.open else { return };
        let body = bytes.trim_ascii_start();
        let another = body.starts_with(b"{") && bytes.len() - body.len() <= open.indent;
        if another || open.bytes.len() + 1 + bytes.len() > MAX_LINE_BYTES {
            self.give_up(out);
            return self.line(number, bytes, true, out);
        }
        open.add(bytes);
        if open.braces.closes(bytes) {
            let read = json::read(&open.bytes, &self.hints).ok();
            match read.or_else(|| json::read_inspected(&open.bytes, &self.hints)) {
                Some(draft) => {
                    out.push(taken(open.first, vec![draft]));
                    self.open = None;
                }
                None => self.give_up(out),
            }
        }
    }

    /// What was begun is no object: its lines are read one by one.
    fn give_up(&mut self, out: &mut Vec<Line>) {
        let Some(open) = self.open.take() else { return };
        let mut start = 0;
        for (number, end) in (open.first..).zip(&open.ends) {
            let line = open.bytes.get(start..*end).unwrap_or_default();
            self.line(number, line, false, out);
            start = end + 1;
        }
    }
}

impl Open {
    fn add(&mut self, line: &[u8]) {
        if !self.ends.is_empty() {
            self.bytes.push(b'\n');
        }
        self.bytes.extend_from_slice(line);
        self.ends.push(self.bytes.len());
    }
}

fn taken(line: u64, events: Vec<Draft>) -> Line {
    Line::Events { line, events }
}

fn rejected(line: u64, code: &'static str, reason: String) -> Line {
    Line::Rejected { line, code, reason }
}

fn said(line: u64, read: Result<Draft, Refused>) -> Line {
    match read {
        Ok(draft) => taken(line, vec![draft]),
        Err(Refused::Unfinished | Refused::NotJson) => {
            rejected(line, code::NOT_JSON, "the line is not JSON".to_owned())
        }
        Err(Refused::BadField(reason)) => rejected(line, code::BAD_FIELD, reason.to_owned()),
    }
}
