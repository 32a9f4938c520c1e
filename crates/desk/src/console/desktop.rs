//! What shell and window ask of each other through the console: links, the tray, the system's words.

use super::{Console, Topic};
use crate::desktop::{DesktopState, LinkReply, Remembered};
use crate::link::Link;
use crate::notice::Standing;
use crate::view::profile::ProfileRow;
use crate::view::status::{Connection, Integrity};
use vigia_wire::Problem;

/// The commands, in the order of `commands.rs`.
#[expect(
    clippy::missing_errors_doc,
    reason = "each gives a Problem whose code says what kind"
)]
impl Console {
    /// The link that waits to be opened, once.
    pub async fn link_take(&self) -> Result<LinkReply, Problem> {
        let link = self.0.desktop.take();
        Ok(LinkReply { link })
    }

    /// What this desktop offers.
    pub async fn desktop_state(&self) -> Result<DesktopState, Problem> {
        Ok(self.0.desktop.state())
    }
}

impl Console {
    /// Keeps a link until the window can open it, which may be after somebody signed in.
    pub fn open_link(&self, link: Link) {
        self.0.desktop.wait(link);
        self.tell(&[Topic::Desktop]);
    }

    /// How every platform of this console stands, for whoever says what is news.
    ///
    /// # Errors
    /// Where the profiles, or the trust in one, cannot be read.
    pub async fn standings(&self) -> Result<Vec<Standing>, Problem> {
        let rows = self.profiles().await?;
        let standing = |row: ProfileRow| {
            let online = matches!(row.connection, Connection::Online { .. });
            Standing {
                left: self.0.desktop.has_left(&row.id, online),
                broken: matches!(row.integrity, Integrity::Broken { .. }),
                id: row.id,
                name: row.name,
                connection: row.connection,
            }
        };
        Ok(rows.into_iter().map(standing).collect())
    }

    /// Notes whether the console stands in a tray now.
    pub fn set_tray(&self, there: bool) {
        if self.0.desktop.set_tray(there) {
            self.tell(&[Topic::Desktop]);
        }
    }

    /// Whether the console stands in a tray now.
    #[must_use]
    pub fn has_tray(&self) -> bool {
        self.0.desktop.state().tray
    }

    /// What the window remembers of itself.
    #[must_use]
    pub fn window(&self) -> Remembered {
        self.0.home.window()
    }

    /// Saves what the window remembers of itself; a failure costs only the memory.
    pub fn save_window(&self, window: &Remembered) {
        if let Err(error) = self.0.home.save_window(window) {
            tracing::warn!(error = %error.with_causes(), "the window's size was not kept");
        }
    }

    /// The present, as the console's clock tells it.
    #[must_use]
    pub fn now(&self) -> vigia_domain::Timestamp {
        self.0.clock.now()
    }
}
