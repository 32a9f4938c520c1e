//! What every command begins with: the data folder and the configuration that holds for it.

use crate::args::{Command, Data};
use crate::run::Failure;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use vigia_domain::Clock as _;
use vigia_server::config::{self, Config, Effective, Inputs};
use vigia_server::edge::SystemClock;
use vigia_server::tls::{BadCertificate, Files, Tls, own};
use vigia_server::{Database, Error, Master, Options};
use zeroize::Zeroizing;

/// A data folder and its configuration.
pub struct Setup {
    folder: std::path::PathBuf,
    effective: Effective,
}

impl Setup {
    /// Reads the configuration for a command; opens nothing.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn read(command: &Command, environment: BTreeMap<String, String>) -> Result<Self, Failure> {
        let data = &command.data();
        let mut flags = flags(data);
        if let Command::Serve {
            listen: Some(listen), ..
        } = command
        {
            flags.push(flag("listen", "--listen", listen));
        }
        let effective = config::load(&Inputs {
            data: Some(&data.folder),
            file: data.config.as_deref(),
            environment,
            flags,
        })?;
        Ok(Self {
            folder: data.folder.clone(),
            effective,
        })
    }

    /// The data folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The configuration, and where each value comes from.
    pub fn effective(&self) -> &Effective {
        &self.effective
    }

    /// The configuration.
    pub fn config(&self) -> &Config {
        &self.effective.config
    }

    /// How the store is opened.
    pub fn options(&self) -> Options {
        let config = self.config();
        let master = config.master_key.as_ref();
        Options {
            folder: self.folder.clone(),
            database: config
                .database
                .clone()
                .map_or(Database::Folder, Database::Postgres),
            master: master.map_or(Master::File, |key| Master::Given(Zeroizing::new(*key.reveal()))),
            clock: Arc::new(SystemClock),
        }
    }

    /// The certificate to show: the configuration's, else the data folder's own, if it has one.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn tls(&self) -> Result<Option<Tls>, BadCertificate> {
        let set = match (&self.config().tls.certificate, &self.config().tls.key) {
            (Some(certificate), Some(key)) => Some(Files {
                certificate: certificate.clone(),
                key: key.clone(),
            }),
            _ => None,
        };
        let files = set.or_else(|| own::files(&self.folder));
        files.map(|files| Tls::read(files, SystemClock.now())).transpose()
    }

    /// Whether a certificate may be made for these names, before anything else is done.
    ///
    /// # Errors
    /// A name that none can have, or a configuration that names another certificate.
    pub fn may_make_certificate(&self, names: &[String]) -> Result<(), Failure> {
        own::check_names(names)?;
        if names.is_empty() || self.config().tls.certificate.is_none() {
            return Ok(());
        }
        let reason = format!(
            "the configuration names a certificate of its own ({}); one that is made here would not be shown",
            self.effective.source("tls.certificate")
        );
        let name = "tls-name";
        Err(Error::Field { name, reason }.into())
    }
}

fn flag(key: &str, option: &str, value: &str) -> config::Flag {
    config::Flag {
        key: key.to_owned(),
        option: option.to_owned(),
        value: value.to_owned(),
    }
}

fn flags(data: &Data) -> Vec<config::Flag> {
    let named = [
        ("database", "--database", &data.database),
        ("database_file", "--database-file", &data.database_file),
    ];
    let set = data.settings.iter().map(|(key, value)| flag(key, "--set", value));
    let named = named
        .into_iter()
        .filter_map(|(key, option, value)| Some(flag(key, option, value.as_deref()?)));
    set.chain(named).collect()
}
