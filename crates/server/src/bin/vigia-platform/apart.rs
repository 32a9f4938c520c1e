//! Folders that have to lie apart: a backup within the data folder goes with it.
//!
//! Must stay true: it is the real place that counts, whatever links lead there. A folder that is still
//! to be made lies where its nearest folder does that is there already.

use crate::run::Failure;
use std::io::ErrorKind;
use std::path::{Component, Path, PathBuf};
use vigia_server::Error;

/// Refuses a folder that lies in the data folder, or is it.
///
/// # Errors
/// That one, naming the option; where a folder cannot be looked at.
pub fn must_be_apart(option: &'static str, folder: &Path, data: &Path) -> Result<(), Failure> {
    let (real, real_data) = (real(folder)?, real(data)?);
    if !real.starts_with(&real_data) {
        return Ok(());
    }
    let reason = format!(
        "{} lies in the data folder {}; whatever takes that takes the backup too. Name a folder elsewhere, best on another disk",
        folder.display(),
        data.display()
    );
    Err(Error::Field { name: option, reason }.into())
}

/// Where a folder really lies, be it there or not.
fn real(folder: &Path) -> Result<PathBuf, Failure> {
    let failed = |source| Failure::File {
        path: folder.to_owned(),
        source,
    };
    let whole = std::path::absolute(folder).map_err(failed)?;
    for there in whole.ancestors() {
        let mut place = match there.canonicalize() {
            Ok(place) => place,
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => continue,
            Err(error) => return Err(failed(error)),
        };
        for part in whole.strip_prefix(there).unwrap_or(Path::new("")).components() {
            match part {
                Component::ParentDir => drop(place.pop()),
                part => place.push(part),
            }
        }
        return Ok(place);
    }
    Ok(whole)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_refused(folder: &Path, data: &Path) -> bool {
        match must_be_apart("--to", folder, data) {
            Ok(()) => false,
            Err(failure) => {
                assert_eq!(failure.code(), 2, "wrong usage");
                true
            }
        }
    }

    #[test]
    fn a_folder_in_the_data_folder_is_refused_be_it_there_or_not() {
        let place = tempfile::tempdir().unwrap();
        let data = place.path().join("data");
        std::fs::create_dir_all(data.join("keys")).unwrap();
        for inside in [
            "data",
            "data/",
            "data/keys",
            "data/backups/daily",
            "other/../data/backups",
        ] {
            assert!(is_refused(&place.path().join(inside), &data), "{inside}");
        }
        for apart in [
            "backups",
            "data-backups",
            "data/../backups",
            "data/new/../../backups",
        ] {
            assert!(!is_refused(&place.path().join(apart), &data), "{apart}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn links_hide_no_folder_on_either_side() {
        let place = tempfile::tempdir().unwrap();
        let (data, link) = (place.path().join("data"), place.path().join("link"));
        std::fs::create_dir(&data).unwrap();
        std::os::unix::fs::symlink(&data, &link).unwrap();
        assert!(is_refused(&link.join("backups"), &data));
        assert!(is_refused(&data.join("backups"), &link));
        let out = data.join("out");
        std::os::unix::fs::symlink(place.path(), &out).unwrap();
        assert!(!is_refused(&out.join("backups"), &data), "the link leads out");
    }
}
