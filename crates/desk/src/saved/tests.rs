//! What a person keeps: encrypted, lasting, theirs.

use super::search::MAX_RECENT;
use super::*;
use crate::edge::SystemClock;
use crate::secret::Memory;
use crate::view::event::Sort;
use crate::view::saved::{ColumnView, Last, SavedDraft, SavedRange};
use std::sync::Arc;
use tempfile::TempDir;
use vigia_domain::Clock as _;
use vigia_domain::export::ExportFormat;
use vigia_wire::Code;
use vigia_wire::export::ExportRecord;

async fn keeper() -> Keeper {
    Keeper::new(Arc::new(Memory::default())).await
}

async fn saved() -> (TempDir, Keeper, Saved) {
    let folder = tempfile::tempdir().unwrap();
    let keeper = keeper().await;
    let saved = Saved::open(folder.path(), "saved", &keeper).await.unwrap();
    (folder, keeper, saved)
}

fn draft(name: &str, query: &str) -> SavedDraft {
    SavedDraft {
        id: None,
        name: name.to_owned(),
        query: query.to_owned(),
        range: SavedRange {
            last: Some(Last::Week),
            ..SavedRange::default()
        },
        sort: Sort::OldestFirst,
        columns: Some(vec!["time".to_owned(), "details.device.name".to_owned()]),
    }
}

fn record() -> ExportRecord {
    let now = SystemClock.now();
    ExportRecord {
        id: vigia_domain::EventId::new(now, [7; 10]).0,
        at: now,
        query: "actor.email:joao@example.com".to_owned(),
        from: None,
        to: None,
        format: ExportFormat::Csv,
        columns: vec!["time".to_owned()],
        events: 3,
        by: Some("ana@example.com".to_owned()),
    }
}

#[tokio::test]
async fn the_first_searches_are_there_and_each_is_a_query_with_columns_that_exist() {
    let (_folder, _keeper, saved) = saved().await;
    let view = saved.view().await.unwrap();
    assert!(view.searches.len() >= 5);
    for search in view.searches {
        assert!(search.shipped.is_some(), "{search:?}");
        crate::query::parse(&search.query).unwrap();
        let columns = search.columns.unwrap_or_default();
        crate::search::column::Column::parse_all(&columns).unwrap();
    }
}

#[tokio::test]
async fn a_search_is_kept_changed_renamed_ordered_and_forgotten() {
    let (folder, keeper, saved) = saved().await;
    let first = saved
        .put(&draft("João", "actor.email:joao@example.com"))
        .await
        .unwrap();
    let second = saved.put(&draft("Maria", "maria")).await.unwrap();
    let changed = SavedDraft {
        id: Some(first.id),
        ..draft("João da Silva", "joao")
    };
    let renamed = saved.put(&changed).await.unwrap();
    assert_eq!((renamed.id, renamed.name.as_str()), (first.id, "João da Silva"));
    saved.order(&[second.id, first.id]).await.unwrap();
    saved.close().await;

    let again = Saved::open(folder.path(), "saved", &keeper).await.unwrap();
    let searches = again.view().await.unwrap().searches;
    assert_eq!((searches[0].id, searches[1].id), (second.id, first.id));
    assert_eq!(searches[1].columns, changed.columns);
    assert_eq!(searches[1].range, changed.range);
    again.delete(second.id).await.unwrap();
    let gone = again.delete(second.id).await.unwrap_err().problem();
    assert_eq!(gone.code, Code::NotFound);
}

#[tokio::test]
async fn a_search_that_came_with_the_console_keeps_its_word_until_it_is_renamed() {
    let (_folder, _keeper, saved) = saved().await;
    let shipped = saved.view().await.unwrap().searches.remove(0);
    let changed = SavedDraft {
        id: Some(shipped.id),
        ..draft("", "kind:auth.login.failed service:sshd")
    };
    assert_eq!(saved.put(&changed).await.unwrap().shipped, shipped.shipped);
    let nameless = saved.put(&draft("  ", "a")).await.unwrap_err().problem();
    assert!(nameless.fields.contains_key("name"));
}

#[tokio::test]
async fn the_last_searches_are_remembered_once_each_and_can_be_forgotten() {
    let (_folder, _keeper, saved) = saved().await;
    let start = SystemClock.now();
    for number in 0..MAX_RECENT + 5 {
        let at = start + chrono::TimeDelta::seconds(number);
        saved.note(&format!("word{number}"), at).await.unwrap();
    }
    let later = start + chrono::TimeDelta::hours(1);
    saved.note("word20", later).await.unwrap();
    saved.note("   ", later).await.unwrap();
    let recent = saved.view().await.unwrap().recent;
    assert_eq!(i64::try_from(recent.len()).unwrap(), MAX_RECENT);
    assert_eq!(recent[0].query, "word20");
    assert_eq!(recent.iter().filter(|one| one.query == "word20").count(), 1);
    saved.forget_recent().await.unwrap();
    assert!(saved.view().await.unwrap().recent.is_empty());
}

#[tokio::test]
async fn columns_are_kept_and_given_up() {
    let (_folder, _keeper, saved) = saved().await;
    let columns = vec![ColumnView {
        name: "details.device.name".to_owned(),
        width: Some(120),
    }];
    saved.keep_columns(Some(&columns)).await.unwrap();
    assert_eq!(saved.view().await.unwrap().columns, Some(columns));
    saved.keep_columns(None).await.unwrap();
    assert_eq!(saved.view().await.unwrap().columns, None);
}

#[tokio::test]
async fn no_name_stands_in_the_file_in_the_clear() {
    let (folder, _keeper, saved) = saved().await;
    saved
        .put(&draft("Caso João", "actor.email:joao@example.com"))
        .await
        .unwrap();
    saved.note("joao@example.com", SystemClock.now()).await.unwrap();
    saved.queue(&record()).await.unwrap();
    for entry in std::fs::read_dir(folder.path()).unwrap() {
        let bytes = std::fs::read(entry.unwrap().path()).unwrap();
        for word in ["joao@example.com", "Caso", "ana@example.com"] {
            let found = bytes.windows(word.len()).any(|window| window == word.as_bytes());
            assert!(!found, "{word}");
        }
    }
}

#[tokio::test]
async fn an_export_waits_until_the_platform_was_told_also_over_a_restart() {
    let (folder, keeper, saved) = saved().await;
    assert!(saved.queue(&record()).await.unwrap());
    saved.close().await;
    let again = Saved::open(folder.path(), "saved", &keeper).await.unwrap();
    let waiting = again.waiting().await.unwrap();
    assert_eq!(waiting.len(), 1);
    assert_eq!(waiting[0].query, "actor.email:joao@example.com");
    again.told(&waiting[0]).await.unwrap();
    assert!(again.waiting().await.unwrap().is_empty());
}

#[tokio::test]
async fn a_file_of_another_key_is_set_aside_and_never_overwritten() {
    let (folder, _keeper, saved) = saved().await;
    saved.put(&draft("mine", "joao")).await.unwrap();
    saved.close().await;
    let bytes = std::fs::read(folder.path().join("saved.db")).unwrap();
    let other = Saved::open(folder.path(), "saved", &keeper().await)
        .await
        .unwrap();
    assert!(
        other
            .view()
            .await
            .unwrap()
            .searches
            .iter()
            .all(|search| search.name != "mine")
    );
    let aside = std::fs::read(folder.path().join("saved.unreadable-1.db")).unwrap();
    assert_eq!(aside, bytes);
}

#[tokio::test]
async fn without_a_keyring_nothing_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let keeper = Keeper::in_memory("none".to_owned());
    let saved = Saved::open(folder.path(), "saved", &keeper).await.unwrap();
    saved.put(&draft("mine", "joao")).await.unwrap();
    assert!(!saved.lasts());
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[tokio::test]
async fn a_newer_consoles_file_is_left_as_it_is() {
    let (folder, keeper, saved) = saved().await;
    saved.put(&draft("mine", "joao")).await.unwrap();
    sqlx::raw_sql("PRAGMA user_version = 99")
        .execute(&mut *saved.connection().await.unwrap())
        .await
        .unwrap();
    saved.close().await;
    let older = Saved::open(folder.path(), "saved", &keeper).await.unwrap();
    assert!(!older.lasts());
    assert!(folder.path().join("saved.db").exists());
}
