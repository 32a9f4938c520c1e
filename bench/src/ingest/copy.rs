//! The rows of a platform's PostgreSQL database once more, by `COPY` into the same tables, empty.
//!
//! One `COPY` a table, each a transaction of its own: the least that a server has to do for them.
//! Reading them is not timed.

use crate::output::{Outcome, line};
use serde_json::json;
use sqlx::{AssertSqlSafe, Connection as _, PgConnection, raw_sql};
use std::path::Path;
use std::time::{Duration, Instant};
use tokio::fs::File;
use tokio::io::AsyncWriteExt as _;
use tokio_stream::StreamExt as _;

/// The address of another database of the same server.
pub fn of_database(server: &str, name: &str) -> Outcome<String> {
    let (base, query) = server.split_once('?').unwrap_or((server, ""));
    let (base, _) = base
        .rsplit_once('/')
        .ok_or("the server's address names no database")?;
    Ok(format!("{base}/{name}?{query}"))
}

/// Copies every row of the database into an empty one beside it; says how long storing took.
pub async fn store(admin: &mut PgConnection, server: &str, name: &str, file: &Path) -> Outcome<Duration> {
    let target_name = format!("{name}_copy");
    let words = format!("CREATE DATABASE {target_name} TEMPLATE {name}");
    sqlx::query(AssertSqlSafe(words)).execute(admin).await?;
    let mut source = PgConnection::connect(&of_database(server, name)?).await?;
    let mut target = PgConnection::connect(&of_database(server, &target_name)?).await?;
    let tables: Vec<String> = sqlx::query_scalar(
        "SELECT format('%I.%I', schemaname, tablename) FROM pg_tables WHERE schemaname LIKE 'vigia%' ORDER BY 1",
    )
    .fetch_all(&mut source)
    .await?;
    // The ledger's triggers refuse to empty it; they rest meanwhile.
    let empty = format!(
        "SET session_replication_role = replica; TRUNCATE {}; RESET session_replication_role",
        tables.join(", ")
    );
    raw_sql(AssertSqlSafe(empty)).execute(&mut target).await?;
    let version: String = sqlx::query_scalar("SHOW server_version")
        .fetch_one(&mut target)
        .await?;
    let fsync: String = sqlx::query_scalar("SHOW fsync").fetch_one(&mut target).await?;
    let mut took = Duration::ZERO;
    let mut rows = 0;
    for table in &tables {
        let mut out = File::create(file).await?;
        let mut read = source
            .copy_out_raw(&format!("COPY {table} TO STDOUT (FORMAT binary)"))
            .await?;
        while let Some(bytes) = read.next().await {
            out.write_all(&bytes?).await?;
        }
        out.flush().await?;
        drop(read);
        let mut bytes = File::open(file).await?;
        let began = Instant::now();
        let mut write = target
            .copy_in_raw(&format!("COPY {table} FROM STDIN (FORMAT binary)"))
            .await?;
        write.read_from(&mut bytes).await?;
        rows += write.finish().await?;
        took += began.elapsed();
    }
    tokio::fs::remove_file(file).await?;
    line(&json!({
        "engine": "PostgreSQL, COPY",
        "version": version,
        "settings": {"fsync": fsync},
        "sql": "COPY <table> FROM STDIN (FORMAT binary)",
        "tables": tables.len(),
        "rows": rows,
    }))?;
    Ok(took)
}
