//! Logs of every shape, cut into pieces and read as their platform reads them.

use super::*;
use serde_json::Value;
use std::io::Read as _;

/// Every piece of a log.
fn pieces(format: &str, log: &[u8]) -> Result<Vec<Piece>, (Vec<Piece>, Stuck)> {
    let (mut source, mut kept, mut cutter) = (log, Vec::new(), Cutter::new(format));
    let mut all = Vec::new();
    loop {
        let room = READ_BYTES - kept.len();
        let read = source.by_ref().take(room as u64).read_to_end(&mut kept).unwrap();
        match cutter.next(&mut kept, read != room) {
            Ok(Some(piece)) => {
                assert!(piece.bytes.len() <= MAX_CHUNK_BYTES);
                all.push(piece);
            }
            Ok(None) => return Ok(all),
            Err(stuck) => return Err((all, stuck)),
        }
    }
}

/// A record of some length, with everything in it that could be taken for an end.
fn record(n: usize) -> String {
    let filling = "]},{\\\"[\\\\".repeat(50);
    format!("{{\"n\":{n},\"deep\":[{{\"a\":[1]}}],\"text\":\"{filling}\"}}")
}

fn records(count: usize, between: &str) -> String {
    (0..count).map(record).collect::<Vec<_>>().join(between)
}

/// More than one piece holds, and fewer than two do.
const MANY: usize = 40_000;

/// The numbers of the records in pieces that are JSON each.
fn numbers(pieces: &[Piece]) -> Vec<u64> {
    let mut numbers = Vec::new();
    for piece in pieces {
        let value: Value = serde_json::from_slice(&piece.bytes).unwrap();
        let items = value.get("Records").or(value.get("Events")).unwrap_or(&value);
        let items = items.as_array().unwrap();
        assert_eq!(items.len() as u64, piece.lines);
        numbers.extend(items.iter().map(|item| item["n"].as_u64().unwrap()));
    }
    numbers
}

#[test]
fn a_file_of_records_in_one_line_longer_than_a_piece_goes_in_several_and_loses_none() {
    for (opening, closing, format, count) in [
        ("{\"Records\":[", "]}", "auto", 2 * MANY),
        ("\u{feff}\n{ \"Records\" : [ ", " ] }\n", "cloudtrail", MANY),
        ("{\"Events\":[", "]}", "auto", MANY),
        ("[", "]\n", "ndjson", MANY),
    ] {
        let log = format!("{opening}{}{closing}", records(count, ","));
        let mut cut = pieces(format, log.as_bytes()).unwrap();
        assert_eq!(cut.len(), 1 + count / MANY, "{opening}");
        if let Some(first) = cut
            .first_mut()
            .filter(|first| first.bytes.starts_with(BYTE_ORDER_MARK))
        {
            first.bytes.drain(..BYTE_ORDER_MARK.len());
        }
        let all: Vec<u64> = (0..count as u64).collect();
        assert_eq!(numbers(&cut), all, "{opening}");
    }
}

#[test]
fn an_array_over_many_lines_is_cut_between_its_items_and_what_follows_is_cut_at_lines() {
    let log = format!("[\n  {}\n]\nand a line\n", records(MANY, ",\n  "));
    let mut cut = pieces("auto", log.as_bytes()).unwrap();
    let last = cut.pop().unwrap();
    assert_eq!((last.bytes.as_slice(), last.lines), (&b"and a line\n"[..], 1));
    assert_eq!(numbers(&cut).len(), MANY);
}

#[test]
fn what_stands_behind_the_records_goes_with_the_last_of_them() {
    let log = format!(
        "{{\"Records\":[{}],\"Next\":{{\"n\":[[1]]}}}}",
        records(MANY, ",")
    );
    let cut = pieces("auto", log.as_bytes()).unwrap();
    let last: Value = serde_json::from_slice(&cut.last().unwrap().bytes).unwrap();
    assert_eq!(last["Next"]["n"][0][0], 1);
    assert_eq!(numbers(&cut).len(), MANY);
}

#[test]
fn an_array_that_ends_where_a_piece_does_sends_no_empty_one() {
    let one = record(0);
    let array = Array {
        opening: "[".to_owned(),
        closing: "]",
        depth: 1,
    };
    let mut cutter = Cutter::new("auto");
    cutter.within = Some(array);
    let mut kept = b" ]\nrest".to_vec();
    let piece = cutter.next(&mut kept, true).unwrap().unwrap();
    assert_eq!(piece.bytes, b"rest");
    let mut kept = format!(",{one}]").into_bytes();
    cutter.within = Some(Array {
        opening: "[".to_owned(),
        closing: "]",
        depth: 1,
    });
    let piece = cutter.next(&mut kept, true).unwrap().unwrap();
    assert_eq!(piece.bytes, format!("[{one}]").into_bytes());
    assert_eq!(cutter.next(&mut kept, true), Ok(None));
}

#[test]
fn an_array_that_is_cut_off_sends_its_whole_items_and_says_that_it_does_not_end() {
    let log = format!("{{\"Records\":[{}", records(MANY, ","));
    for end in [log.len(), log.len() - 10] {
        let (cut, stuck) = pieces("auto", &log.as_bytes()[..end]).unwrap_err();
        assert_eq!(stuck, Stuck::Unclosed);
        let whole = if end == log.len() { MANY } else { MANY - 1 };
        assert_eq!(numbers(&cut).len(), whole);
    }
}

#[test]
fn one_item_or_line_longer_than_a_piece_is_refused() {
    let long = "x".repeat(MAX_CHUNK_BYTES);
    for log in [
        long.clone(),
        format!("{{\"Records\":[{{\"a\":\"{long}\"}}]}}"),
        format!("[{{\"a\":\"{long}\"}}]"),
    ] {
        let (cut, stuck) = pieces("auto", log.as_bytes()).unwrap_err();
        assert_eq!((cut.len(), stuck), (0, Stuck::TooLong));
    }
}

#[test]
fn brackets_in_a_log_of_text_open_nothing() {
    let line = "[{not JSON at all\n";
    let log = line.repeat(2 * MAX_CHUNK_BYTES / line.len());
    let cut = pieces("sshd", log.as_bytes()).unwrap();
    let joined: Vec<u8> = cut.iter().flat_map(|piece| piece.bytes.clone()).collect();
    assert!(joined == log.as_bytes(), "every byte as it was");
    assert!(cut.iter().all(|piece| piece.bytes.ends_with(b"\n")));
}

#[test]
fn a_piece_ends_with_a_line_and_holds_no_more_lines_than_a_platform_takes() {
    let many = b"a\n".repeat(MAX_CHUNK_LINES + 3);
    assert_eq!(line_end(&many, false), Some(2 * MAX_CHUNK_LINES));
    assert_eq!(line_end(&many, true), Some(2 * MAX_CHUNK_LINES));
    assert_eq!(line_end(b"a\nb\nc", true), Some(5));
    assert_eq!(line_end(b"a\nb\nc", false), Some(4));
    assert_eq!(line_end(b"abc", false), None);
    let array = [b"[\n".as_slice(), &many].concat();
    assert_eq!(line_end(&array, true), Some(array.len()));
    let records = [b" {\n \"Records\": [\n".as_slice(), &many].concat();
    assert_eq!(line_end(&records, true), Some(records.len()));
}
