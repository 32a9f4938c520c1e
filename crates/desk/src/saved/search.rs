//! Searches with a name, and the last ones that were made.

use super::{Saved, failed};
use crate::Error;
use crate::search::column::MAX_COLUMNS;
use crate::view::event::Sort;
use crate::view::saved::{ColumnView, Last, RecentSearch, SavedDraft, SavedRange, SavedSearch, SavedView};
use serde::Serialize;
use serde::de::DeserializeOwned;
use sqlx::Row as _;
use sqlx::sqlite::SqliteConnection;
use vigia_domain::Timestamp;
use vigia_domain::clock::{from_micros, to_micros};
use vigia_wire::{Code, Problem};

/// The most saved searches.
pub const MAX_SEARCHES: i64 = 200;
/// Recent searches that are remembered.
pub const MAX_RECENT: i64 = 50;
/// The longest name, in characters.
const MAX_NAME_CHARS: usize = 80;
/// The longest query, in bytes: what the language takes.
const MAX_QUERY_BYTES: usize = 4_096;
/// The columns of the events table, among the choices.
const COLUMNS: &str = "events.columns";

/// The searches that come with the console: word, query, range, columns.
type Shipped = (&'static str, &'static str, Last, Option<&'static [&'static str]>);
const SHIPPED: &[Shipped] = &[
    ("failed_logins", "kind:auth.login.failed", Last::Day, None),
    (
        "privileges",
        "kind:IN [user.role.changed account.policy.attached account.policy.detached account.user.created \
         account.mfa.disabled api_key.created api_key.revoked account.key.created]",
        Last::Month,
        None,
    ),
    (
        "errors",
        "severity>=high OR kind:http.request.failed",
        Last::Day,
        Some(&["time", "service", "severity", "kind", "message", "count"]),
    ),
    (
        "denied",
        "kind:IN [access.request.denied http.request.denied cloud.api.denied]",
        Last::Week,
        None,
    ),
    (
        "guessed_names",
        "kind:IN [auth.user.invalid auth.attempts.exceeded auth.login.limited]",
        Last::Week,
        Some(&[
            "time",
            "severity",
            "kind",
            "service",
            "source.ip",
            "actor.name",
            "message",
            "count",
        ]),
    ),
    (
        "data_access",
        "kind:IN [events.read events.exported]",
        Last::Month,
        None,
    ),
];

const KEEPING: &str = "keeping a saved search";

fn text(value: &impl Serialize) -> Result<String, Error> {
    serde_json::to_string(value).map_err(malformed)
}

fn value<T: DeserializeOwned>(text: &str) -> Result<T, Error> {
    serde_json::from_str(text).map_err(malformed)
}

fn malformed(source: serde_json::Error) -> Error {
    let path = "a saved search".to_owned();
    Error::Malformed { path, source }
}

/// Puts the console's own searches into a new file.
pub(super) async fn ship(connection: &mut SqliteConnection) -> Result<(), Error> {
    for (place, (word, query, last, columns)) in (1_i64..).zip(SHIPPED) {
        let range = SavedRange {
            last: Some(*last),
            ..SavedRange::default()
        };
        let columns = columns.map(|columns| text(&columns)).transpose()?;
        sqlx::query(
            "INSERT INTO search (place, name, shipped, query, range, sort, columns) VALUES (?, '', ?, ?, ?, ?, ?)",
        )
        .bind(place)
        .bind(*word)
        .bind(*query)
        .bind(text(&range)?)
        .bind(text(&Sort::NewestFirst)?)
        .bind(columns)
        .execute(&mut *connection)
        .await
        .map_err(failed("making the first saved searches"))?;
    }
    Ok(())
}

/// Number, name, word, query, range, order, columns.
type SearchRow = (
    i64,
    String,
    Option<String>,
    String,
    String,
    String,
    Option<String>,
);

fn read((id, name, shipped, query, range, sort, columns): SearchRow) -> Result<SavedSearch, Error> {
    Ok(SavedSearch {
        id,
        name,
        shipped,
        query,
        range: value(&range)?,
        sort: value(&sort)?,
        columns: columns.as_deref().map(value).transpose()?,
    })
}

const ONE: &str = "SELECT id, name, shipped, query, range, sort, columns FROM search WHERE id = ?";

fn absent(id: i64) -> Error {
    Error::Request(Problem::new(
        Code::NotFound,
        format!("there is no saved search {id}"),
    ))
}

fn wrong(field: &str, reason: String) -> Error {
    Error::Request(Problem::new(Code::InvalidRequest, reason.clone()).field(field, reason))
}

impl Saved {
    /// Everything that the Events page asks for.
    ///
    /// # Errors
    /// Where the file fails.
    pub async fn view(&self) -> Result<SavedView, Error> {
        let columns = self.choice(COLUMNS).await?;
        let mut connection = self.connection().await?;
        let attempt = "reading saved searches";
        let rows: Vec<SearchRow> = sqlx::query_as(
            "SELECT id, name, shipped, query, range, sort, columns FROM search ORDER BY place, id",
        )
        .fetch_all(&mut *connection)
        .await
        .map_err(failed(attempt))?;
        let searches = rows.into_iter().map(read).collect::<Result<_, Error>>()?;
        let recent: Vec<(String, i64)> =
            sqlx::query_as("SELECT query, at FROM recent ORDER BY at DESC, query")
                .fetch_all(&mut *connection)
                .await
                .map_err(failed("reading recent searches"))?;
        let recent = recent.into_iter().filter_map(|(query, at)| {
            let at = from_micros(at)?;
            Some(RecentSearch { query, at })
        });
        Ok(SavedView {
            searches,
            recent: recent.collect(),
            columns: columns
                .as_deref()
                .and_then(|text| serde_json::from_str(text).ok()),
        })
    }

    /// Keeps a search: a new one at the end, or in place of an old one.
    ///
    /// # Errors
    /// A name or query that is too long, too many searches, none with this number.
    pub async fn put(&self, draft: &SavedDraft) -> Result<SavedSearch, Error> {
        let name = draft.name.trim();
        if name.chars().count() > MAX_NAME_CHARS {
            return Err(wrong(
                "name",
                format!("a name has at most {MAX_NAME_CHARS} characters"),
            ));
        }
        if draft.query.len() > MAX_QUERY_BYTES {
            return Err(wrong(
                "query",
                format!("a query has at most {MAX_QUERY_BYTES} bytes"),
            ));
        }
        if draft
            .columns
            .as_ref()
            .is_some_and(|columns| columns.len() > MAX_COLUMNS)
        {
            return Err(wrong(
                "columns",
                format!("there are at most {MAX_COLUMNS} columns"),
            ));
        }
        let (range, sort) = (text(&draft.range)?, text(&draft.sort)?);
        let columns = draft.columns.as_ref().map(text).transpose()?;
        let mut connection = self.connection().await?;
        let shipped: Option<String> = match draft.id {
            Some(id) => sqlx::query_scalar("SELECT shipped FROM search WHERE id = ?")
                .bind(id)
                .fetch_optional(&mut *connection)
                .await
                .map_err(failed(KEEPING))?
                .ok_or_else(|| absent(id))?,
            None => None,
        };
        // One that came with the console has its name from the window until it is given another.
        if name.is_empty() && shipped.is_none() {
            return Err(wrong("name", "a saved search needs a name".to_owned()));
        }
        let id = match draft.id {
            Some(id) => {
                sqlx::query(
                    "UPDATE search SET name = ?, query = ?, range = ?, sort = ?, columns = ? WHERE id = ?",
                )
                .bind(name)
                .bind(&draft.query)
                .bind(range)
                .bind(sort)
                .bind(columns)
                .bind(id)
                .execute(&mut *connection)
                .await
                .map_err(failed(KEEPING))?;
                id
            }
            None => {
                let row = sqlx::query(
                    "INSERT INTO search (place, name, query, range, sort, columns) \
                     SELECT coalesce(max(place), 0) + 1, ?, ?, ?, ?, ? FROM search HAVING count(*) < ? RETURNING id",
                )
                .bind(name)
                .bind(&draft.query)
                .bind(range)
                .bind(sort)
                .bind(columns)
                .bind(MAX_SEARCHES)
                .fetch_optional(&mut *connection)
                .await
                .map_err(failed(KEEPING))?;
                let full = || wrong("name", format!("there are {MAX_SEARCHES} saved searches already"));
                row.ok_or_else(full)?.try_get(0).map_err(failed(KEEPING))?
            }
        };
        let row: SearchRow = sqlx::query_as(ONE)
            .bind(id)
            .fetch_one(&mut *connection)
            .await
            .map_err(failed(KEEPING))?;
        read(row)
    }

    /// Forgets a search.
    ///
    /// # Errors
    /// `not_found` where there is none; where the file fails.
    pub async fn delete(&self, id: i64) -> Result<(), Error> {
        let mut connection = self.connection().await?;
        let gone = sqlx::query("DELETE FROM search WHERE id = ?")
            .bind(id)
            .execute(&mut *connection)
            .await
            .map_err(failed("forgetting a saved search"))?;
        if gone.rows_affected() == 0 {
            return Err(absent(id));
        }
        Ok(())
    }

    /// Puts the searches in this order; those that are not named stay behind the others.
    ///
    /// # Errors
    /// Where the file fails.
    pub async fn order(&self, ids: &[i64]) -> Result<(), Error> {
        let list = text(&ids)?;
        let mut connection = self.connection().await?;
        sqlx::query(
            "UPDATE search SET place = coalesce((SELECT key FROM json_each(?1) WHERE value = search.id), \
             1000000 + place)",
        )
        .bind(list)
        .execute(&mut *connection)
        .await
        .map_err(failed("putting saved searches in order"))?;
        Ok(())
    }

    /// Remembers a search that was made.
    ///
    /// # Errors
    /// Where the file fails.
    pub async fn note(&self, query: &str, now: Timestamp) -> Result<(), Error> {
        let query = query.trim();
        if query.is_empty() || query.len() > MAX_QUERY_BYTES {
            return Ok(());
        }
        let attempt = "remembering a search";
        let mut connection = self.connection().await?;
        sqlx::query(
            "INSERT INTO recent (query, at) VALUES (?, ?) ON CONFLICT (query) DO UPDATE SET at = excluded.at",
        )
        .bind(query)
        .bind(to_micros(now))
        .execute(&mut *connection)
        .await
        .map_err(failed(attempt))?;
        sqlx::query(
            "DELETE FROM recent WHERE query NOT IN (SELECT query FROM recent ORDER BY at DESC, query LIMIT ?)",
        )
        .bind(MAX_RECENT)
        .execute(&mut *connection)
        .await
        .map_err(failed(attempt))?;
        Ok(())
    }

    /// Forgets the recent searches.
    ///
    /// # Errors
    /// Where the file fails.
    pub async fn forget_recent(&self) -> Result<(), Error> {
        let mut connection = self.connection().await?;
        sqlx::raw_sql("DELETE FROM recent")
            .execute(&mut *connection)
            .await
            .map_err(failed("forgetting recent searches"))?;
        Ok(())
    }

    /// Keeps the columns of the events table; `None` goes back to the standard ones.
    ///
    /// # Errors
    /// Where the file fails.
    pub async fn keep_columns(&self, columns: Option<&[ColumnView]>) -> Result<(), Error> {
        let columns = columns.map(|columns| text(&columns)).transpose()?;
        self.choose(COLUMNS, columns.as_deref()).await
    }
}
