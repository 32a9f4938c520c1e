//! The console outside of its window: one for each folder, links, the tray, notifications.

use crate::platform::Platform;
use crate::story::{EMAIL, PASSWORD, ensure, picture};
use std::path::Path;
use std::process::ExitStatus;
use std::time::Duration;
use tokio::process::Command;
use vigia_tests::desktop::{Desktop, Screen, Shown, TrayIcon, wait_for_end};
use vigia_tests::tamper;
use vigia_tests::window::{Outcome, Window, built};

/// Within this a notification comes whose cause is there.
const SOON: Duration = Duration::from_secs(30);
/// Within this it is told that the platform has been away for a minute.
const A_MINUTE_AND_MORE: Duration = Duration::from_secs(150);
const OPEN: usize = 0;
const VERIFY: usize = 1;
const QUIT: usize = 3;

/// A second start on the same folder, with these arguments.
async fn start_again(desktop: &Desktop, home: &Path, arguments: &[&str]) -> Outcome<ExitStatus> {
    let started = Command::new(built("vigia")?)
        .args(arguments)
        .env("VIGIA_HOME", home)
        .env("DBUS_SESSION_BUS_ADDRESS", &desktop.address)
        .kill_on_drop(true)
        .status();
    Ok(tokio::time::timeout(SOON, started)
        .await
        .map_err(|_| "the second start goes on")??)
}

/// The name on the bus of the console on this folder.
fn name_of(home: &Path) -> Outcome<String> {
    let file: serde_json::Value = serde_json::from_slice(&std::fs::read(home.join("home.json"))?)?;
    let id = file["id"].as_str().ok_or("the home has no id")?;
    Ok(format!("app.vigia.console.home{id}.SingleInstance"))
}

/// The process of the console on this folder.
async fn console_of(desktop: &Desktop, home: &Path) -> Outcome<u32> {
    desktop.process_of(&name_of(home)?).await
}

async fn open(desktop: &Desktop, home: &Path) -> Outcome<Window> {
    let environment = [
        ("DBUS_SESSION_BUS_ADDRESS", desktop.address.as_str()),
        ("LC_ALL", "en_US.UTF-8"),
    ];
    Window::open_within(&built("vigia")?, home, &environment).await
}

/// Tells a story that may fail, and ends everything in order either way.
async fn tell<F>(tray: bool, story: F)
where
    F: AsyncFnOnce(&Desktop, &Path, &Window) -> Outcome,
{
    let home = tempfile::tempdir().unwrap();
    let desktop = Desktop::start(tray).await.unwrap();
    let window = open(&desktop, home.path()).await.unwrap();
    let told = story(&desktop, home.path(), &window).await;
    if told.is_err() {
        // The window may be what failed.
        let _ = picture(&window, "desktop-failed").await;
    }
    let name = name_of(home.path()).unwrap();
    if let Some(console) = desktop.process_now(&name).await.unwrap() {
        Command::new("kill")
            .args(["-TERM", &console.to_string()])
            .status()
            .await
            .unwrap();
        wait_for_end(console).await.unwrap();
    }
    window.gone().await.unwrap();
    desktop.stop().await.unwrap();
    told.unwrap_or_else(|error| panic!("{error}"));
}

fn is(shown: &Shown, title: &str, urgency: u8) -> Outcome {
    ensure(
        shown.title == title && shown.urgency == urgency,
        format!("the notification is {shown:?}, not {title:?} of urgency {urgency}"),
    )?;
    let text = format!("{} {}", shown.title, shown.text);
    ensure(
        !text.contains('@') && !text.contains("127.0.0.1") && !text.contains("http"),
        format!("a notification tells more than it should: {text}"),
    )
}

async fn says(icon: &TrayIcon, word: &str) -> Outcome {
    icon.wait_for_words(|words| words.contains(word)).await.map(drop)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_start_hands_its_link_to_the_first_and_ends() {
    let mut platform = Platform::with_sample().await.unwrap();
    let fingerprint = platform.fingerprint().await.unwrap();
    tell(false, async |desktop, home, window| {
        // Before anybody signed in the link waits.
        let early = start_again(desktop, home, &["vigia://event/7"]).await?;
        ensure(early.success(), format!("the second start ended with {early}"))?;
        window.find("wizard").await?;
        window
            .connect(&platform.url(), &fingerprint, EMAIL, PASSWORD)
            .await?;
        window.wait_for("detail", "data-seq", "7").await?;

        let later = start_again(desktop, home, &["vigia://event/12"]).await?;
        ensure(later.success(), format!("the second start ended with {later}"))?;
        window.wait_for("detail", "data-seq", "12").await?;
        let search = "vigia://events?q=kind%3Aauth.login.failed";
        ensure(start_again(desktop, home, &[search]).await?.success(), "events")?;
        window
            .wait_for("events-total", "data-query", "kind:auth.login.failed")
            .await?;
        // What is no link leads nowhere, and harms nothing.
        for stranger in [
            "vigia://settings",
            "vigia://event/1;reboot",
            "--help",
            "file:///etc/passwd",
        ] {
            ensure(start_again(desktop, home, &[stranger]).await?.success(), stranger)?;
        }
        ensure(
            start_again(desktop, home, &["vigia://ledger"]).await?.success(),
            "ledger",
        )?;
        window.wait_for("ledger", "data-state", "verified").await?;
        picture(window, "7-ledger").await
    })
    .await;
    platform.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_tray_closing_the_window_ends_the_console() {
    tell(false, async |desktop, home, window| {
        window.find("wizard").await?;
        let console = console_of(desktop, home).await?;
        let screen = Screen::open()?;
        screen.wait_until_shown(console, true).await?;
        screen.close(console)?;
        wait_for_end(console).await?;
        ensure(
            desktop.notifications().is_empty(),
            "it said something on its way out",
        )
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn another_folder_is_another_console() {
    tell(false, async |desktop, home, window| {
        window.find("wizard").await?;
        let other = tempfile::tempdir()?;
        let second = open(desktop, other.path()).await?;
        second.find("wizard").await?;
        let (one, two) = (
            console_of(desktop, home).await?,
            console_of(desktop, other.path()).await?,
        );
        second.close().await?;
        ensure(one != two, "both folders have one console")
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_tray_and_the_notifications_say_how_the_console_stands() {
    let mut platform = Platform::with_sample().await.unwrap();
    let fingerprint = platform.fingerprint().await.unwrap();
    tell(true, async |desktop, home, window| {
        let icon = desktop.tray_icon().await?;
        says(&icon, "Nobody is signed in").await?;
        window
            .connect(&platform.url(), &fingerprint, EMAIL, PASSWORD)
            .await?;
        says(&icon, "the log is verified").await?;
        let labels: Vec<String> = icon.menu().await?.into_iter().map(|(_, label)| label).collect();
        ensure(
            labels == ["Open Vigia", "Verify the log now", "Sync now", "Quit"],
            format!("the menu is {labels:?}"),
        )?;

        // Closing the window hides it, and says so the first time.
        let (console, screen) = (console_of(desktop, home).await?, Screen::open()?);
        screen.close(console)?;
        screen.wait_until_shown(console, false).await?;
        is(&desktop.next_notification(SOON).await?, "Vigia keeps watching", 1)?;
        icon.choose(OPEN).await?;
        screen.wait_until_shown(console, true).await?;
        screen.close(console)?;
        screen.wait_until_shown(console, false).await?;
        ensure(start_again(desktop, home, &[]).await?.success(), "a second start")?;
        screen.wait_until_shown(console, true).await?;
        ensure(desktop.notifications().len() == 1, "it is said once")?;

        // The platform goes away for more than a minute, and comes back.
        platform.stop().await?;
        says(&icon, "does not answer").await?;
        let lost = desktop.next_notification(A_MINUTE_AND_MORE).await?;
        is(&lost, "The platform does not answer", 1)?;
        tamper::change_one_byte(&platform.data(), 20).await?;
        platform.start().await?;
        let back = desktop.next_notification(A_MINUTE_AND_MORE).await?;
        is(&back, "The platform answers again", 1)?;

        // Somebody had changed a byte meanwhile.
        icon.choose(VERIFY).await?;
        is(
            &desktop.next_notification(SOON).await?,
            "The log does not verify",
            2,
        )?;
        says(&icon, "does not verify").await?;
        let status = icon.property("Status").await?;
        ensure(
            <&str>::try_from(&status)? == "NeedsAttention",
            format!("the tray's status is {status:?}"),
        )?;
        window.wait_for("ledger", "data-state", "broken").await?;
        picture(window, "8-ledger-broken").await?;
        ensure(
            desktop.notifications().len() == 4,
            format!("{:?}", desktop.notifications()),
        )?;

        icon.choose(QUIT).await?;
        wait_for_end(console).await
    })
    .await;
    platform.stop().await.unwrap();
}
