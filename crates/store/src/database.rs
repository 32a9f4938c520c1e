//! Which database a platform keeps its data in: two SQLite files of the data folder, or a
//! PostgreSQL server that several instances share.
//!
//! Must stay true: a password never leaves this module but to the driver. Debug and Display show
//! server and database alone, and no error carries the address.

use crate::engine::Location;
use crate::error::{Error, Result};
use crate::folder::Folder;
use sqlx::ConnectOptions as _;
use sqlx::any::AnyConnectOptions;
use sqlx::postgres::{PgConnectOptions, PgSslMode};
use std::fmt;
use std::str::FromStr;
use zeroize::Zeroizing;

/// How the server knows us among its sessions.
const APPLICATION: &str = "vigia-platform";
/// The longest address, in bytes.
const MAX_URL_BYTES: usize = 2_048;
/// What may stand behind the question mark; anything else is a mistake, and its value may be secret.
const PARAMETERS: [&str; 13] = [
    "host",
    "hostaddr",
    "port",
    "dbname",
    "user",
    "password",
    "sslmode",
    "sslrootcert",
    "sslcert",
    "sslkey",
    "application_name",
    "options",
    "statement-cache-capacity",
];

/// Where a platform's databases are.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Database {
    /// `platform.db` and `vault.db` in the data folder.
    #[default]
    Folder,
    /// The schemas `vigia` and `vigia_vault` of a PostgreSQL database. The data folder holds the
    /// keys alone.
    Postgres(PostgresUrl),
}

/// Where both of a platform's databases lie.
#[derive(Debug, Clone)]
pub(crate) struct Places {
    pub platform: Location,
    pub vault: Location,
}

impl Places {
    pub(crate) fn of(database: &Database, folder: &Folder) -> Self {
        match database {
            Database::Folder => Self {
                platform: Location::File(folder.platform()),
                vault: Location::File(folder.vault()),
            },
            Database::Postgres(url) => Self {
                platform: Location::Schema(url.clone(), "vigia"),
                vault: Location::Schema(url.clone(), "vigia_vault"),
            },
        }
    }
}

impl fmt::Display for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Folder => f.write_str("SQLite in the data folder"),
            Self::Postgres(url) => url.fmt(f),
        }
    }
}

/// `postgres://user:password@host:port/database?sslmode=…`, as libpq writes it.
#[derive(Clone, PartialEq, Eq)]
pub struct PostgresUrl(Zeroizing<String>);

impl FromStr for PostgresUrl {
    type Err = Error;

    /// What is missing is taken from `PGUSER`, `PGPASSWORD`, `PGPASSFILE` and their like. A server
    /// on another machine is spoken to over TLS whose certificate is checked, unless `sslmode`
    /// says otherwise.
    fn from_str(text: &str) -> Result<Self> {
        let wrong = Error::DatabaseUrl;
        if text.len() > MAX_URL_BYTES {
            return Err(wrong("it is too long"));
        }
        if !(text.starts_with("postgres://") || text.starts_with("postgresql://")) {
            return Err(wrong("it begins with postgres://"));
        }
        // libpq takes a host that is given as a parameter alone; the reader of addresses wants one
        // behind a name. A folder of sockets goes over it.
        let nameless = |scheme: &str| {
            let (user, rest) = text.strip_prefix(scheme)?.split_once("@/")?;
            let by_parameter = rest.contains("?host=") || rest.contains("&host=");
            (!user.contains(['/', '?']) && by_parameter).then(|| format!("{scheme}{user}@localhost/{rest}"))
        };
        let whole = nameless("postgres://")
            .or_else(|| nameless("postgresql://"))
            .map(Zeroizing::new);
        let text = whole.as_ref().map_or(text, |whole| whole.as_str());
        // Neither error's own words: they may quote what is secret.
        let any = AnyConnectOptions::from_str(text).map_err(|_| wrong("it is no address"))?;
        let names: Vec<String> = any
            .database_url
            .query_pairs()
            .map(|(name, _)| name.into_owned())
            .collect();
        if names
            .iter()
            .any(|name| !PARAMETERS.contains(&name.as_str()) && !name.starts_with("options["))
        {
            return Err(wrong("it has a parameter that is not known"));
        }
        let options = PgConnectOptions::from_str(text).map_err(|_| wrong("a parameter has no such value"))?;
        if options.get_database().is_none() {
            return Err(wrong("it names no database"));
        }
        let mut url = any.database_url;
        if !names.iter().any(|name| name == "sslmode")
            && !is_near(&options)
            && matches!(options.get_ssl_mode(), PgSslMode::Prefer | PgSslMode::Allow)
        {
            url.query_pairs_mut().append_pair("sslmode", "verify-full");
        }
        if !names.iter().any(|name| name == "application_name") {
            url.query_pairs_mut().append_pair("application_name", APPLICATION);
        }
        Ok(Self(Zeroizing::new(url.to_string())))
    }
}

/// Whether nobody between here and the server can listen.
fn is_near(options: &PgConnectOptions) -> bool {
    let host = options.get_host();
    options.get_socket().is_some()
        || host.starts_with('/')
        || host == "localhost"
        || host
            .trim_matches(['[', ']'])
            .parse::<std::net::IpAddr>()
            .is_ok_and(|address| address.is_loopback())
}

impl PostgresUrl {
    /// For the driver that serves both engines.
    pub(crate) fn any_options(&self) -> Result<AnyConnectOptions> {
        let options =
            AnyConnectOptions::from_str(&self.0).map_err(|_| Error::DatabaseUrl("it is no address"))?;
        Ok(options.disable_statement_logging())
    }

    /// For what only this engine can do.
    pub(crate) fn options(&self) -> Result<PgConnectOptions> {
        let options =
            PgConnectOptions::from_str(&self.0).map_err(|_| Error::DatabaseUrl("it is no address"))?;
        Ok(options.disable_statement_logging())
    }
}

impl fmt::Display for PostgresUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Ok(options) = PgConnectOptions::from_str(&self.0) else {
            return f.write_str("PostgreSQL");
        };
        let place = options.get_socket().map_or_else(
            || options.get_host().to_owned(),
            |socket| socket.display().to_string(),
        );
        write!(
            f,
            "PostgreSQL database {} on {place} port {}",
            options.get_database().unwrap_or_default(),
            options.get_port()
        )
    }
}

impl fmt::Debug for PostgresUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PostgresUrl({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_shows_in_no_form_of_an_address() {
        let url: PostgresUrl = "postgres://vigia:hush-hush@127.0.0.1:5433/vigia".parse().unwrap();
        let database = Database::Postgres(url);
        for shown in [format!("{database}"), format!("{database:?}")] {
            assert!(shown.contains("database vigia on 127.0.0.1 port 5433"), "{shown}");
            assert!(!shown.contains("hush"), "{shown}");
        }
        for wrong in [
            "postgres://vigia:hush-hush@127.0.0.1:port/vigia",
            "postgres://vigia:hush-hush@127.0.0.1/vigia?passwort=hush-hush",
            "postgres://vigia:hush-hush@127.0.0.1/vigia?sslmode=hush-hush",
            "postgres://vigia:hush-hush@127.0.0.1/",
            "mysql://vigia:hush-hush@127.0.0.1/vigia",
        ] {
            let error = wrong.parse::<PostgresUrl>().unwrap_err();
            let shown = format!("{error} {error:?}");
            assert!(!shown.contains("hush"), "{shown}");
        }
    }

    #[test]
    fn a_server_elsewhere_is_spoken_to_over_checked_tls() {
        let mode = |text: &str| {
            let url: PostgresUrl = text.parse().unwrap();
            format!("{:?}", url.options().unwrap().get_ssl_mode())
        };
        assert_eq!(mode("postgres://v@db.example.com/vigia"), "VerifyFull");
        assert_eq!(
            mode("postgres://v@db.example.com/vigia?sslmode=require"),
            "Require"
        );
        assert_eq!(mode("postgres://v@localhost/vigia"), "Prefer");
        assert_eq!(mode("postgres:///vigia?host=/run/postgresql&user=v"), "Prefer");
        let nameless = "postgres://v:p@/vigia?host=/run/postgresql";
        assert_eq!(mode(nameless), "Prefer");
        let nameless: PostgresUrl = nameless.parse().unwrap();
        let socket = nameless.options().unwrap().get_socket().cloned();
        assert_eq!(socket, Some("/run/postgresql".into()));
    }
}
