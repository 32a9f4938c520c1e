//! `/metrics`: OpenMetrics text that a strict reader takes, for this machine or with the permission.
#![expect(
    clippy::unwrap_used,
    reason = "a suite fails by panicking; clippy sees only the functions marked as tests"
)]

use reqwest::{Method, StatusCode};
use std::collections::{BTreeMap, BTreeSet};
use std::net::Ipv4Addr;
use vigia_tests::platform::{ADMIN_EMAIL, House, IngestKey, Reply, Stranger};

/// Every sample by its name and labels, from text that keeps the rules of OpenMetrics 1.0: metadata
/// before samples, each family once and together, suffixes by type, labels escaped, no sample twice,
/// units in names, `# EOF` at the end.
fn read(text: &str) -> BTreeMap<String, f64> {
    assert!(text.ends_with("# EOF\n"), "it ends with EOF");
    let (mut samples, mut families) = (BTreeMap::new(), BTreeSet::new());
    let (mut family, mut kind) = (String::new(), String::new());
    for line in text.lines() {
        assert!(!line.is_empty() && line.trim_end() == line, "{line:?}");
        if line == "# EOF" {
            break;
        }
        if let Some(metadata) = line.strip_prefix("# ") {
            let mut words = metadata.splitn(3, ' ');
            let (word, name, rest) = (
                words.next().unwrap(),
                words.next().unwrap(),
                words.next().unwrap(),
            );
            assert!(is_name(name), "{line}");
            match word {
                "HELP" => {
                    assert!(families.insert(name.to_owned()), "{name} comes twice");
                    assert!(rest.ends_with('.') && rest.len() > 4, "{line}");
                    name.clone_into(&mut family);
                }
                "TYPE" => rest.clone_into(&mut kind),
                "UNIT" => assert!(name.ends_with(&format!("_{rest}")), "{line}"),
                other => panic!("{other} is no metadata"),
            }
            assert_eq!(name, family, "{line}");
            continue;
        }
        let (series, value) = line.rsplit_once(' ').unwrap();
        let value: f64 = value.parse().unwrap_or_else(|_| panic!("{line}"));
        let name = series.split('{').next().unwrap();
        let suffix = name
            .strip_prefix(&family)
            .unwrap_or_else(|| panic!("{name} is not of {family}"));
        let suffixes: &[&str] = match kind.as_str() {
            "counter" => &["_total", "_created"],
            "gauge" => &[""],
            "histogram" => &["_bucket", "_sum", "_count"],
            "info" => &["_info"],
            other => panic!("{other} is no type"),
        };
        assert!(suffixes.contains(&suffix), "{line} of {kind}");
        if let Some(labels) = series.strip_prefix(name).filter(|labels| !labels.is_empty()) {
            let labels = labels
                .strip_prefix('{')
                .and_then(|labels| labels.strip_suffix('}'));
            for label in labels.unwrap_or_else(|| panic!("{line}")).split("\",") {
                let (label, value) = label.split_once("=\"").unwrap_or_else(|| panic!("{line}"));
                assert!(
                    is_name(label) && !value.trim_end_matches('"').contains(['"', '\n']),
                    "{line}"
                );
            }
        }
        assert!(value >= 0.0, "{line}");
        assert!(
            samples.insert(series.to_owned(), value).is_none(),
            "{series} comes twice"
        );
    }
    samples
}

fn is_name(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_lowercase())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
}

async fn metrics(house: &House) -> BTreeMap<String, f64> {
    let reply = Reply::of(house.ask(&Stranger(()), Method::GET, "/metrics")).await;
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
    assert_eq!(
        reply.headers["content-type"],
        "application/openmetrics-text; version=1.0.0; charset=utf-8"
    );
    let text = reply.text();
    assert!(
        !text.contains('@') && !text.contains("127.0.0.1"),
        "about nobody: {text}"
    );
    read(&text)
}

#[tokio::test]
async fn what_the_platform_does_is_counted() {
    let house = House::start().await;
    let admin = house.admin().await;
    house
        .try_login(ADMIN_EMAIL, "wrong wrong wrong", Ipv4Addr::LOCALHOST.into())
        .await;
    let key = house.ingest_key().await;
    house
        .ingest(
            &key,
            "?format=ndjson",
            "{\"service\":\"a\",\"kind\":\"a.b\"}\nnothing\n",
        )
        .await;
    Reply::of(house.ask(&admin, Method::GET, "/v1/events?q=a")).await;
    let size = house.size().await;
    let now = metrics(&house).await;
    let value = |name: &str| *now.get(name).unwrap_or_else(|| panic!("{name} in {now:#?}"));
    assert_eq!(value("vigia_sign_ins_total{result=\"success\"}"), 1.0);
    assert_eq!(value("vigia_sign_ins_total{result=\"failure\"}"), 1.0);
    assert_eq!(value("vigia_ingested_events_total{format=\"ndjson\"}"), 1.0);
    assert_eq!(value("vigia_rejected_lines_total{format=\"ndjson\"}"), 1.0);
    let route = "method=\"POST\",route=\"/v1/auth/login\"";
    assert_eq!(
        value(&format!("vigia_http_requests_total{{{route},status=\"200\"}}")),
        1.0
    );
    assert_eq!(
        value(&format!("vigia_http_requests_total{{{route},status=\"401\"}}")),
        1.0
    );
    assert_eq!(
        value(&format!("vigia_http_request_duration_seconds_count{{{route}}}")),
        2.0
    );
    assert_eq!(value("vigia_ledger_entries"), size as f64);
    assert!(value("vigia_commits_total") >= 3.0);
    assert!(value("vigia_commit_time_seconds_total") > 0.0);
    assert!(value("vigia_database_size_bytes{database=\"platform\"}") > 10_000.0);
    assert!(value("vigia_search_entries_total") > 0.0);
    assert!(value("vigia_process_resident_memory_bytes") > 1_000_000.0);
    assert!(value("vigia_process_cpu_seconds_total") > 0.0);
    for name in [
        "vigia_streams_open",
        "vigia_desks_syncing",
        "vigia_searches_running",
        "vigia_erasures_total",
        "vigia_backup_pending",
        "vigia_append_queue_bytes",
        "vigia_syslog_connections_open",
    ] {
        assert_eq!(value(name), 0.0, "{name}");
    }
    house.stop().await;
}

#[tokio::test]
async fn strange_paths_and_formats_make_no_series_of_their_own() {
    let house = House::start().await;
    for path in ["/v1/nothing/1", "/v1/nothing/2", "/x?y"] {
        Reply::of(house.ask(&Stranger(()), Method::GET, path)).await;
    }
    let now = metrics(&house).await;
    assert_eq!(
        now["vigia_http_requests_total{method=\"GET\",route=\"none\",status=\"404\"}"],
        3.0
    );
    assert!(now.keys().all(|name| !name.contains("nothing")));
    house.stop().await;
}

#[tokio::test]
async fn metrics_are_for_this_machine_or_for_who_may() {
    let house = House::start().await;
    let forwarded = house
        .ask(&Stranger(()), Method::GET, "/metrics")
        .header("x-forwarded-for", "192.0.2.7");
    assert_eq!(
        Reply::of(forwarded).await.code(),
        "not_signed_in",
        "behind a proxy it needs a key"
    );
    let viewer = house.viewer().await;
    assert_eq!(
        Reply::of(house.ask(&viewer, Method::GET, "/metrics"))
            .await
            .code(),
        "denied"
    );
    let key = IngestKey(house.key(&["metrics:read"]).await);
    let allowed = house
        .ask(&key, Method::GET, "/metrics")
        .header("x-forwarded-for", "192.0.2.7");
    assert_eq!(Reply::of(allowed).await.status, StatusCode::OK);
    house.stop().await;
}
