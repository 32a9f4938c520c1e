//! Where the copy of a profile lies, and under which key.

use crate::Error;
use crate::cache::{self, Cache, CacheKey, Found};
use crate::home::{self, Home, Lock};
use crate::secret::Keeper;
use std::path::{Path, PathBuf};
use vigia_wire::{Code, Problem};
use zeroize::Zeroizing;

/// The copy's file and key.
pub(super) struct Place {
    pub(super) path: PathBuf,
    pub(super) key: CacheKey,
    /// What must be removed at the end, and the lock that says that nobody else's is there.
    pub(super) fleeting: Option<(PathBuf, Option<Lock>)>,
}

impl Place {
    /// Looks at the copy before it is opened, and says to other consoles that it is in use. One that
    /// does not read back is removed, so that opening begins it anew; says whether it was damaged.
    /// Never under the hands of another console.
    pub(super) async fn enter(&self, folder: &Path) -> Result<(bool, Option<Lock>), Error> {
        if self.fleeting.is_some() {
            return Ok((false, None));
        }
        let lock = folder.join("copy.lock");
        let found = Cache::look(&self.path, &self.key).await?;
        if matches!(found, Found::Damaged | Found::OtherVersion) {
            let Some(_alone) = home::try_lock(&lock)? else {
                let detail = "opening the copy: it does not read back, and another console on this computer uses it; \
                    close that one first";
                return Err(Error::Request(Problem::new(Code::CopyDamaged, detail)));
            };
            tracing::warn!(?found, "the copy cannot be used; it is fetched again");
            cache::remove(&self.path)?;
        }
        Ok((found == Found::Damaged, home::try_lock_shared(&lock)?))
    }
}

fn random_key() -> Result<CacheKey, Error> {
    let mut key = Zeroizing::new([0_u8; 32]);
    getrandom::fill(key.as_mut_slice()).map_err(Error::Random)?;
    Ok(key)
}

/// With a keyring the copy is kept and its key lies there. Without one the copy is another file,
/// so that a keyring that is merely locked today does not cost the copy of yesterday.
pub(super) async fn place(
    home: &Home,
    profile: &str,
    folder: &Path,
    keeper: &Keeper,
) -> Result<Place, Error> {
    if !keeper.lasts() {
        let lock = home::try_lock(&folder.join("fleeting.lock"))?;
        if lock.is_some() {
            remove_fleeting(folder)?;
        }
        let path = folder.join(format!("fleeting-{}.db", std::process::id()));
        return Ok(Place {
            key: random_key()?,
            fleeting: Some((path.clone(), lock)),
            path,
        });
    }
    let name = format!("{}/{profile}/cache", home.id());
    let kept = keeper.get(&name).await?;
    let key = match kept.and_then(|key| <[u8; 32]>::try_from(key.as_slice()).ok()) {
        Some(key) => Zeroizing::new(key),
        None => {
            let key = random_key()?;
            keeper.set(&name, Zeroizing::new(key.to_vec())).await?;
            key
        }
    };
    Ok(Place {
        path: folder.join("cache.db"),
        key,
        fleeting: None,
    })
}

/// Copies that ended with a process that could not remove them.
fn remove_fleeting(folder: &Path) -> Result<(), Error> {
    let entries = std::fs::read_dir(folder)
        .map(|entries| entries.flatten().collect())
        .unwrap_or_else(|_| Vec::new());
    for entry in entries {
        let name = entry.file_name();
        if name.to_string_lossy().starts_with("fleeting-") && name.to_string_lossy().ends_with(".db") {
            cache::remove(&entry.path())?;
        }
    }
    Ok(())
}
