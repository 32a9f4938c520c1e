//! The real window under `scripts/with-window`: how soon it shows the Overview, what it holds in
//! memory after an hour's clicks, how smoothly it scrolls; and a Tauri window with nothing in it.
//!
//! Moments are the page's own: it says when it has drawn, and the kernel when the process began
//! (both good to about 20 ms). Memory is what the kernel charges to the process and everybody it
//! started, shared pages by halves, thirds and so on (PSS).

use crate::fixture::Fixture;
use crate::house::{self, House};
use crate::output::{Figure, Outcome, median_and_p95, number, say};
use crate::process;
use crate::question::Question;
use fantoccini::Client;
use serde_json::json;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tempfile::TempDir;
use tokio::process::Command;
use vigia_tests::window::{Window, built};

/// Starts that make a figure.
const STARTS: usize = 5;
/// Rounds of clicks: what somebody does in an hour who clicks every eight seconds.
const ROUNDS: usize = 75;
/// How long a window is left alone before its memory is read.
const SETTLE: Duration = Duration::from_secs(5);
/// The Overview with its figures and its charts.
const OVERVIEW: &str = "[data-testid=\"overview-events\"][data-value]:not([data-value=\"0\"])";
/// What the empty window draws.
const EMPTY: &str = "[data-testid=\"empty\"]";
/// Charts that the Overview has at least.
const CHARTS: usize = 2;

/// A console's folder with the copy in it, and the platform it came from.
struct Ready {
    console: PathBuf,
    home: TempDir,
    house: House,
}

/// Fills a console's folder by the terminal's commands, under this session's keyring.
async fn ready(fixture: &Fixture) -> Outcome<Ready> {
    let platform = fixture.platform().await?;
    let house = House::open(&platform).await?;
    let home = tempfile::tempdir()?;
    let password = home.path().join("password");
    std::fs::write(&password, house::PASSWORD)?;
    say("filling a console's folder");
    let password = password.to_string_lossy().into_owned();
    let login = [
        "login",
        "--server",
        &house.url,
        "--email",
        house::EMAIL,
        "--password-file",
        &password,
    ];
    vigiactl(home.path(), &login).await?;
    vigiactl(home.path(), &["sync"]).await?;
    Ok(Ready {
        console: built("vigia")?,
        home,
        house,
    })
}

async fn vigiactl(home: &Path, words: &[&str]) -> Outcome {
    let program = built("vigiactl")?;
    let output = Command::new(program)
        .env("VIGIA_HOME", home)
        .args(words)
        .output()
        .await?;
    if output.status.success() {
        return Ok(());
    }
    let reason = String::from_utf8_lossy(&output.stderr).into_owned();
    Err(format!("running vigiactl {}: {reason}", words.first().unwrap_or(&"")).into())
}

/// Waits until something is drawn, with so many charts; the page's clock then, in milliseconds
/// since 1970.
async fn drawn(client: &Client, css: &str, charts: usize) -> Outcome<f64> {
    let script = "const [css, charts, done] = arguments;\
        const there = () => document.querySelector(css)\
            && document.querySelectorAll('[data-testid=\"chart\"]').length >= charts;\
        (function look() {\
            requestAnimationFrame(there() ? () => done(Date.now()) : look);\
        })();";
    let answer = client
        .execute_async(script, vec![json!(css), json!(charts)])
        .await?;
    answer
        .as_f64()
        .ok_or_else(|| "waiting for the page: it names no moment".into())
}

/// From the start of the process to what it draws, in milliseconds: the median of some starts.
async fn start_of(program: &Path, home: &Path, css: &str, charts: usize) -> Outcome<f64> {
    let mut took = Vec::new();
    for _ in 0..STARTS {
        let window = Window::open(program, home).await?;
        let moment = drawn(window.client(), css, charts).await?;
        let began = process::started_at(process::of(program)?)?;
        window.close().await?;
        took.push(moment - began);
    }
    Ok(median_and_p95(took).0)
}

/// Measures the start.
pub async fn start(fixture: &Fixture) -> Outcome {
    let ready = ready(fixture).await?;
    let value = start_of(&ready.console, ready.home.path(), OVERVIEW, CHARTS).await?;
    let empty = start_of(&built("vigia-empty-window")?, ready.home.path(), EMPTY, 0).await?;
    ready.house.stop().await?;
    Figure::new("start.overview", value, "ms", fixture.events)
        .against("an empty Tauri window", empty)
        .print()
}

/// Measures memory.
pub async fn memory(fixture: &Fixture) -> Outcome {
    let ready = ready(fixture).await?;
    let window = Window::open(&ready.console, ready.home.path()).await?;
    drawn(window.client(), OVERVIEW, CHARTS).await?;
    for round in 0..ROUNDS {
        work(&window, round).await?;
    }
    tokio::time::sleep(SETTLE).await;
    let value = process::memory(process::of(&ready.console)?)?;
    window.close().await?;
    let program = built("vigia-empty-window")?;
    let window = Window::open(&program, ready.home.path()).await?;
    drawn(window.client(), EMPTY, 0).await?;
    tokio::time::sleep(SETTLE).await;
    let empty = process::memory(process::of(&program)?)?;
    window.close().await?;
    ready.house.stop().await?;
    Figure::new("memory.pss", value, "MiB", fixture.events)
        .against("an empty Tauri window", empty)
        .print()
}

/// One round: the Overview, a search, an event, the ledger.
async fn work(window: &Window, round: usize) -> Outcome {
    window.click("nav-overview").await?;
    drawn(window.client(), OVERVIEW, CHARTS).await?;
    let question = Question::ALL.iter().cycle().nth(round).copied();
    let found = window
        .search(&question.map(Question::query).unwrap_or_default())
        .await?;
    if found > 0 {
        window.click("event-row").await?;
        window.find("detail").await?;
    }
    window.click("nav-ledger").await?;
    window.find("ledger").await?;
    Ok(())
}

/// Measures scrolling: steady, then in jumps over the whole length.
pub async fn scroll(fixture: &Fixture) -> Outcome {
    let ready = ready(fixture).await?;
    let window = Window::open(&ready.console, ready.home.path()).await?;
    drawn(window.client(), OVERVIEW, CHARTS).await?;
    window.search("").await?;
    window.find("event-row").await?;
    let script = "const done = arguments[0];\
        let box = document.querySelector('[data-testid=\"event-row\"]');\
        while (box && box.scrollHeight <= box.clientHeight + 1) box = box.parentElement;\
        const times = []; let last = performance.now();\
        (function frame(number) {\
            requestAnimationFrame((now) => {\
                if (number > 10) times.push(now - last);\
                last = now;\
                if (number < 600) box.scrollTop += 240;\
                else if (number < 720) box.scrollTop = box.scrollHeight * ((number * 0.6180339887) % 1);\
                else return done({times, height: box.scrollHeight});\
                frame(number + 1);\
            });\
        })(0);";
    let answer = window.client().execute_async(script, vec![]).await?;
    window.close().await?;
    ready.house.stop().await?;
    let times = answer.get("times").and_then(serde_json::Value::as_array);
    let times: Vec<f64> = times
        .into_iter()
        .flatten()
        .filter_map(serde_json::Value::as_f64)
        .collect();
    say(&format!(
        "scrolled a table {} pixels high",
        answer.get("height").unwrap_or(&json!(0))
    ));
    let longest = times.iter().copied().fold(0.0, f64::max);
    let slow = number(times.iter().filter(|time| **time > 50.0).count() as u64);
    Figure::new("scroll.longest_frame", longest, "ms", fixture.events).print()?;
    Figure::new("scroll.frames_over_50_ms", slow, "frames", fixture.events).print()?;
    Figure::new("scroll.p95_frame", median_and_p95(times).1, "ms", fixture.events).print()
}
