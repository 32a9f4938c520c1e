//! How much of the log the copy keeps: what is older than the window leaves it, and comes back when
//! the window is widened. One step a turn, so that what is new never waits for what is old.

use super::Desk;
use crate::sync::window::OLDER_ENTRIES;
use crate::sync::{Stop, Sync};
use crate::view::profile::Keep;
use chrono::TimeDelta;
use serde::{Deserialize, Serialize};
use vigia_domain::Timestamp;

/// Under which wishes the lower edge was settled.
const EDGE: &str = "edge";

/// The lower edge lies where these wishes want it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Edge {
    keep: Keep,
}

impl Desk {
    /// What was recorded before this moment is not kept.
    pub(super) fn window(&self) -> Option<Timestamp> {
        let days = self.profile().keep.days?;
        self.now().checked_sub_signed(TimeDelta::days(days.into()))
    }

    /// Moves the copy's beginning one step towards where it is wanted; says how many entries came.
    pub(super) async fn settle(&self, sync: &Sync<'_>) -> Result<u64, Stop> {
        let keep = self.profile().keep;
        let since = self.window();
        if let Some(since) = since {
            let first = self.cache.first_since(since).await?;
            self.cache.evict(first).await?;
        }
        if let Some(limit) = keep.disk_bytes {
            self.cache.fit(limit).await?;
        }
        let wished = Edge { keep };
        let settled = self.cache.state(EDGE).await?;
        let settled = settled.and_then(|bytes| serde_json::from_slice::<Edge>(&bytes).ok());
        if settled == Some(wished) {
            return Ok(0);
        }
        let base = self.cache.base().await?.size();
        let target = match since {
            Some(since) if base > 0 => sync.first_since(since).await?,
            _ => 0,
        };
        if target < base && self.has_room(keep, base).await? {
            return sync.older(target).await;
        }
        if let Ok(text) = serde_json::to_vec(&wished) {
            self.cache.set_state(EDGE, &text).await?;
        }
        Ok(0)
    }

    /// Whether another step of older entries fits, as far as those that are here tell.
    async fn has_room(&self, keep: Keep, base: u64) -> Result<bool, Stop> {
        let Some(limit) = keep.disk_bytes else {
            return Ok(true);
        };
        let held = self.cache.range().await?.size().saturating_sub(base).max(1);
        let used = self.cache.used_bytes().await?;
        let step = (used / held).saturating_mul(OLDER_ENTRIES);
        Ok(used.saturating_add(step) < limit)
    }
}
