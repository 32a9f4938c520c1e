//! The platform's own numbers, as OpenMetrics text: how it works, and what it is there for. Counted as
//! things happen; what can be measured is measured when somebody asks.
//!
//! Must stay true: a label has few values, all of them the platform's own words, so nobody can make
//! series without end and nothing about a person becomes one.

use crate::search::Searches;
use crate::syslog::Counts;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::{ConstCounter, Counter};
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::{ConstGauge, Gauge};
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::{Registry, Unit};
use std::time::Duration;
use vigia_domain::Timestamp;
use vigia_store::Measures;

/// Upper bounds of the buckets of durations, in seconds.
const SECONDS: [f64; 10] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.5, 1.0, 5.0, 30.0];
/// The formats that are told apart, as docs/events.md names them; any other word is `other`.
const FORMATS: [&str; 10] = [
    "auto",
    "sshd",
    "winston",
    "audit-json",
    "ndjson",
    "cloudtrail",
    "nginx",
    "apache",
    "syslog",
    "json",
];

/// One answered request.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Request {
    method: &'static str,
    route: String,
    status: u16,
}

/// A route.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Route {
    method: &'static str,
    route: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Outcome {
    result: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Format {
    format: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Database {
    database: &'static str,
}

/// What is counted as it happens.
#[derive(Clone)]
pub struct Metrics {
    requests: Family<Request, Counter>,
    durations: Family<Route, Histogram, fn() -> Histogram>,
    sign_ins: Family<Outcome, Counter>,
    events: Family<Format, Counter>,
    rejected: Family<Format, Counter>,
    streams: Gauge,
    syncs: Gauge,
}

fn durations() -> Histogram {
    Histogram::new(SECONDS)
}

impl Default for Metrics {
    fn default() -> Self {
        Self {
            requests: Family::default(),
            durations: Family::new_with_constructor(durations as fn() -> Histogram),
            sign_ins: Family::default(),
            events: Family::default(),
            rejected: Family::default(),
            streams: Gauge::default(),
            syncs: Gauge::default(),
        }
    }
}

/// Something that goes on while this is held.
pub struct Held(Gauge);

impl Drop for Held {
    fn drop(&mut self) {
        self.0.dec();
    }
}

impl Metrics {
    /// A request was answered. `route` is the route's pattern.
    pub fn answered(&self, method: &axum::http::Method, route: &str, status: u16, took: Duration) {
        let method = method_name(method);
        let route = route.to_owned();
        let request = Request {
            method,
            route: route.clone(),
            status,
        };
        self.requests.get_or_create(&request).inc();
        let seconds = took.as_secs_f64();
        self.durations
            .get_or_create(&Route { method, route })
            .observe(seconds);
    }

    /// Somebody signed in.
    pub fn signed_in(&self) {
        self.sign_in("success");
    }

    /// A sign-in was refused.
    pub fn sign_in_refused(&self) {
        self.sign_in("failure");
    }

    /// A sign-in was not even tried: too many failed before it.
    pub fn sign_in_limited(&self) {
        self.sign_in("limited");
    }

    fn sign_in(&self, result: &'static str) {
        self.sign_ins.get_or_create(&Outcome { result }).inc();
    }

    /// A body of events was taken in.
    pub fn ingested(&self, format: &str, events: u64, rejected: u64) {
        let known = FORMATS.iter().find(|known| **known == format);
        let format = known.copied().unwrap_or("other");
        self.events.get_or_create(&Format { format }).inc_by(events);
        self.rejected.get_or_create(&Format { format }).inc_by(rejected);
    }

    /// A stream of news is open.
    #[must_use]
    pub fn stream(&self) -> Held {
        self.streams.inc();
        Held(self.streams.clone())
    }

    /// A desk is being given the log.
    #[must_use]
    pub fn sync(&self) -> Held {
        self.syncs.inc();
        Held(self.syncs.clone())
    }

    /// Everything, as OpenMetrics text.
    ///
    /// # Errors
    /// None in practice: writing to memory.
    pub fn text(&self, now: &Now<'_>) -> Result<String, std::fmt::Error> {
        let mut registry = <Registry>::with_prefix("vigia");
        self.counted(&mut registry);
        measured(&mut registry, now);
        syslog(&mut registry, now.syslog);
        process(&mut registry);
        let mut text = String::new();
        encode(&mut text, &registry)?;
        Ok(text)
    }

    fn counted(&self, registry: &mut Registry) {
        let version = vec![("version", env!("CARGO_PKG_VERSION"))];
        registry.register("build", "The program", Info::new(version));
        registry.register("http_requests", "Requests answered", self.requests.clone());
        registry.register_with_unit(
            "http_request_duration",
            "How long requests took until their answer began",
            Unit::Seconds,
            self.durations.clone(),
        );
        registry.register("sign_ins", "Sign-ins by how they ended", self.sign_ins.clone());
        registry.register(
            "ingested_events",
            "Events taken in over HTTP, by the format that the sender named",
            self.events.clone(),
        );
        registry.register(
            "rejected_lines",
            "Lines refused, by the format that the sender named",
            self.rejected.clone(),
        );
        registry.register(
            "streams_open",
            "Streams of news that are open",
            self.streams.clone(),
        );
        registry.register(
            "desks_syncing",
            "Desks that are being given the log",
            self.syncs.clone(),
        );
    }
}

/// What is measured when somebody asks.
pub struct Now<'a> {
    /// The moment.
    pub at: Timestamp,
    /// The store.
    pub store: Measures,
    /// The searches.
    pub searches: &'a Searches,
    /// The syslog listener's numbers.
    pub syslog: Counts,
}

fn gauge(registry: &mut Registry, name: &str, help: &str, value: u64) {
    let value = i64::try_from(value).unwrap_or(i64::MAX);
    registry.register(name, help, ConstGauge::new(value));
}

fn counter(registry: &mut Registry, name: &str, help: &str, value: u64) {
    registry.register(name, help, ConstCounter::new(value));
}

fn measured(registry: &mut Registry, now: &Now<'_>) {
    let store = &now.store;
    gauge(registry, "ledger_entries", "Entries of the ledger", store.entries);
    let queued = store.queue_kib.saturating_mul(1024);
    let queue = ConstGauge::new(i64::try_from(queued).unwrap_or(i64::MAX));
    registry.register_with_unit(
        "append_queue",
        "Events that wait to be appended",
        Unit::Bytes,
        queue,
    );
    counter(registry, "commits", "Commits of the ledger", store.commits.0);
    registry.register_with_unit(
        "commit_time",
        "How long all commits together took",
        Unit::Seconds,
        ConstCounter::new(store.commits.1.as_secs_f64()),
    );
    let sizes = Family::<Database, Gauge>::default();
    for (database, bytes) in store.database_bytes {
        let bytes = i64::try_from(bytes).unwrap_or(i64::MAX);
        sizes.get_or_create(&Database { database }).set(bytes);
    }
    registry.register_with_unit("database_size", "How large the databases are", Unit::Bytes, sizes);
    counter(registry, "erasures", "People erased", store.erasures);
    gauge(
        registry,
        "backup_pending",
        "1 where people were erased since the last backup, which still holds them",
        store.backup_pending.into(),
    );
    if let Some(made) = store.backup_at {
        let age = (now.at - made).num_seconds().max(0);
        let age = ConstGauge::new(age);
        registry.register_with_unit("backup_age", "How old the last backup is", Unit::Seconds, age);
    }
    let running = *now.searches.running().borrow();
    gauge(
        registry,
        "searches_running",
        "Searches that run",
        u64::try_from(running).unwrap_or(0),
    );
    counter(
        registry,
        "search_entries",
        "Entries that searches have looked at",
        now.searches.scanned(),
    );
}

fn syslog(registry: &mut Registry, counts: Counts) {
    gauge(
        registry,
        "syslog_connections_open",
        "Syslog connections that are open",
        counts.open,
    );
    for (name, help, value) in [
        (
            "syslog_connections",
            "Syslog connections that were taken",
            counts.connections,
        ),
        (
            "syslog_refused",
            "Syslog connections that were refused",
            counts.refused,
        ),
        ("syslog_lines", "Lines that came in by syslog", counts.lines),
        (
            "syslog_events",
            "Events that lines of syslog became",
            counts.events,
        ),
        (
            "syslog_rejected",
            "Lines of syslog that were refused",
            counts.rejected,
        ),
    ] {
        counter(registry, name, help, value);
    }
    registry.register_with_unit(
        "syslog_received",
        "What came in by syslog",
        Unit::Bytes,
        ConstCounter::new(counts.bytes),
    );
}

/// What the system says of this process; nothing where it says nothing.
fn process(registry: &mut Registry) {
    let process = registry.sub_registry_with_prefix("process");
    if let Some((memory, cpu)) = of_this_process() {
        let memory = ConstGauge::new(i64::try_from(memory).unwrap_or(i64::MAX));
        process.register_with_unit(
            "resident_memory",
            "Memory that the process holds",
            Unit::Bytes,
            memory,
        );
        process.register_with_unit(
            "cpu",
            "Processor time that the process used",
            Unit::Seconds,
            ConstCounter::new(cpu),
        );
    }
}

/// Resident bytes and seconds of processor time, from Linux's `/proc`. Pages have 4 KiB and clock ticks
/// are a hundredth of a second on every Linux that this program is built for.
fn of_this_process() -> Option<(u64, f64)> {
    const PAGE_BYTES: u64 = 4096;
    const TICKS: f64 = 100.0;
    let statm = std::fs::read_to_string("/proc/self/statm").ok()?;
    let pages: u64 = statm.split(' ').nth(1)?.parse().ok()?;
    let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
    // The name in parentheses may hold anything; after it, the 12th and 13th fields are the ticks.
    let (_, fields) = stat.rsplit_once(')')?;
    let mut ticks = fields.split_whitespace().skip(11);
    let user: u32 = ticks.next()?.parse().ok()?;
    let system: u32 = ticks.next()?.parse().ok()?;
    Some((pages * PAGE_BYTES, (f64::from(user) + f64::from(system)) / TICKS))
}

fn method_name(method: &axum::http::Method) -> &'static str {
    use axum::http::Method;
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    }
}
