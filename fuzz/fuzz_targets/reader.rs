//! Any body, in any format, in any two chunks: no panic, and the cut makes no difference.
#![no_main]

use libfuzzer_sys::fuzz_target;
use vigia_intake::{Format, Hints, Line, Reader};

fn read(chunks: &[&[u8]], format: Format) -> Vec<Line> {
    let hints = Hints {
        format,
        ..Hints::new(vigia_domain::clock::from_micros(1_790_000_000_000_000).unwrap_or_default())
    };
    let mut reader = Reader::new(hints);
    let mut lines: Vec<Line> = chunks.iter().flat_map(|chunk| reader.push(chunk)).collect();
    lines.extend(reader.finish());
    lines
}

fuzz_target!(|data: &[u8]| {
    let Some((choice, body)) = data.split_first() else {
        return;
    };
    let formats = Format::ALL;
    let format = formats[usize::from(*choice) % formats.len()];
    let whole = read(&[body], format);
    let (one, other) = body.split_at(body.len() / 2);
    assert_eq!(read(&[one, other], format), whole);
});
