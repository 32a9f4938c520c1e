//! Migrations: append-only, checksummed, and a database from the future is refused.

use crate::engine::{self, Engine};
use crate::error::{Error, Result};
use sqlx::{Any, AnyConnection, AnyPool, AssertSqlSafe, Row, Transaction};

const DOING: &str = "bringing the schema up to date";

/// One step, fixed for ever once released.
pub(crate) struct Migration {
    version: i64,
    sql: &'static str,
}

/// A database with its history.
pub(crate) struct Schema {
    /// Its name in errors and in `data-map.toml`.
    pub database: &'static str,
    steps: &'static [Migration],
    /// Whether entries lie here, which are guarded in the engine's own words after the steps.
    guarded: bool,
}

/// `platform.db`.
pub(crate) const PLATFORM: Schema = Schema {
    database: "platform",
    steps: &[
        Migration {
            version: 1,
            sql: include_str!("../migrations/platform/0001_ledger.sql"),
        },
        Migration {
            version: 3,
            sql: include_str!("../migrations/platform/0003_retention.sql"),
        },
        Migration {
            version: 10,
            sql: include_str!("../migrations/platform/0010_use.sql"),
        },
        Migration {
            version: 11,
            sql: include_str!("../migrations/platform/0011_posting.sql"),
        },
    ],
    guarded: true,
};

/// `vault.db`.
pub(crate) const VAULT: Schema = Schema {
    database: "vault",
    steps: &[
        Migration {
            version: 1,
            sql: include_str!("../migrations/vault/0001_vault.sql"),
        },
        Migration {
            version: 2,
            sql: include_str!("../migrations/vault/0002_seen.sql"),
        },
    ],
    guarded: false,
};

impl Schema {
    /// Brings the database up to date.
    pub(crate) async fn apply(&self, pool: &AnyPool) -> Result<()> {
        if self.is_at(pool, self.newest()).await? {
            return Ok(());
        }
        let mut tx = engine::begin_write_in(pool, DOING).await?;
        self.apply_in(&mut tx, self.newest()).await?;
        tx.commit().await.map_err(Error::sql(DOING))
    }

    /// Brings the database as far as this version, the schema of a backup, with this transaction.
    pub(crate) async fn apply_in(&self, tx: &mut Transaction<'static, Any>, version: i64) -> Result<()> {
        if version > self.newest() {
            return Err(Error::NewerSchema {
                database: self.database,
                found: version,
                known: self.newest(),
            });
        }
        let engine = Engine::of(tx);
        let history = "CREATE TABLE IF NOT EXISTS migration (version BIGINT NOT NULL PRIMARY KEY, checksum TEXT NOT NULL)";
        sqlx::query(history)
            .execute(&mut **tx)
            .await
            .map_err(Error::sql(DOING))?;
        let (done, known) = (self.applied(tx).await?, self.newest());
        for step in self
            .steps
            .iter()
            .filter(|step| step.version > done && step.version <= version)
        {
            sqlx::raw_sql(AssertSqlSafe(engine.definition(step.sql).into_owned()))
                .execute(&mut **tx)
                .await
                .map_err(Error::sql(DOING))?;
            sqlx::query("INSERT INTO migration (version, checksum) VALUES ($1, $2)")
                .bind(step.version)
                .bind(step.checksum())
                .execute(&mut **tx)
                .await
                .map_err(Error::sql(DOING))?;
        }
        if done < known && self.guarded {
            sqlx::raw_sql(engine.triggers())
                .execute(&mut **tx)
                .await
                .map_err(Error::sql(DOING))?;
        }
        Ok(())
    }
}

impl Schema {
    /// Whether nothing is left to do, without the write lock: another process may hold it for long.
    async fn is_at(&self, pool: &AnyPool, version: i64) -> Result<bool> {
        let mut connection = pool
            .acquire()
            .await
            .map_err(Error::sql("looking at the schema"))?;
        let columns = engine::columns(&mut connection).await?;
        if !columns.iter().any(|column| column.table == "migration") {
            return Ok(false);
        }
        Ok(self.applied(&mut connection).await? >= version)
    }

    fn newest(&self) -> i64 {
        self.steps.last().map_or(0, |step| step.version)
    }

    /// The last step that was applied, where it and those before it are the ones known here.
    pub(crate) async fn applied(&self, connection: &mut AnyConnection) -> Result<i64> {
        let doing = "reading the schema's history";
        let applied = sqlx::query("SELECT version, checksum FROM migration ORDER BY version")
            .fetch_all(connection)
            .await
            .map_err(Error::sql(doing))?;
        let mut done = 0;
        for row in &applied {
            let version: i64 = row.try_get(0).map_err(Error::sql(doing))?;
            let checksum: String = row.try_get(1).map_err(Error::sql(doing))?;
            let Some(step) = self.steps.iter().find(|step| step.version == version) else {
                return Err(Error::NewerSchema {
                    database: self.database,
                    found: version,
                    known: self.newest(),
                });
            };
            if checksum != step.checksum() {
                return Err(Error::ChangedMigration {
                    database: self.database,
                    version,
                });
            }
            done = version;
        }
        Ok(done)
    }
}

impl Migration {
    fn checksum(&self) -> String {
        hex::encode(vigia_ledger::leaf_hash(self.sql.as_bytes()))
    }
}
