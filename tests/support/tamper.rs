//! What an attacker with the platform's database does: changes it behind the platform's back, be it
//! a file or a schema of a server.
//!
//! The platform must be stopped. Triggers that guard the table are dropped first, as somebody who
//! wants to cover a trace would. Nothing here uses the platform's own code.

use crate::database;
use crate::window::Outcome;
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, AssertSqlSafe, Column as _, Connection as _, Row as _};
use std::path::Path;

/// PostgreSQL is taught SQLite's word for zeros, so that one text tampers with both.
const ZEROS: &str = "SET client_min_messages = error;
CREATE OR REPLACE FUNCTION public.zeroblob(n integer) RETURNS bytea LANGUAGE sql
AS $$ SELECT decode(repeat('00', n), 'hex') $$";

/// Flips one bit in the middle of an entry.
///
/// # Errors
/// Where there is no such entry, or the database cannot be written.
pub async fn change_one_byte(platform: &Path, seq: i64) -> Outcome {
    let mut database = unguarded(platform).await?;
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
    let mut database = unguarded(platform).await?;
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
    let mut database = unguarded(platform).await?;
    let (first, second) = (body(&mut database, one).await?, body(&mut database, other).await?);
    set_body(&mut database, one, &second).await?;
    set_body(&mut database, other, &first).await
}

/// Runs statements; `zeroblob(n)` gives zeros on both engines.
///
/// # Errors
/// Where the database refuses them.
pub async fn change(platform: &Path, sql: &str) -> Outcome {
    let mut database = open(platform).await?;
    run(&mut database, sql).await?;
    Ok(database.close().await?)
}

/// Runs statements after whatever guards the entries is gone.
///
/// # Errors
/// Where the database refuses them.
pub async fn change_unguarded(platform: &Path, sql: &str) -> Outcome {
    let mut database = unguarded(platform).await?;
    run(&mut database, sql).await?;
    Ok(database.close().await?)
}

/// Takes a trigger away.
///
/// # Errors
/// Where there is none of this name.
pub async fn drop_trigger(platform: &Path, name: &str, table: &str) -> Outcome {
    let mut database = open(platform).await?;
    let on = if is_server(&database) {
        format!(" ON {table}")
    } else {
        String::new()
    };
    run(&mut database, &format!("DROP TRIGGER \"{name}\"{on}")).await
}

/// From now on the database takes no row into this table, as if it had no room.
///
/// # Errors
/// Where the database refuses it.
pub async fn refuse_rows(platform: &Path, table: &str) -> Outcome {
    let mut database = open(platform).await?;
    let words = if is_server(&database) {
        format!(
            "CREATE FUNCTION no_room() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'no room'; END $$;
             CREATE TRIGGER no_room BEFORE INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION no_room()"
        )
    } else {
        format!("CREATE TRIGGER no_room BEFORE INSERT ON {table} BEGIN SELECT RAISE(ABORT, 'no room'); END")
    };
    run(&mut database, &words).await
}

/// The ledger's size, and how many tables and triggers there are.
///
/// # Errors
/// Where the database cannot be read.
pub async fn shape(platform: &Path) -> Outcome<(i64, i64)> {
    let mut database = open(platform).await?;
    let text = if is_server(&database) {
        "SELECT (SELECT size FROM head), (SELECT count(*) FROM pg_class WHERE relnamespace = 'vigia'::regnamespace)
         + (SELECT count(*) FROM pg_trigger)"
    } else {
        "SELECT (SELECT size FROM head), (SELECT count(*) FROM sqlite_master)"
    };
    let row = sqlx::query(text).fetch_one(&mut database).await?;
    Ok((row.try_get(0)?, row.try_get(1)?))
}

/// Every byte that a copy of the databases would hold.
///
/// # Errors
/// Where they cannot be read.
pub async fn everything(platform: &Path) -> Outcome<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut database = open(platform).await?;
    if !is_server(&database) {
        for name in ["platform.db", "platform.db-wal", "vault.db", "vault.db-wal"] {
            bytes.extend(std::fs::read(platform.join(name)).unwrap_or_default());
        }
        return Ok(bytes);
    }
    let tables: Vec<String> = sqlx::query_scalar(
        "SELECT format('%I.%I', schemaname, tablename) FROM pg_tables WHERE schemaname IN ('vigia', 'vigia_vault')",
    )
    .fetch_all(&mut database)
    .await?;
    for table in tables {
        let text = format!("SELECT * FROM {table}");
        for row in sqlx::query(AssertSqlSafe(text)).fetch_all(&mut database).await? {
            for column in row.columns() {
                bytes.extend(value(&row, column.ordinal()));
                bytes.push(b' ');
            }
        }
    }
    Ok(bytes)
}

fn value(row: &AnyRow, column: usize) -> Vec<u8> {
    let text = row.try_get::<String, _>(column).map(String::into_bytes);
    text.or_else(|_| row.try_get::<Vec<u8>, _>(column))
        .unwrap_or_default()
}

fn is_server(database: &AnyConnection) -> bool {
    database.backend_name() == "PostgreSQL"
}

async fn run(database: &mut AnyConnection, sql: &str) -> Outcome {
    sqlx::raw_sql(AssertSqlSafe(sql.to_owned()))
        .execute(database)
        .await?;
    Ok(())
}

async fn open(platform: &Path) -> Outcome<AnyConnection> {
    sqlx::any::install_default_drivers();
    let Some(url) = database::of(platform) else {
        let file = platform.join("platform.db");
        return Ok(AnyConnection::connect(&format!("sqlite://{}?mode=rw", file.display())).await?);
    };
    let mut database = AnyConnection::connect(&url).await?;
    run(&mut database, ZEROS).await?;
    run(&mut database, "SET search_path = vigia, public").await?;
    Ok(database)
}

async fn unguarded(platform: &Path) -> Outcome<AnyConnection> {
    let mut database = open(platform).await?;
    let text = if is_server(&database) {
        "SELECT format('DROP TRIGGER %I ON entry', tgname) FROM pg_trigger
         WHERE tgrelid = 'entry'::regclass AND NOT tgisinternal"
    } else {
        "SELECT 'DROP TRIGGER \"' || name || '\"' FROM sqlite_master WHERE type = 'trigger'"
    };
    let drops: Vec<String> = sqlx::query_scalar(text).fetch_all(&mut database).await?;
    for drop in drops {
        run(&mut database, &drop).await?;
    }
    Ok(database)
}

async fn body(database: &mut AnyConnection, seq: i64) -> Outcome<Vec<u8>> {
    let row = sqlx::query("SELECT body FROM entry WHERE seq = $1")
        .bind(seq)
        .fetch_one(database)
        .await?;
    Ok(row.try_get(0)?)
}

async fn set_body(database: &mut AnyConnection, seq: i64, body: &[u8]) -> Outcome {
    let update = sqlx::query("UPDATE entry SET body = $1 WHERE seq = $2")
        .bind(body.to_vec())
        .bind(seq);
    let done = update.execute(database).await?;
    if done.rows_affected() == 1 {
        Ok(())
    } else {
        Err(format!("there is no entry {seq}").into())
    }
}
