//! Backups, and moving to another database.

use super::Data;
use clap::Args;
use std::path::PathBuf;

/// From where to where.
#[derive(Debug, Args)]
pub struct Migrate {
    /// Where the data is: sqlite:DIR or postgres://… Whoever lists this machine's processes sees a
    /// password in it.
    #[arg(long, value_name = "URL", required_unless_present = "from_file")]
    pub from: Option<String>,
    /// A file whose one line says where the data is.
    #[arg(long, value_name = "FILE", conflicts_with = "from")]
    pub from_file: Option<PathBuf>,
    /// Where it goes, like --from; holds nothing yet.
    #[arg(long, value_name = "URL", required_unless_present = "to_file")]
    pub to: Option<String>,
    /// A file whose one line says where it goes.
    #[arg(long, value_name = "FILE", conflicts_with = "to")]
    pub to_file: Option<PathBuf>,
    /// The data folder, whose keys serve both [default: the DIR of sqlite:DIR].
    #[arg(long = "data", value_name = "DIR")]
    pub folder: Option<PathBuf>,
    /// The configuration [default: DIR/vigia.toml, where there is one]; its database does not count.
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
}

impl Migrate {
    /// The folder of the keys.
    pub(super) fn data(&self) -> Data {
        let sides = [&self.from, &self.to].into_iter().flatten();
        let named = sides.filter_map(|side| side.strip_prefix("sqlite:")).next();
        Data {
            folder: self
                .folder
                .clone()
                .unwrap_or_else(|| PathBuf::from(named.unwrap_or("."))),
            config: self.config.clone(),
            database: None,
            database_file: None,
            settings: Vec::new(),
        }
    }
}

/// Where a backup goes.
#[derive(Debug, Args)]
pub struct Backup {
    #[command(flatten)]
    pub data: Data,
    /// The folder of the backups, outside the data folder.
    #[arg(long, value_name = "DIR")]
    pub to: PathBuf,
    /// The folder of vault and keys, to lie apart from the databases and outside the data folder.
    #[arg(long, value_name = "DIR")]
    pub vault_to: Option<PathBuf>,
    /// Days after which a database's backup goes [default: 30, or the configuration's].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=36_500))]
    pub keep_days: Option<u32>,
    /// Make none; print those that are there, and whether one is pending.
    #[arg(long)]
    pub list: bool,
    /// Print one JSON object.
    #[arg(long)]
    pub json: bool,
}

/// Which backup to try.
#[derive(Debug, Args)]
pub struct CheckBackup {
    /// The folder of the backups.
    #[arg(long, value_name = "DIR")]
    pub from: PathBuf,
    /// The folder of vault and keys, where it is another.
    #[arg(long, value_name = "DIR")]
    pub vault_from: Option<PathBuf>,
    /// Which one [default: the newest].
    #[arg(long, value_name = "NAME")]
    pub name: Option<String>,
    /// A file with the master key [default: the one of --data].
    #[arg(long, value_name = "FILE", required_unless_present = "folder")]
    pub master_key: Option<PathBuf>,
    /// Where to restore it for the time of the check; needs room for the data [default: --from].
    #[arg(long, value_name = "DIR")]
    pub work: Option<PathBuf>,
    /// The data folder whose master key and configuration count.
    #[arg(long = "data", value_name = "DIR")]
    pub folder: Option<PathBuf>,
    /// The configuration [default: DIR/vigia.toml, where there is one].
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Print one JSON object.
    #[arg(long)]
    pub json: bool,
}

impl CheckBackup {
    pub(super) fn data(&self) -> Data {
        Data {
            folder: self.folder.clone().unwrap_or_else(|| self.from.clone()),
            config: self.config.clone(),
            database: None,
            database_file: None,
            settings: Vec::new(),
        }
    }
}

/// Which backup becomes a platform.
#[derive(Debug, Args)]
pub struct RestoreBackup {
    #[command(flatten)]
    pub data: Data,
    /// The folder of the backups.
    #[arg(long, value_name = "DIR")]
    pub from: PathBuf,
    /// The folder of vault and keys, where it is another.
    #[arg(long, value_name = "DIR")]
    pub vault_from: Option<PathBuf>,
    /// Which one [default: the newest].
    #[arg(long, value_name = "NAME")]
    pub name: Option<String>,
    /// A file with the master key [default: the configuration's].
    #[arg(long, value_name = "FILE")]
    pub master_key: Option<PathBuf>,
    /// Print one JSON object.
    #[arg(long)]
    pub json: bool,
}
