//! The one window: opened from `tauri.conf.json` with the size that it had, kept on its own pages,
//! hidden in the tray or closed when asked, brought forward when called.

use tauri::{App, AppHandle, Manager as _, Url, WebviewWindowBuilder};
use vigia_desk::Console;
use vigia_desk::desktop::Remembered;

/// Sizes that a damaged file could name and no screen has, in logical pixels.
const LARGEST: f64 = 16_384.0;

/// The label that the capability names.
pub const MAIN: &str = "main";

/// Opens the window.
pub fn open(app: &App, remembered: &Remembered) -> tauri::Result<()> {
    let config = app
        .config()
        .app
        .windows
        .iter()
        .find(|window| window.label == MAIN);
    let config = config.ok_or(tauri::Error::WindowNotFound)?;
    let mut window = WebviewWindowBuilder::from_config(app, config)?
        .on_navigation(is_own_page)
        .maximized(remembered.maximized);
    if let Some((width, height)) = remembered.size.filter(|size| fits(*size)) {
        window = window.inner_size(width.max(config.min_width.unwrap_or(0.0)), height);
    }
    window.build()?;
    Ok(())
}

fn fits((width, height): (f64, f64)) -> bool {
    [width, height]
        .into_iter()
        .all(|side| (200.0..LARGEST).contains(&side))
}

/// Keeps the window's size for the next start.
pub fn remember(app: &AppHandle, console: &Console) {
    let Some(window) = app.get_webview_window(MAIN) else {
        return;
    };
    let before = console.window();
    let mut now = before.clone();
    now.maximized = window.is_maximized().unwrap_or(false);
    if let (false, Ok(size), Ok(scale)) = (now.maximized, window.inner_size(), window.scale_factor()) {
        let size = size.to_logical::<f64>(scale);
        now.size = Some((size.width.round(), size.height.round()));
    }
    if now != before {
        console.save_window(&now);
    }
}

/// Hides the window; it goes on living.
pub fn hide(app: &AppHandle) {
    if let Some(window) = app.get_webview_window(MAIN)
        && let Err(error) = window.hide()
    {
        tracing::warn!(%error, "the window was not hidden");
    }
}

/// Brings the window forward, from the tray too.
pub fn raise(app: &AppHandle) {
    let Some(window) = app.get_webview_window(MAIN) else {
        return;
    };
    let raised = window
        .show()
        .and_then(|()| window.unminimize())
        .and_then(|()| window.set_focus());
    if let Err(error) = raised {
        tracing::warn!(%error, "the window was not brought forward");
    }
}

/// Shows the window if it was hidden, and leaves it where it is otherwise.
pub fn show_if_hidden(app: &AppHandle) {
    let Some(window) = app.get_webview_window(MAIN) else {
        return;
    };
    if !window.is_visible().unwrap_or(true) {
        raise(app);
    }
}

/// Pages of the console itself: embedded, or the development server of a build without them.
fn is_own_page(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    match url.scheme() {
        "tauri" => host == "localhost",
        // Where the platform's web view knows no custom scheme, the pages come under this name.
        "http" | "https" if host == "tauri.localhost" => true,
        "http" => cfg!(dev) && host == "127.0.0.1",
        _ => false,
    }
}

/// Ends the process in order when the system asks it to stop.
pub fn close_when_asked(app: AppHandle) {
    tauri::async_runtime::spawn(async move {
        if asked_to_stop().await.is_ok() {
            app.exit(0);
        }
    });
}

#[cfg(unix)]
async fn asked_to_stop() -> std::io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::select! {
        _ = terminate.recv() => Ok(()),
        interrupted = tokio::signal::ctrl_c() => interrupted,
    }
}

#[cfg(not(unix))]
async fn asked_to_stop() -> std::io::Result<()> {
    tokio::signal::ctrl_c().await
}

#[cfg(test)]
mod tests {
    use super::is_own_page;

    #[test]
    fn the_window_stays_on_its_own_pages() {
        for (url, own) in [
            ("tauri://localhost/events?q=a", true),
            ("http://tauri.localhost/", true),
            ("tauri://elsewhere/", false),
            ("https://example.com/", false),
            ("http://127.0.0.1.example.com/", false),
            ("file:///etc/passwd", false),
            ("javascript:alert(1)", false),
        ] {
            assert_eq!(is_own_page(&url.parse().unwrap()), own, "{url}");
        }
    }
}
