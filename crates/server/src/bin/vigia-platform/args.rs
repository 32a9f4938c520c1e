//! The command line: stable, because scripts and tests use it.

use clap::{Args, Parser, Subcommand};
use std::borrow::Cow;
use std::path::PathBuf;
use vigia_domain::Timestamp;
use vigia_domain::access::Permission;
use vigia_domain::event::Severity;
use vigia_domain::retention::{Class, Keep, MalformedKeep, UnknownClass};

/// The Vigia platform: takes events, keeps the log, proves it.
#[derive(Debug, Parser)]
#[command(name = "vigia-platform", version, about)]
pub struct Arguments {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Answer over HTTP until stopped.
    Serve {
        #[command(flatten)]
        data: Data,
        /// Where to listen [default: 127.0.0.1:7700]; beyond this machine with a certificate only.
        #[arg(long, value_name = "ADDRESS")]
        listen: Option<String>,
        /// Print the configuration that would be used, where each value comes from, secrets masked;
        /// open nothing.
        #[arg(long)]
        print_config: bool,
        /// Check the configuration and the certificate; open nothing. Exit code: 0 good, 2 not.
        #[arg(long, conflicts_with = "print_config")]
        check: bool,
    },
    /// Make a platform, with its first administrator.
    Init {
        #[command(flatten)]
        data: Data,
        /// The administrator's e-mail.
        #[arg(long, value_name = "E")]
        admin_email: String,
        /// A file with the administrator's password; the line break at its end does not count.
        #[arg(long, value_name = "F")]
        admin_password_file: PathBuf,
        /// Make a certificate for this host name or address, too; may be given several times.
        #[arg(long = "tls-name", value_name = "NAME")]
        tls_names: Vec<String>,
    },
    /// The certificate that the platform made for itself.
    #[command(subcommand)]
    Tls(Tls),
    /// Accounts, from the platform's own machine.
    #[command(subcommand)]
    Admin(Admin),
    /// API keys.
    #[command(subcommand)]
    Key(Key),
    /// Check the whole ledger; prints the evidence where it is broken. Exit code: 0 whole, 1 broken.
    Verify {
        #[command(flatten)]
        data: Data,
        /// A checkpoint that was kept elsewhere; the log must have grown out of it.
        #[arg(long, value_name = "FILE")]
        checkpoint: Option<PathBuf>,
        /// The log's public verifier key (`verifier` of GET /v1/ledger/key): needs none of the keys in the
        /// folder and opens nobody's data; every entry, the tree and the signatures are checked.
        #[arg(long, value_name = "VERIFIER", conflicts_with = "checkpoint")]
        log_key: Option<String>,
        /// Print one JSON object.
        #[arg(long)]
        json: bool,
    },
    /// Rebuild the state from the events and compare. Exit code: 0 the same, 1 different.
    Replay {
        #[command(flatten)]
        data: Data,
        /// Compare only; nothing is written. The only way there is.
        #[arg(long, required = true)]
        check: bool,
        /// Print one JSON object.
        #[arg(long)]
        json: bool,
    },
    /// Erase a person: every subject with this identifier in every service, the account included.
    /// Cannot be undone. API keys that they made go on working.
    Erase {
        #[command(flatten)]
        data: Data,
        /// An e-mail address, user name or id.
        #[arg(long, value_name = "S")]
        subject: String,
        /// Print one JSON object.
        #[arg(long)]
        json: bool,
    },
    /// Move the data to another database, compare, and verify the copy. The old database takes nothing
    /// more; stop every instance first, and start it with the new one. Exit code: 0 whole, 1 broken.
    Migrate(Migrate),
    /// How long events are kept.
    #[command(subcommand)]
    Retention(Policy),
    /// Legal holds: what is kept although its days are over.
    #[command(subcommand)]
    Hold(Hold),
    /// Back up the ledger, then vault and keys, encrypted under the master key, while the platform
    /// runs. The master key is not in it: keep it elsewhere.
    Backup(Backup),
    /// Try whether a backup can be restored: does it, verifies, replays, and takes it away again. Exit
    /// code: 0 it can, 1 it cannot.
    CheckBackup(CheckBackup),
    /// Make a platform of a backup, in a data folder that holds nothing.
    Restore(RestoreBackup),
    /// Change a key; itself an event. The old one is kept nowhere.
    #[command(subcommand)]
    Rotate(Rotate),
    /// Print every event, people shown, one JSON object a line. Itself an event.
    Export {
        #[command(flatten)]
        data: Data,
        /// Only what happened at or after this moment (RFC 3339, or a date in UTC).
        #[arg(long, value_name = "T", value_parser = moment)]
        since: Option<Timestamp>,
        /// Only what happened before this moment (RFC 3339, or a date in UTC).
        #[arg(long, value_name = "T", value_parser = moment)]
        until: Option<Timestamp>,
        /// JSON lines; the only format there is.
        #[arg(long, required = true)]
        json: bool,
    },
}

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
    fn data(&self) -> Data {
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

/// Which key changes.
#[derive(Debug, Subcommand)]
pub enum Rotate {
    /// The key that signs checkpoints. Consoles follow by a checkpoint that both keys sign.
    LogKey {
        #[command(flatten)]
        data: Data,
    },
    /// The key that everything in `keys/` is wrapped with. Backups from before open with the old one
    /// alone: make one right after.
    MasterKey {
        #[command(flatten)]
        data: Data,
        /// A file with the new key (32 bytes, or 64 hexadecimal digits); needed where the key lies outside
        /// the data folder, else a fresh one is made.
        #[arg(long, value_name = "FILE")]
        new_master_key: Option<PathBuf>,
    },
}

/// How long events are kept.
#[derive(Debug, Subcommand)]
pub enum Policy {
    /// Print how long each class is kept.
    Show {
        #[command(flatten)]
        data: Data,
        /// Print one JSON object.
        #[arg(long)]
        json: bool,
    },
    /// Keep classes so long from now on. Takes away nothing by itself: the daily run does.
    Set {
        #[command(flatten)]
        data: Data,
        /// CLASS=DAYS or CLASS=forever; classes: security, audit, application, system, own. May be given
        /// several times.
        #[arg(long = "keep", value_name = "CLASS=DAYS", value_parser = keep, required = true)]
        keep: Vec<(Class, Keep)>,
        /// Print one JSON object.
        #[arg(long)]
        json: bool,
    },
    /// Take away what is over now, as the daily run does.
    Run {
        #[command(flatten)]
        data: Data,
        /// Only say what would go.
        #[arg(long)]
        dry_run: bool,
        /// Print one JSON object.
        #[arg(long)]
        json: bool,
    },
}

/// Legal holds.
#[derive(Debug, Subcommand)]
pub enum Hold {
    /// Keep what fits all of the conditions until the hold is released.
    Place(PlaceHold),
    /// Print every hold, released ones too, with whom and why.
    List {
        #[command(flatten)]
        data: Data,
        /// Print one JSON array.
        #[arg(long)]
        json: bool,
    },
    /// End a hold. What it kept goes with the next run, if its days are over.
    Release {
        #[command(flatten)]
        data: Data,
        /// The hold.
        #[arg(value_name = "ID")]
        id: uuid::Uuid,
    },
}

/// What is to be held; everything that fits all of the conditions that are given.
#[derive(Debug, Args)]
pub struct PlaceHold {
    #[command(flatten)]
    pub data: Data,
    /// Why. Sealed in the log.
    #[arg(long, value_name = "TEXT")]
    pub reason: String,
    /// What is about this person: an e-mail address, user name or id. They cannot be erased meanwhile.
    #[arg(long, value_name = "S")]
    pub subject: Option<String>,
    /// Events of this service; may be given several times.
    #[arg(long = "service", value_name = "NAME")]
    pub services: Vec<String>,
    /// Events of this kind, or of all that begin so (auth.*); may be given several times.
    #[arg(long = "kind", value_name = "KIND")]
    pub kinds: Vec<String>,
    /// Events from this country, as two letters; may be given several times.
    #[arg(long = "country", value_name = "CC")]
    pub countries: Vec<String>,
    /// Events at least so severe: info, low, medium, high, critical.
    #[arg(long, value_name = "S", value_parser = severity)]
    pub severity: Option<Severity>,
    /// What happened or was recorded at or after this moment (RFC 3339, or a date in UTC).
    #[arg(long, value_name = "T", value_parser = moment)]
    pub since: Option<Timestamp>,
    /// What happened or was recorded before this moment (RFC 3339, or a date in UTC).
    #[arg(long, value_name = "T", value_parser = moment)]
    pub until: Option<Timestamp>,
    /// Print one JSON object.
    #[arg(long)]
    pub json: bool,
}

/// Where a backup goes.
#[derive(Debug, Args)]
pub struct Backup {
    #[command(flatten)]
    pub data: Data,
    /// The folder of the backups.
    #[arg(long, value_name = "DIR")]
    pub to: PathBuf,
    /// The folder of vault and keys, to lie apart from the databases.
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
    fn data(&self) -> Data {
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

/// The certificate that the platform made for itself.
#[derive(Debug, Subcommand)]
pub enum Tls {
    /// Print it: whose names it has, until when it counts, and the fingerprint to compare.
    Show {
        #[command(flatten)]
        data: Data,
        /// Print the certificate itself, to be given to programs as the authority.
        #[arg(long, conflicts_with = "json")]
        pem: bool,
        /// Print one JSON object.
        #[arg(long)]
        json: bool,
    },
    /// Make a new one with a new key; a running platform shows it within seconds. Consoles that
    /// accepted the old one have to accept it anew.
    Renew {
        #[command(flatten)]
        data: Data,
        /// Its host names and addresses; without any, those of the old one.
        #[arg(long = "tls-name", value_name = "NAME")]
        tls_names: Vec<String>,
        /// Print one JSON object.
        #[arg(long)]
        json: bool,
    },
}

/// Accounts, from the platform's own machine.
#[derive(Debug, Subcommand)]
pub enum Admin {
    /// Give a locked-out administrator a new password. Ends their sessions; itself an event. Where no
    /// active administrator is left, makes a new one.
    Reset {
        #[command(flatten)]
        data: Data,
        /// The account's e-mail.
        #[arg(long, value_name = "E")]
        email: String,
        /// A file with the new password; the line break at its end does not count.
        #[arg(long, value_name = "F")]
        password_file: PathBuf,
    },
}

/// API keys.
#[derive(Debug, Subcommand)]
pub enum Key {
    /// Make a key. It is shown once.
    Create {
        #[command(flatten)]
        data: Data,
        /// 1 to 64 letters, digits, dots, dashes or underscores.
        #[arg(long, value_name = "N")]
        name: String,
        /// What it may do, like events:write; may be given several times.
        #[arg(long = "permission", value_name = "P", required = true)]
        permissions: Vec<Permission>,
        /// When it ends by itself (RFC 3339, or a date in UTC).
        #[arg(long, value_name = "T", value_parser = moment)]
        expires_at: Option<Timestamp>,
        /// Print one JSON object.
        #[arg(long)]
        json: bool,
    },
}

/// Which platform.
#[derive(Debug, Clone, Args)]
pub struct Data {
    /// The data folder.
    #[arg(long = "data", value_name = "DIR")]
    pub folder: PathBuf,
    /// The configuration [default: DIR/vigia.toml, where there is one].
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// The PostgreSQL database, in place of the data folder's SQLite. Whoever lists this machine's
    /// processes sees a password in it; VIGIA_DATABASE and --database-file hide it.
    #[arg(long, value_name = "URL", conflicts_with = "database_file")]
    pub database: Option<String>,
    /// A file whose one line is the PostgreSQL database's address.
    #[arg(long, value_name = "FILE")]
    pub database_file: Option<String>,
    /// Any setting, over the file and the environment; may be given several times.
    #[arg(long = "set", value_name = "KEY=VALUE", value_parser = setting)]
    pub settings: Vec<(String, String)>,
}

impl Command {
    /// Which platform it is about.
    #[must_use]
    pub fn data(&self) -> Cow<'_, Data> {
        Cow::Borrowed(match self {
            Self::Migrate(migrate) => return Cow::Owned(migrate.data()),
            Self::CheckBackup(check) => return Cow::Owned(check.data()),
            Self::Serve { data, .. }
            | Self::Init { data, .. }
            | Self::Tls(Tls::Show { data, .. } | Tls::Renew { data, .. })
            | Self::Admin(Admin::Reset { data, .. })
            | Self::Key(Key::Create { data, .. })
            | Self::Verify { data, .. }
            | Self::Replay { data, .. }
            | Self::Erase { data, .. }
            | Self::Export { data, .. }
            | Self::Retention(
                Policy::Show { data, .. } | Policy::Set { data, .. } | Policy::Run { data, .. },
            )
            | Self::Hold(
                Hold::List { data, .. } | Hold::Release { data, .. } | Hold::Place(PlaceHold { data, .. }),
            )
            | Self::Backup(Backup { data, .. })
            | Self::Rotate(Rotate::LogKey { data, .. } | Rotate::MasterKey { data, .. })
            | Self::Restore(RestoreBackup { data, .. }) => data,
        })
    }
}

fn keep(text: &str) -> Result<(Class, Keep), String> {
    let parts = text.split_once('=');
    let (class, keep) = parts.ok_or_else(|| "write it as CLASS=DAYS, like audit=365".to_owned())?;
    let class = class
        .trim()
        .parse()
        .map_err(|error: UnknownClass| error.to_string())?;
    let keep = keep
        .trim()
        .parse()
        .map_err(|error: MalformedKeep| error.to_string())?;
    Ok((class, keep))
}

fn severity(text: &str) -> Result<Severity, String> {
    (0..=6)
        .map(Severity::from_number)
        .find(|severity| severity.name() == text)
        .ok_or_else(|| "one of info, low, medium, high, critical".to_owned())
}

fn setting(text: &str) -> Result<(String, String), String> {
    let parts = text.split_once('=');
    let (key, value) = parts.ok_or_else(|| "write it as KEY=VALUE, like log.format=text".to_owned())?;
    Ok((key.trim().to_owned(), value.to_owned()))
}

fn moment(text: &str) -> Result<Timestamp, String> {
    let day = |text: &str| {
        let day: chrono::NaiveDate = text.parse().ok()?;
        Some(day.and_hms_opt(0, 0, 0)?.and_utc())
    };
    match chrono::DateTime::parse_from_rfc3339(text) {
        Ok(moment) => Ok(vigia_domain::clock::whole_micros(moment.to_utc())),
        Err(error) => day(text).ok_or_else(|| format!("neither RFC 3339 nor a date: {error}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory as _;

    #[test]
    fn the_command_line_is_consistent() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn every_command_and_every_option_says_what_it_is() {
        fn explained(command: &clap::Command) {
            let name = command.get_name();
            assert!(command.get_about().is_some(), "{name}");
            for argument in command.get_arguments() {
                assert!(argument.get_help().is_some(), "{name} {}", argument.get_id());
            }
            command.get_subcommands().for_each(explained);
        }
        explained(&Arguments::command());
    }

    #[test]
    fn a_moment_is_rfc_3339_or_a_day() {
        assert_eq!(
            moment("2026-02-17").unwrap(),
            moment("2026-02-17T00:00:00Z").unwrap()
        );
        assert_eq!(
            moment("2026-02-17T10:00:00-03:00").unwrap(),
            moment("2026-02-17T13:00:00Z").unwrap()
        );
        assert!(moment("yesterday").is_err());
    }
}
