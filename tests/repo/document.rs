//! What the documents say is there: paths, links, languages, the version in the changelog.

use crate::tracked::{ending, none, paths, read};
use std::path::Path;
use vigia_tests::root;

/// Folders of the root whose names make a word in backticks a path.
const FOLDERS: &[&str] = &[
    ".ci/",
    "bench/",
    "crates/",
    "docs/",
    "fuzz/",
    "icons/",
    "scripts/",
    "src-tauri/",
    "tests/",
    "ui/",
];

fn documents() -> Vec<String> {
    ending(&[".md"])
}

#[test]
fn every_path_named_in_a_document_exists() {
    let mut findings = Vec::new();
    for document in documents() {
        let text = read(&document);
        // A word in backticks that begins with one of the project's folders, or any `docs/….md`.
        let quoted = text.split('`').skip(1).step_by(2);
        let plain = text.split(|c: char| c.is_whitespace() || "()[],;`".contains(c));
        let plain = plain.filter(|word| word.starts_with("docs/") && word.contains(".md"));
        for word in quoted.chain(plain) {
            let path = word.trim_end_matches(['.', ':', '/']).split('#').next().unwrap();
            let is_path = FOLDERS.iter().any(|folder| word.starts_with(folder))
                && !path.contains([' ', '*', '{', '<', '…', '\n', '$']);
            if is_path && !root().join(path).exists() {
                findings.push(format!("{document}: {path}"));
            }
        }
    }
    findings.sort();
    findings.dedup();
    none("documented paths that do not exist", &findings);
}

#[test]
fn every_relative_link_of_a_document_leads_somewhere() {
    let mut findings = Vec::new();
    for document in documents() {
        let text = read(&document);
        for link in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let path = link.split(['#', ' ']).next().unwrap();
            if path.is_empty() || path.contains("://") || path.starts_with("mailto:") {
                continue;
            }
            if !root().join(&document).with_file_name(path).exists() {
                findings.push(format!("{document}: {link}"));
            }
        }
    }
    none("links that lead nowhere", &findings);
}

#[test]
fn the_user_guide_has_the_same_chapters_and_pictures_in_both_languages() {
    let shape = |path: &str| {
        let text = read(path);
        let chapters: Vec<usize> = text
            .lines()
            .filter(|line| line.starts_with('#'))
            .map(|line| line.chars().take_while(|c| *c == '#').count())
            .collect();
        let pictures = text.matches("![").count();
        (chapters, pictures)
    };
    assert_eq!(shape("docs/guide/en.md"), shape("docs/guide/pt-BR.md"));
    assert_eq!(shape("README.md"), shape("README.pt-BR.md"));
}

#[test]
fn the_changelog_names_the_version() {
    let manifest: toml::Table = read("Cargo.toml").parse().unwrap();
    let version = manifest["workspace"]["package"]["version"]
        .as_str()
        .unwrap()
        .to_owned();
    assert!(
        read("CHANGELOG.md").contains(&format!("## {version}")),
        "CHANGELOG.md has no chapter {version}"
    );
}

#[test]
fn continuous_integration_runs_the_readmes_own_command_and_nothing_else() {
    let script = read(".ci/run");
    let commands = script
        .lines()
        .filter(|line| !line.starts_with('#') && !line.trim().is_empty());
    let commands: Vec<&str> = commands.collect();
    assert_eq!(
        commands,
        ["set -euo pipefail", "cd \"$(dirname \"$0\")/..\"", "exec ./test"]
    );
    assert!(read("README.md").contains("./test") && read("README.md").contains("./run"));
}

#[test]
fn nothing_of_the_downloaded_data_is_in_the_project() {
    let copied = paths().into_iter().filter(|path| {
        let name = Path::new(path)
            .file_name()
            .unwrap()
            .to_string_lossy()
            .to_lowercase();
        name.contains("openssh_2k") || name.contains("loghub") || path.starts_with("shared/")
    });
    none("files of the real inputs", &copied.collect::<Vec<_>>());
}
