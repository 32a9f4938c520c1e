//! What every target asks of a parser: no panic, the cut makes no difference, and no line is lost.

use std::sync::Arc;
use vigia_intake::{FieldMap, Format, Hints, Line, Reader};

fn read(chunks: &[&[u8]], hints: &Hints) -> Vec<Line> {
    let mut reader = Reader::new(hints.clone());
    let mut lines: Vec<Line> = chunks.iter().flat_map(|chunk| reader.push(chunk)).collect();
    lines.extend(reader.finish());
    lines
}

/// Reads a body whole and in two pieces, in one format.
pub fn parser(format: Format, map: Option<FieldMap>, body: &[u8]) {
    let hints = Hints {
        format,
        map: map.map(Arc::new),
        ..Hints::new(vigia_domain::clock::from_micros(1_790_000_000_000_000).unwrap_or_default())
    };
    let whole = read(&[body], &hints);
    let (one, other) = body.split_at(body.len() / 2);
    assert_eq!(read(&[one, other], &hints), whole);
    for line in &whole {
        if let Line::Events { events, .. } = line {
            assert!(!events.is_empty());
            assert!(events.iter().all(|draft| !draft.event().raw.is_empty() && draft.event().count >= 1));
        }
    }
}
