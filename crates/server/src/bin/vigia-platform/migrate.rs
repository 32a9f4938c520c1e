//! `migrate`: a platform's data from one database to another, its proofs intact, its keys where they
//! are. Afterwards the whole copy is verified, and the log itself says that it moved.

use crate::args::Migrate;
use crate::run::{Answer, Failure, operator, print};
use crate::setup::Setup;
use crate::verify;
use std::path::PathBuf;
use vigia_domain::Kind;
use vigia_server::{Database, Error, Options, PostgresUrl, operator_may};
use vigia_store::{Authority, Moved, Store};

/// The longest file with an address, in bytes.
const MAX_ADDRESS_FILE_BYTES: u64 = 4_096;

/// One side of the move.
enum Side {
    /// The SQLite files of this folder.
    Folder(PathBuf),
    /// A PostgreSQL database.
    Postgres(PostgresUrl),
}

impl Side {
    fn parse(name: &'static str, text: &str) -> Result<Self, Failure> {
        if let Some(folder) = text.strip_prefix("sqlite:") {
            return Ok(Self::Folder(PathBuf::from(folder)));
        }
        let wrong = |error: vigia_store::Error| wrong(name, error.to_string());
        text.parse().map(Self::Postgres).map_err(wrong)
    }

    fn database(&self) -> Database {
        match self {
            Self::Folder(_) => Database::Folder,
            Self::Postgres(url) => Database::Postgres(url.clone()),
        }
    }
}

fn wrong(name: &'static str, reason: impl Into<String>) -> Failure {
    let reason = reason.into();
    Error::Field { name, reason }.into()
}

/// Moves the data.
///
/// # Errors
/// Sides that do not fit each other; whatever keeps the data from being copied whole.
pub async fn migrate(setup: &Setup, command: &Migrate) -> Result<Answer, Failure> {
    let (from, to) = sides(command)?;
    let folders = [&from, &to].into_iter().filter_map(|side| match side {
        Side::Folder(folder) => Some(folder.as_path()),
        Side::Postgres(_) => None,
    });
    for folder in folders {
        if folder != setup.folder() {
            let reason = format!(
                "a SQLite side lies in the folder of the keys, {}; copy the keys there first",
                setup.folder().display()
            );
            return Err(wrong("data", reason));
        }
    }
    if from.database() == to.database() {
        return Err(wrong("to", "is the database that the data comes from"));
    }
    let side = |side: &Side| Options {
        database: side.database(),
        ..setup.options()
    };
    let moved = Store::transfer(side(&from), &side(&to)).await?;
    tell(&moved)?;
    note(side(&to), &from, &to, &moved).await?;
    print(&format!(
        "the data is in {} now; the old database takes nothing more",
        to.database()
    ))?;
    verify::verify(side(&to), None, false).await
}

fn sides(command: &Migrate) -> Result<(Side, Side), Failure> {
    let side = |name: &'static str, given: &Option<String>, file: &Option<PathBuf>| {
        let text = match (given, file) {
            (Some(text), _) => text.clone(),
            (None, Some(path)) => address(path)?,
            (None, None) => return Err(wrong(name, "is missing")),
        };
        Side::parse(name, &text)
    };
    Ok((
        side("from", &command.from, &command.from_file)?,
        side("to", &command.to, &command.to_file)?,
    ))
}

fn address(path: &PathBuf) -> Result<String, Failure> {
    let failed = |source| Failure::File {
        path: path.clone(),
        source,
    };
    if std::fs::metadata(path).map_err(failed)?.len() > MAX_ADDRESS_FILE_BYTES {
        return Err(wrong("address file", "is too long for an address"));
    }
    let text = std::fs::read_to_string(path).map_err(failed)?;
    Ok(text.lines().next().unwrap_or_default().trim().to_owned())
}

fn tell(moved: &Moved) -> Result<(), Failure> {
    for (table, rows) in moved.tables.iter().filter(|(_, rows)| *rows > 0) {
        print(&format!("{table}: {rows} rows"))?;
    }
    let root = hex::encode(moved.head.root);
    let done = if moved.before {
        "moved by an earlier run, compared again"
    } else {
        "copied and compared"
    };
    print(&format!("{done}: {} entries, root {root}", moved.head.size))
}

/// The log says so itself: a desk that copied it before sees why it is elsewhere now.
async fn note(options: Options, from: &Side, to: &Side, moved: &Moved) -> Result<(), Failure> {
    let origin = operator();
    let mut event = origin.event(
        Kind::PLATFORM_MIGRATED,
        "The platform's data moved to another database",
    )?;
    for (name, side) in [("from", from), ("to", to)] {
        event
            .details
            .insert(name.to_owned(), side.database().to_string().into());
    }
    event.details.insert("entries".to_owned(), moved.head.size.into());
    let permit = operator_may(origin.now)?;
    let store = Store::open(options).await?;
    let told = match told(&store, moved).await {
        Ok(false) => store
            .record(Authority::Platform(&permit), vec![event])
            .await
            .map(|_| ()),
        told => told.map(|_| ()),
    };
    store.close().await;
    Ok(told?)
}

/// Whether the log says so already: an earlier run may have been interrupted after that.
async fn told(store: &Store, moved: &Moved) -> vigia_store::Result<bool> {
    if !moved.before {
        return Ok(false);
    }
    let may = operator_may(operator().now).map_err(|_| vigia_store::Error::Closed)?;
    let mut export = store.export(&may, None, None).await?;
    loop {
        let page = export.next_page().await?;
        if page.is_empty() {
            return Ok(false);
        }
        let tells = |one: &vigia_store::Exported| {
            one.seq >= moved.head.size && one.event.kind == Kind::PLATFORM_MIGRATED
        };
        if page.iter().any(tells) {
            return Ok(true);
        }
    }
}
