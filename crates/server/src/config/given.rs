//! A value as somebody gave it, and what it can be read as.

use std::fmt::Display;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use zeroize::Zeroizing;

/// The largest file that holds a secret, in bytes.
const MAX_SECRET_BYTES: u64 = 4096;

/// A value, before it is understood.
#[derive(Debug, Clone)]
pub enum Value {
    /// A string of the file.
    Text(String),
    /// A whole number of the file.
    Number(i64),
    /// A list of strings of the file.
    List(Vec<String>),
    /// Something that no setting takes: what it is called.
    Other(&'static str),
    /// The environment and the command line know text alone; lists have commas.
    Words(String),
}

/// A value and the folder that its relative paths begin in.
pub struct Given<'a> {
    /// The value.
    pub value: Value,
    /// The file's folder; nothing for the environment and the command line.
    pub base: Option<&'a Path>,
}

impl Given<'_> {
    fn called(&self) -> &'static str {
        match &self.value {
            Value::Text(_) | Value::Words(_) => "a text",
            Value::Number(_) => "a number",
            Value::List(_) => "a list",
            Value::Other(called) => called,
        }
    }

    /// A text that says something.
    ///
    /// # Errors
    /// What it is instead.
    pub fn text(&self) -> Result<&str, String> {
        let (Value::Text(text) | Value::Words(text)) = &self.value else {
            return Err(format!("is {}; write a text, in quotes", self.called()));
        };
        let text = text.trim();
        if text.is_empty() {
            return Err("is empty; give a value or leave the key out".to_owned());
        }
        Ok(text)
    }

    /// A text that parses; `what` says what is wanted.
    ///
    /// # Errors
    /// Why it does not.
    pub fn parse<T: FromStr>(&self, what: &str) -> Result<T, String> {
        let text = self.text()?;
        text.parse().map_err(|_| format!("{text:?} is not {what}"))
    }

    /// A list whose members parse.
    ///
    /// # Errors
    /// Which member does not.
    pub fn list<T, E: Display>(&self, read: impl Fn(&str) -> Result<T, E>) -> Result<Vec<T>, String> {
        let members: Vec<&str> = match &self.value {
            Value::List(list) => list.iter().map(String::as_str).collect(),
            Value::Words(text) => text.split(',').filter(|part| !part.trim().is_empty()).collect(),
            _ => return Err(format!("is {}; write a list, like [\"…\"]", self.called())),
        };
        let read = |member: &str| read(member.trim()).map_err(|error| format!("{member:?}: {error}"));
        members.into_iter().map(read).collect()
    }

    /// A whole number within limits.
    ///
    /// # Errors
    /// What it is instead, or the limits.
    pub fn number<T: TryFrom<i64> + Display + PartialOrd>(
        &self,
        within: RangeInclusive<T>,
    ) -> Result<T, String> {
        let number = match &self.value {
            Value::Number(number) => Some(*number),
            Value::Words(text) => text.trim().parse().ok(),
            _ => None,
        };
        let limits = format!("a whole number from {} to {}", within.start(), within.end());
        let Some(number) = number else {
            return Err(format!("is {}; write {limits}", self.called()));
        };
        let fits = T::try_from(number).ok().filter(|number| within.contains(number));
        fits.ok_or_else(|| format!("{number} is not {limits}"))
    }

    /// One of a few words.
    ///
    /// # Errors
    /// Which words there are.
    pub fn choice<T: Copy>(&self, choices: &[(&str, T)]) -> Result<T, String> {
        let text = self.text()?;
        let found = choices.iter().find(|(word, _)| word.eq_ignore_ascii_case(text));
        found.map(|(_, choice)| *choice).ok_or_else(|| {
            let words: Vec<String> = choices.iter().map(|(word, _)| format!("{word:?}")).collect();
            format!("{text:?} is none of {}", words.join(", "))
        })
    }

    /// A path; a relative one begins in the file's folder.
    ///
    /// # Errors
    /// What it is instead.
    pub fn path(&self) -> Result<PathBuf, String> {
        let path = Path::new(self.text()?);
        Ok(self.base.map_or_else(|| path.to_owned(), |base| base.join(path)))
    }

    /// What a small file holds.
    ///
    /// # Errors
    /// Why it cannot be read.
    pub fn content(&self) -> Result<Zeroizing<Vec<u8>>, String> {
        let path = self.path()?;
        let failed = |error: std::io::Error| format!("reading {}: {error}", path.display());
        let length = std::fs::metadata(&path).map_err(failed)?.len();
        if length > MAX_SECRET_BYTES {
            return Err(format!(
                "{} is longer than {MAX_SECRET_BYTES} bytes",
                path.display()
            ));
        }
        let bytes = Zeroizing::new(std::fs::read(&path).map_err(failed)?);
        if bytes.is_empty() {
            return Err(format!("{} is empty", path.display()));
        }
        Ok(bytes)
    }

    /// The one line of a small file; the line break at its end does not count.
    ///
    /// # Errors
    /// Why it cannot be read.
    pub fn line(&self) -> Result<String, String> {
        let bytes = self.content()?;
        let text = std::str::from_utf8(&bytes).map_err(|_| "the file does not hold text".to_owned())?;
        let line = text.trim_end_matches(['\n', '\r']);
        if line.is_empty() || line.contains('\n') {
            return Err("the file does not hold one line".to_owned());
        }
        Ok(line.to_owned())
    }
}
