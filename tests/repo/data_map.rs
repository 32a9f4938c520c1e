//! `data-map.toml` against the live schema: every column says whether it is personal, why it is
//! kept, and how it goes.

use crate::tracked::{none, read};
use std::collections::BTreeSet;
use std::sync::Arc;
use vigia_server::edge::SystemClock;
use vigia_store::{Database, Master, Options, Store};

async fn live() -> BTreeSet<String> {
    let folder = tempfile::tempdir().unwrap();
    let options = Options {
        folder: folder.path().join("data"),
        database: Database::Folder,
        master: Master::File,
        clock: Arc::new(SystemClock),
    };
    let store = Store::init(options, "vigia.example/log").await.unwrap();
    let columns = store.schema().await.unwrap();
    columns
        .iter()
        .map(|column| format!("{}.{}.{}", column.database, column.table, column.column))
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_column_says_whether_it_is_personal_why_it_is_kept_and_how_it_goes() {
    let map: toml::Table = read("data-map.toml").parse().unwrap();
    let mut mapped = BTreeSet::new();
    let mut findings = Vec::new();
    for (database, tables) in &map {
        for (table, columns) in tables.as_table().unwrap() {
            for (column, facts) in columns.as_table().unwrap() {
                let name = format!("{database}.{table}.{column}");
                let facts = facts.as_table().unwrap();
                let said = |key: &str| {
                    facts
                        .get(key)
                        .and_then(|text| text.as_str())
                        .is_some_and(|text| !text.is_empty())
                };
                if facts.len() != 3 || !facts["personal"].is_bool() || !said("why") || !said("erased") {
                    findings.push(format!("{name} must say personal, why and erased"));
                }
                mapped.insert(name);
            }
        }
    }
    let live = live().await;
    findings.extend(
        live.difference(&mapped)
            .map(|name| format!("{name} is not in the map")),
    );
    findings.extend(
        mapped
            .difference(&live)
            .map(|name| format!("{name} is mapped and does not exist")),
    );
    none("data-map.toml", &findings);
}
