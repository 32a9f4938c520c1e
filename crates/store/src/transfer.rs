//! Moving a platform from one database to another, whichever engines they are of: every table, row
//! by row, from one transaction into another.
//!
//! Must stay true: nobody writes to the source meanwhile, and nobody ever afterwards (a log that
//! grows in two places is a fork); the target shows nothing before everything is there and was
//! compared; who was interrupted begins again. The keys stay where they are, in the folder.

use crate::database::Places;
use crate::engine::{self, Location, Mode};
use crate::error::{Error, Result};
use crate::folder::Folder;
use crate::head::{self, Head};
use crate::migration::{PLATFORM, Schema, VAULT};
use crate::store::{Options, Store};
use crate::{meta, table};
use futures::StreamExt as _;
use sqlx::{Any, AnyConnection, Row as _, Transaction};
use vigia_ledger::tree::CompactRange;
use vigia_ledger::{Hash, leaf_hash};

/// The ledger's own fact that it grows elsewhere; its value says where.
pub(crate) const MOVED: &str = "moved";
/// Rows in memory at a time.
const ROWS: usize = 1_000;

/// What was moved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moved {
    /// Rows of every table, `platform.entry` and so on.
    pub tables: Vec<(String, u64)>,
    /// The log's head, the same on both sides.
    pub head: Head,
}

impl Store {
    /// Copies a platform's data into another database, compares, and lets nobody write to the old
    /// one any more. Both sides use the keys of one folder. Running instances of the source refuse
    /// every event from then on and are to be started with the new database.
    ///
    /// # Errors
    /// [`Error::DatabaseInUse`] where the target holds something; [`Error::Locked`] where the source
    /// cannot be had alone; what the databases refuse. The source is untouched until the copy was
    /// compared; a call that was interrupted can be repeated.
    pub async fn transfer(from: Options, to: &Options) -> Result<Moved> {
        let folder = Folder::new(from.folder.clone());
        if !folder.is_initialised(&from.database) {
            return Err(Error::NotInitialised(from.folder));
        }
        let (old, new) = (
            Places::of(&from.database, &folder),
            Places::of(&to.database, &folder),
        );
        // Brings the source up to date and finishes what a crash left open.
        match Self::open(from).await {
            Ok(store) => store.close().await,
            Err(Error::Moved { .. }) => {}
            Err(error) => return Err(error),
        }
        let Some(_keys) = folder.try_lock()? else {
            return Err(Error::KeysInUse);
        };
        let (mut old_vault, mut old_platform) = (
            engine::connect(&old.vault).await?,
            engine::connect(&old.platform).await?,
        );
        if !engine::try_lock_keys(&mut old_vault).await? {
            return Err(Error::KeysInUse);
        }
        let doing = "holding the platform";
        let mut from_platform = engine::begin_write(&mut old_platform, doing).await?;
        let mut from_vault = engine::begin_write(&mut old_vault, doing).await?;
        let mut to_vault = target(&VAULT, &new.vault).await?;
        let mut to_platform = target(&PLATFORM, &new.platform).await?;

        let mut tables = copy(&mut from_platform, &mut to_platform, &PLATFORM).await?;
        tables.extend(copy(&mut from_vault, &mut to_vault, &VAULT).await?);
        let head = compare(&mut from_platform, &mut to_platform).await?;

        // From here on the source takes nothing more, whoever has it open.
        meta::set(&mut from_platform, MOVED, &to.database.to_string()).await?;
        from_vault.rollback().await.map_err(Error::sql(doing))?;
        from_platform
            .commit()
            .await
            .map_err(Error::sql("closing the source"))?;
        let doing = "committing the copy";
        to_vault.commit().await.map_err(Error::sql(doing))?;
        to_platform.commit().await.map_err(Error::sql(doing))?;
        Ok(Moved { tables, head })
    }
}

/// The target's tables, made where they are missing and all of them empty.
async fn target(schema: &Schema, at: &Location) -> Result<Transaction<'static, Any>> {
    let pool = engine::open(at, Mode::Create).await?;
    schema.apply(&pool).await?;
    let mut tx = engine::begin_write_in(&pool, "holding the target").await?;
    for table in table::all(&mut tx).await? {
        if table::count(&mut tx, &table).await? != 0 {
            return Err(Error::DatabaseInUse);
        }
    }
    Ok(tx)
}

/// Every row of every table that the target has.
async fn copy(
    from: &mut AnyConnection,
    to: &mut AnyConnection,
    schema: &Schema,
) -> Result<Vec<(String, u64)>> {
    let there = table::all(from).await?;
    let mut copied = Vec::new();
    for table in table::all(to).await? {
        if !there.contains(&table) {
            return Err(Error::Damaged("the schema"));
        }
        let mut rows = 0;
        let mut pages = table::rows(from, &table).chunks(ROWS);
        while let Some(page) = pages.next().await {
            let page: Vec<_> = page.into_iter().collect::<Result<_>>()?;
            rows += page.len() as u64;
            table::insert(to, &table, &page).await?;
        }
        drop(pages);
        if table::count(to, &table).await? != rows || table::count(from, &table).await? != rows {
            return Err(Error::NotTheSame("rows"));
        }
        copied.push((format!("{}.{}", schema.database, table.name), rows));
    }
    Ok(copied)
}

/// The heads on both sides, and the tree that the copied entries have.
async fn compare(from: &mut AnyConnection, to: &mut AnyConnection) -> Result<Head> {
    let (old, new) = (head::read(from).await?.head(), head::read(to).await?.head());
    if old != new {
        return Err(Error::NotTheSame("heads"));
    }
    let doing = "comparing the copied entries";
    let mut tree = CompactRange::new();
    let mut rows = sqlx::query("SELECT leaf, body FROM entry ORDER BY seq").fetch(&mut *to);
    while let Some(row) = rows.next().await {
        let row = row.map_err(Error::sql(doing))?;
        let leaf: Vec<u8> = row.try_get(0).map_err(Error::sql(doing))?;
        let body: Option<Vec<u8>> = row.try_get(1).map_err(Error::sql(doing))?;
        let leaf: Hash = leaf.try_into().map_err(|_| Error::Damaged("a leaf"))?;
        if body.is_some_and(|body| leaf_hash(&body) != leaf) {
            return Err(Error::NotTheSame("entries"));
        }
        tree.append(leaf);
    }
    drop(rows);
    // What was moved once and moved back is at home again.
    meta::forget(to, MOVED).await?;
    if (tree.size(), tree.root()) == (new.size, new.root) {
        Ok(new)
    } else {
        Err(Error::NotTheSame("roots"))
    }
}
