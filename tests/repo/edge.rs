//! Who may depend on whom: the table of `docs/architecture.md` against `cargo metadata`.

use crate::tracked::{none, read};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;
use vigia_tests::root;

/// A row of the table.
struct Row {
    may: BTreeSet<String>,
    only_by_feature: BTreeSet<String>,
    any: bool,
    must_not: BTreeSet<String>,
}

/// A dependency as the manifest states it.
struct Dependency {
    name: String,
    dev: bool,
    optional: bool,
}

fn table() -> BTreeMap<String, Row> {
    let text = read("docs/architecture.md");
    let lines = text
        .lines()
        .skip_while(|line| !line.starts_with("| crate |"))
        .skip(2);
    let rows = lines.take_while(|line| line.starts_with('|')).map(|line| {
        let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        let mut row = Row {
            may: BTreeSet::new(),
            only_by_feature: BTreeSet::new(),
            any: cells[1] == "any",
            must_not: cells[2]
                .split('`')
                .skip(1)
                .step_by(2)
                .map(str::to_owned)
                .collect(),
        };
        for name in cells[1]
            .split(',')
            .map(str::trim)
            .filter(|name| !matches!(*name, "–" | "any"))
        {
            let short = name.split(' ').next().unwrap().to_owned();
            if name.contains("only behind the feature") {
                row.only_by_feature.insert(short.clone());
            }
            row.may.insert(short);
        }
        (cells[0].to_owned(), row)
    });
    rows.collect()
}

fn crates() -> BTreeMap<String, Vec<Dependency>> {
    let output = Command::new(env!("CARGO"))
        .args([
            "metadata",
            "--format-version",
            "1",
            "--no-deps",
            "--offline",
            "--locked",
        ])
        .current_dir(root())
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    let packages = metadata["packages"].as_array().unwrap().iter();
    packages
        .map(|package| {
            let dependencies = package["dependencies"].as_array().unwrap().iter();
            let dependencies = dependencies.map(|dependency| Dependency {
                name: short(dependency["name"].as_str().unwrap()),
                dev: dependency["kind"] == "dev",
                optional: dependency["optional"] == true,
            });
            (short(package["name"].as_str().unwrap()), dependencies.collect())
        })
        .collect()
}

/// The name that the table uses: the shell's package is the root's.
fn short(package: &str) -> String {
    match package {
        "vigia" => "src-tauri".to_owned(),
        other => other.strip_prefix("vigia-").unwrap_or(other).to_owned(),
    }
}

#[test]
fn every_dependency_between_crates_is_listed_and_every_listed_one_is_used() {
    let (table, crates) = (table(), crates());
    assert_eq!(
        table.keys().collect::<Vec<_>>(),
        crates.keys().collect::<Vec<_>>(),
        "the table's rows"
    );
    let mut findings = Vec::new();
    for (name, dependencies) in &crates {
        let row = &table[name];
        let own = dependencies
            .iter()
            .filter(|dependency| crates.contains_key(&dependency.name));
        let used: BTreeSet<String> = own.map(|dependency| dependency.name.clone()).collect();
        if row.any {
            continue;
        }
        findings.extend(
            used.difference(&row.may)
                .map(|other| format!("{name} → {other} is not listed")),
        );
        findings.extend(
            row.may
                .difference(&used)
                .map(|other| format!("{name} → {other} is listed, not used")),
        );
    }
    none("the edges of docs/architecture.md", &findings);
}

#[test]
fn the_desk_knows_the_platform_only_behind_its_feature() {
    let (table, crates) = (table(), crates());
    let mut findings = Vec::new();
    for (name, row) in &table {
        for dependency in crates[name]
            .iter()
            .filter(|dependency| row.only_by_feature.contains(&dependency.name))
        {
            if !dependency.optional && !dependency.dev {
                findings.push(format!("{name} → {} is always on", dependency.name));
            }
        }
    }
    none("edges that a feature guards", &findings);
}

#[test]
fn no_crate_uses_a_package_that_it_must_not_know() {
    let crates = crates();
    let mut findings = Vec::new();
    for (name, row) in table() {
        let used = crates[&name].iter().filter(|dependency| !dependency.dev);
        let forbidden = used.filter(|dependency| row.must_not.contains(&dependency.name));
        findings.extend(forbidden.map(|dependency| format!("{name} uses {}", dependency.name)));
    }
    none("packages that a crate must not know", &findings);
}
