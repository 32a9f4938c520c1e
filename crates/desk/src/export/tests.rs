//! Exports: complete, from one moment, readable again, and nothing left of one that did not end.

use super::*;
use crate::cache::Cache;
use crate::cache::sample::{cache, multiply, page, row};
use crate::edge::SystemClock;
use crate::job::{Jobs, Stopped};
use crate::view::job::{Job, JobKind, JobState};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::path::Path;
use tokio::sync::broadcast;
use tokio_util::sync::CancellationToken;
use vigia_domain::clock::from_micros;
use vigia_domain::event::Raw;
use vigia_domain::{Clock as _, Event, Kind};
use vigia_ledger::tree::CompactRange;

fn event(number: u64) -> Event {
    // Many at the same moment, so that the order within one is tried, too.
    let micros = 1_771_324_200_000_000 + i64::try_from(number / 7).unwrap() * 1_000_000;
    let time = from_micros(micros).unwrap();
    let mut id = [0; 10];
    id[..8].copy_from_slice(&number.to_be_bytes());
    let mut event = Event::new(EventId::new(time, id), time, Kind::AUTH_LOGIN_FAILED, "api");
    event.actor.email = Some(format!("p{}@example.com", number % 10));
    event.message = Some(format!("=cmd|'calc'!A0 {number}, \"quoted\"\nand more"));
    event.details = json!({"attempt": number, "device": {"name": "notebook"}})
        .as_object()
        .unwrap()
        .clone();
    event.raw = Raw(vec![b'x'; 300]);
    event
}

async fn filled(rows: u64) -> (tempfile::TempDir, Cache) {
    let (folder, cache) = cache().await;
    let rows = (0..rows).map(|seq| row(seq, &event(seq), |_| true)).collect();
    cache.put_page(page(CompactRange::new(), rows)).await.unwrap();
    (folder, cache)
}

fn export(format: ExportFormat, query: &str) -> Export {
    Export::new(ExportRequest {
        query: query.to_owned(),
        range: Range::default(),
        sort: Sort::NewestFirst,
        format,
        columns: ["seq", "time", "actor", "details.device.name", "message"]
            .map(str::to_owned)
            .to_vec(),
        zone: "America/Sao_Paulo".to_owned(),
        mark: false,
    })
    .unwrap()
}

/// Runs an export as a job; `hook` hears of the job while it is at work.
async fn run(export: Export, cache: &Cache, folder: &Path, hook: impl Fn(&Jobs, &Job)) -> Job {
    let (changes, mut heard) = broadcast::channel(1_024);
    let jobs = Jobs::new(changes);
    let mut moment = cache.snapshot().await.unwrap();
    let passing = moment
        .passing(&export.parsed, (None, None), export.sort)
        .await
        .unwrap();
    let total = moment.count(&passing).await.unwrap();
    let saving = Saving::begin(folder, "vigia-events", export.ending()).unwrap();
    let work = |running: Running| async move {
        running.progress(0, Some(total));
        let outcome = export
            .write((&mut moment, passing), saving, total, &running)
            .await;
        moment.close().await;
        outcome
    };
    let now = SystemClock.now();
    let id = jobs
        .begin(JobKind::Export, None, now, &CancellationToken::new(), work)
        .unwrap()
        .id;
    loop {
        let job = jobs.all().into_iter().find(|job| job.id == id).unwrap();
        if job.state != JobState::Running {
            return job;
        }
        hook(&jobs, &job);
        let _ = heard.recv().await;
    }
}

fn text(job: &Job) -> String {
    match &job.state {
        JobState::Done { path: Some(path) } => std::fs::read_to_string(path).unwrap(),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_sheet_has_the_chosen_columns_with_times_in_the_zone_and_no_formulas() {
    let (folder, cache) = filled(20).await;
    let job = run(export(ExportFormat::Csv, ""), &cache, folder.path(), |_, _| ()).await;
    let text = text(&job);
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    assert_eq!(
        reader.headers().unwrap().iter().collect::<Vec<_>>(),
        ["seq", "time", "actor", "details.device.name", "message"]
    );
    let rows: Vec<csv::StringRecord> = reader.records().map(|row| row.unwrap()).collect();
    assert_eq!(rows.len(), 20);
    let first = &rows[0];
    assert_eq!(&first[0], "19");
    assert!(first[1].ends_with("-03:00"), "{first:?}");
    assert_eq!((&first[2], &first[3]), ("p9@example.com", "notebook"));
    assert_eq!(&first[4], "'=cmd|'calc'!A0 19, \"quoted\"\nand more");
    cache.close().await;
}

#[tokio::test]
async fn whole_events_are_what_the_terminal_prints_line_by_line_or_as_one_list() {
    let (folder, cache) = filled(20).await;
    let lines = text(
        &run(
            export(ExportFormat::Ndjson, "details.attempt:7"),
            &cache,
            folder.path(),
            |_, _| (),
        )
        .await,
    );
    let list = text(&run(export(ExportFormat::Json, ""), &cache, folder.path(), |_, _| ()).await);
    let line: Value = serde_json::from_str(lines.trim_end()).unwrap();
    assert_eq!(line, show::json(&cache.events(&[7]).await.unwrap()[0]));
    let list: Vec<Value> = serde_json::from_str(&list).unwrap();
    let seqs: Vec<u64> = list.iter().map(|one| one["seq"].as_u64().unwrap()).collect();
    assert_eq!(seqs, (0..20).rev().collect::<Vec<_>>());
    let none = text(
        &run(
            export(ExportFormat::Json, "nothing"),
            &cache,
            folder.path(),
            |_, _| (),
        )
        .await,
    );
    assert_eq!(none, "[]\n");
    cache.close().await;
}

#[tokio::test]
async fn the_order_is_the_one_on_the_screen() {
    let (folder, cache) = filled(50).await;
    let mut oldest = export(ExportFormat::Ndjson, "");
    oldest.sort = Sort::OldestFirst;
    let text = text(&run(oldest, &cache, folder.path(), |_, _| ()).await);
    let seqs: Vec<u64> = text
        .lines()
        .map(|line| {
            serde_json::from_str::<Value>(line).unwrap()["seq"]
                .as_u64()
                .unwrap()
        })
        .collect();
    assert_eq!(seqs, (0..50).collect::<Vec<_>>());
    cache.close().await;
}

/// Highest memory of this process so far, in KiB.
#[cfg(target_os = "linux")]
fn peak_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn very_many_events_are_exported_whole_none_twice_and_in_little_memory() {
    const EVENTS: u64 = 210_000;
    let (folder, cache) = filled(1_000).await;
    multiply(&cache, EVENTS / 1_000).await;
    let before = peak_kib();
    let job = run(export(ExportFormat::Ndjson, ""), &cache, folder.path(), |_, _| ()).await;
    let grown = peak_kib().saturating_sub(before);
    assert_eq!((job.done, job.total), (EVENTS, Some(EVENTS)));
    let JobState::Done { path: Some(path) } = &job.state else {
        panic!("{job:?}")
    };
    let size = std::fs::metadata(path).unwrap().len();
    assert!(size > 100 * 1024 * 1024, "{size}");
    assert!(grown < 48 * 1024, "{grown} KiB more for a file of {size} bytes");
    let mut seqs = BTreeSet::new();
    use std::io::BufRead as _;
    for line in std::io::BufReader::new(std::fs::File::open(path).unwrap()).lines() {
        let line = line.unwrap();
        let (_, rest) = line.split_once("\"seq\":").unwrap();
        let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
        assert!(seqs.insert(digits.parse::<u64>().unwrap()), "{digits} twice");
    }
    assert_eq!(seqs.len() as u64, EVENTS);
    cache.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_arrives_while_an_export_runs_is_not_in_it() {
    let (folder, cache) = filled(2_000).await;
    let mut moment = cache.snapshot().await.unwrap();
    let export = export(ExportFormat::Ndjson, "");
    let passing = moment
        .passing(&export.parsed, (None, None), export.sort)
        .await
        .unwrap();
    let total = moment.count(&passing).await.unwrap();
    let range = cache.range().await.unwrap();
    let rows = (2_000..2_500)
        .map(|seq| row(seq, &event(seq), |_| true))
        .collect();
    cache.put_page(page(range, rows)).await.unwrap();
    let saving = Saving::begin(folder.path(), "vigia-events", "ndjson").unwrap();
    let (changes, _heard) = broadcast::channel(64);
    let jobs = Jobs::new(changes);
    let work = |running: Running| async move {
        let outcome = export
            .write((&mut moment, passing), saving, total, &running)
            .await;
        moment.close().await;
        outcome
    };
    jobs.begin(
        JobKind::Export,
        None,
        SystemClock.now(),
        &CancellationToken::new(),
        work,
    )
    .unwrap();
    jobs.close().await;
    let job = jobs.all().remove(0);
    if job.state != JobState::Cancelled {
        assert_eq!(text(&job).lines().count(), 2_000);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_that_is_cancelled_leaves_no_file() {
    let (folder, cache) = filled(1_000).await;
    multiply(&cache, 60).await;
    let target = tempfile::tempdir().unwrap();
    let job = run(
        export(ExportFormat::Json, ""),
        &cache,
        target.path(),
        |jobs, job| {
            jobs.cancel(job.id).unwrap();
        },
    )
    .await;
    assert_eq!(job.state, JobState::Cancelled);
    assert_eq!(std::fs::read_dir(target.path()).unwrap().count(), 0);
    drop(folder);
    cache.close().await;
}

#[test]
fn a_sheet_without_columns_and_a_column_that_is_none_are_refused() {
    let request = |columns: &[&str]| ExportRequest {
        query: String::new(),
        range: Range::default(),
        sort: Sort::NewestFirst,
        format: ExportFormat::Csv,
        columns: columns.iter().map(|name| (*name).to_owned()).collect(),
        zone: "UTC".to_owned(),
        mark: true,
    };
    assert!(Export::new(request(&[])).is_err());
    assert!(Export::new(request(&["kindd"])).is_err());
    let export = Export::new(request(&["kind"])).unwrap();
    assert_eq!(export.head().unwrap(), b"\xef\xbb\xbfkind\r\n");
    let now = from_micros(1_771_324_200_000_000).unwrap();
    assert_eq!(export.stem(now), "vigia-events-2026-02-17-103000");
    let _: Outcome = Err(Stopped::Cancelled);
}
