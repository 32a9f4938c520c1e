//! One moment of the copy, held while it is read to the end: what is written meanwhile is not seen.
//!
//! It reads over a connection of its own, so that a long export takes none from the searches, and
//! page by page, so that memory does not grow with the copy.

use super::read::Stored;
use super::shared::Shared;
use super::sweep::Sweep;
use super::view::{Question, Span, View};
use super::{Cache, CacheError, sql};
use crate::view::event::Sort;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{ConnectOptions as _, Connection as _};
use std::sync::Arc;
use vigia_query::Query;

/// SQLite's cache for this connection, in KiB; negative because SQLite wants it so.
const CACHE_KIB: &str = "-8192";
const READING: &str = "reading one moment of the local copy";

/// One moment of the copy.
pub struct Snapshot {
    connection: SqliteConnection,
    shared: Arc<Shared>,
}

/// Where an event lies in the order of time: time in microseconds, then its place in the ledger.
pub type At = (i64, u64);

/// What passes at this moment, read to its end.
pub struct Passing {
    question: Question,
    sweep: Sweep,
}

impl Cache {
    /// Holds the present moment.
    ///
    /// # Errors
    /// Where SQLite refuses, or the copy is closed.
    pub async fn snapshot(&self) -> Result<Snapshot, CacheError> {
        if self.readers().is_closed() {
            return Err(CacheError::Closed);
        }
        let options = self.readers().connect_options();
        // What is read once, in order, needs no large cache.
        let options = SqliteConnectOptions::clone(&options).pragma("cache_size", CACHE_KIB);
        let mut connection = options.connect().await.map_err(sql(READING))?;
        // SQLite takes the moment of the first read, not that of BEGIN.
        sqlx::raw_sql("BEGIN; SELECT count(*) FROM state")
            .execute(&mut connection)
            .await
            .map_err(sql(READING))?;
        // Its own memory: the moment may be over for everybody else.
        Ok(Snapshot {
            connection,
            shared: Arc::new(Shared::new()),
        })
    }
}

impl Snapshot {
    /// What passes, in order.
    ///
    /// # Errors
    /// Where SQLite refuses, or the copy is damaged.
    pub(crate) async fn passing(
        &mut self,
        query: &Query,
        span: Span,
        sort: Sort,
    ) -> Result<Passing, CacheError> {
        let mut view = View::open(&mut self.connection, &self.shared).await?;
        let question = view.question(query, span).await?;
        let sweep = Sweep::new(&view, question.clone(), sort);
        Ok(Passing { question, sweep })
    }

    /// How many events pass.
    ///
    /// # Errors
    /// Where SQLite refuses, or the copy is damaged.
    pub async fn count(&mut self, passing: &Passing) -> Result<u64, CacheError> {
        let mut view = View::open(&mut self.connection, &self.shared).await?;
        view.count(&passing.question).await
    }

    /// The next events that pass, in order; none after the last.
    ///
    /// # Errors
    /// Where SQLite refuses, or the copy is damaged.
    pub async fn places(&mut self, passing: &mut Passing, limit: u32) -> Result<Vec<At>, CacheError> {
        let mut view = View::open(&mut self.connection, &self.shared).await?;
        passing.sweep.next(&mut view, 0, u64::from(limit)).await
    }

    /// Events by their places, in the order asked for. A place without an event is an error: this
    /// moment said that there is one.
    ///
    /// # Errors
    /// Where SQLite refuses, or the copy is damaged.
    pub async fn events(&mut self, places: &[At]) -> Result<Vec<Stored>, CacheError> {
        let mut view = View::open(&mut self.connection, &self.shared).await?;
        let seqs: Vec<u64> = places.iter().map(|(_, seq)| *seq).collect();
        let events = view.events(&seqs).await?;
        if events.len() == seqs.len() {
            return Ok(events);
        }
        let missing = seqs
            .iter()
            .find(|seq| events.iter().all(|event| event.seq != **seq));
        Err(super::pack::damaged(missing.copied().unwrap_or(0), "the body"))
    }

    /// Lets the moment go, and waits until nothing works on the file any more.
    pub async fn close(self) {
        if let Err(error) = self.connection.close().await {
            tracing::warn!(%error, "a connection to the local copy was not closed in order");
        }
    }
}
