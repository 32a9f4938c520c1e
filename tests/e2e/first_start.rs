//! `vigia-first-start CONSOLE PICTURE`: the first start of a new user without a display.
//!
//! Takes the real window through the wizard, loads the sample, and leaves pictures of what it
//! showed. Exit code 0 only if the window drew the data: a count above zero on the Overview, and
//! as many rows in the table of events as a page holds.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use vigia_tests::window::{Outcome, Window};

/// Rows that a window of this size must at least draw.
const ROWS: usize = 10;

#[tokio::main]
async fn main() -> ExitCode {
    let arguments: Vec<PathBuf> = std::env::args_os().skip(1).map(PathBuf::from).collect();
    let [console, picture] = arguments.as_slice() else {
        return say(2, "usage: vigia-first-start CONSOLE PICTURE");
    };
    match first_start(console, picture).await {
        Ok(report) => say(0, &report),
        Err(error) => say(1, &format!("the window did not show the data: {error}")),
    }
}

async fn first_start(console: &Path, picture: &Path) -> Outcome<String> {
    let console = std::path::absolute(console)?;
    let home = tempfile::tempdir()?;
    let window = Window::open(&console, home.path()).await?;
    let shown = show_the_data(&window, picture).await;
    if shown.is_err() {
        window.picture(&picture.with_extension("failed.png")).await?;
    }
    window.close().await?;
    shown
}

async fn show_the_data(window: &Window, picture: &Path) -> Outcome<String> {
    let events = window
        .use_this_computer("admin@vigia.local", "a long first password")
        .await?;
    window.wait_for("integrity", "data-state", "verified").await?;
    window.picture(picture).await?;
    let failures = window.search("kind:auth.login.failed").await?;
    window.find("event-row").await?;
    let rows = window.count("event-row").await?;
    if rows < ROWS {
        return Err(format!("the table drew {rows} rows, at least {ROWS} were expected").into());
    }
    let table = picture.with_extension("events.png");
    window.picture(&table).await?;
    Ok(format!(
        "the window showed {events} events on the Overview, verified by this computer, and {rows} rows of \
         {failures} failed sign-ins\nscreenshot: {}\nscreenshot: {}",
        picture.display(),
        table.display()
    ))
}

#[expect(clippy::print_stdout, reason = "the one place where this program speaks")]
fn say(code: u8, text: &str) -> ExitCode {
    println!("{text}");
    ExitCode::from(code)
}
