//! Small words for SQL: numbers as the engines want them, and many rows in one statement.

use crate::engine::Engine;
use crate::error::{Error, Result};
use sqlx::any::AnyArguments;
use sqlx::query::Query;
use sqlx::{Any, AnyConnection, AssertSqlSafe};
use std::fmt::Write as _;

/// Rows of one INSERT: more gain nothing, and SQLite binds at most 32,766 values. A power of two, as
/// every smaller piece is, so that few texts are prepared and all of them stay so.
const ROWS_PER_INSERT: usize = 512;
/// Values of one `IN (…)`.
pub(crate) const VALUES_PER_LIST: usize = 500;

/// A statement with its values.
pub(crate) type Statement<'q> = Query<'q, Any, AnyArguments>;

/// A count or sequence number as a column holds it.
pub(crate) fn int(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// A count or sequence number read from a column.
pub(crate) fn number(stored: i64) -> Result<u64> {
    u64::try_from(stored).map_err(|_| Error::Damaged("a number"))
}

/// `$first, $first+1, …`, so many of them.
pub(crate) fn list(first: usize, count: usize) -> String {
    let mut text = String::with_capacity(count * 6);
    for n in first..first + count {
        let comma = if n == first { "" } else { ", " };
        // Writing to a string cannot fail.
        let _ = write!(text, "{comma}${n}");
    }
    text
}

/// Inserts rows, many in one statement. `into` is the text before the values, `after` behind them.
pub(crate) async fn insert<T>(
    connection: &mut AnyConnection,
    doing: &'static str,
    (into, columns, after): (&'static str, usize, &'static str),
    rows: &[T],
    bind: impl for<'q> Fn(Statement<'q>, &T) -> Statement<'q>,
) -> Result<()> {
    let engine = Engine::of(connection);
    let mut rest = rows;
    while let Some(most) = rest.len().checked_ilog2() {
        let (rows, after_them) = rest.split_at(ROWS_PER_INSERT.min(1 << most));
        rest = after_them;
        let mut text = String::with_capacity(into.len() + after.len() + rows.len() * columns * 7);
        text.push_str(into);
        for row in 0..rows.len() {
            let comma = if row == 0 { " (" } else { ", (" };
            text.push_str(comma);
            engine.marks(&mut text, row * columns + 1, columns);
            text.push(')');
        }
        text.push_str(after);
        let mut query = sqlx::query(AssertSqlSafe(text));
        for row in rows {
            query = bind(query, row);
        }
        query.execute(&mut *connection).await.map_err(Error::sql(doing))?;
    }
    Ok(())
}
