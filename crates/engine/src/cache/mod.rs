//! Compiled code on disk, kept by the guest's digest and the engine's compatibility hash.
//!
//! A compiled file is machine code: whoever can change it runs code in this process. So the directory belongs to this user alone, and
//! each file carries a keyed hash under a key that stands in that directory; what does not match is compiled anew.

use crate::error::{Code, Problem};
use std::fs::{self, File, OpenOptions};
use std::hash::{Hash, Hasher};
use std::io::{Read, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

mod prune;

pub use prune::{prune, used};

const KEY_FILE: &str = "key";
/// The code of some hundred interpreters.
const MOST_BYTES: u64 = 5 << 30;
/// What one process stores before it looks again whether that is too much by now.
const UNCOUNTED_BYTES: u64 = 1 << 28;

/// The digest of what compiled code was made from and for.
pub(crate) type Key = blake3::Hash;

pub struct Cache {
    dir: PathBuf,
    key: [u8; 32],
    compatibility: u64,
    /// Bytes that were stored since it was looked whether all are too many.
    uncounted: AtomicU64,
}

impl Cache {
    /// Open or make the directory; it must be this user's and closed to others.
    pub fn open(dir: &Path, engine: &wasmtime::Engine) -> Result<Self, Problem> {
        let unusable = |error: &dyn std::fmt::Display| {
            Problem::new(Code::CacheUnusable, format!("the code cache `{}` cannot be used: {error}", dir.display()))
                .hint("name a private directory with `--cache-dir`, or mend its owner and permissions (0700)")
        };
        fs::DirBuilder::new().recursive(true).mode(0o700).create(dir).map_err(|error| unusable(&error))?;
        let about = fs::metadata(dir).map_err(|error| unusable(&error))?;
        // SAFETY: geteuid has no preconditions.
        if about.uid() != unsafe { libc::geteuid() } {
            return Err(unusable(&"it belongs to another user"));
        }
        if about.permissions().mode() & 0o022 != 0 {
            return Err(unusable(&"others may write to it"));
        }
        let key = key(dir).map_err(|error| unusable(&error))?;
        Ok(Self { dir: dir.to_owned(), key, compatibility: compatibility(engine), uncounted: UNCOUNTED_BYTES.into() })
    }

    /// The file with the code of that key, if this host wrote it and nobody changed it since.
    pub fn find(&self, key: &Key) -> Option<PathBuf> {
        let path = self.path(key);
        self.is_ours(&path).then_some(path)
    }

    /// Keep `code`; its file.
    pub fn store(&self, key: &Key, code: &[u8]) -> std::io::Result<PathBuf> {
        let path = self.path(key);
        // The seal is in place before the code: a crash in between leaves a seal without code, never the other way round.
        self.replace(&seal_of(&path), blake3::keyed_hash(&self.key, code).as_bytes())?;
        self.replace(&path, code)?;
        let bytes = code.len() as u64;
        if self.uncounted.fetch_add(bytes, Ordering::Relaxed) + bytes <= UNCOUNTED_BYTES {
            return Ok(path);
        }
        self.uncounted.store(0, Ordering::Relaxed);
        // What is too much is still too much the next time; the code is kept whatever becomes of others.
        let _ = prune(&self.dir, "cwasm", MOST_BYTES);
        Ok(path)
    }

    /// Remember under `name` places in the code of `key`.
    pub(crate) fn point(&self, name: &Key, key: &Key, places: &[usize]) -> Option<PathBuf> {
        let places: Vec<u8> = places.iter().flat_map(|at| at.to_le_bytes()).collect();
        self.store(name, &[key.as_bytes(), &places[..]].concat()).ok()
    }

    /// The code and the places in it that `name` stands for.
    pub(crate) fn pointed(&self, name: &Key) -> Option<(Vec<u8>, Vec<usize>)> {
        let pointer = self.read(name)?;
        let (key, places) = pointer.split_first_chunk::<32>()?;
        let places = places.chunks_exact(size_of::<usize>()).map(|at| at.try_into().map(usize::from_le_bytes));
        Some((self.read(&Key::from_bytes(*key))?, places.collect::<Result<_, _>>().ok()?))
    }

    fn read(&self, key: &Key) -> Option<Vec<u8>> {
        let path = self.path(key);
        let code = fs::read(&path).ok()?;
        used(&path, &fs::metadata(&path).ok()?);
        self.is_sealed(&path, |hasher| Some(hasher.update(&code))).then_some(code)
    }

    fn path(&self, key: &Key) -> PathBuf {
        self.dir.join(format!("{}-{:016x}.cwasm", key.to_hex(), self.compatibility))
    }

    fn is_ours(&self, path: &Path) -> bool {
        let Ok(about) = fs::metadata(path) else { return false };
        used(path, &about);
        self.is_sealed(path, |hasher| hasher.update_mmap(path).ok())
    }

    /// Whether the seal beside `path` is of what `hash` gives the hasher.
    fn is_sealed(&self, path: &Path, hash: impl FnOnce(&mut blake3::Hasher) -> Option<&mut blake3::Hasher>) -> bool {
        let Ok(seal) = fs::read(seal_of(path)) else { return false };
        let mut hasher = blake3::Hasher::new_keyed(&self.key);
        let hashed = hash(&mut hasher).is_some();
        hashed && <[u8; 32]>::try_from(seal).is_ok_and(|seal| hasher.finalize() == blake3::Hash::from_bytes(seal))
    }

    fn replace(&self, path: &Path, bytes: &[u8]) -> std::io::Result<()> {
        let mut file = tempfile::NamedTempFile::new_in(&self.dir)?;
        file.write_all(bytes)?;
        file.persist(path)?;
        Ok(())
    }
}

fn seal_of(path: &Path) -> PathBuf {
    path.with_extension("seal")
}

/// What engines have in common that can load each other's code.
fn compatibility(engine: &wasmtime::Engine) -> u64 {
    let mut hasher = std::hash::DefaultHasher::new();
    #[cfg(feature = "compiler")]
    engine.precompile_compatibility_hash().hash(&mut hasher);
    #[cfg(not(feature = "compiler"))]
    (env!("CARGO_PKG_VERSION"), format!("{:?}", engine.config())).hash(&mut hasher);
    hasher.finish()
}

/// The directory's key, made by whoever comes first.
fn key(dir: &Path) -> std::io::Result<[u8; 32]> {
    let path = dir.join(KEY_FILE);
    let mut fresh = [0u8; 32];
    File::open("/dev/urandom")?.read_exact(&mut fresh)?;
    let made = dir.join(format!(".key-{}", std::process::id()));
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&made)?;
    file.write_all(&fresh)?;
    // A link fails where the name is taken, so that two processes agree on one key.
    let linked = fs::hard_link(&made, &path);
    fs::remove_file(&made)?;
    if let Err(error) = linked
        && error.kind() != std::io::ErrorKind::AlreadyExists
    {
        return Err(error);
    }
    let key = fs::read(&path)?;
    key.try_into().map_err(|_| std::io::Error::other("its key file is damaged; remove the directory"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: Key = Key::from_bytes([7; 32]);
    const CODE: &[u8] = b"its machine code";

    fn world() -> (tempfile::TempDir, Cache) {
        let dir = tempfile::tempdir().unwrap();
        let cache = Cache::open(dir.path(), &wasmtime::Engine::default()).unwrap();
        (dir, cache)
    }

    fn kept(dir: &Path, extension: &str) -> PathBuf {
        let mut paths = fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path());
        paths.find(|path| path.extension().is_some_and(|found| found == extension)).unwrap()
    }

    #[test]
    fn what_was_stored_is_found_by_the_next_process_too() {
        let (dir, cache) = world();
        assert!(cache.find(&KEY).is_none());
        cache.store(&KEY, CODE).unwrap();
        let next = Cache::open(dir.path(), &wasmtime::Engine::default()).unwrap();
        assert_eq!(fs::read(next.find(&KEY).unwrap()).unwrap(), CODE);
    }

    #[test]
    fn a_changed_byte_is_never_loaded() {
        let (dir, cache) = world();
        cache.store(&KEY, CODE).unwrap();
        let path = kept(dir.path(), "cwasm");
        let mut code = fs::read(&path).unwrap();
        code[3] ^= 1;
        fs::write(&path, code).unwrap();
        assert!(cache.find(&KEY).is_none());
    }

    #[test]
    fn a_file_of_another_host_is_never_loaded() {
        let (ours, cache) = world();
        let (theirs, other) = world();
        other.store(&KEY, CODE).unwrap();
        for extension in ["cwasm", "seal"] {
            let path = kept(theirs.path(), extension);
            fs::copy(&path, ours.path().join(path.file_name().unwrap())).unwrap();
        }
        assert!(cache.find(&KEY).is_none());
    }

    #[test]
    fn what_was_not_used_for_the_longest_time_goes_first() {
        let (dir, cache) = world();
        let key = |number| Key::from_bytes([number; 32]);
        let old = std::time::SystemTime::now() - std::time::Duration::from_secs(86400);
        for number in 0..10u8 {
            cache.store(&key(number), CODE).unwrap();
            let file = OpenOptions::new().write(true).open(cache.path(&key(number))).unwrap();
            file.set_modified(old + std::time::Duration::from_secs(number.into())).unwrap();
        }
        assert!(cache.find(&key(0)).is_some());
        prune(dir.path(), "cwasm", 10 * CODE.len() as u64).unwrap();
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 21);
        prune(dir.path(), "cwasm", 9 * CODE.len() as u64).unwrap();
        let left: Vec<_> = (0..10u8).filter(|number| cache.find(&key(*number)).is_some()).collect();
        assert_eq!(left, [0, 4, 5, 6, 7, 8, 9]);
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 15);
    }

    #[test]
    fn a_directory_that_others_may_write_to_is_refused() {
        let (dir, _) = world();
        fs::set_permissions(dir.path(), fs::Permissions::from_mode(0o777)).unwrap();
        let refused = Cache::open(dir.path(), &wasmtime::Engine::default()).err();
        assert_eq!(refused.map(|problem| problem.code), Some(Code::CacheUnusable));
    }
}
