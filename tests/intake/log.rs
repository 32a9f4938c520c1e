//! Every other real log at hand: nothing panics, nothing is dropped, no byte is lost.

use crate::{hints, read};
use std::path::{Path, PathBuf};
use vigia_intake::{Format, Line};
use vigia_tests::shared;

fn files(folder: &Path, ends: &[&str], found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("the folder is readable") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            files(&path, ends, found);
        } else if path
            .extension()
            .is_some_and(|end| ends.iter().any(|wanted| end == *wanted))
        {
            found.push(path);
        }
    }
}

fn logs(ends: &[&str]) -> Option<Vec<PathBuf>> {
    logs_in("data/logs", ends)
}

/// The files below a folder of the real inputs whose names end so, sorted.
pub(crate) fn logs_in(folder: &str, ends: &[&str]) -> Option<Vec<PathBuf>> {
    let mut found = Vec::new();
    files(&shared(folder)?, ends, &mut found);
    found.sort();
    assert!(!found.is_empty());
    Some(found)
}

#[test]
fn every_line_of_every_text_log_becomes_an_event_with_its_bytes() {
    let Some(logs) = logs(&["log", "ndjson"]) else {
        return;
    };
    for path in logs {
        let body = std::fs::read(&path).expect("the log is readable");
        let lines = read(&body, &hints(Format::Auto));
        let expected = body
            .split(|byte| *byte == b'\n')
            .filter(|line| !line.trim_ascii().is_empty())
            .count();
        assert_eq!(lines.len(), expected, "{}", path.display());
        for line in lines {
            if let Line::Rejected { line, code, .. } = line {
                assert_eq!(code, "too_long", "{} line {line}", path.display());
            }
        }
    }
}

#[test]
fn json_documents_of_every_shape_are_read_without_a_panic() {
    let Some(logs) = logs(&["json"]) else { return };
    for path in logs {
        let body = std::fs::read(&path).expect("the log is readable");
        for format in Format::ALL {
            assert!(!read(&body, &hints(format)).is_empty(), "{}", path.display());
        }
    }
}
