//! Files that the console writes for a person: in their folder for downloads, under a name of its
//! own, never over another file, and whole or not at all.
//!
//! A file is written as `.part` (readable by its owner alone), flushed to the disk, and then given
//! its name in one step that fails where the name is taken. Dropped before that, it is removed. The
//! window never names a path.
//!
//! Whoever writes a part holds its lock. A console that was killed holds none: its part is removed at
//! the next start, or when the next file is begun in that folder.

use crate::Error;
use std::fs::{DirEntry, File};
use std::io::{BufWriter, ErrorKind, Write as _};
use std::path::{Path, PathBuf};
use tempfile::{Builder, NamedTempFile, TempPath};

/// Names tried before giving up: `name.csv`, `name-2.csv`, …
const MAX_NAMES: u32 = 1_000;
/// How every file is called at the front.
const FRONT: &str = "vigia-";
/// The ending of what is not whole yet.
const PART: &str = ".part";
/// Random letters and digits in its name, before that.
const RANDOM_LENGTH: usize = 6;
/// Parts begun before giving up: another console may take one for abandoned before it is locked.
const MAX_BEGINNINGS: u32 = 16;
/// Bytes gathered before they are written.
const BUFFER_BYTES: usize = 256 * 1024;

/// A file that is being written.
pub struct Saving {
    file: BufWriter<File>,
    part: TempPath,
    folder: PathBuf,
    stem: String,
    ending: &'static str,
}

fn failed(attempt: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> Error {
    let path = path.display().to_string();
    move |source| Error::File {
        attempt,
        path,
        source,
    }
}

impl Saving {
    /// Begins a file that will be called `stem.ending`.
    ///
    /// # Errors
    /// Where the folder cannot be written to.
    pub fn begin(folder: &Path, stem: &str, ending: &'static str) -> Result<Self, Error> {
        std::fs::create_dir_all(folder).map_err(failed("making the folder", folder))?;
        clear_parts(folder);
        let (file, part) = begin_part(folder, stem).map_err(failed("writing a file in", folder))?;
        Ok(Self {
            file: BufWriter::with_capacity(BUFFER_BYTES, file),
            part,
            folder: folder.to_owned(),
            stem: stem.to_owned(),
            ending,
        })
    }

    /// Writes on.
    ///
    /// # Errors
    /// Where the disk is full, or fails.
    pub fn write(&mut self, bytes: &[u8]) -> Result<(), Error> {
        self.file.write_all(bytes).map_err(failed("writing", &self.part))
    }

    /// Puts the file on the disk under its name, or under the next free one like it.
    ///
    /// # Errors
    /// Where the disk is full, or fails; nothing is left then.
    pub fn finish(self) -> Result<PathBuf, Error> {
        let path = self.part.to_path_buf();
        let file = self
            .file
            .into_inner()
            .map_err(|error| failed("writing", &path)(error.into_error()))?;
        file.sync_all().map_err(failed("writing", &path))?;
        let mut part = NamedTempFile::from_parts(file, self.part);
        for number in 1..=MAX_NAMES {
            let name = match number {
                1 => format!("{}.{}", self.stem, self.ending),
                number => format!("{}-{number}.{}", self.stem, self.ending),
            };
            let target = self.folder.join(name);
            match part.persist_noclobber(&target) {
                Ok(_) => {
                    // Windows cannot open a folder; there the new name itself is durable.
                    if cfg!(unix) {
                        let folder = File::open(&self.folder).and_then(|folder| folder.sync_all());
                        folder.map_err(failed("writing", &self.folder))?;
                    }
                    return Ok(target);
                }
                Err(refused) if refused.error.kind() == ErrorKind::AlreadyExists => part = refused.file,
                Err(refused) => return Err(failed("naming", &target)(refused.error)),
            }
        }
        let source = ErrorKind::AlreadyExists.into();
        Err(failed("naming", &self.folder.join(&self.stem))(source))
    }
}

/// A part that is locked, and there.
fn begin_part(folder: &Path, stem: &str) -> std::io::Result<(File, TempPath)> {
    for _ in 0..MAX_BEGINNINGS {
        // On Unix such a file can be read by its owner alone.
        let part = Builder::new()
            .prefix(&format!("{stem}-"))
            .rand_bytes(RANDOM_LENGTH)
            .suffix(PART)
            .tempfile_in(folder)?;
        let (file, path) = part.into_parts();
        // Where a file system has no locks, nobody takes a part for abandoned either.
        let _ = file.lock();
        if path.exists() {
            return Ok((file, path));
        }
    }
    Err(ErrorKind::ResourceBusy.into())
}

/// Removes what consoles that were killed left half-written in a folder. What is still being written
/// stays, and so does everything that is not called as parts are.
pub fn clear_parts(folder: &Path) {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return;
    };
    for entry in entries.flatten() {
        let cleared = if is_part(&entry) {
            remove_abandoned(&entry.path())
        } else {
            Ok(())
        };
        if let Err(error) = cleared {
            tracing::warn!(%error, "a file that was left half-written stays");
        }
    }
}

/// `vigia-…-AbC123.part`, and a plain file.
fn is_part(entry: &DirEntry) -> bool {
    let name = entry.file_name();
    let random = name
        .to_str()
        .and_then(|name| name.strip_prefix(FRONT)?.strip_suffix(PART)?.rsplit_once('-'))
        .filter(|(stem, _)| !stem.contains('.'))
        .is_some_and(|(_, random)| {
            random.len() == RANDOM_LENGTH && random.bytes().all(|byte| byte.is_ascii_alphanumeric())
        });
    random && entry.file_type().is_ok_and(|kind| kind.is_file())
}

/// Removes a part that nobody holds.
fn remove_abandoned(path: &Path) -> std::io::Result<()> {
    let file = File::options().write(true).open(path)?;
    match file.try_lock() {
        Ok(()) => std::fs::remove_file(path),
        Err(std::fs::TryLockError::WouldBlock) => Ok(()),
        Err(std::fs::TryLockError::Error(error)) => Err(error),
    }
}

/// Saves a small file whole.
///
/// # Errors
/// Where the disk is full, or fails; nothing is left then.
pub fn save(folder: &Path, stem: &str, ending: &'static str, bytes: &[u8]) -> Result<PathBuf, Error> {
    let mut saving = Saving::begin(folder, stem, ending)?;
    saving.write(bytes)?;
    saving.finish()
}

/// The system's folder for downloads where there is one, else the person's own; `None` where
/// neither is there.
#[must_use]
pub fn usual_folder(home: &Path, config: Option<&Path>) -> Option<PathBuf> {
    // XDG user directories: lines of NAME="$HOME/…" or NAME="/…".
    let dirs = config.and_then(|config| std::fs::read_to_string(config.join("user-dirs.dirs")).ok());
    let named = dirs.iter().flat_map(|text| text.lines()).find_map(|line| {
        let value = line.trim().strip_prefix("XDG_DOWNLOAD_DIR=")?.trim_matches('"');
        match value.strip_prefix("$HOME") {
            Some(rest) => Some(home.join(rest.trim_start_matches('/'))),
            None => Path::new(value).is_absolute().then(|| PathBuf::from(value)),
        }
    });
    let places = [named, Some(home.join("Downloads")), Some(home.to_owned())];
    places.into_iter().flatten().find(|folder| folder.is_dir())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::home::Home;

    #[test]
    fn files_go_to_the_systems_folder_for_downloads_else_to_the_persons_own() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path();
        assert_eq!(usual_folder(path, None), Some(path.to_owned()));
        std::fs::create_dir(path.join("Downloads")).unwrap();
        assert_eq!(usual_folder(path, None), Some(path.join("Downloads")));
        std::fs::create_dir(path.join("Transferências")).unwrap();
        let dirs = "XDG_DESKTOP_DIR=\"$HOME/Desktop\"\nXDG_DOWNLOAD_DIR=\"$HOME/Transferências\"\n";
        std::fs::write(path.join("user-dirs.dirs"), dirs).unwrap();
        assert_eq!(usual_folder(path, Some(path)), Some(path.join("Transferências")));
        assert_eq!(usual_folder(&path.join("nobody"), None), None);
    }

    #[test]
    fn the_window_cannot_say_where_files_go_and_saving_its_settings_keeps_the_folder() {
        let folder = tempfile::tempdir().unwrap();
        let home = Home::open(folder.path()).unwrap();
        assert_eq!(home.export_folder().unwrap(), folder.path().join("downloads"));
        let chosen = folder.path().join("exports");
        home.set_export_folder(Some(chosen.clone())).unwrap();
        let mut settings = serde_json::to_value(home.settings().unwrap()).unwrap();
        settings["export_folder"] = "/somewhere/else".into();
        settings["utc"] = true.into();
        home.save_settings(&serde_json::from_value(settings).unwrap())
            .unwrap();
        assert_eq!(home.export_folder().unwrap(), chosen);
        assert!(home.settings().unwrap().utc);
    }

    fn names(folder: &Path) -> Vec<String> {
        let entries = std::fs::read_dir(folder).unwrap();
        let mut names: Vec<String> = entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn a_file_never_takes_the_place_of_another() {
        let folder = tempfile::tempdir().unwrap();
        for text in ["one", "two", "three"] {
            save(folder.path(), "vigia-events", "csv", text.as_bytes()).unwrap();
        }
        assert_eq!(
            names(folder.path()),
            ["vigia-events-2.csv", "vigia-events-3.csv", "vigia-events.csv"]
        );
        let first = std::fs::read_to_string(folder.path().join("vigia-events.csv"));
        assert_eq!(first.unwrap(), "one");
    }

    #[test]
    fn a_file_that_is_given_up_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let mut saving = Saving::begin(folder.path(), "vigia-events", "json").unwrap();
        saving.write(&vec![b'x'; 2 * BUFFER_BYTES]).unwrap();
        assert_eq!(
            names(folder.path()).len(),
            1,
            "the part is there while it is written"
        );
        drop(saving);
        assert!(names(folder.path()).is_empty());
    }

    #[test]
    fn what_a_killed_console_left_half_written_goes_with_the_next_file_and_nothing_else_does() {
        let folder = tempfile::tempdir().unwrap();
        let left = "vigia-events-2026-11-21-101500-AbC123.part";
        let others = [
            "vigia-events-2026-11-21-101500.csv",
            "vigia-events-AbC123.csv.part",
            "vigia-events-AbC12.part",
            "vigia_0.2.0-AbC123.part",
            "video-AbC123.part",
        ];
        for name in others.iter().chain([&left]) {
            std::fs::write(folder.path().join(name), "half").unwrap();
        }
        std::fs::create_dir(folder.path().join("vigia-folder-AbC123.part")).unwrap();
        let path = save(folder.path(), "vigia-events", "csv", b"whole").unwrap();
        assert_eq!(std::fs::read(path).unwrap(), b"whole");
        let there = names(folder.path());
        assert!(!there.iter().any(|name| name == left), "{there:?}");
        assert_eq!(there.len(), others.len() + 2, "{there:?}");
    }

    #[test]
    fn a_file_that_is_still_being_written_is_not_taken_for_left_over() {
        let folder = tempfile::tempdir().unwrap();
        let mut slow = Saving::begin(folder.path(), "vigia-events", "csv").unwrap();
        slow.write(b"slow").unwrap();
        let quick = save(folder.path(), "vigia-events", "csv", b"quick").unwrap();
        clear_parts(folder.path());
        let slow = slow.finish().unwrap();
        assert_eq!(std::fs::read(quick).unwrap(), b"quick");
        assert_eq!(std::fs::read(slow).unwrap(), b"slow");
        assert_eq!(names(folder.path()), ["vigia-events-2.csv", "vigia-events.csv"]);
    }

    #[cfg(unix)]
    #[test]
    fn only_its_owner_may_read_a_file() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let path = save(folder.path(), "vigia-events", "csv", b"a").unwrap();
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    }

    /// `/dev/full` takes nothing, as a full disk does.
    #[cfg(target_os = "linux")]
    #[test]
    fn a_full_disk_is_said_and_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let mut saving = Saving::begin(folder.path(), "vigia-events", "csv").unwrap();
        let full = File::options().write(true).open("/dev/full").unwrap();
        saving.file = BufWriter::new(full);
        let refused = saving
            .write(&vec![b'x'; 2 * BUFFER_BYTES])
            .and_then(|()| saving.finish());
        let problem = refused.unwrap_err().problem();
        assert_eq!(problem.code, vigia_wire::Code::DiskFull);
        assert!(names(folder.path()).is_empty());
    }
}
