//! The commands that search the platform for what lies before the copy.

use super::Console;
use crate::view::older::{OlderRequest, OlderView};
use vigia_wire::Problem;

/// The commands, in the order of `commands.rs`.
#[expect(
    clippy::missing_errors_doc,
    reason = "each gives a Problem whose code says what kind"
)]
impl Console {
    /// Searches the platform for what lies before the copy.
    pub async fn older_search(&self, request: OlderRequest) -> Result<OlderView, Problem> {
        let begun = async {
            let desk = self.desk().await?;
            self.0.older.begin(desk, request).await
        };
        begun.await.map_err(|error| error.problem())
    }

    /// How far that search is.
    pub async fn older(&self) -> Result<OlderView, Problem> {
        Ok(self.0.older.view())
    }

    /// Stops that search.
    pub async fn older_stop(&self) -> Result<OlderView, Problem> {
        self.0.older.stop();
        Ok(self.0.older.view())
    }
}
