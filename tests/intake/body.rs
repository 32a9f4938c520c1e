//! Whatever bytes come, in whatever chunks.

use crate::{events, hints, read};
use proptest::prelude::*;
use vigia_intake::{Format, Line, MAX_LINE_BYTES, Reader};

/// Bytes that look like logs more often than chance would have it.
fn body() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        prop::collection::vec(any::<u8>(), 0..40),
        prop::sample::select(vec![
            "Nov 10 06:55:46 gate sshd[24200]: Failed password for root from 192.0.2.7 port 5 ssh2",
            "message repeated 3 times: [ x]",
            "2026-02-17 08:15:23 [WARN] [AUTH] Login falhou | Email: a@example.com | IP: 192.0.2.7",
            "{\"action\":\"role_update\",\"user\":\"a@example.com\"}",
            "{\n  \"message\": \"x\"\n}",
            "[{\"a\":1},{\"b\":\"]\"}]",
            "{\"Records\":[{\"eventName\":\"GetUser\",\"eventSource\":\"iam\",\"awsRegion\":\"x\"},{\"b\":\"]\"}]}",
            "{\"Records\":[",
            "{ \"Events\" : [ ",
            ",\"Next\":{}}",
            "192.0.2.7 - - [17/May/2015:10:05:03 +0000] \"GET / HTTP/1.1\" 401 5 \"-\" \"a \\\"b\"",
            "[Sun Dec 04 05:15:09 2005] [error] [client 192.0.2.7] Directory index forbidden by rule: /",
            "<34>1 2003-10-11T22:14:15.003Z h app 7 ID47 [a b=\"c\\]\"] x",
            "\u{1b}[32minfo\u{1b}[39m: paid {\"a\":1}",
            "[",
            "]",
            "{",
            "}",
            "\"",
            "\\",
            ",",
            ":",
            "\r",
            "\n",
            "\r\n",
            "\n\n",
            " ",
            "\u{feff}",
            "\u{1b}[31m",
            "é",
            "√°",
        ])
        .prop_map(|text| text.as_bytes().to_vec()),
    ];
    prop::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat())
}

fn format() -> impl Strategy<Value = Format> {
    prop::sample::select(Format::ALL.to_vec())
}

proptest! {
    #[test]
    fn chunk_boundaries_make_no_difference(body in body(), format in format(), cuts in prop::collection::vec(1_usize..30, 1..20)) {
        let whole = read(&body, &hints(format));
        let mut reader = Reader::new(hints(format));
        let mut lines = Vec::new();
        let mut rest = body.as_slice();
        for cut in cuts.iter().cycle() {
            if rest.is_empty() {
                break;
            }
            let (chunk, after) = rest.split_at(rest.len().min(*cut));
            lines.extend(reader.push(chunk));
            rest = after;
        }
        lines.extend(reader.finish());
        prop_assert_eq!(lines, whole);
    }

    #[test]
    fn every_line_is_taken_or_refused_and_every_taken_one_is_kept(body in body()) {
        let lines = read(&body, &hints(Format::Sshd));
        let expected = body
            .strip_prefix("\u{feff}".as_bytes())
            .unwrap_or(&body)
            .split(|byte| *byte == b'\n')
            .filter(|line| !line.trim_ascii().is_empty())
            .count();
        prop_assert_eq!(lines.len(), expected);
        for line in lines {
            match line {
                Line::Events { events, .. } => {
                    prop_assert!(!events.is_empty());
                    for draft in events {
                        prop_assert!(!draft.event().raw.is_empty());
                        prop_assert!(draft.event().count >= 1);
                    }
                }
                Line::Rejected { code, .. } => prop_assert_eq!(code, "not_text"),
            }
        }
    }
}

#[test]
fn a_bad_line_never_costs_the_good_ones() {
    let body = format!(
        "{{\"message\":\"one\"}}\n{{\"message\":\n{{\"message\":\"two\"}}\n{}\nnot json\n{{\"message\":\"three\"}}\n",
        "x".repeat(MAX_LINE_BYTES + 1)
    );
    let lines = read(body.as_bytes(), &hints(Format::Ndjson));
    let said: Vec<String> = lines
        .iter()
        .map(|line| match line {
            Line::Events { line, events } => format!(
                "{line} {}",
                events[0].event().message.as_deref().unwrap_or_default()
            ),
            Line::Rejected { line, code, .. } => format!("{line} {code}"),
        })
        .collect();
    assert_eq!(
        said,
        [
            "1 one",
            "2 not_json",
            "3 two",
            "4 too_long",
            "5 not_json",
            "6 three"
        ]
    );
}

#[test]
fn a_file_may_mix_formats_line_by_line() {
    let body = "Nov 10 06:55:46 gate sshd[1]: Accepted password for ana from 192.0.2.7 port 5 ssh2\n\
        \n\
        {\"level\":\"info\",\"message\":\"[AUTH] Login falhou | Email: ana@example.com\",\"timestamp\":\"2026-02-17 08:00:00\"}\n\
        {\n  \"action\": \"role_update\",\n  \"user\": \"ana@example.com\"\n}\n\
        who knows\n";
    let kinds: Vec<String> = events(read(body.as_bytes(), &hints(Format::Auto)))
        .iter()
        .map(|event| event.kind.to_string())
        .collect();
    assert_eq!(
        kinds,
        [
            "auth.login.succeeded",
            "auth.login.failed",
            "user.role.changed",
            "system.log"
        ]
    );
}

#[test]
fn a_long_line_that_was_repeated_becomes_few_events_and_loses_no_count() {
    let line = format!(
        "Nov 20 10:00:00 h app: message repeated 1000 times: [ {}]\n",
        "z".repeat(59_000)
    );
    let events = events(read(line.repeat(12).as_bytes(), &hints(Format::Auto)));
    let held: usize = events.iter().map(|event| event.raw.0.len()).sum();
    assert!(held < 32 * 1024 * 1024, "{held}");
    let told: u32 = events.iter().map(|event| event.count).sum();
    assert_eq!(told, 12_000);
}

#[test]
fn every_format_has_a_fuzz_target_of_its_own() {
    let folder = vigia_tests::root().join("fuzz");
    let manifest = std::fs::read_to_string(folder.join("Cargo.toml")).expect("the manifest");
    let names = Format::ALL.map(|format| format.name().replace('-', "_"));
    for name in names.iter().map(String::as_str).chain(["field_map", "reader"]) {
        let target = format!("path = \"fuzz_targets/{name}.rs\"");
        assert!(manifest.contains(&target), "{name} is not listed");
        let source = folder.join(format!("fuzz_targets/{name}.rs"));
        assert!(source.exists(), "{name} is not there");
    }
}
