//! Where one message ends and the next begins on a stream (RFC 6587 § 3.4).
//!
//! A frame that begins with a number, a blank and `<` is counted (`83 <34>1 …`), any other ends with a line
//! feed; each frame is told by itself, as senders may change their minds. Chunks of any size give the same
//! messages. A message that is too long is skipped, not held.

use vigia_intake::MAX_LINE_BYTES;

/// The longest message that is skipped rather than ending the connection, in bytes.
const MAX_COUNT: usize = 16 * 1024 * 1024;
/// The most digits of a count.
const MAX_DIGITS: usize = 9;

/// What a stream held.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Frame {
    /// A message, without its frame.
    Message(Vec<u8>),
    /// A message longer than may be taken.
    TooLong,
    /// A count that cannot be meant; nothing after it can be told apart.
    Broken,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// At the start of a frame; the bytes of a possible count lie in the buffer.
    Start,
    /// In a counted message, of which so many bytes are missing.
    Counted(usize),
    /// In a message that a line feed ends.
    Line,
    /// Skipping the rest of a counted message.
    SkipCounted(usize),
    /// Skipping up to the next line feed.
    SkipLine,
    Broken,
}

#[derive(Debug)]
pub(super) struct Framer {
    state: State,
    buffer: Vec<u8>,
}

impl Default for Framer {
    fn default() -> Self {
        Self {
            state: State::Start,
            buffer: Vec::new(),
        }
    }
}

/// What the beginning of a frame says.
enum Begins {
    Counted(usize),
    Line,
    Unknown,
    Broken,
}

impl Framer {
    /// Whether a message has begun and not ended.
    pub(super) fn is_within(&self) -> bool {
        self.state != State::Start || !self.buffer.is_empty()
    }

    /// Takes the next bytes of the stream.
    pub(super) fn push(&mut self, bytes: &[u8]) -> Vec<Frame> {
        let mut frames = Vec::new();
        let mut rest = bytes;
        while !rest.is_empty() && self.state != State::Broken {
            rest = match self.state {
                State::Start => self.start(rest, &mut frames),
                State::Counted(missing) => self.counted(missing, rest, &mut frames),
                State::Line => self.line(rest, &mut frames),
                State::SkipCounted(missing) => {
                    let taken = missing.min(rest.len());
                    self.state = match missing - taken {
                        0 => State::Start,
                        left => State::SkipCounted(left),
                    };
                    rest.get(taken..).unwrap_or_default()
                }
                State::SkipLine => match rest.iter().position(|byte| *byte == b'\n') {
                    Some(end) => {
                        self.state = State::Start;
                        rest.get(end + 1..).unwrap_or_default()
                    }
                    None => &[],
                },
                State::Broken => &[],
            };
        }
        frames
    }

    /// The stream is over; what was not ended is a message too.
    pub(super) fn finish(&mut self) -> Option<Frame> {
        let message = std::mem::take(&mut self.buffer);
        let is_one = matches!(self.state, State::Start | State::Counted(_) | State::Line);
        self.state = State::Broken;
        message_of(message).filter(|_| is_one)
    }

    fn start<'a>(&mut self, bytes: &'a [u8], frames: &mut Vec<Frame>) -> &'a [u8] {
        let Some((byte, rest)) = bytes.split_first() else {
            return bytes;
        };
        // Between frames some senders leave a line feed or a zero.
        if self.buffer.is_empty() && matches!(byte, b'\n' | b'\r' | 0) {
            return rest;
        }
        self.buffer.push(*byte);
        match begins(&self.buffer) {
            Begins::Unknown => rest,
            Begins::Line => {
                // The byte may be the line's end.
                self.buffer.pop();
                self.state = State::Line;
                bytes
            }
            Begins::Counted(length) if length <= MAX_LINE_BYTES => {
                // The `<` that told is the message's own.
                self.buffer.clear();
                self.state = State::Counted(length);
                bytes
            }
            Begins::Counted(length) => {
                self.buffer.clear();
                frames.push(Frame::TooLong);
                self.state = State::SkipCounted(length);
                bytes
            }
            Begins::Broken => {
                self.buffer.clear();
                self.state = State::Broken;
                frames.push(Frame::Broken);
                &[]
            }
        }
    }

    fn counted<'a>(&mut self, missing: usize, bytes: &'a [u8], frames: &mut Vec<Frame>) -> &'a [u8] {
        let (mine, rest) = bytes.split_at_checked(missing).unwrap_or((bytes, &[]));
        self.buffer.extend_from_slice(mine);
        self.state = State::Counted(missing - mine.len());
        if missing == mine.len() {
            self.state = State::Start;
            frames.extend(message_of(std::mem::take(&mut self.buffer)));
        }
        rest
    }

    fn line<'a>(&mut self, bytes: &'a [u8], frames: &mut Vec<Frame>) -> &'a [u8] {
        let end = bytes.iter().position(|byte| *byte == b'\n');
        let mine = bytes.get(..end.unwrap_or(bytes.len())).unwrap_or_default();
        if self.buffer.len() + mine.len() > MAX_LINE_BYTES + 1 {
            self.buffer.clear();
            frames.push(Frame::TooLong);
            self.state = State::SkipLine;
            return bytes;
        }
        self.buffer.extend_from_slice(mine);
        let Some(end) = end else { return &[] };
        self.state = State::Start;
        frames.extend(message_of(std::mem::take(&mut self.buffer)));
        bytes.get(end + 1..).unwrap_or_default()
    }
}

/// A message without line ends behind it; nothing where it is blank.
fn message_of(mut message: Vec<u8>) -> Option<Frame> {
    while matches!(message.last(), Some(b'\n' | b'\r' | 0)) {
        message.pop();
    }
    match message.len() {
        _ if message.trim_ascii().is_empty() => None,
        length if length > MAX_LINE_BYTES => Some(Frame::TooLong),
        _ => Some(Frame::Message(message)),
    }
}

/// `MSG-LEN SP <`: only with all three is it a count, for a line may begin with a number too.
fn begins(bytes: &[u8]) -> Begins {
    let digits = bytes.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let after = bytes.get(digits..).unwrap_or_default();
    if digits == 0 || bytes.starts_with(b"0") || digits > MAX_DIGITS {
        return Begins::Line;
    }
    match after {
        [] | [b' '] => Begins::Unknown,
        [b' ', b'<', ..] => {
            let count = bytes.get(..digits).unwrap_or_default();
            match std::str::from_utf8(count)
                .ok()
                .and_then(|count| count.parse().ok())
            {
                Some(count) if count <= MAX_COUNT => Begins::Counted(count),
                _ => Begins::Broken,
            }
        }
        _ => Begins::Line,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frames(stream: &[u8], chunk: usize) -> Vec<String> {
        let mut framer = Framer::default();
        let mut frames: Vec<Frame> = stream
            .chunks(chunk)
            .flat_map(|piece| framer.push(piece))
            .collect();
        frames.extend(framer.finish());
        let said = |frame: Frame| match frame {
            Frame::Message(bytes) if bytes.len() > 99 => format!("{} bytes", bytes.len()),
            Frame::Message(bytes) => String::from_utf8(bytes).unwrap(),
            other => format!("{other:?}"),
        };
        frames.into_iter().map(said).collect()
    }

    #[test]
    fn both_framings_are_told_apart_frame_by_frame_whatever_the_chunks() {
        let stream = b"11 <13>1 a\nb c<34>Oct 1 x\r\n\n9 <13>1 d e<13>f\n2026-02-17 08:00:00 g\n10 green bottles\n0 h\n5 <7>z";
        let expected = [
            "<13>1 a\nb c",
            "<34>Oct 1 x",
            "<13>1 d e",
            "<13>f",
            "2026-02-17 08:00:00 g",
            "10 green bottles",
            "0 h",
            "<7>z",
        ];
        for chunk in [1, 2, 3, 7, 1000] {
            assert_eq!(frames(stream, chunk), expected, "chunks of {chunk}");
        }
    }

    #[test]
    fn what_is_too_long_is_skipped_alone() {
        let long = "x".repeat(MAX_LINE_BYTES);
        let stream = format!(
            "{long}y\n<1>a\n{} <1>{long}{} <1>bc<13>{}\n{long}\r\n<1>d\n",
            MAX_LINE_BYTES + 3,
            5,
            "z".repeat(MAX_LINE_BYTES)
        );
        let expected = [
            "TooLong",
            "<1>a",
            "TooLong",
            "<1>bc",
            "TooLong",
            "61440 bytes",
            "<1>d",
        ];
        for chunk in [997, 100_000] {
            assert_eq!(frames(stream.as_bytes(), chunk), expected);
        }
    }

    #[test]
    fn a_count_that_cannot_be_meant_ends_the_stream() {
        assert_eq!(frames(b"<1>a\n999999999 <1>b\n<1>c\n", 3), ["<1>a", "Broken"]);
        assert!(frames(b"", 1).is_empty());
        assert_eq!(frames(b"12", 1), ["12"]);
        assert_eq!(frames(b"20 <1>cut off", 4), ["<1>cut off"]);
    }
}
