//! How a platform is run: a file, the environment and the command line, in this order, each over
//! the one before.
//!
//! Every setting is one row of [`setting::ALL`]: its key, what it takes, how it is read and shown.
//! From that row come its name in the file, its environment variable (`http.hosts` is
//! `VIGIA_HTTP_HOSTS`), `--print-config` and the reference in docs/operations.md. What nobody knows
//! is refused and the nearest known key named; every refusal says where the value stands. Nothing is
//! opened before the whole configuration holds. A secret is never shown.

mod given;
mod read;
pub mod setting;
pub mod wrong;

pub use read::{Flag, Inputs, load};
pub use wrong::{Refused, Wrong};

use crate::syslog;
use ipnet::IpNet;
use std::collections::BTreeMap;
use std::fmt::{self, Write as _};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use vigia_intake::Formats;
use vigia_store::PostgresUrl;
use zeroize::{Zeroize, Zeroizing};

/// The name of the file that is read from the data folder when no other is named.
pub const FILE_NAME: &str = "vigia.toml";
/// What every environment variable begins with.
pub const PREFIX: &str = "VIGIA_";
/// The section under which formats of the operator's own lie: `[formats.NAME]`. Only the file has it.
pub const FORMATS: &str = "formats";
/// The port that a platform takes where nobody says another.
const PORT: u16 = 7700;
/// Connections held at the same time where nobody says another number.
const CONNECTIONS: u32 = 12_000;

/// Everything that can be set.
#[derive(Debug, Clone, PartialEq)]
pub struct Config {
    /// Where to listen.
    pub listen: SocketAddr,
    /// The PostgreSQL database; without one the data folder holds SQLite.
    pub database: Option<PostgresUrl>,
    /// The file that the database's address was read from.
    pub database_file: Option<PathBuf>,
    /// The master key, from outside the data folder.
    pub master_key: Option<Secret<[u8; 32]>>,
    /// The file that it was read from.
    pub master_key_file: Option<PathBuf>,
    /// Who is answered, and how many.
    pub http: Http,
    /// The certificate that is shown.
    pub tls: Tls,
    /// Who may say where a request came from.
    pub proxy: Proxy,
    /// Syslog over TCP and TLS.
    pub syslog: syslog::Settings,
    /// Where backups go.
    pub backup: Backup,
    /// The operator's log.
    pub log: Log,
    /// Formats of the operator's own, by name.
    pub formats: BTreeMap<String, Format>,
}

/// How lines of a format of the operator's own become events.
pub type Format = vigia_intake::FieldMap;

/// Who is answered, and how many.
#[derive(Debug, Clone, PartialEq)]
pub struct Http {
    /// The names that the platform answers to, beside this machine's own and the certificate's.
    pub hosts: Vec<String>,
    /// Connections held at the same time; more wait.
    pub max_connections: u32,
}

/// The certificate that is shown.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Tls {
    /// A chain of certificates, PEM, the platform's own first.
    pub certificate: Option<PathBuf>,
    /// Its private key, PEM.
    pub key: Option<PathBuf>,
}

/// Who may say where a request came from.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Proxy {
    /// The networks of those who may.
    pub trusted: Vec<IpNet>,
    /// In which header they say it.
    pub header: ForwardHeader,
}

/// The header in which a proxy says whom it speaks for. Only this one is read: a proxy hands on the
/// others as whoever asked wrote them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ForwardHeader {
    /// `X-Forwarded-For` and `X-Forwarded-Proto`.
    #[default]
    XForwardedFor,
    /// `Forwarded` (RFC 7239).
    Forwarded,
}

/// Where backups go while the platform runs.
#[derive(Debug, Clone, PartialEq)]
pub struct Backup {
    /// The folder; without one none are made.
    pub to: Option<PathBuf>,
    /// The folder of vault and keys, where it is to be another.
    pub vault_to: Option<PathBuf>,
    /// Days after which a database's backup goes.
    pub keep_days: u32,
}

impl Default for Backup {
    fn default() -> Self {
        Self {
            to: None,
            vault_to: None,
            keep_days: vigia_store::KEEP_DAYS,
        }
    }
}

impl Backup {
    /// What the platform does with it.
    #[must_use]
    pub fn plan(&self) -> Option<vigia_store::BackupPlan> {
        Some(vigia_store::BackupPlan {
            to: self.to.clone()?,
            vault_to: self.vault_to.clone(),
            keep_days: self.keep_days,
        })
    }
}

/// The operator's log.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Log {
    /// How much: `info`, `debug`, `vigia_server=debug`, `off`; each command has its own default.
    pub level: Option<String>,
    /// In which form.
    pub format: LogFormat,
}

/// The form of the operator's log.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum LogFormat {
    /// One JSON object a line.
    #[default]
    Json,
    /// For people's eyes.
    Text,
}

impl Config {
    /// The formats of the operator's own, with Vigia's; they were checked when they were read.
    #[must_use]
    pub fn formats(&self) -> Formats {
        Formats::new(self.formats.clone()).unwrap_or_default()
    }
}

impl Default for Config {
    fn default() -> Self {
        Self {
            listen: (Ipv4Addr::LOCALHOST, PORT).into(),
            database: None,
            database_file: None,
            master_key: None,
            master_key_file: None,
            http: Http::default(),
            tls: Tls::default(),
            proxy: Proxy::default(),
            syslog: syslog::Settings::default(),
            backup: Backup::default(),
            log: Log::default(),
            formats: BTreeMap::new(),
        }
    }
}

impl Default for Http {
    fn default() -> Self {
        Self {
            hosts: Vec::new(),
            max_connections: CONNECTIONS,
        }
    }
}

/// A value that is never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret<T: Zeroize>(Zeroizing<T>);

impl<T: Zeroize> Secret<T> {
    /// Keeps a value.
    pub fn new(value: T) -> Self {
        Self(Zeroizing::new(value))
    }

    /// The value, for where it is used.
    pub fn reveal(&self) -> &T {
        &self.0
    }
}

impl<T: Zeroize> fmt::Debug for Secret<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// Where the value of a setting came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// Nobody said anything.
    Default,
    /// A line of a file.
    File(PathBuf, usize),
    /// An environment variable.
    Environment(String),
    /// An option of the command line.
    Flag(String),
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File(path, line) => write!(f, "{}, line {line}", path.display()),
            Self::Environment(name) => write!(f, "environment variable {name}"),
            Self::Flag(name) => write!(f, "option {name}"),
        }
    }
}

/// A configuration that holds, and where each value came from.
#[derive(Debug, Clone)]
pub struct Effective {
    /// The values.
    pub config: Config,
    sources: BTreeMap<&'static str, Source>,
}

impl Effective {
    /// Where the value of a setting came from.
    #[must_use]
    pub fn source(&self, key: &str) -> &Source {
        self.sources.get(key).unwrap_or(&Source::Default)
    }

    /// The whole configuration as a file that could be read again, each value with its source;
    /// secrets masked, and what is not set as a comment.
    #[must_use]
    pub fn print(&self) -> String {
        let mut text = String::new();
        let mut section = "";
        for setting in setting::ALL {
            let (table, name) = setting.key.rsplit_once('.').unwrap_or(("", setting.key));
            if table != section {
                // Writing into a string cannot fail.
                let _ = writeln!(text, "\n[{table}]");
                section = table;
            }
            let source = self.source(setting.key);
            let _ = match setting.shown(&self.config) {
                Some(value) => writeln!(text, "{name} = {value}  # {source}"),
                None => writeln!(text, "# {name} is not set"),
            };
        }
        for (name, format) in &self.config.formats {
            // A map of texts always has a form.
            let format = toml::to_string(&BTreeMap::from([(FORMATS, BTreeMap::from([(name, format)]))]));
            let _ = write!(text, "\n{}", format.unwrap_or_default());
        }
        text
    }
}

#[cfg(test)]
mod tests;
