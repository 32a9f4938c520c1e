//! The shape of the sources: headers, lengths, nothing left for later, nothing of a machine.

use crate::tracked::{ending, none, paths, read};
use std::collections::BTreeMap;

/// Lines a file may have, tests apart.
const MAX_LINES: usize = 400;
/// Kibibytes a tracked file may have: data belongs beside the project, not into it.
const MAX_KIB: u64 = 600;

fn is_test(path: &str) -> bool {
    ["tests/", "fuzz/", "ui/e2e/", "bench/"]
        .iter()
        .any(|folder| path.starts_with(folder))
        || path.contains("/tests/")
        || path.ends_with("tests.rs")
        || path.contains(".test.")
}

fn code() -> Vec<String> {
    let mut paths = ending(&[".rs", ".ts", ".tsx", ".mjs", ".css", ".sql"]);
    paths.retain(|path| !path.contains("/generated/"));
    paths
}

#[test]
fn every_rust_file_opens_by_saying_what_it_is_for() {
    let silent = ending(&[".rs"])
        .into_iter()
        .filter(|path| !read(path).lines().take(5).any(|line| line.starts_with("//!")));
    none("files that do not open with //!", &silent.collect::<Vec<_>>());
}

/// `long-files.txt` lists the exceptions with the lines they had; they may only get shorter.
#[test]
fn no_file_is_too_long_and_the_exceptions_only_shrink() {
    let exceptions = include_str!("long-files.txt");
    let lines = exceptions
        .lines()
        .filter(|line| !line.starts_with('#') && !line.trim().is_empty());
    let mut allowed: BTreeMap<&str, usize> = lines
        .map(|line| {
            let (lines, path) = line.split_once(' ').unwrap();
            (path, lines.parse().unwrap())
        })
        .collect();
    let mut findings = Vec::new();
    for path in code()
        .iter()
        .filter(|path| !is_test(path) && !path.ends_with(".css"))
    {
        let lines = read(path).lines().count();
        match allowed.remove(path.as_str()) {
            Some(limit) if lines > limit => findings.push(format!("{path}: {lines} lines, {limit} before")),
            Some(_) if lines <= MAX_LINES => {
                findings.push(format!("{path}: {lines} lines, take it off the list"))
            }
            None if lines > MAX_LINES => findings.push(format!("{path}: {lines} lines, {MAX_LINES} allowed")),
            _ => {}
        }
    }
    findings.extend(
        allowed
            .keys()
            .map(|path| format!("{path}: listed, and not there")),
    );
    none("long files", &findings);
}

#[test]
fn nothing_is_left_for_later_and_no_test_is_switched_off() {
    let marks = [
        concat!("TO", "DO"),
        concat!("FIX", "ME"),
        concat!("to", "do!("),
        concat!("unimple", "mented!("),
        concat!("#[ig", "nore"),
        concat!("#[al", "low("),
        concat!("#![al", "low("),
        concat!("it.", "skip("),
        concat!("test.", "skip("),
        concat!("describe.", "skip("),
        concat!("it.", "only("),
        concat!("test.", "only("),
        concat!("describe.", "only("),
    ];
    none("unfinished or switched off", &lines_with(&code(), &marks));
}

#[test]
fn no_path_of_a_machine_and_no_host_of_a_registry_is_tracked() {
    let marks = [
        concat!("/wo", "rk/"),
        concat!("/fa", "rm/"),
        concat!("/ro", "ot/"),
        concat!("/tmp/", "bash"),
        concat!("\"res", "olved\": \"http"),
    ];
    let text: Vec<String> = paths().into_iter().filter(|path| is_text(path)).collect();
    none(
        "paths of a machine, hosts of a registry",
        &lines_with(&text, &marks),
    );
}

#[test]
fn no_tracked_file_is_large() {
    let large = paths().into_iter().filter(|path| {
        let bytes = std::fs::metadata(vigia_tests::root().join(path)).unwrap().len();
        bytes > MAX_KIB * 1024
    });
    none("files that are too large", &large.collect::<Vec<_>>());
}

fn is_text(path: &str) -> bool {
    ![".png", ".ico", ".icns", ".woff2", ".bin", ".zst", ".gz"]
        .iter()
        .any(|ending| path.ends_with(ending))
}

fn lines_with(paths: &[String], marks: &[&str]) -> Vec<String> {
    let mut findings = Vec::new();
    for path in paths {
        let bytes = std::fs::read(vigia_tests::root().join(path)).unwrap();
        for (number, line) in String::from_utf8_lossy(&bytes).lines().enumerate() {
            if let Some(mark) = marks.iter().find(|mark| line.contains(**mark)) {
                findings.push(format!("{path}:{}: {mark}", number + 1));
            }
        }
    }
    findings
}
