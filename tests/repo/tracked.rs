//! The files that the repository tracks.

use std::process::Command;
use vigia_tests::root;

/// Every tracked path that lies in the work tree, with `/` between its parts.
pub fn paths() -> Vec<String> {
    let output = Command::new("git")
        .arg("-C")
        .arg(root())
        .args(["ls-files", "-z"])
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout)
        .unwrap()
        .split('\0')
        .filter(|path| !path.is_empty() && root().join(path).is_file())
        .map(str::to_owned)
        .collect()
}

/// The tracked paths with one of these endings.
pub fn ending(endings: &[&str]) -> Vec<String> {
    let mut paths = paths();
    paths.retain(|path| endings.iter().any(|ending| path.ends_with(ending)));
    assert!(!paths.is_empty(), "no tracked file ends with {endings:?}");
    paths
}

/// A tracked text file.
pub fn read(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Fails with every finding, or passes when there is none.
pub fn none(rule: &str, findings: &[String]) {
    assert!(findings.is_empty(), "{rule}:\n  {}", findings.join("\n  "));
}
