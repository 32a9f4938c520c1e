//! The tray on Linux: a StatusNotifierItem on the session bus, as the desktops' trays show them.
//!
//! Spoken without a C library, so that nothing is missing where that is not installed. Where no tray
//! listens, one is looked for again now and then: a desktop may start its own after us.

use super::{Choice, Look, gone, icon};
use crate::window;
use ksni::menu::StandardItem;
use ksni::{Category, Icon, MenuItem, OfflineReason, Status, ToolTip, TrayMethods as _};
use std::time::Duration;
use tauri::{AppHandle, Manager as _};
use tokio::sync::watch;
use vigia_desk::Console;
use vigia_desk::notice::Presence;

/// How long to wait before looking for a tray again.
const PAUSE: Duration = Duration::from_secs(30);

/// Says what the tray shows.
#[derive(Debug)]
pub struct Tray(watch::Sender<Look>);

impl Tray {
    /// Shows something else.
    pub fn show(&self, look: Look) {
        self.0
            .send_if_modified(|shown| std::mem::replace(shown, look) != look);
    }
}

/// Puts the console into the tray, as soon as there is one.
pub fn start(app: &AppHandle, look: Look) -> Tray {
    let (sender, looks) = watch::channel(look);
    tauri::async_runtime::spawn(stand(app.clone(), looks));
    Tray(sender)
}

async fn stand(app: AppHandle, mut looks: watch::Receiver<Look>) {
    loop {
        let item = Item {
            app: app.clone(),
            look: *looks.borrow_and_update(),
        };
        match item.spawn().await {
            Ok(handle) => {
                there(&app);
                while looks.changed().await.is_ok() {
                    let look = *looks.borrow_and_update();
                    if handle.update(|item| item.look = look).await.is_none() {
                        break;
                    }
                }
                gone(&app);
            }
            Err(ksni::Error::Dbus(error)) => {
                tracing::info!(%error, "no session bus, so no tray");
                return;
            }
            Err(error) => tracing::debug!(%error, "no tray on this desktop"),
        }
        tokio::time::sleep(PAUSE).await;
    }
}

fn there(app: &AppHandle) {
    if let Some(console) = app.try_state::<Console>() {
        console.set_tray(true);
    }
}

/// The console as the tray asks about it.
struct Item {
    app: AppHandle,
    look: Look,
}

impl ksni::Tray for Item {
    fn id(&self) -> String {
        "vigia".to_owned()
    }

    fn category(&self) -> Category {
        Category::ApplicationStatus
    }

    fn title(&self) -> String {
        "Vigia".to_owned()
    }

    fn status(&self) -> Status {
        match self.look.presence {
            Presence::Broken => Status::NeedsAttention,
            _ => Status::Active,
        }
    }

    fn icon_pixmap(&self) -> Vec<Icon> {
        pictures(self.look.presence)
    }

    fn attention_icon_pixmap(&self) -> Vec<Icon> {
        pictures(Presence::Broken)
    }

    fn tool_tip(&self) -> ToolTip {
        ToolTip {
            title: "Vigia".to_owned(),
            description: self.look.tongue.presence(self.look.presence).to_owned(),
            ..ToolTip::default()
        }
    }

    fn activate(&mut self, _: i32, _: i32) {
        window::raise(&self.app);
    }

    fn menu(&self) -> Vec<MenuItem<Self>> {
        let item = |choice: Choice| {
            MenuItem::Standard(StandardItem {
                label: choice.label(self.look.tongue).to_owned(),
                activate: Box::new(move |item: &mut Self| choice.run(&item.app)),
                ..StandardItem::default()
            })
        };
        Choice::ALL.into_iter().map(item).collect()
    }

    fn watcher_online(&self) {
        there(&self.app);
    }

    fn watcher_offline(&self, _: OfflineReason) -> bool {
        gone(&self.app);
        // It is waited for.
        true
    }
}

/// The bus wants opacity first, then red, green and blue.
fn pictures(presence: Presence) -> Vec<Icon> {
    icon::SIDES
        .into_iter()
        .map(|side| {
            let mut data = icon::rgba(presence, side);
            for pixel in data.chunks_exact_mut(4) {
                pixel.rotate_right(1);
            }
            let side = i32::try_from(side).unwrap_or(0);
            Icon {
                width: side,
                height: side,
                data,
            }
        })
        .collect()
}
