//! Cuts a body into lines, or into the items of a JSON array, chunk by chunk.
//!
//! Where the chunks end makes no difference. At most one line is held at a time, and of a line
//! that is too long nothing. Deliberately absent: what a line means.

mod holder;

use crate::MAX_LINE_BYTES;
use holder::{MAX_OPENING_BYTES, Opens, opens};

/// A line without its end, or one item of an array.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Piece<'a> {
    /// A line of text; blank ones too.
    Line {
        /// Counted from 1.
        number: u64,
        /// Its bytes.
        bytes: &'a [u8],
    },
    /// An item of a JSON array.
    Item {
        /// Counted from 1.
        number: u64,
        /// Its bytes.
        bytes: &'a [u8],
    },
    /// A line or item longer than allowed.
    TooLong {
        /// Counted from 1.
        number: u64,
    },
}

/// When a body that starts with `[` is a JSON array.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Arrays {
    /// Never: text was demanded.
    Never,
    /// When an object follows: `[INFO] …` is a line.
    OfObjects,
    /// Always: JSON was demanded.
    Always,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Before the first byte that says what the body is; what was seen lies in the buffer.
    Start,
    Lines,
    /// At the start of a line that may turn out to be an object that only holds an array.
    Opening,
    /// In an array, between two items.
    Between,
    Item(Item),
    /// Behind the array, until the object that holds it closes.
    Tail(Item),
}

/// Where a scan of JSON stands within one item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Item {
    depth: u32,
    in_string: bool,
    escaped: bool,
    /// A number, `true` …: ends before the comma or bracket, not with a byte of its own.
    bare: bool,
}

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";
/// A line may be followed by `\r`, and one byte more shows that it is too long.
const HELD_BYTES: usize = MAX_LINE_BYTES + 2;

#[derive(Debug)]
pub(crate) struct Framer {
    arrays: Arrays,
    /// Whether objects that only hold records are opened.
    holders: bool,
    /// Whether the array under way stands in such an object.
    held: bool,
    state: State,
    buffer: Vec<u8>,
    overflowed: bool,
    number: u64,
}

impl Framer {
    pub(crate) fn new(arrays: Arrays, holders: bool) -> Self {
        Self {
            arrays,
            holders,
            held: false,
            state: State::Start,
            buffer: Vec::new(),
            overflowed: false,
            number: 0,
        }
    }

    /// Takes the next bytes of the body.
    pub(crate) fn push(&mut self, chunk: &[u8], sink: &mut dyn FnMut(Piece<'_>)) {
        let mut rest = chunk;
        while !rest.is_empty() {
            rest = match self.state {
                State::Start => self.start(rest, sink),
                State::Lines => self.lines(rest, sink),
                State::Opening => self.opening(rest, sink),
                State::Between => self.between(rest),
                State::Item(item) => self.item(item, rest, sink),
                State::Tail(item) => self.tail(item, rest, sink),
            };
        }
    }

    /// The body is over.
    pub(crate) fn finish(&mut self, sink: &mut dyn FnMut(Piece<'_>)) {
        match self.state {
            State::Start | State::Opening => self.become_lines(sink),
            State::Item(_) => self.end_item(sink),
            State::Tail(_) if !self.buffer.trim_ascii().is_empty() => self.end_item(sink),
            State::Lines | State::Between | State::Tail(_) => {}
        }
        if self.state == State::Lines && (!self.buffer.is_empty() || self.overflowed) {
            self.end_line(&[], sink);
        }
    }

    /// Looks for the first byte that tells; one byte at a time, for it is only a few.
    fn start<'a>(&mut self, bytes: &'a [u8], sink: &mut dyn FnMut(Piece<'_>)) -> &'a [u8] {
        let Some((byte, rest)) = bytes.split_first() else {
            return bytes;
        };
        self.buffer.push(*byte);
        if self.buffer == BYTE_ORDER_MARK {
            self.buffer.clear();
            return rest;
        }
        if BYTE_ORDER_MARK.starts_with(&self.buffer) {
            return rest;
        }
        let told = self.buffer.trim_ascii_start();
        if self.holders && told == b"{" {
            self.state = State::Opening;
            return rest;
        }
        let after = told.strip_prefix(b"[").map(<[u8]>::trim_ascii_start);
        match (after.map(<[u8]>::first), self.arrays) {
            (Some(_), Arrays::Always) => {
                self.buffer.clear();
                self.state = State::Between;
            }
            (Some(Some(b'{')), Arrays::OfObjects) => {
                self.buffer.clear();
                self.state = State::Between;
                self.begin_item(b'{');
            }
            (Some(None), Arrays::OfObjects) if self.buffer.len() < MAX_LINE_BYTES => {}
            (None, _) if told.is_empty() && self.buffer.len() < MAX_LINE_BYTES => {}
            _ => self.become_lines(sink),
        }
        rest
    }

    fn become_lines(&mut self, sink: &mut dyn FnMut(Piece<'_>)) {
        self.state = State::Lines;
        let seen = std::mem::take(&mut self.buffer);
        let mut rest = seen.as_slice();
        while !rest.is_empty() {
            rest = self.line(rest, sink);
        }
    }

    fn lines<'a>(&mut self, bytes: &'a [u8], sink: &mut dyn FnMut(Piece<'_>)) -> &'a [u8] {
        if self.holders && self.buffer.is_empty() && !self.overflowed && bytes.starts_with(b"{") {
            self.state = State::Opening;
            return bytes;
        }
        self.line(bytes, sink)
    }

    /// Takes one byte more of what may be an object that holds records. What turns out to be none is
    /// a line, or several, like any other.
    fn opening<'a>(&mut self, bytes: &'a [u8], sink: &mut dyn FnMut(Piece<'_>)) -> &'a [u8] {
        let Some((byte, rest)) = bytes.split_first() else {
            return bytes;
        };
        self.buffer.push(*byte);
        match opens(&self.buffer) {
            Opens::Items => {
                self.buffer.clear();
                self.held = true;
                self.begin_item(b'{');
                rest
            }
            Opens::Nothing => {
                self.buffer.clear();
                self.state = State::Tail(Item::within_an_object());
                rest
            }
            Opens::Perhaps if self.buffer.len() < MAX_OPENING_BYTES => rest,
            Opens::Perhaps | Opens::No => {
                // The byte itself may begin another line.
                self.buffer.pop();
                self.become_lines(sink);
                bytes
            }
        }
    }

    fn line<'a>(&mut self, bytes: &'a [u8], sink: &mut dyn FnMut(Piece<'_>)) -> &'a [u8] {
        let end = bytes.iter().position(|byte| *byte == b'\n');
        let Some((line, rest)) = end.and_then(|end| bytes.split_at_checked(end)) else {
            self.hold(bytes);
            return &[];
        };
        self.end_line(line, sink);
        rest.get(1..).unwrap_or_default()
    }

    fn end_line(&mut self, last: &[u8], sink: &mut dyn FnMut(Piece<'_>)) {
        self.number += 1;
        let number = self.number;
        let whole = if self.buffer.is_empty() && !self.overflowed {
            last
        } else {
            self.hold(last);
            self.buffer.as_slice()
        };
        let bytes = whole.strip_suffix(b"\r").unwrap_or(whole);
        sink(if self.overflowed || bytes.len() > MAX_LINE_BYTES {
            Piece::TooLong { number }
        } else {
            Piece::Line { number, bytes }
        });
        self.buffer.clear();
        self.overflowed = false;
    }

    /// Keeps what may still become a line, and of more than that only the fact.
    fn hold(&mut self, bytes: &[u8]) {
        if self.overflowed || self.buffer.len() + bytes.len() > HELD_BYTES {
            self.overflowed = true;
            self.buffer.clear();
        } else {
            self.buffer.extend_from_slice(bytes);
        }
    }

    fn between<'a>(&mut self, bytes: &'a [u8]) -> &'a [u8] {
        let Some((byte, rest)) = bytes.split_first() else {
            return bytes;
        };
        match byte {
            b',' | b' ' | b'\t' | b'\r' | b'\n' => {}
            b']' if std::mem::take(&mut self.held) => {
                self.state = State::Tail(Item::within_an_object());
            }
            b']' => self.state = State::Start,
            first => self.begin_item(*first),
        }
        rest
    }

    /// What stands behind the array is an item of its own, where it says anything.
    fn tail<'a>(&mut self, mut item: Item, bytes: &'a [u8], sink: &mut dyn FnMut(Piece<'_>)) -> &'a [u8] {
        for (at, byte) in bytes.iter().enumerate() {
            if !item.step(*byte).0 || item.depth > 0 {
                continue;
            }
            let (mine, rest) = bytes.split_at_checked(at + 1).unwrap_or((bytes, &[]));
            self.hold(mine);
            let said = self.buffer.trim_ascii_start();
            let said = said.strip_prefix(b",").unwrap_or(said).trim_ascii_start();
            if said == b"}" && !self.overflowed {
                self.buffer.clear();
            } else {
                self.buffer = [b"{", said].concat();
                self.end_item(sink);
            }
            self.state = State::Start;
            return rest;
        }
        self.hold(bytes);
        self.state = State::Tail(item);
        &[]
    }

    fn begin_item(&mut self, first: u8) {
        self.hold(&[first]);
        self.state = State::Item(Item {
            depth: u32::from(matches!(first, b'{' | b'[')),
            in_string: first == b'"',
            escaped: false,
            bare: !matches!(first, b'{' | b'[' | b'"'),
        });
    }

    fn item<'a>(&mut self, mut item: Item, bytes: &'a [u8], sink: &mut dyn FnMut(Piece<'_>)) -> &'a [u8] {
        for (at, byte) in bytes.iter().enumerate() {
            let (ended, includes) = item.step(*byte);
            if ended {
                let end = at + usize::from(includes);
                let (mine, rest) = bytes.split_at_checked(end).unwrap_or((bytes, &[]));
                self.hold(mine);
                self.end_item(sink);
                return rest;
            }
        }
        self.hold(bytes);
        self.state = State::Item(item);
        &[]
    }

    fn end_item(&mut self, sink: &mut dyn FnMut(Piece<'_>)) {
        self.number += 1;
        let number = self.number;
        sink(if self.overflowed || self.buffer.len() > MAX_LINE_BYTES {
            Piece::TooLong { number }
        } else {
            Piece::Item {
                number,
                bytes: &self.buffer,
            }
        });
        self.buffer.clear();
        self.overflowed = false;
        self.state = State::Between;
    }
}

impl Item {
    /// Behind a member's value, in an object that is still open.
    fn within_an_object() -> Self {
        Self {
            depth: 1,
            ..Self::default()
        }
    }

    /// Whether the item ends here, and whether this byte is still its own.
    fn step(&mut self, byte: u8) -> (bool, bool) {
        if self.bare {
            return (matches!(byte, b',' | b']' | b'}' | b'\n' | b' '), byte == b'}');
        }
        if self.in_string {
            match byte {
                _ if self.escaped => self.escaped = false,
                b'\\' => self.escaped = true,
                // A line end cannot stand in a JSON string: whoever forgot a quote loses one item.
                b'"' | b'\n' => {
                    self.in_string = false;
                    return (self.depth == 0, true);
                }
                _ => {}
            }
            return (false, false);
        }
        match byte {
            b'"' => self.in_string = true,
            b'{' | b'[' => self.depth = self.depth.saturating_add(1),
            b'}' | b']' => {
                self.depth = self.depth.saturating_sub(1);
                return (self.depth == 0, true);
            }
            _ => {}
        }
        (false, false)
    }
}

/// Follows the braces of an object written over several lines.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Braces(Item);

impl Braces {
    /// Takes the next bytes; whether the object is closed.
    pub(crate) fn closes(&mut self, bytes: &[u8]) -> bool {
        let mut closed = false;
        for byte in bytes {
            closed = self.0.step(*byte).0 || (closed && byte.is_ascii_whitespace());
        }
        // The line's end, which is not among the bytes, ends a string as well.
        self.0.in_string = false;
        self.0.escaped = false;
        closed
    }
}

#[cfg(test)]
mod tests;
