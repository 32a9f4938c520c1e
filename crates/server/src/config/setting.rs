//! The settings, one row each. A row that is added here is read, shown and documented.

use super::given::Given;
use super::{Config, ForwardHeader, LogFormat, Secret};
use ipnet::IpNet;
use std::net::IpAddr;
use std::path::Path;
use toml::Value;
use vigia_store::PostgresUrl;

/// What `--print-config` shows of a secret.
const MASK: &str = "********";
/// The longest time that backups can be kept, in days.
const MAX_KEEP_DAYS: u32 = 36_500;
/// The most connections that may be allowed.
const MAX_CONNECTIONS: u32 = 1_000_000;

/// One setting.
pub struct Setting {
    /// Its name in the file, with its section: `tls.key`.
    pub key: &'static str,
    /// What it takes, in words.
    pub takes: &'static str,
    /// What it does.
    pub about: &'static str,
    pub(super) read: fn(&mut Config, &Given) -> Result<(), String>,
    show: fn(&Config) -> Option<Value>,
}

impl Setting {
    /// The setting of this name.
    #[must_use]
    pub fn named(key: &str) -> Option<&'static Self> {
        ALL.iter().find(|setting| setting.key == key)
    }

    /// Its environment variable.
    #[must_use]
    pub fn variable(&self) -> String {
        let name = self.key.replace('.', "_").to_ascii_uppercase();
        format!("{}{name}", super::PREFIX)
    }

    /// Its value in a configuration, as it would stand in the file; `None` where it is not set.
    #[must_use]
    pub fn shown(&self, config: &Config) -> Option<String> {
        (self.show)(config).map(|value| value.to_string())
    }
}

/// Every setting; those of a section lie together.
pub const ALL: &[Setting] = &[
    Setting {
        key: "listen",
        takes: "address:port",
        about: "Where to answer. Beyond this machine (127.0.0.1, ::1) only with TLS.",
        read: |config, given| {
            config.listen = given.parse("an address with a port, like 127.0.0.1:7700 or [::]:7700")?;
            Ok(())
        },
        show: |config| text(&config.listen),
    },
    Setting {
        key: "database",
        takes: "postgres://…",
        about: "The PostgreSQL database. Without one the data folder holds SQLite. Holds a password: \
                prefer `database_file`.",
        read: |config, given| {
            config.database = Some(address(given.text()?)?);
            config.database_file = None;
            Ok(())
        },
        show: |config| match config.database_file {
            Some(_) => None,
            None => masked(config.database.as_ref()),
        },
    },
    Setting {
        key: "database_file",
        takes: "a file",
        about: "A file of one line that holds the address of `database`; read at start.",
        read: |config, given| {
            config.database = Some(address(&given.line()?)?);
            config.database_file = Some(given.path()?);
            Ok(())
        },
        show: |config| path(config.database_file.as_deref()),
    },
    Setting {
        key: "master_key_file",
        takes: "a file",
        about: "A file with the master key (32 bytes, or 64 hexadecimal digits), kept away from the data \
                folder. Without one it is `keys/master`.",
        read: |config, given| {
            let key = master_key(&given.content()?);
            let path = given.path()?;
            let key = key.map_err(|holds| format!("{} {holds}", path.display()))?;
            config.master_key = Some(Secret::new(key));
            config.master_key_file = Some(path);
            Ok(())
        },
        show: |config| path(config.master_key_file.as_deref()),
    },
    Setting {
        key: "http.hosts",
        takes: "a list of names",
        about: "Names in the address that are answered, beside this machine's own, the certificate's, and \
                the addresses that requests arrive at. A proxy that hands on the name it was asked for \
                needs it here.",
        read: |config, given| {
            config.http.hosts = given.list(host)?;
            Ok(())
        },
        show: |config| list(&config.http.hosts),
    },
    Setting {
        key: "http.max_connections",
        takes: "a number",
        about: "Connections held at the same time; more wait until one ends.",
        read: |config, given| {
            config.http.max_connections = given.number(1..=MAX_CONNECTIONS)?;
            Ok(())
        },
        show: |config| Some(Value::from(i64::from(config.http.max_connections))),
    },
    Setting {
        key: "tls.certificate",
        takes: "a file",
        about: "The certificate that is shown: PEM, the platform's own first, then those that lead to its \
                authority. Read again when the file changes and on SIGHUP. Without one it is the certificate \
                that `init --tls-name` made, if any.",
        read: |config, given| {
            config.tls.certificate = Some(given.path()?);
            Ok(())
        },
        show: |config| path(config.tls.certificate.as_deref()),
    },
    Setting {
        key: "tls.key",
        takes: "a file",
        about: "The certificate's private key: PEM, readable by the platform's user alone.",
        read: |config, given| {
            config.tls.key = Some(given.path()?);
            Ok(())
        },
        show: |config| path(config.tls.key.as_deref()),
    },
    Setting {
        key: "proxy.trusted",
        takes: "a list of networks",
        about: "Proxies whose word about where a request came from is taken: addresses or networks, like \
                10.0.0.0/8. Everybody else's is ignored.",
        read: |config, given| {
            config.proxy.trusted = given.list(network)?;
            Ok(())
        },
        show: |config| list(&config.proxy.trusted),
    },
    Setting {
        key: "proxy.header",
        takes: "x-forwarded-for or forwarded",
        about: "The one header in which the proxies say it; the proxy must overwrite or append to it.",
        read: |config, given| {
            config.proxy.header = given.choice(HEADERS)?;
            Ok(())
        },
        show: |config| word(HEADERS, config.proxy.header),
    },
    Setting {
        key: "syslog.listen",
        takes: "address:port",
        about: "Where syslog is taken over plain TCP (RFC 6587). Without an address it is not.",
        read: |config, given| {
            config.syslog.listen = Some(given.parse("an address with a port, like 127.0.0.1:6514")?);
            Ok(())
        },
        show: |config| config.syslog.listen.as_ref().and_then(text),
    },
    Setting {
        key: "syslog.tls_listen",
        takes: "address:port",
        about: "Where syslog is taken over TLS (RFC 5425), with the platform's certificate.",
        read: |config, given| {
            config.syslog.tls_listen = Some(given.parse("an address with a port, like 0.0.0.0:6514")?);
            Ok(())
        },
        show: |config| config.syslog.tls_listen.as_ref().and_then(text),
    },
    Setting {
        key: "syslog.allow",
        takes: "a list of networks",
        about: "Who may send syslog: addresses or networks. Without a list this machine alone.",
        read: |config, given| {
            config.syslog.allow = given.list(network)?;
            Ok(())
        },
        show: |config| list(&config.syslog.allow),
    },
    Setting {
        key: "syslog.client_authority",
        takes: "a file",
        about: "Authorities of senders' certificates, PEM. With it every sender over TLS must show one of \
                theirs, and may be in any network.",
        read: |config, given| {
            config.syslog.client_authority = Some(given.path()?);
            Ok(())
        },
        show: |config| path(config.syslog.client_authority.as_deref()),
    },
    Setting {
        key: "syslog.service",
        takes: "a name",
        about: "The application of syslog lines that name no program.",
        read: |config, given| {
            config.syslog.service = Some(given.text()?.to_owned());
            Ok(())
        },
        show: |config| config.syslog.service.clone().map(Value::from),
    },
    Setting {
        key: "syslog.zone",
        takes: "a time zone",
        about: "The zone of syslog times that name none, like America/Sao_Paulo; without it UTC.",
        read: |config, given| {
            config.syslog.zone = Some(given.parse("an IANA zone, like America/Sao_Paulo")?);
            Ok(())
        },
        show: |config| config.syslog.zone.as_ref().and_then(text),
    },
    Setting {
        key: "syslog.max_connections",
        takes: "a number",
        about: "Syslog connections held at the same time; more are refused.",
        read: |config, given| {
            config.syslog.max_connections = given.number(1..=MAX_CONNECTIONS)?;
            Ok(())
        },
        show: |config| Some(Value::from(i64::from(config.syslog.max_connections))),
    },
    Setting {
        key: "backup.to",
        takes: "a folder",
        about: "Where a running platform backs itself up: daily, and soon after an erasure. Without one it \
                makes none.",
        read: |config, given| {
            config.backup.to = Some(given.path()?);
            Ok(())
        },
        show: |config| path(config.backup.to.as_deref()),
    },
    Setting {
        key: "backup.vault_to",
        takes: "a folder",
        about: "Where the set of vault and keys goes, when it is to lie apart from the databases.",
        read: |config, given| {
            config.backup.vault_to = Some(given.path()?);
            Ok(())
        },
        show: |config| path(config.backup.vault_to.as_deref()),
    },
    Setting {
        key: "backup.keep_days",
        takes: "a number",
        about: "Days after which a database's backup goes; the newest stays. Of vault and keys only the \
                newest set is ever kept.",
        read: |config, given| {
            config.backup.keep_days = given.number(1..=MAX_KEEP_DAYS)?;
            Ok(())
        },
        show: |config| Some(Value::from(i64::from(config.backup.keep_days))),
    },
    Setting {
        key: "log.level",
        takes: "a level",
        about: "How much the log says: error, warn, info, debug, off, or per part, like \
                vigia_server=debug. `serve` says info, the other commands error.",
        read: |config, given| {
            config.log.level = Some(level(given.text()?)?);
            Ok(())
        },
        show: |config| config.log.level.clone().map(Value::from),
    },
    Setting {
        key: "log.format",
        takes: "json or text",
        about: "One JSON object a line, or text for people.",
        read: |config, given| {
            config.log.format = given.choice(FORMATS)?;
            Ok(())
        },
        show: |config| word(FORMATS, config.log.format),
    },
];

const HEADERS: &[(&str, ForwardHeader)] = &[
    ("x-forwarded-for", ForwardHeader::XForwardedFor),
    ("forwarded", ForwardHeader::Forwarded),
];

const FORMATS: &[(&str, LogFormat)] = &[("json", LogFormat::Json), ("text", LogFormat::Text)];

#[expect(clippy::unnecessary_wraps, reason = "the shape of every row")]
fn text(value: &impl ToString) -> Option<Value> {
    Some(Value::from(value.to_string()))
}

#[expect(clippy::unnecessary_wraps, reason = "the shape of every row")]
fn list<T: ToString>(values: &[T]) -> Option<Value> {
    Some(Value::from(
        values.iter().map(ToString::to_string).collect::<Vec<_>>(),
    ))
}

fn path(value: Option<&Path>) -> Option<Value> {
    value.map(|path| Value::from(path.display().to_string()))
}

fn masked<T>(value: Option<&T>) -> Option<Value> {
    value.map(|_| Value::from(MASK))
}

fn word<T: PartialEq>(words: &[(&str, T)], value: T) -> Option<Value> {
    let found = words.iter().find(|(_, one)| *one == value);
    found.map(|(word, _)| Value::from(*word))
}

/// The error's own words hold nothing of the address: it may have a password in it.
fn address(text: &str) -> Result<PostgresUrl, String> {
    text.parse()
        .map_err(|error: vigia_store::Error| error.to_string())
}

/// An address alone is the network of that address.
fn network(text: &str) -> Result<IpNet, &'static str> {
    let address = || text.parse::<IpAddr>().map(IpNet::from);
    text.parse::<IpNet>()
        .or_else(|_| address())
        .map(|network| network.trunc())
        .map_err(|_| "is neither an address nor a network like 10.0.0.0/8")
}

/// A name or address as it stands in an address, without scheme and port.
fn host(text: &str) -> Result<String, &'static str> {
    let bare = text.trim_start_matches('[').trim_end_matches(']');
    let name = bare
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || b"-._".contains(&byte));
    if !bare.is_empty() && (name || bare.parse::<IpAddr>().is_ok()) {
        return Ok(bare.to_ascii_lowercase());
    }
    Err("is no host name; write it without https:// and without a port")
}

/// A bare word that is no level would be taken for a part of the program and silence all others.
fn level(text: &str) -> Result<String, String> {
    const LEVELS: [&str; 6] = ["off", "error", "warn", "info", "debug", "trace"];
    for part in text.split(',') {
        let level = part.rsplit_once('=').map_or(part, |(_, level)| level).trim();
        if !LEVELS.iter().any(|known| known.eq_ignore_ascii_case(level)) {
            return Err(format!(
                "{part:?} is no level: write one of {}, or a part and its level like vigia_server=debug",
                LEVELS.join(", ")
            ));
        }
    }
    match text.parse::<tracing_subscriber::filter::EnvFilter>() {
        Ok(_) => Ok(text.to_owned()),
        Err(error) => Err(format!("{text:?} is no level: {error}")),
    }
}

fn master_key(bytes: &[u8]) -> Result<[u8; 32], String> {
    if let Ok(key) = bytes.try_into() {
        return Ok(key);
    }
    let mut key = [0; 32];
    let text = std::str::from_utf8(bytes).unwrap_or_default().trim();
    hex::decode_to_slice(text, &mut key)
        .map(|()| key)
        .map_err(|_| "holds neither 32 bytes nor 64 hexadecimal digits".to_owned())
}
