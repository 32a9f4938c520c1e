//! The commands about what a person keeps: searches, recent ones, columns.

use super::{Console, Topic};
use crate::search::column::Column;
use crate::view::saved::{
    ColumnsChoice, RecentNote, SavedDraft, SavedOrder, SavedRef, SavedSearch, SavedView,
};
use crate::{Error, query};
use vigia_wire::Problem;

/// The commands, in the order of `commands.rs`.
#[expect(
    clippy::missing_errors_doc,
    reason = "each gives a Problem whose code says what kind"
)]
impl Console {
    /// Saved and recent searches, and the columns of the table.
    pub async fn saved(&self) -> Result<SavedView, Problem> {
        let view = async { self.desk().await?.saved.view().await };
        view.await.map_err(|error| error.problem())
    }

    /// Keeps a search.
    pub async fn saved_put(&self, request: SavedDraft) -> Result<SavedSearch, Problem> {
        let kept = async {
            query::parse(&request.query)?;
            if let Some(columns) = &request.columns {
                Column::parse_all(columns)?;
            }
            self.desk().await?.saved.put(&request).await
        };
        let kept = kept.await.map_err(|error: Error| error.problem());
        self.tell(&[Topic::Saved]);
        kept
    }

    /// Forgets a search.
    pub async fn saved_delete(&self, request: SavedRef) -> Result<(), Problem> {
        let gone = async { self.desk().await?.saved.delete(request.id).await };
        let gone = gone.await.map_err(|error| error.problem());
        self.tell(&[Topic::Saved]);
        gone
    }

    /// Puts the searches in another order.
    pub async fn saved_order(&self, request: SavedOrder) -> Result<(), Problem> {
        let ordered = async { self.desk().await?.saved.order(&request.ids).await };
        let ordered = ordered.await.map_err(|error| error.problem());
        self.tell(&[Topic::Saved]);
        ordered
    }

    /// Remembers a search that was made; one that is none is not remembered.
    pub async fn recent_note(&self, request: RecentNote) -> Result<(), Problem> {
        if query::parse(&request.query).is_err() {
            return Ok(());
        }
        let noted = async {
            let desk = self.desk().await?;
            desk.saved.note(&request.query, desk.now()).await
        };
        let noted = noted.await.map_err(|error: Error| error.problem());
        self.tell(&[Topic::Saved]);
        noted
    }

    /// Forgets the recent searches.
    pub async fn recent_clear(&self) -> Result<(), Problem> {
        let forgotten = async { self.desk().await?.saved.forget_recent().await };
        let forgotten = forgotten.await.map_err(|error| error.problem());
        self.tell(&[Topic::Saved]);
        forgotten
    }

    /// Keeps the columns of the table.
    pub async fn columns_set(&self, request: ColumnsChoice) -> Result<(), Problem> {
        let kept = async {
            if let Some(columns) = &request.columns {
                let names: Vec<String> = columns.iter().map(|column| column.name.clone()).collect();
                Column::parse_all(&names)?;
            }
            let desk = self.desk().await?;
            desk.saved.keep_columns(request.columns.as_deref()).await
        };
        let kept = kept.await.map_err(|error: Error| error.problem());
        self.tell(&[Topic::Saved]);
        kept
    }
}
