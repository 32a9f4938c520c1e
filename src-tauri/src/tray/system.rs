//! The tray on macOS and Windows, as Tauri makes it.

use super::{Choice, Look, icon};
use crate::window;
use tauri::image::Image;
use tauri::menu::{Menu, MenuItem};
use tauri::tray::{MouseButton, TrayIcon, TrayIconBuilder, TrayIconEvent};
use tauri::{AppHandle, Manager as _};
use vigia_desk::Console;

/// The side of the picture, in pixels.
const SIDE: u32 = 64;

/// Says what the tray shows.
#[derive(Debug)]
pub struct Tray(Option<TrayIcon>);

/// Puts the console into the tray.
pub fn start(app: &AppHandle, look: Look) -> Tray {
    match build(app, look) {
        Ok(tray) => {
            if let Some(console) = app.try_state::<Console>() {
                console.set_tray(true);
            }
            Tray(Some(tray))
        }
        Err(error) => {
            tracing::warn!(%error, "no tray");
            Tray(None)
        }
    }
}

impl Tray {
    /// Shows something else.
    pub fn show(&self, look: Look) {
        let Some(tray) = &self.0 else { return };
        let shown = tray
            .set_icon(Some(picture(look)))
            .and_then(|()| tray.set_tooltip(Some(words(look))))
            .and_then(|()| tray.set_menu(Some(menu(tray.app_handle(), look)?)));
        if let Err(error) = shown {
            tracing::warn!(%error, "the tray does not show how the console stands");
        }
    }
}

fn build(app: &AppHandle, look: Look) -> tauri::Result<TrayIcon> {
    TrayIconBuilder::with_id("vigia")
        .icon(picture(look))
        .tooltip(words(look))
        .menu(&menu(app, look)?)
        .show_menu_on_left_click(false)
        .on_menu_event(|app, event| {
            let chosen = Choice::ALL
                .into_iter()
                .find(|choice| event.id().as_ref() == format!("{choice:?}"));
            if let Some(choice) = chosen {
                choice.run(app);
            }
        })
        .on_tray_icon_event(|tray, event| {
            if let TrayIconEvent::Click {
                button: MouseButton::Left,
                ..
            } = event
            {
                window::raise(tray.app_handle());
            }
        })
        .build(app)
}

fn menu(app: &AppHandle, look: Look) -> tauri::Result<Menu<tauri::Wry>> {
    let menu = Menu::new(app)?;
    for choice in Choice::ALL {
        let label = choice.label(look.tongue);
        menu.append(&MenuItem::with_id(
            app,
            format!("{choice:?}"),
            label,
            true,
            None::<&str>,
        )?)?;
    }
    Ok(menu)
}

fn picture(look: Look) -> Image<'static> {
    Image::new_owned(icon::rgba(look.presence, SIDE), SIDE, SIDE)
}

fn words(look: Look) -> String {
    format!("Vigia: {}", look.tongue.presence(look.presence))
}
