//! A manifest against the file beside it: whatever it says of the file must be so, by name, schema,
//! length, SHA-256, rows, and by what stands in them.
//!
//! A manifest stands in clear and proves nothing; a file proves itself by the master key. So this finds
//! what was mixed up or damaged, and tells which manifest is not to be believed.

use super::file::{Header, Part, Written};
use super::place::{MANIFEST, Manifest};
use super::source::Source;
use crate::engine::{self, Location};
use crate::error::{Error, Result};
use crate::signing::LOG_KEY;
use crate::vault::read_generation;
use crate::{head, meta};
use std::path::Path;
use vigia_ledger::bucket::MasterKey;
use vigia_ledger::checkpoint::LogVerifier;

/// One file of a backup with its manifest, in a folder that has the backup's name.
pub(super) struct Kept<'a> {
    folder: &'a Path,
    manifest: &'a Manifest,
    part: Part,
}

impl<'a> Kept<'a> {
    pub(super) fn new(folder: &'a Path, manifest: &'a Manifest, part: Part) -> Self {
        Self {
            folder,
            manifest,
            part,
        }
    }

    /// Opens the file, where it is the one that the manifest names.
    pub(super) fn open(&self, master: &MasterKey) -> Result<Source> {
        let named = self.folder.file_name().and_then(|name| name.to_str());
        self.must(named == Some(&self.manifest.name), "name")?;
        let source = Source::open(&self.folder.join(self.part.file()), master)?;
        let Header {
            name,
            part,
            platform_schema,
            vault_schema,
        } = &source.header;
        if *part != self.part {
            return Err(source.damaged());
        }
        self.must(*name == self.manifest.name, "name")?;
        let schemas = (self.manifest.platform_schema, self.manifest.vault_schema);
        self.must((*platform_schema, *vault_schema) == schemas, "schema")?;
        Ok(source)
    }

    /// The file, read to its end.
    pub(super) fn must_have_written(&self, written: &Written) -> Result<()> {
        let said = match self.part {
            Part::Database => &self.manifest.database,
            Part::Vault => &self.manifest.vault,
        };
        self.must(written.bytes == said.bytes, "length of the file")?;
        self.must(written.sha256 == said.sha256, "SHA-256 of the file")?;
        self.must(written.rows == said.rows, "number of rows")
    }

    /// The vault, as it was restored.
    pub(super) async fn must_be_of_generation(&self, vault: &Location) -> Result<()> {
        let found = read_generation(&mut engine::connect(vault).await?).await?;
        self.must(found == self.manifest.generation, "generation of the vault")
    }

    /// The ledger, as it was restored.
    pub(super) async fn must_be_the_ledger(&self, platform: &Location) -> Result<()> {
        let mut connection = engine::connect(platform).await?;
        let head = head::read(&mut connection).await?.head();
        self.must(head.size == self.manifest.size, "number of entries")?;
        self.must(hex::encode(head.root) == self.manifest.root, "root")?;
        self.must(head.checkpoint == self.manifest.checkpoint, "checkpoint")?;
        let origin = meta::get(&mut connection, "origin").await?;
        self.must(origin.as_ref() == Some(&self.manifest.origin), "origin")?;
        // A log whose key was never rotated does not say which it is.
        let Some(key) = meta::get(&mut connection, LOG_KEY).await? else {
            return Ok(());
        };
        let key = LogVerifier::from_vkey(&key)?.fingerprint();
        self.must(key == self.manifest.log_key, "key of the log")
    }

    fn must(&self, is_so: bool, what: &'static str) -> Result<()> {
        if is_so {
            return Ok(());
        }
        Err(Error::ManifestDoesNotFit {
            manifest: self.folder.join(MANIFEST),
            what,
        })
    }
}
