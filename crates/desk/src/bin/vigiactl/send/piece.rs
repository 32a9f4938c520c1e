//! Where a log is cut into pieces that a platform takes: behind whole lines, and in an array that is
//! longer than a piece behind whole items. Such an array, `[{…}, …]` or held as `{"Records": [{…}, …]}`,
//! goes as several of its kind.
//!
//! Must stay true: no more is in memory than one piece, and every byte of a line or item is sent as
//! it was. Deliberately absent: whether an item is any good; the platform says so, item by item.

use vigia_client::{MAX_CHUNK_BYTES, MAX_CHUNK_LINES};

/// Members that hold nothing but records, as the platform knows them.
const HOLDERS: [&str; 2] = ["\"Records\"", "\"Events\""];
/// Formats in which a bracket is text like any other.
const TEXT: [&str; 8] = [
    "sshd",
    "syslog",
    "rfc5424",
    "rfc3164",
    "combined",
    "apache",
    "nginx",
    "web-error",
];
/// Formats in which objects that hold records are opened.
const OPENING: [&str; 2] = ["auto", "cloudtrail"];
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";
/// Room for what opens and closes an array again, in bytes.
const FRAME_BYTES: usize = 64;

/// What of a log is to be read next, in bytes at most.
pub const READ_BYTES: usize = MAX_CHUNK_BYTES - FRAME_BYTES;

/// What is sent at once.
#[derive(Debug, PartialEq, Eq)]
pub struct Piece {
    pub bytes: Vec<u8>,
    /// Lines in it, or items, by which the platform counts too.
    pub lines: u64,
}

/// Why nothing more can be cut off.
#[derive(Debug, PartialEq, Eq)]
pub enum Stuck {
    /// One line or item is longer than a piece.
    TooLong,
    /// The log ends within an array.
    Unclosed,
}

/// Cuts a log into pieces.
pub struct Cutter {
    text: bool,
    opens: bool,
    /// The array that the last piece ended in.
    within: Option<Array>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Array {
    opening: String,
    closing: &'static str,
    /// How deep its items lie.
    depth: usize,
}

impl Cutter {
    pub fn new(format: &str) -> Self {
        Self {
            text: TEXT.contains(&format),
            opens: OPENING.contains(&format),
            within: None,
        }
    }

    /// Takes the next piece from the front of what was read; `None` at the end.
    pub fn next(&mut self, kept: &mut Vec<u8>, at_end: bool) -> Result<Option<Piece>, Stuck> {
        if let Some(array) = self.within.clone() {
            let piece = self.items(&array, kept, at_end, true)?;
            // The array ended where the last piece did.
            let says = piece.lines > 0 || piece.bytes.trim_ascii_end() != array.empty();
            if says {
                return Ok(Some(piece));
            }
        }
        if kept.is_empty() {
            return Ok(None);
        }
        if !at_end && let Some(array) = self.begins(kept) {
            let scan = Scan::of(kept, &array, 0);
            if scan.whole.is_none() {
                return self.items(&array, kept, at_end, false).map(Some);
            }
        }
        let end = line_end(kept, at_end).ok_or(Stuck::TooLong)?;
        let rest = kept.split_off(end);
        let bytes = std::mem::replace(kept, rest);
        let lines = bytes.iter().filter(|byte| **byte == b'\n').count() as u64;
        Ok(Some(Piece { bytes, lines }))
    }

    /// As many items of an array as were read; with the last ones whatever closes it.
    fn items(
        &mut self,
        array: &Array,
        kept: &mut Vec<u8>,
        at_end: bool,
        again: bool,
    ) -> Result<Piece, Stuck> {
        let scan = Scan::of(kept, array, if again { array.depth } else { 0 });
        let (end, closing) = match (scan.whole, scan.items_end) {
            (Some(end), _) => (end, ""),
            (None, Some(end)) => (end, array.closing),
            (None, None) if at_end => return Err(Stuck::Unclosed),
            (None, None) => return Err(Stuck::TooLong),
        };
        self.within = scan.whole.is_none().then(|| array.clone());
        let (taken, rest) = kept.split_at_checked(end).unwrap_or((kept, &[]));
        let bytes = if again {
            let taken = taken.trim_ascii_start();
            let taken = taken.strip_prefix(b",").unwrap_or(taken);
            [array.opening.as_bytes(), taken, closing.as_bytes()].concat()
        } else {
            [taken, closing.as_bytes()].concat()
        };
        *kept = rest.to_vec();
        Ok(Piece {
            bytes,
            lines: scan.items,
        })
    }

    /// The array of objects that a text begins with.
    fn begins(&self, text: &[u8]) -> Option<Array> {
        let text = text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(text);
        if let Some(rest) = after(text, "[").filter(|_| !self.text) {
            let plain = Array {
                opening: "[".to_owned(),
                closing: "]",
                depth: 1,
            };
            return plain.where_an_object(rest);
        }
        let inside = after(text, "{").filter(|_| self.opens)?;
        HOLDERS.iter().find_map(|holder| {
            let rest = after(after(after(inside, holder)?, ":")?, "[")?;
            let held = Array {
                opening: format!("{{{holder}:["),
                closing: "]}",
                depth: 2,
            };
            held.where_an_object(rest)
        })
    }
}

impl Array {
    fn empty(&self) -> Vec<u8> {
        [self.opening.as_bytes(), self.closing.as_bytes()].concat()
    }

    /// `[INFO] …` is a line of text.
    fn where_an_object(self, rest: &[u8]) -> Option<Self> {
        rest.trim_ascii_start().starts_with(b"{").then_some(self)
    }
}

/// What follows a sign, blanks before it aside.
fn after<'a>(text: &'a [u8], sign: &str) -> Option<&'a [u8]> {
    text.trim_ascii_start().strip_prefix(sign.as_bytes())
}

/// How much of an array was read.
#[derive(Debug, Default, PartialEq, Eq)]
struct Scan {
    /// Behind the last item that is whole.
    items_end: Option<usize>,
    items: u64,
    /// Behind the whole value and the blanks after it.
    whole: Option<usize>,
}

impl Scan {
    /// Looks through a text that stands so deep at its beginning, for no more items than a platform
    /// takes at once.
    fn of(text: &[u8], array: &Array, mut depth: usize) -> Self {
        let mut scan = Self::default();
        let (mut in_string, mut escaped, mut behind) = (false, false, false);
        for (at, byte) in text.iter().enumerate() {
            match byte {
                _ if escaped => escaped = false,
                b'\\' if in_string => escaped = true,
                // A line end cannot stand in a JSON string, and ends it for the platform, too.
                b'"' | b'\n' if in_string => in_string = false,
                _ if in_string => {}
                b'"' => in_string = true,
                b'{' | b'[' => depth += 1,
                b'}' | b']' => {
                    depth = depth.saturating_sub(1);
                    behind |= depth < array.depth;
                    if depth == 0 {
                        let rest = text.get(at + 1..).unwrap_or_default();
                        let blanks = rest.len() - rest.trim_ascii_start().len();
                        scan.whole = Some(at + 1 + blanks);
                        return scan;
                    }
                    if depth == array.depth && !behind {
                        scan.items_end = Some(at + 1);
                        scan.items += 1;
                        if scan.items == MAX_CHUNK_LINES as u64 {
                            return scan;
                        }
                    }
                }
                _ => {}
            }
        }
        scan
    }
}

/// Where the next piece of lines ends: after as many whole ones as a platform surely takes. A JSON
/// array, or a cloud's object that only holds one, is one value over all its lines and is not cut by
/// their number.
fn line_end(kept: &[u8], at_end: bool) -> Option<usize> {
    let array = is_one_value(kept.trim_ascii_start());
    let mut ends = kept
        .iter()
        .enumerate()
        .filter(|(_, byte)| **byte == b'\n')
        .map(|(at, _)| at + 1);
    match ends.nth(MAX_CHUNK_LINES - 1) {
        Some(end) if !array => Some(end),
        _ if at_end => Some(kept.len()),
        _ => kept.iter().rposition(|byte| *byte == b'\n').map(|at| at + 1),
    }
}

fn is_one_value(text: &[u8]) -> bool {
    let held = text.strip_prefix(b"{").map(<[u8]>::trim_ascii_start);
    let holds = |held: &[u8]| HOLDERS.iter().any(|holder| held.starts_with(holder.as_bytes()));
    text.starts_with(b"[") || held.is_some_and(holds)
}

#[cfg(test)]
mod tests;
