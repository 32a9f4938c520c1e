//! The platform's settings.

use super::Stored;
use crate::error::Result;
use crate::store::Store;
use vigia_domain::access::Permit;
use vigia_domain::access::action::ReadSettings;
use vigia_domain::aggregate::AggregateKind;
use vigia_domain::settings::{SETTINGS_ID, Settings};

impl Store {
    /// The settings; at version 0 where nobody ever changed them.
    ///
    /// # Errors
    /// Where the database cannot be read.
    pub async fn settings(&self, _permit: &Permit<ReadSettings>) -> Result<Stored<Settings>> {
        let stored = self.state(AggregateKind::Settings, SETTINGS_ID).await?;
        Ok(stored.unwrap_or_else(|| Stored {
            id: SETTINGS_ID,
            version: 0,
            updated_seq: 0,
            state: Settings::default(),
        }))
    }
}
