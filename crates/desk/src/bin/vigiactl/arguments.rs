//! The command line.

use clap::{Args, Parser, Subcommand};
use std::path::PathBuf;
use vigia_domain::Timestamp;
use vigia_query::value::moment;

/// The Vigia console on a terminal.
#[derive(Parser)]
#[command(name = "vigiactl", version)]
pub struct Arguments {
    /// The platform that is meant, by name, address or id; the one in use otherwise.
    #[arg(long, global = true)]
    pub profile: Option<String>,
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Subcommand)]
pub enum Command {
    /// Sign in to a platform; at first contact its log key is trusted and its fingerprint printed.
    Login(Login),
    /// Sign out; the copy on this computer stays.
    Logout(Plain),
    /// Bring the copy on this computer level with the platform, proving every page.
    Sync(Plain),
    /// Check the copy, then every entry of the platform anew. Exit code 1 where something does not fit.
    /// With a file: check one event's proof, without network, keyring or folder.
    Verify(Verify),
    /// Write one event's proof into a file that anybody can check.
    Proof(Proof),
    /// Where the console stands.
    Status(Plain),
    /// The platforms of this console.
    Profiles(Plain),
    /// Put a platform in use, name it, say how much of it is kept here, or take it off.
    #[command(subcommand)]
    Profile(Profile),
    /// Search the copy on this computer.
    Events(Events),
    /// Send logs to a platform with an API key.
    Send(Send),
}

#[derive(Subcommand)]
pub enum Profile {
    /// Put a platform in use.
    Use(Named),
    /// Call a platform by another name.
    Rename(Rename),
    /// Keep more or less of a platform's log on this computer, from the next sync on.
    Keep(Keep),
    /// Take a platform off: its session, its copy, its trust. Evidence against its log stays.
    Remove(Named),
}

#[derive(Args)]
pub struct Named {
    /// Its name, address or id.
    pub name: String,
}

#[derive(Args)]
pub struct Rename {
    /// Its name, address or id.
    pub name: String,
    /// What it is called from now on.
    pub new: String,
}

#[derive(Args)]
pub struct Keep {
    /// Its name, address or id.
    pub name: String,
    /// What was recorded within so many days, or `all`.
    #[arg(long, value_parser = days)]
    pub days: Option<Bound>,
    /// At most so many MiB on disk, or `all`.
    #[arg(long, value_parser = mebibytes)]
    pub disk_mib: Option<Bound>,
}

/// A limit, or none.
#[derive(Clone, Copy)]
pub enum Bound {
    All,
    At(u64),
}

#[derive(Args)]
pub struct Plain {
    /// One JSON object instead of text.
    #[arg(long)]
    pub json: bool,
}

#[derive(Args)]
pub struct Verify {
    /// A proof that the console or `vigiactl proof` wrote.
    pub file: Option<PathBuf>,
    /// The fingerprint that the log's key must have.
    #[arg(long, value_parser = fingerprint, requires = "file", conflicts_with = "trust")]
    pub key: Option<String>,
    /// A file with the log's verifier key, or a console's trust/key.json.
    #[arg(long, requires = "file")]
    pub trust: Option<PathBuf>,
    /// One JSON object instead of text.
    #[arg(long)]
    pub json: bool,
}

#[derive(Args)]
pub struct Proof {
    /// The event's place in the log.
    pub seq: u64,
    /// The file; vigia-event-SEQ.tlog-proof in this folder otherwise. Never written over.
    #[arg(long)]
    pub out: Option<PathBuf>,
    /// With the sealed parts that you may see, readable by whoever gets the file.
    #[arg(long)]
    pub with_content: bool,
    /// One JSON object instead of text.
    #[arg(long)]
    pub json: bool,
}

#[derive(Args)]
pub struct Login {
    /// The platform's address.
    #[arg(long)]
    pub server: String,
    /// The account's e-mail.
    #[arg(long)]
    pub email: String,
    /// A file that holds the password.
    #[arg(long)]
    pub password_file: PathBuf,
    /// A file with the certificates (PEM) of the authority that vouches for the platform.
    #[arg(long, conflicts_with = "certificate_fingerprint")]
    pub ca: Option<PathBuf>,
    /// The SHA-256 of the one certificate that the platform may present, hexadecimal.
    #[arg(long)]
    pub certificate_fingerprint: Option<String>,
    /// The fingerprint that the platform's log key must have.
    #[arg(long)]
    pub fingerprint: Option<String>,
    /// One JSON object instead of text.
    #[arg(long)]
    pub json: bool,
}

#[derive(Args)]
pub struct Events {
    /// The query; nothing finds everything (docs/query.md).
    #[arg(default_value = "", allow_hyphen_values = true)]
    pub query: String,
    /// First event time, like 2026-02-17 or 2026-02-17T10:00.
    #[arg(long, value_parser = time)]
    pub since: Option<Timestamp>,
    /// First event time that is not wanted any more.
    #[arg(long, value_parser = time)]
    pub until: Option<Timestamp>,
    /// At most this many, the newest first.
    #[arg(long)]
    pub limit: Option<u64>,
    /// One nested JSON object a line.
    #[arg(long, group = "shape")]
    pub json: bool,
    /// Comma-separated values with a heading.
    #[arg(long, group = "shape")]
    pub csv: bool,
    /// The number alone.
    #[arg(long, group = "shape")]
    pub count: bool,
}

#[derive(Args)]
pub struct Send {
    /// The platform's address.
    #[arg(long)]
    pub server: String,
    /// A file that holds an API key with events:write.
    #[arg(long)]
    pub key_file: PathBuf,
    /// auto, sshd, syslog, winston, audit-json, cloudtrail, combined, web-error, ndjson, or a format of the platform's.
    #[arg(long, default_value = "auto")]
    pub format: String,
    /// The year of dates that have none.
    #[arg(long)]
    pub year: Option<i32>,
    /// The IANA zone of times that have none; UTC otherwise.
    #[arg(long)]
    pub zone: Option<String>,
    /// One JSON object instead of text.
    #[arg(long)]
    pub json: bool,
    /// The files.
    #[arg(required = true)]
    pub files: Vec<PathBuf>,
}

/// Sixty-four hexadecimal digits, in whatever groups people write them.
fn fingerprint(text: &str) -> Result<String, String> {
    let digits: String = text
        .chars()
        .filter(|c| !matches!(c, ' ' | ':' | '-'))
        .collect::<String>()
        .to_lowercase();
    let right = digits.len() == 64 && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    let wrong = || "a fingerprint is 64 hexadecimal digits".to_owned();
    right.then_some(digits).ok_or_else(wrong)
}

fn time(text: &str) -> Result<Timestamp, String> {
    moment(text).map(|(from, _)| from).ok_or_else(|| {
        "a time looks like 2026-02-17, 2026-02-17T10:00 or 2026-02-17T10:00:00-03:00".to_owned()
    })
}

fn bound(text: &str, most: u64) -> Result<Bound, String> {
    if text == "all" {
        return Ok(Bound::All);
    }
    match text.parse() {
        Ok(number) if (1..=most).contains(&number) => Ok(Bound::At(number)),
        _ => Err(format!("a whole number from 1 to {most}, or all")),
    }
}

fn days(text: &str) -> Result<Bound, String> {
    bound(text, 36_500)
}

fn mebibytes(text: &str) -> Result<Bound, String> {
    bound(text, 1 << 24)
}
