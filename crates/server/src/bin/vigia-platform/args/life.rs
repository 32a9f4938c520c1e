//! How long things are kept, and what keys they are kept under.

use super::Data;
use super::value::{keep, moment, severity};
use clap::{Args, Subcommand};
use std::path::PathBuf;
use vigia_domain::Timestamp;
use vigia_domain::event::Severity;
use vigia_domain::retention::{Class, Keep};

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
