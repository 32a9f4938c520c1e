//! What an attacker with the platform's files does: changes `platform.db` behind its back.
//!
//! The platform must be stopped. Triggers that guard the table are dropped first, as somebody who
//! wants to cover a trace would. Nothing here uses the platform's own code.

use crate::window::Outcome;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{AssertSqlSafe, Connection as _, Row as _};
use std::path::Path;

/// Flips one bit in the middle of an entry.
///
/// # Errors
/// Where there is no such entry, or the database cannot be written.
pub async fn change_one_byte(platform: &Path, seq: i64) -> Outcome {
    let mut database = open(platform).await?;
    let mut body = body(&mut database, seq).await?;
    let middle = body.len() / 2;
    let byte = body.get_mut(middle).ok_or("the entry is empty")?;
    *byte ^= 0x01;
    set_body(&mut database, seq, &body).await
}

/// Removes an entry.
///
/// # Errors
/// Where the database cannot be written.
pub async fn remove_entry(platform: &Path, seq: i64) -> Outcome {
    let mut database = open(platform).await?;
    let done = sqlx::query("DELETE FROM entry WHERE seq = $1")
        .bind(seq)
        .execute(&mut database)
        .await?;
    if done.rows_affected() == 1 {
        Ok(())
    } else {
        Err(format!("there is no entry {seq}").into())
    }
}

/// Swaps the bytes of two entries.
///
/// # Errors
/// Where one of them does not exist, or the database cannot be written.
pub async fn swap_entries(platform: &Path, one: i64, other: i64) -> Outcome {
    let mut database = open(platform).await?;
    let (first, second) = (body(&mut database, one).await?, body(&mut database, other).await?);
    set_body(&mut database, one, &second).await?;
    set_body(&mut database, other, &first).await
}

async fn open(platform: &Path) -> Outcome<SqliteConnection> {
    let options = SqliteConnectOptions::new()
        .filename(platform.join("platform.db"))
        .foreign_keys(false);
    let mut database = SqliteConnection::connect_with(&options).await?;
    let triggers = sqlx::query("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        .fetch_all(&mut database)
        .await?;
    for trigger in triggers {
        let name: String = trigger.try_get(0)?;
        let drop = format!("DROP TRIGGER \"{name}\"");
        sqlx::query(AssertSqlSafe(drop)).execute(&mut database).await?;
    }
    Ok(database)
}

async fn body(database: &mut SqliteConnection, seq: i64) -> Outcome<Vec<u8>> {
    let row = sqlx::query("SELECT body FROM entry WHERE seq = $1")
        .bind(seq)
        .fetch_one(database)
        .await?;
    Ok(row.try_get(0)?)
}

async fn set_body(database: &mut SqliteConnection, seq: i64, body: &[u8]) -> Outcome {
    let update = sqlx::query("UPDATE entry SET body = $1 WHERE seq = $2")
        .bind(body)
        .bind(seq);
    let done = update.execute(database).await?;
    if done.rows_affected() == 1 {
        Ok(())
    } else {
        Err(format!("there is no entry {seq}").into())
    }
}
