//! The console's folder: profiles, settings, and files that are replaced whole or not at all.
//!
//! `home.json` (which profile is in use), `settings.json`, and for each platform
//! `profiles/<id>/{profile.json, trust/, cache.db}`. No secret lies here: the cache's key and the
//! session are in the keyring under names that begin with the home's id.

mod file;
mod lock;

pub use file::{make_folder, read, replace, write};
pub use lock::{Lock, lock, try_lock, try_lock_shared};

use crate::Error;
use crate::view::profile::{Keep, Tls};
use file::failed;
use serde::{Deserialize, Serialize};
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// The folder.
#[derive(Debug, Clone)]
pub struct Home {
    folder: PathBuf,
    id: String,
    /// Where files go that are saved for the person, unless they name another folder.
    downloads: PathBuf,
    /// The port that the embedded platform takes where it is free.
    port: u16,
}

/// The usual one.
const PORT: u16 = 7717;

/// `settings.json`: what the window sets, and what only this file does.
#[derive(Debug, Default, Serialize, Deserialize)]
struct SettingsFile {
    #[serde(flatten)]
    settings: crate::view::settings::Settings,
    /// Not the window's to set: a page must not choose where files are written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    export_folder: Option<PathBuf>,
}

#[derive(Debug, Default, Serialize, Deserialize)]
struct HomeFile {
    id: String,
    #[serde(default)]
    profile: Option<String>,
}

/// A platform, as this computer knows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProfileFile {
    /// Its id on this computer.
    pub id: String,
    /// Its address.
    pub url: String,
    /// Whether it runs inside this console.
    pub embedded: bool,
    /// What they could do then.
    pub permissions: Vec<String>,
    /// Whether somebody is signed in.
    pub signed_in: bool,
    /// What people call it; its host where nobody named it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// How much of its log is kept here.
    #[serde(default)]
    pub keep: Keep,
    /// How its certificate is trusted.
    #[serde(default)]
    pub tls: Tls,
}

/// Eight random bytes as text, for ids on this computer.
fn random_id() -> Result<String, Error> {
    let mut bytes = [0_u8; 8];
    getrandom::fill(&mut bytes).map_err(Error::Random)?;
    Ok(hex::encode(bytes))
}

impl Home {
    /// Opens the folder that `VIGIA_HOME` names, else the one where this system keeps the data of
    /// its users' programs.
    ///
    /// # Errors
    /// Where there is no such folder, or it can neither be read nor made.
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place where the console asks where its folder is"
    )]
    pub fn from_environment() -> Result<Self, Error> {
        let variable = |name: &str| {
            std::env::var(name)
                .ok()
                .filter(|value| !value.is_empty())
                .map(PathBuf::from)
        };
        let below = |folder: Option<PathBuf>, name: &str| folder.map(|folder| folder.join(name));
        let system = if cfg!(windows) {
            below(variable("LOCALAPPDATA"), "Vigia")
        } else if cfg!(target_os = "macos") {
            below(variable("HOME"), "Library/Application Support/Vigia")
        } else {
            below(variable("XDG_DATA_HOME"), "vigia")
                .or_else(|| below(variable("HOME"), ".local/share/vigia"))
        };
        let folder = variable("VIGIA_HOME").or(system).ok_or_else(|| Error::File {
            attempt: "finding the console's folder: set",
            path: "VIGIA_HOME".to_owned(),
            source: ErrorKind::NotFound.into(),
        })?;
        let home = variable("HOME").or_else(|| variable("USERPROFILE"));
        let config = variable("XDG_CONFIG_HOME").or_else(|| below(home.clone(), ".config"));
        let mut opened = Self::open(&folder)?;
        let usual = home.and_then(|home| crate::download::usual_folder(&home, config.as_deref()));
        opened.downloads = usual.unwrap_or(opened.downloads);
        Ok(opened)
    }

    /// Opens the folder, making it where it is not.
    ///
    /// # Errors
    /// Where it can neither be read nor made.
    pub fn open(folder: &Path) -> Result<Self, Error> {
        make_folder(folder)?;
        let path = folder.join("home.json");
        let file = match read::<HomeFile>(&path)? {
            Some(file) => file,
            None => {
                let file = HomeFile {
                    id: random_id()?,
                    profile: None,
                };
                write(&path, &file)?;
                file
            }
        };
        Ok(Self {
            folder: folder.to_owned(),
            id: file.id,
            downloads: folder.join("downloads"),
            port: PORT,
        })
    }

    /// The same folder, whose embedded platform takes this port where it is free.
    #[must_use]
    pub fn on_port(self, port: u16) -> Self {
        Self { port, ..self }
    }

    /// The port that the embedded platform takes; another where this one is taken.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Names of secrets of this folder begin so.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The embedded platform's data folder.
    #[must_use]
    pub fn platform(&self) -> PathBuf {
        self.folder.join("platform")
    }

    /// A profile's folder.
    #[must_use]
    pub fn profile_folder(&self, id: &str) -> PathBuf {
        self.folder.join("profiles").join(id)
    }

    /// The profile in use.
    ///
    /// # Errors
    /// Where a file cannot be read.
    pub fn profile(&self) -> Result<Option<ProfileFile>, Error> {
        let file: Option<HomeFile> = read(&self.folder.join("home.json"))?;
        match file.and_then(|file| file.profile) {
            Some(id) => read(&self.profile_folder(&id).join("profile.json")),
            None => Ok(None),
        }
    }

    /// The profile of the platform at this address, a new one where there is none.
    ///
    /// # Errors
    /// Where the folder cannot be read, or the system gives no random bytes.
    pub fn profile_for(&self, url: &str, embedded: bool) -> Result<ProfileFile, Error> {
        let known = self.profiles()?.into_iter();
        let mut same = known.filter(|known| known.url == url || (embedded && known.embedded));
        if let Some(mut found) = same.next() {
            // The embedded platform may have had to take another port.
            found.url = url.to_owned();
            return Ok(found);
        }
        Ok(ProfileFile {
            id: random_id()?,
            url: url.to_owned(),
            embedded,
            permissions: Vec::new(),
            signed_in: false,
            name: None,
            keep: Keep::default(),
            tls: Tls::default(),
        })
    }

    /// A profile by its id.
    ///
    /// # Errors
    /// Where the file cannot be read.
    pub fn profile_of(&self, id: &str) -> Result<Option<ProfileFile>, Error> {
        read(&self.profile_folder(id).join("profile.json"))
    }

    /// Every profile, in the order in which they were made.
    ///
    /// # Errors
    /// Where the folder cannot be read. A profile that cannot be read is left out.
    pub fn profiles(&self) -> Result<Vec<ProfileFile>, Error> {
        let folder = self.folder.join("profiles");
        let entries: Vec<fs::DirEntry> = match fs::read_dir(&folder) {
            Ok(entries) => entries.flatten().collect(),
            Err(error) if error.kind() == ErrorKind::NotFound => Vec::new(),
            Err(error) => return Err(failed("listing", &folder)(error)),
        };
        let mut found: Vec<_> = entries
            .iter()
            .filter_map(|entry| {
                let made = entry.metadata().and_then(|entry| entry.created()).ok();
                let profile: ProfileFile = match read(&entry.path().join("profile.json")) {
                    Ok(profile) => profile?,
                    Err(error) => {
                        tracing::warn!(error = %error.with_causes(), "a profile cannot be read");
                        return None;
                    }
                };
                Some((made, profile))
            })
            .collect();
        found.sort_by(|(one, a), (other, b)| one.cmp(other).then_with(|| a.id.cmp(&b.id)));
        Ok(found.into_iter().map(|(_, profile)| profile).collect())
    }

    /// Where evidence against platforms is kept that were taken off.
    #[must_use]
    pub fn evidence(&self) -> PathBuf {
        self.folder.join("evidence")
    }

    /// Removes a profile's folder. Evidence against its log is moved out before; says where it lies.
    ///
    /// # Errors
    /// Where a file cannot be moved or removed.
    pub fn remove(&self, id: &str) -> Result<Option<PathBuf>, Error> {
        let folder = self.profile_folder(id);
        let trust = folder.join("trust");
        let entries: Vec<fs::DirEntry> =
            fs::read_dir(&trust).map_or_else(|_| Vec::new(), |all| all.flatten().collect());
        let is_evidence =
            |entry: &&fs::DirEntry| entry.file_name().to_string_lossy().starts_with("evidence-");
        let kept = self.evidence().join(id);
        let mut any = false;
        for entry in entries.iter().filter(is_evidence) {
            make_folder(&kept)?;
            let target = kept.join(entry.file_name());
            fs::rename(entry.path(), &target).map_err(failed("moving evidence to", &target))?;
            any = true;
        }
        fs::remove_dir_all(&folder).map_err(failed("removing", &folder))?;
        Ok(any.then_some(kept))
    }

    /// Saves a profile.
    ///
    /// # Errors
    /// Where the file cannot be written.
    pub fn save(&self, profile: &ProfileFile) -> Result<(), Error> {
        let folder = self.profile_folder(&profile.id);
        make_folder(&folder)?;
        write(&folder.join("profile.json"), profile)
    }

    /// Puts a profile in use, or none.
    ///
    /// # Errors
    /// Where the file cannot be written.
    pub fn use_profile(&self, id: Option<&str>) -> Result<(), Error> {
        let file = HomeFile {
            id: self.id.clone(),
            profile: id.map(str::to_owned),
        };
        write(&self.folder.join("home.json"), &file)
    }

    /// The settings; the defaults where none were saved.
    ///
    /// # Errors
    /// Where the file cannot be read.
    pub fn settings(&self) -> Result<crate::view::settings::Settings, Error> {
        Ok(self.settings_file()?.settings)
    }

    fn settings_file(&self) -> Result<SettingsFile, Error> {
        Ok(read(&self.folder.join("settings.json"))?.unwrap_or_default())
    }

    /// Where files go that are saved for the person: the folder that `settings.json` names as
    /// `export_folder`, else the system's folder for downloads, else the person's own.
    ///
    /// # Errors
    /// Where the settings cannot be read.
    pub fn export_folder(&self) -> Result<PathBuf, Error> {
        let named = self.settings_file()?.export_folder;
        Ok(named.unwrap_or_else(|| self.downloads.clone()))
    }

    /// Chooses the folder for saved files; `None` goes back to the system's.
    ///
    /// # Errors
    /// Where the settings cannot be read or written.
    pub fn set_export_folder(&self, folder: Option<PathBuf>) -> Result<(), Error> {
        let mut file = self.settings_file()?;
        file.export_folder = folder;
        write(&self.folder.join("settings.json"), &file)
    }

    /// What the window remembers of itself; nothing where none was saved or the file is damaged.
    #[must_use]
    pub fn window(&self) -> crate::desktop::Remembered {
        read(&self.folder.join("window.json"))
            .ok()
            .flatten()
            .unwrap_or_default()
    }

    /// Saves what the window remembers of itself.
    ///
    /// # Errors
    /// Where the file cannot be written.
    pub fn save_window(&self, window: &crate::desktop::Remembered) -> Result<(), Error> {
        write(&self.folder.join("window.json"), window)
    }

    /// Saves the settings.
    ///
    /// # Errors
    /// Where the file cannot be written.
    pub fn save_settings(&self, settings: &crate::view::settings::Settings) -> Result<(), Error> {
        let mut file = self.settings_file()?;
        file.settings.clone_from(settings);
        write(&self.folder.join("settings.json"), &file)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_profile_is_found_again_by_its_address() {
        let folder = tempfile::tempdir().unwrap();
        let home = Home::open(folder.path()).unwrap();
        let profile = home.profile_for("https://vigia.example", false).unwrap();
        home.save(&profile).unwrap();
        home.use_profile(Some(&profile.id)).unwrap();
        let again = Home::open(folder.path()).unwrap();
        assert_eq!(again.id(), home.id());
        assert_eq!(again.profile().unwrap(), Some(profile.clone()));
        assert_eq!(
            again.profile_for("https://vigia.example", false).unwrap(),
            profile
        );
        assert_ne!(
            again.profile_for("https://other.example", false).unwrap().id,
            profile.id
        );
    }

    #[test]
    fn a_lock_is_held_by_one_at_a_time() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lock");
        let held = try_lock(&path).unwrap();
        assert!(held.is_some());
        assert!(try_lock(&path).unwrap().is_none());
        drop(held);
        assert!(try_lock(&path).unwrap().is_some());
    }
}
