//! Small named facts of the ledger's own, beside the state: the log's name, marks of long work.
//!
//! Nothing in here is true because it stands here: a mark that is lost is found again by looking
//! from the beginning.

use crate::error::{Error, Result};
use sqlx::{AnyConnection, Row};

const DOING: &str = "reading the ledger's own facts";

/// The value of a name.
pub(crate) async fn get(connection: &mut AnyConnection, name: &str) -> Result<Option<String>> {
    sqlx::query("SELECT value FROM meta WHERE name = $1")
        .bind(name)
        .fetch_optional(connection)
        .await
        .and_then(|row| row.map(|row| row.try_get(0)).transpose())
        .map_err(Error::sql(DOING))
}

/// Every name that begins so, in order.
pub(crate) async fn beginning(connection: &mut AnyConnection, prefix: &str) -> Result<Vec<String>> {
    let rows = sqlx::query("SELECT name FROM meta ORDER BY name")
        .fetch_all(connection)
        .await
        .map_err(Error::sql(DOING))?;
    let mut found = Vec::new();
    for row in &rows {
        let name: String = row.try_get(0).map_err(Error::sql(DOING))?;
        if name.starts_with(prefix) {
            found.push(name);
        }
    }
    Ok(found)
}

/// Gives a name its value.
pub(crate) async fn set(connection: &mut AnyConnection, name: &str, value: &str) -> Result<()> {
    sqlx::query(
        "INSERT INTO meta (name, value) VALUES ($1, $2)
         ON CONFLICT (name) DO UPDATE SET value = excluded.value",
    )
    .bind(name)
    .bind(value)
    .execute(connection)
    .await
    .map(|_| ())
    .map_err(Error::sql("keeping one of the ledger's own facts"))
}

/// Forgets a name.
pub(crate) async fn forget(connection: &mut AnyConnection, name: &str) -> Result<()> {
    sqlx::query("DELETE FROM meta WHERE name = $1")
        .bind(name)
        .execute(connection)
        .await
        .map(|_| ())
        .map_err(Error::sql("forgetting one of the ledger's own facts"))
}
