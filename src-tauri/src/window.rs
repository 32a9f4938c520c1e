//! The one window: opened from `tauri.conf.json`, kept on its own pages, closed when asked.

use tauri::{App, AppHandle, Url, WebviewWindowBuilder};

/// The label that the capability names.
pub const MAIN: &str = "main";

/// Opens the window.
pub fn open(app: &App) -> tauri::Result<()> {
    let config = app
        .config()
        .app
        .windows
        .iter()
        .find(|window| window.label == MAIN);
    let config = config.ok_or(tauri::Error::WindowNotFound)?;
    WebviewWindowBuilder::from_config(app, config)?
        .on_navigation(is_own_page)
        .build()?;
    Ok(())
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
