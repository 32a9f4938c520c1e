//! Tells the person what they must hear while they look elsewhere: the tray's look, and the system's
//! notifications. What is worth a word is decided in `vigia_desk::notice`.
//!
//! Notifications go out from here alone: the page has no way to send one.

use crate::tray::{Look, Tray};
use crate::window;
use crate::words::Tongue;
use std::time::Duration;
use tauri::{AppHandle, Manager as _};
use tokio::sync::broadcast::error::RecvError;
use vigia_desk::edge::system_language;
use vigia_desk::link::Link;
use vigia_desk::notice::{Notice, Presence, Watch};
use vigia_desk::view::settings::Settings;
use vigia_desk::{Console, Topic};

/// Looked again this often even when nothing was announced, so that a lost announcement heals.
const LOOK: Duration = Duration::from_secs(60);

/// What is shown before anything is known.
pub fn first_look() -> Look {
    Look {
        presence: Presence::Waiting,
        tongue: Tongue::of(vigia_desk::view::settings::Language::System, system_language()),
    }
}

/// Looks until the console is gone.
pub fn keep_watch(app: AppHandle, console: Console, tray: Tray) {
    let mut changes = console.changes();
    tauri::async_runtime::spawn(async move {
        let mut watch = Watch::default();
        loop {
            let wait = look(&app, &console, &tray, &mut watch).await;
            if let Ok(false) = tokio::time::timeout(wait, relevant(&mut changes)).await {
                return;
            }
        }
    });
}

/// Waits for news that may change what is said; `false` once the console is gone.
async fn relevant(changes: &mut tokio::sync::broadcast::Receiver<Topic>) -> bool {
    loop {
        match changes.recv().await {
            Ok(Topic::Status | Topic::Settings | Topic::Profiles) | Err(RecvError::Lagged(_)) => return true,
            Ok(_) => {}
            Err(RecvError::Closed) => return false,
        }
    }
}

/// Shows how the console stands, says what is news, and tells when to look again.
async fn look(app: &AppHandle, console: &Console, tray: &Tray, watch: &mut Watch) -> Duration {
    let (Ok(status), Ok(settings)) = (console.status().await, console.settings_get().await) else {
        return LOOK;
    };
    let tongue = Tongue::of(settings.language, system_language());
    tray.show(Look {
        presence: Presence::of(&status),
        tongue,
    });
    let Ok(standings) = console.standings().await else {
        return LOOK;
    };
    let now = console.now();
    for (place, notice) in watch.see(&standings, now) {
        // Which one is said only where there are several.
        let name = standings.get(place).filter(|_| standings.len() > 1);
        tell(app, notice, name.map(|one| one.name.as_str()), &settings, tongue);
    }
    let due = watch.due(now);
    due.and_then(|due| due.to_std().ok()).unwrap_or(LOOK).min(LOOK)
}

fn tell(app: &AppHandle, notice: Notice, name: Option<&str>, settings: &Settings, tongue: Tongue) {
    if notice.is_wanted(&settings.desktop) {
        let (title, text) = tongue.notice(notice);
        let title = name.map_or_else(|| title.to_owned(), |name| format!("{name}: {title}"));
        let link = (notice == Notice::Broken).then_some(Link::Ledger);
        show(app, &title, text, notice == Notice::Broken, link);
    }
}

/// Shows a notification. On a thread of its own: it lives as long as the notification, because some
/// desktops take it away with the connection that it came by.
fn show(app: &AppHandle, title: &str, text: &'static str, critical: bool, link: Option<Link>) {
    let (app, title) = (app.clone(), title.to_owned());
    std::thread::spawn(move || {
        let mut notification = notify_rust::Notification::new();
        notification
            .appname("Vigia")
            .summary(&title)
            .body(text)
            .icon("vigia");
        #[cfg(target_os = "linux")]
        notification
            .urgency(if critical {
                notify_rust::Urgency::Critical
            } else {
                notify_rust::Urgency::Normal
            })
            .action("default", &title);
        #[cfg(not(target_os = "linux"))]
        let _ = critical;
        match notification.show() {
            #[cfg(target_os = "linux")]
            Ok(shown) => shown.wait_for_action(|action| {
                if action == "default" {
                    crate::instance::arrived(&app, link);
                }
            }),
            #[cfg(not(target_os = "linux"))]
            Ok(_) => drop((app, link)),
            Err(error) => tracing::warn!(%error, "the system shows no notifications"),
        }
    });
}

/// The settings, where closing the window leaves the console running: wanted, and possible.
async fn stays(console: &Console) -> Option<Settings> {
    let settings = console.settings_get().await.ok()?;
    (settings.desktop.tray && console.has_tray()).then_some(settings)
}

/// Hides the window that was asked to close, or lets it close.
pub fn hide_or_close(app: &AppHandle, close: &tauri::CloseRequestApi) {
    let Some(console) = app.try_state::<Console>() else {
        return;
    };
    window::remember(app, &console);
    let Some(settings) = tauri::async_runtime::block_on(stays(&console)) else {
        return;
    };
    close.prevent_close();
    window::hide(app);
    let mut remembered = console.window();
    if !std::mem::replace(&mut remembered.told, true) {
        console.save_window(&remembered);
        let (title, text) = Tongue::of(settings.language, system_language()).still_running();
        show(app, title, text, false, None);
    }
}
