//! Bodies cut into pieces, in chunks of every size.

use super::*;

fn frame(arrays: Arrays, chunks: &[&[u8]]) -> Vec<String> {
    let mut framer = Framer::new(arrays, true);
    let mut pieces = Vec::new();
    let mut sink = |piece: Piece<'_>| {
        pieces.push(match piece {
            Piece::Line { number, bytes } => {
                format!("line {number}: {}", String::from_utf8_lossy(bytes))
            }
            Piece::Item { number, bytes } => {
                format!("item {number}: {}", String::from_utf8_lossy(bytes))
            }
            Piece::TooLong { number } => format!("too long {number}"),
        });
    };
    for chunk in chunks {
        framer.push(chunk, &mut sink);
    }
    framer.finish(&mut sink);
    pieces
}

#[test]
fn lines_end_with_a_line_feed_a_carriage_return_before_it_or_the_body() {
    assert_eq!(
        frame(Arrays::OfObjects, &[b"\xef\xbb\xbfa\r\n\nb\nc"]),
        ["line 1: a", "line 2: ", "line 3: b", "line 4: c"]
    );
}

#[test]
fn an_array_yields_its_items_and_a_line_in_brackets_is_a_line() {
    let array = b" [\n {\"a\":\"]},\\\"\"} , {\"b\":[{}]}, 3,\"x\"]\n";
    let items = [
        "item 1: {\"a\":\"]},\\\"\"}",
        "item 2: {\"b\":[{}]}",
        "item 3: 3",
        "item 4: \"x\"",
        "line 5: ",
    ];
    assert_eq!(frame(Arrays::OfObjects, &[array]), items);
    let bytes: Vec<&[u8]> = array.chunks(1).collect();
    assert_eq!(frame(Arrays::OfObjects, &bytes), items);
    assert_eq!(
        frame(Arrays::OfObjects, &[b"[INFO] [AUTH] x"]),
        ["line 1: [INFO] [AUTH] x"]
    );
    assert_eq!(frame(Arrays::Never, &[b"[{}]"]), ["line 1: [{}]"]);
    assert_eq!(frame(Arrays::Always, &[b"[1"]), ["item 1: 1"]);
}

#[test]
fn records_are_taken_out_of_the_object_that_holds_them() {
    let two = ["item 1: {\"a\":1}", "item 2: {\"b\":\"]}\"}"];
    for body in [
        &b"{\"Records\":[{\"a\":1},{\"b\":\"]}\"}]}"[..],
        b" \n{ \"Records\" :\n [ {\"a\":1} ,\n {\"b\":\"]}\"}\n ] }",
        b"{\"Events\": [{\"a\":1}, {\"b\":\"]}\"}]}",
        b"{\"Records\":[{\"a\":1}]}{\"Records\":[{\"b\":\"]}\"}]}",
        b"{\"Records\":[]}{\"Records\":[{\"a\":1},{\"b\":\"]}\"}",
    ] {
        assert_eq!(frame(Arrays::OfObjects, &[body]), two);
        let bytes: Vec<&[u8]> = body.chunks(1).collect();
        assert_eq!(frame(Arrays::OfObjects, &bytes), two);
    }
    assert_eq!(
        frame(Arrays::OfObjects, &[b"x\n{\"Records\":[{}]}\n{\"a\":1}\ny"]),
        [
            "line 1: x",
            "item 2: {}",
            "line 3: ",
            "line 4: {\"a\":1}",
            "line 5: y"
        ]
    );
    assert_eq!(
        frame(Arrays::OfObjects, &[b"{\"Records\":[{}],\"Next\":{\"n\":[1]}}"]),
        ["item 1: {}", "item 2: {\"Next\":{\"n\":[1]}}"]
    );
}

#[test]
fn an_object_like_any_other_stays_one_line() {
    for line in [
        "{\"Records\":1}",
        "{\"Record\":[{}]}",
        "{}",
        "{",
        "{\"Records\":[1]}",
    ] {
        assert_eq!(
            frame(Arrays::OfObjects, &[line.as_bytes()]),
            [format!("line 1: {line}")]
        );
    }
    assert_eq!(
        frame(Arrays::OfObjects, &[b"{\n\"a\":1\n}\n{\n{\"b\":1}"]),
        [
            "line 1: {",
            "line 2: \"a\":1",
            "line 3: }",
            "line 4: {",
            "line 5: {\"b\":1}"
        ]
    );
    let blanks = format!("{{{}\n{{}}", " ".repeat(MAX_OPENING_BYTES * 2));
    assert_eq!(frame(Arrays::OfObjects, &[blanks.as_bytes()]).len(), 2);
}

#[test]
fn what_is_too_long_is_refused_alone() {
    let long = "x".repeat(MAX_LINE_BYTES);
    let body = format!("{long}\r\n{long}y\nz\n");
    let pieces = frame(Arrays::OfObjects, &[body.as_bytes()]);
    assert_eq!(pieces[0], format!("line 1: {long}"));
    assert_eq!(pieces[1..], ["too long 2", "line 3: z"]);
    let small: Vec<&[u8]> = body.as_bytes().chunks(1000).collect();
    assert_eq!(frame(Arrays::OfObjects, &small), pieces);
    let body = format!("[{{\"a\":\"{long}\"}},{{}}]");
    assert_eq!(
        frame(Arrays::OfObjects, &[body.as_bytes()]),
        ["too long 1", "item 2: {}"]
    );
}
