//! A desktop of a test's own: a session bus with a tray and a notification service on it, and what a
//! window manager does when somebody closes a window.
//!
//! Nothing of the real desktop is touched; other consoles do not see this bus.

use crate::window::Outcome;
use std::collections::HashMap;
use std::process::Stdio;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};
use tokio::sync::watch;
use x11rb::connection::Connection as _;
use x11rb::protocol::xproto::{
    AtomEnum, ClientMessageEvent, ConnectionExt as _, EventMask, MapState, Window as XWindow,
};
use zbus::zvariant::{OwnedValue, Structure, Value};
use zbus::{Connection, interface};

/// The longest wait for anything but what is said to take longer.
const PATIENCE: Duration = Duration::from_secs(60);
/// How often something without news of its own is asked.
const LOOK: Duration = Duration::from_millis(100);
const ITEM: &str = "org.kde.StatusNotifierItem";
const MENU: &str = "com.canonical.dbusmenu";

/// A notification as the service got it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// Its title.
    pub title: String,
    /// Its text.
    pub text: String,
    /// 0 low, 1 normal, 2 critical.
    pub urgency: u8,
}

/// Takes notifications.
struct Notifications(watch::Sender<Vec<Shown>>);

#[interface(name = "org.freedesktop.Notifications")]
impl Notifications {
    fn get_capabilities(&self) -> Vec<String> {
        vec!["body".to_owned(), "actions".to_owned()]
    }

    fn get_server_information(&self) -> (String, String, String, String) {
        let word = || "test".to_owned();
        (word(), word(), word(), "1.2".to_owned())
    }

    #[expect(clippy::too_many_arguments, reason = "the interface has them")]
    fn notify(
        &self,
        _application: String,
        _replaces: u32,
        _icon: String,
        title: String,
        text: String,
        _actions: Vec<String>,
        hints: HashMap<String, OwnedValue>,
        _timeout: i32,
    ) -> u32 {
        let urgency = hints
            .get("urgency")
            .and_then(|hint| u8::try_from(hint).ok())
            .unwrap_or(1);
        let mut number = 0;
        self.0.send_modify(|all| {
            all.push(Shown { title, text, urgency });
            number = u32::try_from(all.len()).unwrap_or(u32::MAX);
        });
        number
    }

    fn close_notification(&self, _number: u32) {}
}

/// Takes tray icons, by the names of whoever registers them.
struct Watcher(watch::Sender<Vec<String>>);

#[interface(name = "org.kde.StatusNotifierWatcher")]
impl Watcher {
    fn register_status_notifier_item(&self, service: String) {
        self.0.send_modify(|items| items.push(service));
    }

    #[zbus(property)]
    fn is_status_notifier_host_registered(&self) -> bool {
        true
    }

    #[zbus(property)]
    fn protocol_version(&self) -> i32 {
        0
    }
}

/// The desktop.
pub struct Desktop {
    /// Where its bus is.
    pub address: String,
    daemon: Child,
    connection: Connection,
    items: watch::Receiver<Vec<String>>,
    shown: watch::Receiver<Vec<Shown>>,
    read: Arc<Mutex<usize>>,
}

impl Desktop {
    /// A desktop, with a tray or without one.
    ///
    /// # Errors
    /// Where `dbus-daemon` is missing or does not start.
    pub async fn start(tray: bool) -> Outcome<Self> {
        let mut daemon = Command::new("dbus-daemon")
            .args(["--session", "--nofork", "--print-address=1"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .map_err(|error| format!("starting dbus-daemon: {error}"))?;
        let output = daemon.stdout.take().ok_or("dbus-daemon has no output")?;
        let mut lines = BufReader::new(output).lines();
        let address = tokio::time::timeout(PATIENCE, lines.next_line())
            .await??
            .ok_or("dbus-daemon does not say where it is")?;
        let (items, item_news) = watch::channel(Vec::new());
        let (shown, shown_news) = watch::channel(Vec::new());
        let mut builder = zbus::connection::Builder::address(address.as_str())?
            .name("org.freedesktop.Notifications")?
            .serve_at("/org/freedesktop/Notifications", Notifications(shown))?;
        if tray {
            builder = builder
                .name("org.kde.StatusNotifierWatcher")?
                .serve_at("/StatusNotifierWatcher", Watcher(items))?;
        }
        Ok(Self {
            connection: builder.build().await?,
            address,
            daemon,
            items: item_news,
            shown: shown_news,
            read: Arc::default(),
        })
    }

    /// Ends the bus.
    ///
    /// # Errors
    /// Where its process cannot be ended.
    pub async fn stop(mut self) -> Outcome {
        self.daemon.kill().await?;
        Ok(())
    }

    /// The next notification that comes within the time given.
    ///
    /// # Errors
    /// Where none comes.
    pub async fn next_notification(&self, patience: Duration) -> Outcome<Shown> {
        let number = {
            let mut read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
            *read += 1;
            *read
        };
        let mut shown = self.shown.clone();
        let waiting = shown.wait_for(|all| all.len() >= number);
        let all = tokio::time::timeout(patience, waiting)
            .await
            .map_err(|_| format!("no notification came within {patience:?}"))??;
        let next = all.get(number - 1).cloned();
        next.ok_or_else(|| "the notification is gone".into())
    }

    /// Every notification so far.
    #[must_use]
    pub fn notifications(&self) -> Vec<Shown> {
        self.shown.borrow().clone()
    }

    /// The first tray icon that registers.
    ///
    /// # Errors
    /// Where none does in time.
    pub async fn tray_icon(&self) -> Outcome<TrayIcon> {
        let mut items = self.items.clone();
        let waiting = items.wait_for(|items| !items.is_empty());
        let items = tokio::time::timeout(PATIENCE, waiting)
            .await
            .map_err(|_| "no tray icon was registered")??;
        let name = items.first().cloned().ok_or("the tray icon is gone")?;
        Ok(TrayIcon {
            connection: self.connection.clone(),
            name,
        })
    }

    /// The process that owns a name on this bus now, if any.
    ///
    /// # Errors
    /// Where the bus does not answer.
    pub async fn process_now(&self, name: &str) -> Outcome<Option<u32>> {
        let bus = zbus::fdo::DBusProxy::new(&self.connection).await?;
        let name = zbus::names::BusName::try_from(name)?;
        Ok(bus.get_connection_unix_process_id(name).await.ok())
    }

    /// The process that owns a name on this bus, as soon as somebody does.
    ///
    /// # Errors
    /// Where nobody owns it in time.
    pub async fn process_of(&self, name: &str) -> Outcome<u32> {
        let mut look = tokio::time::interval(LOOK);
        let asking = async {
            loop {
                look.tick().await;
                if let Some(process) = self.process_now(name).await? {
                    return Ok(process);
                }
            }
        };
        tokio::time::timeout(PATIENCE, asking)
            .await
            .map_err(|_| format!("nobody owns {name} on the bus"))?
    }
}

/// A tray icon, as a tray sees it.
pub struct TrayIcon {
    connection: Connection,
    /// Its name on the bus.
    pub name: String,
}

impl TrayIcon {
    /// A property of it.
    ///
    /// # Errors
    /// Where it does not answer.
    pub async fn property(&self, property: &str) -> Outcome<OwnedValue> {
        let proxy =
            zbus::Proxy::new(&self.connection, self.name.as_str(), "/StatusNotifierItem", ITEM).await?;
        // Asked anew each time: the answers of before are not kept.
        let reply: OwnedValue = zbus::fdo::PropertiesProxy::builder(&self.connection)
            .destination(proxy.destination().to_owned())?
            .path("/StatusNotifierItem")?
            .build()
            .await?
            .get(ITEM.try_into()?, property)
            .await?;
        Ok(reply)
    }

    /// The text of its tooltip.
    ///
    /// # Errors
    /// Where it does not answer.
    pub async fn words(&self) -> Outcome<String> {
        let tip = self.property("ToolTip").await?;
        let tip: Structure = tip.try_into()?;
        match tip.fields().get(3) {
            Some(Value::Str(text)) => Ok(text.to_string()),
            other => Err(format!("the tooltip's text is {other:?}").into()),
        }
    }

    /// Waits until its tooltip says something that fits.
    ///
    /// # Errors
    /// Where it does not come to that in time.
    pub async fn wait_for_words(&self, fits: impl Fn(&str) -> bool) -> Outcome<String> {
        let mut look = tokio::time::interval(LOOK);
        let mut last = String::new();
        let asking = async {
            loop {
                look.tick().await;
                last = self.words().await?;
                if fits(&last) {
                    return Ok::<_, Box<dyn std::error::Error + Send + Sync>>(());
                }
            }
        };
        let waited = tokio::time::timeout(PATIENCE, asking).await;
        match waited {
            Ok(outcome) => outcome.map(|()| last),
            Err(_) => Err(format!("the tray keeps saying {last:?}").into()),
        }
    }

    /// What its menu offers: number and label.
    ///
    /// # Errors
    /// Where it does not answer.
    pub async fn menu(&self) -> Outcome<Vec<(i32, String)>> {
        type Layout = (i32, HashMap<String, OwnedValue>, Vec<OwnedValue>);
        let proxy = zbus::Proxy::new(&self.connection, self.name.as_str(), "/MenuBar", MENU).await?;
        let (_, (_, _, items)): (u32, Layout) = proxy
            .call("GetLayout", &(0_i32, -1_i32, Vec::<String>::new()))
            .await?;
        let item = |item: OwnedValue| {
            let (number, properties, _): Layout = item.try_into().ok()?;
            let label = properties.get("label")?;
            let label = <&str>::try_from(label).ok()?.to_owned();
            Some((number, label))
        };
        Ok(items.into_iter().filter_map(item).collect())
    }

    /// Chooses from its menu, by place.
    ///
    /// # Errors
    /// Where it does not answer, or there is nothing at that place.
    pub async fn choose(&self, place: usize) -> Outcome {
        let menu = self.menu().await?;
        let (number, _) = menu.get(place).ok_or("the menu is shorter")?;
        let proxy = zbus::Proxy::new(&self.connection, self.name.as_str(), "/MenuBar", MENU).await?;
        proxy
            .call_noreply("Event", &(*number, "clicked", Value::from(0_i32), 0_u32))
            .await?;
        Ok(())
    }
}

/// The windows of a process, as a window manager sees them.
pub struct Screen {
    connection: x11rb::rust_connection::RustConnection,
    root: XWindow,
}

impl Screen {
    /// The screen that `DISPLAY` names.
    ///
    /// # Errors
    /// Where there is none.
    pub fn open() -> Outcome<Self> {
        let (connection, number) = x11rb::connect(None)?;
        let screen = connection.setup().roots.get(number).ok_or("there is no screen")?;
        let root = screen.root;
        Ok(Self { connection, root })
    }

    fn atom(&self, name: &str) -> Outcome<u32> {
        Ok(self.connection.intern_atom(false, name.as_bytes())?.reply()?.atom)
    }

    /// The window of a process that can be closed.
    fn window(&self, process: u32) -> Outcome<XWindow> {
        let (owner, protocols) = (self.atom("_NET_WM_PID")?, self.atom("WM_PROTOCOLS")?);
        for window in self.connection.query_tree(self.root)?.reply()?.children {
            let number = |property, kind: AtomEnum| {
                let reply = self
                    .connection
                    .get_property(false, window, property, kind, 0, 1)?
                    .reply()?;
                Ok::<_, Box<dyn std::error::Error + Send + Sync>>(
                    reply.value32().and_then(|mut all| all.next()),
                )
            };
            let name = self
                .connection
                .get_property(false, window, AtomEnum::WM_NAME, AtomEnum::ANY, 0, 32)?
                .reply()?;
            if number(owner, AtomEnum::CARDINAL)? == Some(process)
                && number(protocols, AtomEnum::ATOM)?.is_some()
                && name.value == b"Vigia"
            {
                return Ok(window);
            }
        }
        Err(format!("process {process} has no window").into())
    }

    /// Asks the window of a process to close, as a window manager does.
    ///
    /// # Errors
    /// Where it has none.
    pub fn close(&self, process: u32) -> Outcome {
        let window = self.window(process)?;
        let delete = self.atom("WM_DELETE_WINDOW")?;
        let message = ClientMessageEvent::new(32, window, self.atom("WM_PROTOCOLS")?, [delete, 0, 0, 0, 0]);
        self.connection
            .send_event(false, window, EventMask::NO_EVENT, message)?;
        self.connection.flush()?;
        Ok(())
    }

    /// Waits until the window of a process is shown, or hidden.
    ///
    /// # Errors
    /// Where it does not come to that in time.
    pub async fn wait_until_shown(&self, process: u32, shown: bool) -> Outcome {
        let mut look = tokio::time::interval(LOOK);
        let asking = async {
            loop {
                look.tick().await;
                let window = self.window(process)?;
                let state = self.connection.get_window_attributes(window)?.reply()?.map_state;
                if (state == MapState::VIEWABLE) == shown {
                    return Ok(());
                }
            }
        };
        tokio::time::timeout(PATIENCE, asking)
            .await
            .map_err(|_| format!("the window does not become shown = {shown}"))?
    }
}

/// Waits until a process has ended.
///
/// # Errors
/// Where it goes on.
pub async fn wait_for_end(process: u32) -> Outcome {
    let mut look = tokio::time::interval(LOOK);
    let asking = async {
        loop {
            look.tick().await;
            let state = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
            // A child that nobody asked about yet is shown as Z: it has ended.
            if state.is_empty() || state.contains(") Z ") {
                return;
            }
        }
    };
    tokio::time::timeout(PATIENCE, asking)
        .await
        .map_err(|_| format!("process {process} goes on").into())
}
