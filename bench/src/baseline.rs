//! The baselines in Python, each a program under `bench/baseline`, run by the interpreter that
//! `scripts/setup bench` makes. What they print about themselves is printed on; their figures come
//! back.

use crate::fixture::Fixture;
use crate::output::{Outcome, line, say};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;
use tokio::process::Command;

/// Somebody else's engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    /// DuckDB: columns.
    Duck,
    /// SQLite: rows, five indexes, FTS5.
    Lite,
}

impl Engine {
    fn program(self) -> &'static str {
        match self {
            Self::Duck => "duck.py",
            Self::Lite => "lite.py",
        }
    }

    /// What it is called.
    pub fn name(self) -> &'static str {
        match self {
            Self::Duck => "DuckDB",
            Self::Lite => "SQLite",
        }
    }

    fn part(self) -> &'static str {
        match self {
            Self::Duck => "duck",
            Self::Lite => "lite",
        }
    }
}

/// What an engine needed for a question.
#[derive(Debug, Clone, Copy)]
pub struct Answer {
    /// The first time after opening, in milliseconds.
    pub first: f64,
    /// The median of the next five, in milliseconds.
    pub warm: f64,
    /// Rows, or for the histogram events.
    pub rows: u64,
}

/// Loads the log into a new database; says how long that took. The database is kept for questions.
pub async fn load(fixture: &Fixture, engine: Engine) -> Outcome<Duration> {
    let log = fixture.log()?;
    let folder = fixture.fresh(engine.part())?;
    say(&format!("loading the log into {}", engine.name()));
    let words = ["load".to_owned(), text(&log), text(&folder.join("events.db"))];
    let lines = run(engine, &words).await?;
    let seconds = lines
        .iter()
        .find_map(|line| line.get("load_seconds")?.as_f64())
        .ok_or_else(|| {
            format!(
                "loading the log into {}: it says not how long it took",
                engine.name()
            )
        })?;
    fixture.done(engine.part())?;
    Ok(Duration::from_secs_f64(seconds))
}

/// Asks an engine all questions.
pub async fn ask(fixture: &Fixture, engine: Engine, values: &Value) -> Outcome<BTreeMap<String, Answer>> {
    if !fixture.has(engine.part()) {
        load(fixture, engine).await?;
    }
    say(&format!("asking {}", engine.name()));
    let database = fixture.path(engine.part()).join("events.db");
    let lines = run(engine, &["ask".to_owned(), text(&database), values.to_string()]).await?;
    let answers = lines.iter().filter_map(|line| {
        let answer = Answer {
            first: line.get("first_ms")?.as_f64()?,
            warm: line.get("warm_ms")?.as_f64()?,
            rows: line.get("rows")?.as_u64()?,
        };
        Some((line.get("query")?.as_str()?.to_owned(), answer))
    });
    Ok(answers.collect())
}

fn text(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

async fn run(engine: Engine, words: &[String]) -> Outcome<Vec<Value>> {
    let python = python();
    let program = vigia_tests::root().join("bench/baseline").join(engine.program());
    let output = Command::new(&python)
        .arg(program)
        .args(words)
        .stderr(Stdio::inherit())
        .kill_on_drop(true)
        .output()
        .await
        .map_err(|error| {
            let path = python.display();
            format!(
                "starting {path} for {} (scripts/setup bench makes it): {error}",
                engine.name()
            )
        })?;
    if !output.status.success() {
        return Err(format!("running {}: {}", engine.program(), output.status).into());
    }
    let mut lines = Vec::new();
    for text in String::from_utf8_lossy(&output.stdout).lines() {
        let value: Value = serde_json::from_str(text)?;
        line(&value)?;
        lines.push(value);
    }
    Ok(lines)
}

/// The interpreter with DuckDB: in the folder of tools (scripts/lib/common.sh).
#[expect(
    clippy::disallowed_methods,
    reason = "the one place where this program reads the environment"
)]
fn python() -> PathBuf {
    let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    let tools = variable("VIGIA_TOOLS").map(PathBuf::from).or_else(|| {
        let cache = variable("XDG_CACHE_HOME").map(PathBuf::from);
        let cache = cache.or_else(|| Some(PathBuf::from(variable("HOME")?).join(".cache")))?;
        Some(cache.join("vigia/tools"))
    });
    tools.unwrap_or_default().join("bench/bin/python")
}
