//! Reading: the file, then the environment, then the command line, and what must hold between them.

use super::given::{Given, Value};
use super::setting::{ALL, Setting};
use super::{Config, Effective, FILE_NAME, FORMATS, Format, PREFIX, Refused, Source, Wrong};
use serde::Deserialize as _;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read as _;
use std::net::SocketAddr;
use std::ops::Range;
use std::path::{Path, PathBuf};
use toml::Spanned;
use toml::de::{DeTable, DeValue, ValueDeserializer};
use vigia_intake::Formats;

/// The largest configuration file, in bytes.
const MAX_FILE_BYTES: u64 = 1024 * 1024;
/// Variables with our prefix that are somebody else's: the console's, the senders', the tests'.
const FOREIGN: [&str; 15] = [
    "AUTHORITY",
    "DEBIAN_MIRROR",
    "EMAIL",
    "HOME",
    "KEY",
    "KEY_FILE",
    "LOG",
    "PASSWORD",
    "SHARED",
    "SKIPS",
    "SYSTEM_READY",
    "TOOLS",
    "TRIAL",
    "UI",
    "URL",
];
/// Beginnings of such: the tests', and what Kubernetes sets in every container beside a service that
/// is called vigia.
const FOREIGN_BEGINNINGS: [&str; 3] = ["TEST", "SERVICE_", "PORT_"];

/// What a configuration is read from.
#[derive(Debug, Default)]
pub struct Inputs<'a> {
    /// The data folder, where `vigia.toml` may lie.
    pub data: Option<&'a Path>,
    /// The file that `--config` names; it must be there.
    pub file: Option<&'a Path>,
    /// The environment.
    pub environment: BTreeMap<String, String>,
    /// The command line; what comes later counts.
    pub flags: Vec<Flag>,
}

/// A setting that an option of the command line gives.
#[derive(Debug)]
pub struct Flag {
    /// The setting's key.
    pub key: String,
    /// The option's name.
    pub option: String,
    /// The value.
    pub value: String,
}

/// Reads a configuration and checks it; opens nothing.
///
/// # Errors
/// Everything that is wrong with it.
pub fn load(inputs: &Inputs) -> Result<Effective, Refused> {
    let mut reading = Reading::default();
    if let Some(path) = file_of(inputs) {
        reading.file(&path);
    }
    reading.environment(&inputs.environment);
    for Flag { key, option, value } in &inputs.flags {
        reading.words(key, value, Source::Flag(option.clone()));
    }
    reading.together();
    if !reading.wrong.is_empty() {
        return Err(Refused(reading.wrong));
    }
    Ok(Effective {
        config: reading.config,
        sources: reading.sources,
    })
}

fn file_of(inputs: &Inputs) -> Option<PathBuf> {
    let beside = || {
        inputs
            .data
            .map(|data| data.join(FILE_NAME))
            .filter(|path| path.exists())
    };
    inputs.file.map(Path::to_owned).or_else(beside)
}

#[derive(Default)]
struct Reading {
    config: Config,
    sources: BTreeMap<&'static str, Source>,
    wrong: Vec<Wrong>,
}

impl Reading {
    fn refuse(&mut self, source: Option<Source>, key: &str, reason: impl Into<String>) {
        self.wrong.push(Wrong {
            source,
            key: key.to_owned(),
            reason: reason.into(),
        });
    }

    fn set(&mut self, setting: &'static Setting, given: &Given, source: Source) {
        match (setting.read)(&mut self.config, given) {
            Ok(()) => {
                self.sources.insert(setting.key, source);
            }
            Err(reason) => self.refuse(Some(source), setting.key, reason),
        }
    }

    fn words(&mut self, key: &str, value: &str, source: Source) {
        let given = Given {
            value: Value::Words(value.to_owned()),
            base: None,
        };
        match Setting::named(key) {
            Some(setting) => self.set(setting, &given, source),
            None => self.refuse(Some(source), key, unknown(key)),
        }
    }

    fn file(&mut self, path: &Path) {
        let text = match read_file(path) {
            Ok(text) => text,
            Err(reason) => return self.refuse(None, "", format!("{}: {reason}", path.display())),
        };
        let place = |span: Range<usize>| Source::File(path.to_owned(), line(&text, span.start));
        let table = match DeTable::parse(&text) {
            Ok(table) => table.into_inner(),
            Err(error) => {
                let source = error.span().map(place);
                return self.refuse(source, "", format!("this is not TOML: {}", error.message()));
            }
        };
        let base = path.parent().filter(|base| !base.as_os_str().is_empty());
        for (name, value) in &table {
            match value.get_ref() {
                DeValue::Table(formats) if name.get_ref() == FORMATS => {
                    for (name, value) in formats {
                        self.format(name, value, &place);
                    }
                }
                DeValue::Table(section) if Setting::named(name.get_ref()).is_none() => {
                    let name = name.get_ref();
                    if !ALL.iter().any(|setting| in_section(setting, name)) {
                        self.refuse(Some(place(value.span())), name, unknown_section(name));
                        continue;
                    }
                    for (inner, value) in section {
                        self.one(
                            &format!("{name}.{}", inner.get_ref()),
                            inner.span(),
                            value,
                            base,
                            &place,
                        );
                    }
                }
                _ => self.one(name.get_ref(), name.span(), value, base, &place),
            }
        }
    }

    /// A format of the operator's own: where the fields of their log stand.
    fn format(
        &mut self,
        name: &Spanned<Cow<'_, str>>,
        value: &Spanned<DeValue>,
        place: &impl Fn(Range<usize>) -> Source,
    ) {
        let key = format!("{FORMATS}.{}", name.get_ref());
        let keys = match value.get_ref() {
            DeValue::Table(table) => table.keys().collect(),
            _ => Vec::new(),
        };
        for given in keys {
            if Format::KEYS.contains(&given.get_ref().as_ref()) {
                continue;
            }
            let near = Format::KEYS
                .into_iter()
                .min_by_key(|known| distance(given.get_ref(), known));
            let reason = format!("there is no such key; did you mean {}?", near.unwrap_or_default());
            let key = format!("{key}.{}", given.get_ref());
            return self.refuse(Some(place(given.span())), &key, reason);
        }
        match Format::deserialize(ValueDeserializer::from(value.clone())) {
            Ok(format) => {
                let named = name.get_ref().clone().into_owned();
                // Each by itself, so that every one that is wrong is told with its line.
                if let Err(error) = Formats::new([(named.clone(), format.clone())].into()) {
                    self.refuse(Some(place(name.span())), "", error.to_string());
                }
                self.config.formats.insert(named, format);
            }
            Err(error) => {
                let span = error.span().unwrap_or_else(|| name.span());
                self.refuse(Some(place(span)), &key, error.message());
            }
        }
    }

    fn one(
        &mut self,
        key: &str,
        span: Range<usize>,
        value: &Spanned<DeValue>,
        base: Option<&Path>,
        place: &impl Fn(Range<usize>) -> Source,
    ) {
        let source = place(span);
        let Some(setting) = Setting::named(key) else {
            return self.refuse(Some(source), key, unknown(key));
        };
        let value = plain(value.get_ref());
        self.set(setting, &Given { value, base }, source);
    }

    /// Variables of ours that nobody knows are refused; the tools beside the platform have others.
    fn environment(&mut self, environment: &BTreeMap<String, String>) {
        for (name, value) in environment {
            let Some(rest) = name.strip_prefix(PREFIX) else {
                continue;
            };
            let source = Source::Environment(name.clone());
            if let Some(setting) = ALL.iter().find(|setting| setting.variable() == *name) {
                self.words(setting.key, value, source);
                continue;
            }
            let kubernetes = rest == "PORT" && value.starts_with("tcp://");
            if kubernetes
                || FOREIGN.contains(&rest)
                || FOREIGN_BEGINNINGS.iter().any(|begin| rest.starts_with(begin))
            {
                continue;
            }
            let near = ALL
                .iter()
                .map(Setting::variable)
                .min_by_key(|known| distance(name, known));
            let Some(near) = near else { continue };
            let reason = format!("there is no such setting; did you mean {near}?");
            self.refuse(Some(source), "", reason);
        }
    }

    /// What must hold between settings.
    fn together(&mut self) {
        let source = |reading: &Self, key| reading.sources.get(key).cloned();
        let pair = (&self.config.tls.certificate, &self.config.tls.key);
        let lonely = match pair {
            (Some(_), None) => Some(("tls.certificate", "tls.key")),
            (None, Some(_)) => Some(("tls.key", "tls.certificate")),
            _ => None,
        };
        if let Some((there, missing)) = lonely {
            self.refuse(source(self, there), there, format!("needs {missing} beside it"));
        }
        let far = |address: &SocketAddr| !address.ip().to_canonical().is_loopback();
        if let Some(far) = self.config.syslog.listen.filter(far) {
            let reason = format!(
                "{far} is reached from other machines, and plain syslog is for this one alone; use syslog.tls_listen"
            );
            self.refuse(source(self, "syslog.listen"), "syslog.listen", reason);
        }
        let (value, file) = (source(self, "database"), source(self, "database_file"));
        if let (Some(Source::File(..)), Some(file @ Source::File(..))) = (value, file) {
            let reason = "the database is given twice; leave database or this out";
            self.refuse(Some(file), "database_file", reason);
        }
    }
}

fn read_file(path: &Path) -> Result<String, String> {
    let failed = |error: std::io::Error| format!("reading the configuration: {error}");
    // Asked before opening: a pipe would wait for whoever writes into it.
    if !std::fs::metadata(path).map_err(failed)?.is_file() {
        return Err("a configuration is a regular file".to_owned());
    }
    let mut text = String::new();
    let file = File::open(path).map_err(failed)?;
    let read = file.take(MAX_FILE_BYTES + 1).read_to_string(&mut text);
    if text.len() as u64 > MAX_FILE_BYTES {
        return Err(format!(
            "a configuration is not longer than {MAX_FILE_BYTES} bytes"
        ));
    }
    read.map(|_| text).map_err(failed)
}

fn line(text: &str, offset: usize) -> usize {
    let before = text.as_bytes().iter().take(offset);
    before.filter(|byte| **byte == b'\n').count() + 1
}

fn plain(value: &DeValue) -> Value {
    match value {
        DeValue::String(text) => Value::Text(text.clone().into_owned()),
        DeValue::Integer(number) => i64::from_str_radix(number.as_str(), number.radix())
            .map_or(Value::Other("a number out of range"), Value::Number),
        DeValue::Boolean(_) => Value::Other("true or false"),
        DeValue::Array(members) => {
            let texts = members.iter().map(|member| match member.get_ref() {
                DeValue::String(text) => Some(text.clone().into_owned()),
                _ => None,
            });
            texts
                .collect::<Option<Vec<_>>>()
                .map_or(Value::Other("a list of something else than texts"), Value::List)
        }
        DeValue::Float(_) => Value::Other("a number with a point"),
        DeValue::Datetime(_) => Value::Other("a date"),
        DeValue::Table(_) => Value::Other("a section"),
    }
}

fn in_section(setting: &Setting, section: &str) -> bool {
    setting.key.split_once('.').is_some_and(|(own, _)| own == section)
}

fn unknown(key: &str) -> String {
    let near = ALL.iter().map(|setting| setting.key).min_by_key(|known| {
        let last = known.rsplit('.').next().unwrap_or(known);
        (2 * distance(key, known)).min(2 * distance(key, last) + 1)
    });
    format!(
        "there is no such setting; did you mean {}?",
        near.unwrap_or_default()
    )
}

fn unknown_section(name: &str) -> String {
    let sections = ALL.iter().filter_map(|setting| setting.key.split_once('.'));
    let near = sections
        .map(|(section, _)| section)
        .min_by_key(|section| distance(name, section));
    format!(
        "there is no such section; did you mean [{}]?",
        near.unwrap_or_default()
    )
}

/// Levenshtein distance.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.chars().enumerate() {
        let (mut diagonal, mut left) = (i, i + 1);
        for (cell, to) in row.iter_mut().skip(1).zip(&b) {
            let up = *cell;
            left = (diagonal + usize::from(from != *to)).min(up + 1).min(left + 1);
            diagonal = up;
            *cell = left;
        }
        if let Some(first) = row.first_mut() {
            *first = i + 1;
        }
    }
    row.last().copied().unwrap_or_default()
}
