//! What the kernel says of a running program: when it began, whom it started, what memory they hold.
//! Linux only.

use crate::output::{Outcome, number};
use std::collections::BTreeMap;
use std::fs::{read_dir, read_to_string};
use std::path::Path;
use vigia_domain::Clock as _;
use vigia_server::edge::SystemClock;

/// Ticks of the kernel's clock in a second, as `/proc` counts them.
const TICKS: f64 = 100.0;
/// Fields behind the name in `/proc/<pid>/stat`: the parent, and when it began.
const PARENT: usize = 1;
const BEGAN: usize = 19;

/// The process that runs a program.
pub fn of(program: &Path) -> Outcome<u32> {
    let program = program.canonicalize()?;
    all()
        .into_iter()
        .find(|process| {
            let running = std::fs::read_link(format!("/proc/{process}/exe"));
            running.is_ok_and(|running| running == program)
        })
        .ok_or_else(|| format!("looking for {}: it does not run", program.display()).into())
}

fn all() -> Vec<u32> {
    let entries = read_dir("/proc").into_iter().flatten().flatten();
    entries
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
        .collect()
}

fn field(process: u32, place: usize) -> Option<String> {
    let text = read_to_string(format!("/proc/{process}/stat")).ok()?;
    // The name stands in brackets and may hold anything.
    let (_, fields) = text.rsplit_once(") ")?;
    fields.split(' ').nth(place).map(str::to_owned)
}

/// When a process began, in milliseconds since 1970.
pub fn started_at(process: u32) -> Outcome<f64> {
    let lost = || format!("asking when process {process} began: it says nothing");
    let ticks: f64 = field(process, BEGAN).ok_or_else(lost)?.parse()?;
    let uptime = read_to_string("/proc/uptime")?;
    let uptime: f64 = uptime.split(' ').next().ok_or_else(lost)?.parse()?;
    let now = number(u64::try_from(SystemClock.now().timestamp_millis())?);
    Ok(now - (uptime - ticks / TICKS) * 1_000.0)
}

/// The memory of a process and everybody it started, in MiB.
pub fn memory(process: u32) -> Outcome<f64> {
    let parents: BTreeMap<u32, u32> = all()
        .into_iter()
        .filter_map(|child| Some((child, field(child, PARENT)?.parse().ok()?)))
        .collect();
    let descends = |child: u32| {
        let line = std::iter::successors(Some(child), |child| parents.get(child).copied());
        line.take(parents.len()).any(|one| one == process)
    };
    let mut kib = 0;
    for one in parents.keys().copied().filter(|child| descends(*child)) {
        kib += pss(one).unwrap_or(0);
    }
    Ok(number(kib) / 1_024.0)
}

fn pss(process: u32) -> Option<u64> {
    let text = read_to_string(format!("/proc/{process}/smaps_rollup")).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("Pss:"))?;
    line.trim().trim_end_matches(" kB").parse().ok()
}
