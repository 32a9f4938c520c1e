//! The command line: stable, because scripts and tests use it.

mod copy;
mod life;
mod value;

pub use copy::{Backup, CheckBackup, Migrate, RestoreBackup};
pub use life::{Hold, PlaceHold, Policy, Rotate};

use clap::{Args, Parser, Subcommand};
use std::borrow::Cow;
use std::path::PathBuf;
use value::{moment, setting};
use vigia_domain::Timestamp;
use vigia_domain::access::Permission;

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
}
