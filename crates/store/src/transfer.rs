//! Moving a platform from one database to another, whichever engines they are of: every table, row
//! by row, from one transaction into another.
//!
//! Must stay true: nobody writes to the source meanwhile, and nobody ever afterwards (a log that
//! grows in two places is a fork). The target is marked before its first row, and nobody opens what
//! is marked; the source is closed when the whole copy is committed; the mark goes last. So whoever
//! was interrupted, wherever, begins again: before the source is closed it is the platform and what
//! the target holds is made anew, afterwards the target is whole. The keys stay in the folder.

mod step;

pub(crate) use step::{Breaks, Step};

use crate::database::Places;
use crate::engine::{self, Location, Mode};
use crate::error::{Error, Result};
use crate::folder::Folder;
use crate::head::{self, Head};
use crate::migration::{PLATFORM, Schema, VAULT};
use crate::store::{Options, Store};
use crate::{meta, sql, table};
use futures::StreamExt as _;
use sqlx::{Any, AnyConnection, AnyPool, Row as _, Transaction};
use vigia_ledger::tree::CompactRange;
use vigia_ledger::{Hash, leaf_hash};

/// The ledger's own fact that it grows elsewhere; its value says where.
pub(crate) const MOVED: &str = "moved";
/// The ledger's own fact that it is not here yet; its value says where it comes from.
pub(crate) const ARRIVING: &str = "arriving";
/// The log's name.
const ORIGIN: &str = "origin";
/// Rows in memory at a time.
const ROWS: usize = 1_000;

/// What was moved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moved {
    /// Rows of every table, `platform.entry` and so on; none where the copy was there already.
    pub tables: Vec<(String, u64)>,
    /// The log's head when it moved.
    pub head: Head,
    /// Whether an earlier call had moved it, and this one found everything done.
    pub before: bool,
}

impl Store {
    /// Copies a platform's data into another database, compares, and lets nobody write to the old
    /// one any more. Both sides use the keys of one folder. Running instances of the source refuse
    /// every event from then on and are to be started with the new database.
    ///
    /// # Errors
    /// [`Error::DatabaseInUse`] where the target holds something else; [`Error::Moved`] where the
    /// source grows elsewhere; [`Error::Locked`] where the source cannot be had alone; what the
    /// databases refuse. A call that failed or was interrupted can be repeated: the source is the
    /// platform until the whole copy was compared and committed, and the target afterwards.
    pub async fn transfer(from: Options, to: &Options) -> Result<Moved> {
        Self::transfer_with(from, to, Breaks::default()).await
    }

    pub(crate) async fn transfer_with(from: Options, to: &Options, breaks: Breaks) -> Result<Moved> {
        let folder = Folder::new(from.folder.clone());
        if !folder.is_initialised(&from.database) {
            return Err(Error::NotInitialised(from.folder));
        }
        let (source, target) = (from.database.to_string(), to.database.to_string());
        let (old, new) = (
            Places::of(&from.database, &folder),
            Places::of(&to.database, &folder),
        );
        // Brings the source up to date and finishes what a crash left open.
        match Self::open(from).await {
            Ok(store) => store.close().await,
            Err(Error::Moved { to }) if to == target => {}
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
        let (vault, platform) = (
            opened(&VAULT, &new.vault).await?,
            opened(&PLATFORM, &new.platform).await?,
        );

        if meta::get(&mut from_platform, MOVED).await?.is_some() {
            return finish(&mut from_platform, &platform, breaks).await;
        }
        claim(&mut from_platform, &vault, &platform, &source).await?;
        breaks.reached(Step::Claimed)?;
        let doing = "holding the target";
        let mut to_vault = engine::begin_write_in(&vault, doing).await?;
        let mut to_platform = engine::begin_write_in(&platform, doing).await?;
        empty(&mut to_vault).await?;
        empty(&mut to_platform).await?;
        let mut tables = copy(&mut from_platform, &mut to_platform, &PLATFORM).await?;
        tables.extend(copy(&mut from_vault, &mut to_vault, &VAULT).await?);
        let head = compare(&mut from_platform, &mut to_platform).await?;
        meta::set(&mut to_platform, ARRIVING, &source).await?;
        breaks.reached(Step::Copied)?;
        let doing = "committing the copy";
        to_vault.commit().await.map_err(Error::sql(doing))?;
        breaks.reached(Step::VaultCommitted)?;
        to_platform.commit().await.map_err(Error::sql(doing))?;
        breaks.reached(Step::PlatformCommitted)?;

        // From here on the source takes nothing more, whoever has it open.
        meta::set(&mut from_platform, MOVED, &target).await?;
        from_vault.rollback().await.map_err(Error::sql(doing))?;
        from_platform
            .commit()
            .await
            .map_err(Error::sql("closing the source"))?;
        breaks.reached(Step::SourceClosed)?;
        arrive(&platform).await?;
        breaks.reached(Step::Arrived)?;
        Ok(Moved {
            tables,
            head,
            before: false,
        })
    }
}

/// Whoever meets half a platform is told so, and what to do.
pub(crate) async fn refuse_arriving(pool: &AnyPool) -> Result<()> {
    let doing = "looking whether the platform is whole";
    let mut connection = pool.acquire().await.map_err(Error::sql(doing))?;
    match meta::get(&mut connection, ARRIVING).await? {
        Some(from) => Err(Error::Arriving { from }),
        None => Ok(()),
    }
}

/// A database with its tables.
async fn opened(schema: &Schema, at: &Location) -> Result<AnyPool> {
    let pool = engine::open(at, Mode::Create).await?;
    schema.apply(&pool).await?;
    Ok(pool)
}

/// Marks an empty target, or finds it marked for this log by a call that broke off.
async fn claim(from: &mut AnyConnection, vault: &AnyPool, platform: &AnyPool, source: &str) -> Result<()> {
    let doing = "claiming the target";
    let origin = meta::get(from, ORIGIN)
        .await?
        .ok_or(Error::Damaged("the log's origin"))?;
    let mut to_vault = engine::begin_write_in(vault, doing).await?;
    let mut to_platform = engine::begin_write_in(platform, doing).await?;
    match meta::get(&mut to_platform, ARRIVING).await? {
        Some(_) if meta::get(&mut to_platform, ORIGIN).await?.as_ref() == Some(&origin) => {}
        Some(from) => return Err(Error::Arriving { from }),
        None if holds_something(&mut to_vault).await? || holds_something(&mut to_platform).await? => {
            return Err(Error::DatabaseInUse);
        }
        None => {}
    }
    meta::set(&mut to_platform, ORIGIN, &origin).await?;
    meta::set(&mut to_platform, ARRIVING, source).await?;
    to_vault.rollback().await.map_err(Error::sql(doing))?;
    to_platform.commit().await.map_err(Error::sql(doing))
}

/// Whether any table has a row.
pub(crate) async fn holds_something(to: &mut AnyConnection) -> Result<bool> {
    for table in table::all(to).await? {
        if table::count(to, &table).await? != 0 {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Takes every row of a copy that was never whole, from under the triggers, too.
async fn empty(to: &mut Transaction<'static, Any>) -> Result<()> {
    let guarded = engine::drop_triggers(to).await?;
    for table in table::all(to).await? {
        table::empty(to, &table).await?;
    }
    if guarded {
        engine::make_triggers(to).await?;
    }
    Ok(())
}

/// The source is closed, so the copy had been committed whole: compares it once more and takes the
/// mark away, where an earlier call did not come to it.
async fn finish(from: &mut AnyConnection, to: &AnyPool, breaks: Breaks) -> Result<Moved> {
    let doing = "looking at what was moved";
    let mut there = engine::begin_read_in(to, doing).await?;
    let marked = meta::get(&mut there, ARRIVING).await?.is_some();
    if let Some(to) = meta::get(&mut there, MOVED).await?.filter(|_| !marked) {
        return Err(Error::Moved { to });
    }
    let same = meta::get(&mut there, ORIGIN).await? == meta::get(from, ORIGIN).await?;
    if !same || head::size(&mut there).await? < head::size(from).await? {
        return Err(Error::NotTheSame("heads"));
    }
    let head = compare(from, &mut there).await?;
    there.rollback().await.map_err(Error::sql(doing))?;
    if marked {
        arrive(to).await?;
        breaks.reached(Step::Arrived)?;
    }
    Ok(Moved {
        tables: Vec::new(),
        head,
        before: true,
    })
}

/// From here on the target is the platform.
async fn arrive(platform: &AnyPool) -> Result<()> {
    let doing = "opening the target";
    let mut tx = engine::begin_write_in(platform, doing).await?;
    meta::forget(&mut tx, ARRIVING).await?;
    tx.commit().await.map_err(Error::sql(doing))
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

/// The heads on both sides, and the tree that the copied entries have. The copy may have grown.
async fn compare(from: &mut AnyConnection, to: &mut AnyConnection) -> Result<Head> {
    let (old, new) = (head::read(from).await?.head(), head::read(to).await?.head());
    if old.size > new.size || old.size == new.size && old != new {
        return Err(Error::NotTheSame("heads"));
    }
    let doing = "comparing the copied entries";
    let mut tree = CompactRange::new();
    let mut rows = sqlx::query("SELECT leaf, body FROM entry WHERE seq < $1 ORDER BY seq")
        .bind(sql::int(old.size))
        .fetch(&mut *to);
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
    if (tree.size(), tree.root()) == (old.size, old.root) {
        Ok(old)
    } else {
        Err(Error::NotTheSame("roots"))
    }
}
