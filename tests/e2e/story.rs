//! One story: a console with its own data folder, its window, and pictures of what it showed.

use std::path::{Path, PathBuf};
use vigia_tests::root;
use vigia_tests::window::{Outcome, Window, built};

/// Who signs in.
pub const EMAIL: &str = "admin@vigia.local";
/// With what.
pub const PASSWORD: &str = "janela azul de outubro";

/// Opens the window on an empty data folder, tells the story, closes the window.
pub async fn tell<F>(name: &str, story: F)
where
    F: AsyncFnOnce(&Window) -> Outcome,
{
    let home = tempfile::tempdir().unwrap();
    tell_in(home.path(), name, story).await;
}

/// The same on a data folder that outlives the story.
pub async fn tell_in<F>(home: &Path, name: &str, story: F)
where
    F: AsyncFnOnce(&Window) -> Outcome,
{
    let window = Window::open(&built("vigia").unwrap(), home).await.unwrap();
    let told = story(&window).await;
    if told.is_err() {
        window.picture(&file(&format!("{name}-failed"))).await.unwrap();
    }
    window.close().await.unwrap();
    told.unwrap_or_else(|error| panic!("{name}: {error}"));
}

/// A step that fails the story, not the thread: the window is closed in order either way.
pub fn ensure(holds: bool, otherwise: impl Into<String>) -> Outcome {
    if holds {
        Ok(())
    } else {
        Err(otherwise.into().into())
    }
}

/// Takes the picture `window-NAME.png`.
pub async fn picture(window: &Window, name: &str) -> Outcome {
    window.picture(&file(name)).await
}

fn file(name: &str) -> PathBuf {
    root().join(format!("artifacts/screenshots/window-{name}.png"))
}
