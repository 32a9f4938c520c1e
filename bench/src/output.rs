//! What the program prints: figures as JSON lines on standard output, what it is doing on standard
//! error. Beside the figures stand lines about the machine and about each baseline (versions, SQL,
//! pragmas); those have no `measure`.

use serde::Serialize;
use serde_json::Value;
use std::io::{self, Write as _};
use std::time::Duration;

/// What a measure gives, or what was attempted and why it failed.
pub type Outcome<T = ()> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// A figure, and the same of the baseline where there is one.
#[derive(Debug, Clone, Serialize)]
pub struct Figure {
    /// What was measured.
    pub measure: String,
    /// How much.
    pub value: f64,
    /// Of what.
    pub unit: &'static str,
    /// What it is held against.
    pub baseline_name: Option<String>,
    /// The same of that.
    pub baseline: Option<f64>,
    /// `value / baseline`.
    pub ratio: Option<f64>,
    /// How many events the log has.
    pub events: u64,
}

impl Figure {
    /// A figure without a baseline.
    pub fn new(measure: impl Into<String>, value: f64, unit: &'static str, events: u64) -> Self {
        Self {
            measure: measure.into(),
            value: rounded(value),
            unit,
            baseline_name: None,
            baseline: None,
            ratio: None,
            events,
        }
    }

    /// Holds it against something.
    #[must_use]
    pub fn against(mut self, name: impl Into<String>, baseline: f64) -> Self {
        self.baseline_name = Some(name.into());
        self.baseline = Some(rounded(baseline));
        self.ratio = (baseline > 0.0).then(|| rounded(self.value / baseline));
        self
    }

    /// Prints it.
    ///
    /// # Errors
    /// Where nobody reads any more.
    pub fn print(&self) -> Outcome {
        line(&serde_json::to_value(self)?)
    }
}

/// Three decimals: more are noise.
fn rounded(value: f64) -> f64 {
    (value * 1_000.0).round() / 1_000.0
}

/// Prints one line of JSON.
///
/// # Errors
/// Where nobody reads any more.
pub fn line(value: &Value) -> Outcome {
    let mut out = io::stdout().lock();
    writeln!(out, "{value}")?;
    Ok(out.flush()?)
}

/// Says what is being done.
pub fn say(text: &str) {
    // Where nobody reads it, the figures still count.
    let _ = writeln!(io::stderr().lock(), "{text}");
}

/// Prints a failure with its causes.
pub fn failed(error: &dyn std::error::Error) {
    let mut text = format!("vigia-bench: {error}");
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    say(&text);
}

/// So many in such a time, per second.
#[must_use]
pub fn per_second(count: u64, took: Duration) -> f64 {
    number(count) / took.as_secs_f64().max(1e-9)
}

/// A time in milliseconds.
#[must_use]
pub fn millis(took: Duration) -> f64 {
    took.as_secs_f64() * 1_000.0
}

/// A count as a floating-point number; counts here are far below 2^53.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "counts here are far below 2^53")]
pub fn number(count: u64) -> f64 {
    count as f64
}

/// The value in the middle, and the one that 95 of 100 do not exceed.
#[must_use]
pub fn median_and_p95(mut times: Vec<f64>) -> (f64, f64) {
    times.sort_by(f64::total_cmp);
    let at = |share: usize| {
        let place = (times.len() * share).div_ceil(100).saturating_sub(1);
        times.get(place).copied().unwrap_or(f64::NAN)
    };
    (at(50), at(95))
}
