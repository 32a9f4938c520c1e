//! One moment of the copy, held while it is read to the end: what is written meanwhile is not seen.
//!
//! It reads over a connection of its own, so that a long export takes none from the searches, and
//! page by page, so that memory does not grow with the copy.

use super::page::int;
use super::read::Stored;
use super::row::bind_as;
use super::{Cache, CacheError, sql};
use crate::query::sql::{Arg, Condition};
use crate::view::event::Sort;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _};
use std::collections::HashMap;
use vigia_domain::entry::{Entry, Group};

/// SQLite's cache for this connection, in KiB; negative because SQLite wants it so.
const CACHE_KIB: &str = "-8192";
const READING: &str = "reading one moment of the local copy";

/// One moment of the copy.
pub struct Snapshot {
    connection: SqliteConnection,
}

/// Where an event lies in the order of time: time in microseconds, then its place in the ledger.
pub type At = (i64, u64);

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
        Ok(Snapshot { connection })
    }
}

impl Snapshot {
    /// Lets the moment go, and waits until nothing works on the file any more.
    pub async fn close(self) {
        if let Err(error) = self.connection.close().await {
            tracing::warn!(%error, "a connection to the local copy was not closed in order");
        }
    }

    /// How many events pass.
    ///
    /// # Errors
    /// Where SQLite refuses.
    pub async fn count(&mut self, condition: &Condition) -> Result<u64, CacheError> {
        let text = format!("SELECT count(*) FROM event WHERE {}", condition.sql);
        let (count,): (i64,) = bind_as(sqlx::query_as(AssertSqlSafe(text)), condition.args.clone())
            .fetch_one(&mut self.connection)
            .await
            .map_err(sql(READING))?;
        Ok(u64::try_from(count).unwrap_or(0))
    }

    /// The next events that pass, in order, after `last`.
    ///
    /// # Errors
    /// Where SQLite refuses.
    pub async fn places(
        &mut self,
        condition: &Condition,
        sort: Sort,
        last: Option<At>,
        limit: u32,
    ) -> Result<Vec<At>, CacheError> {
        let (sign, order) = match sort {
            Sort::NewestFirst => ("<", "event.time DESC, event.seq DESC"),
            Sort::OldestFirst => (">", "event.time, event.seq"),
        };
        let mut args = condition.args.clone();
        let after = match last {
            // The first comparison alone finds the place in the index.
            Some((time, seq)) => {
                args.extend([Arg::Int(time), Arg::Int(time), Arg::Int(int(seq))]);
                format!(" AND event.time {sign}= ? AND (event.time, event.seq) {sign} (?, ?)")
            }
            None => String::new(),
        };
        args.push(Arg::Int(i64::from(limit)));
        let text = format!(
            "SELECT event.time, event.seq FROM event WHERE {}{after} ORDER BY {order} LIMIT ?",
            condition.sql
        );
        let found: Vec<(i64, i64)> = bind_as(sqlx::query_as(AssertSqlSafe(text)), args)
            .fetch_all(&mut self.connection)
            .await
            .map_err(sql(READING))?;
        Ok(found
            .into_iter()
            .map(|(time, seq)| (time, u64::try_from(seq).unwrap_or(0)))
            .collect())
    }

    /// Events by their places, in the order asked for. A place without an event is an error: this
    /// moment said that there is one.
    ///
    /// # Errors
    /// Where SQLite refuses, or the copy is damaged.
    pub async fn events(&mut self, places: &[At]) -> Result<Vec<Stored>, CacheError> {
        let marks = vec!["?"; places.len()].join(", ");
        let args: Vec<Arg> = places.iter().map(|(_, seq)| Arg::Int(int(*seq))).collect();
        let text = format!("SELECT seq, body FROM entry WHERE seq IN ({marks})");
        let bodies: Vec<(i64, Vec<u8>)> = bind_as(sqlx::query_as(AssertSqlSafe(text)), args.clone())
            .fetch_all(&mut self.connection)
            .await
            .map_err(sql(READING))?;
        let text =
            format!("SELECT seq, number, data FROM sealed WHERE seq IN ({marks}) ORDER BY seq, number");
        let sealed: Vec<(i64, i64, Vec<u8>)> = bind_as(sqlx::query_as(AssertSqlSafe(text)), args)
            .fetch_all(&mut self.connection)
            .await
            .map_err(sql(READING))?;
        let mut bodies: HashMap<i64, Vec<u8>> = bodies.into_iter().collect();
        let mut groups: HashMap<i64, Vec<(u32, Group)>> = HashMap::new();
        for (seq, number, data) in sealed {
            let group = Group::from_bytes(&data).map_err(|_| damaged(seq, "a group"))?;
            let number = u32::try_from(number).unwrap_or(u32::MAX);
            groups.entry(seq).or_default().push((number, group));
        }
        places
            .iter()
            .map(|(_, seq)| {
                let at = int(*seq);
                let body = bodies.remove(&at).ok_or_else(|| damaged(at, "the body"))?;
                let entry = Entry::from_bytes(&body).map_err(|_| damaged(at, "the body"))?;
                let groups = groups.remove(&at).unwrap_or_default();
                Ok(Stored {
                    seq: *seq,
                    entry,
                    groups,
                })
            })
            .collect()
    }
}

fn damaged(seq: i64, what: &str) -> CacheError {
    CacheError::Damaged(format!("{what} of entry {seq}"))
}
