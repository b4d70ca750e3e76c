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

const KEY_FILE: &str = "key";

pub struct Cache {
    dir: PathBuf,
    key: [u8; 32],
    compatibility: u64,
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
        Ok(Self { dir: dir.to_owned(), key, compatibility: compatibility(engine) })
    }

    /// The file with the compiled form of `wasm`, if this host wrote it and nobody changed it since.
    pub fn find(&self, wasm: &[u8]) -> Option<PathBuf> {
        let path = self.path(wasm);
        self.is_ours(&path).then_some(path)
    }

    /// Keep `code`, the compiled form of `wasm`.
    pub fn store(&self, wasm: &[u8], code: &[u8]) -> std::io::Result<()> {
        let path = self.path(wasm);
        // The seal is in place before the code: a crash in between leaves a seal without code, never the other way round.
        self.replace(&seal_of(&path), blake3::keyed_hash(&self.key, code).as_bytes())?;
        self.replace(&path, code)
    }

    fn path(&self, wasm: &[u8]) -> PathBuf {
        let digest = blake3::hash(wasm).to_hex();
        self.dir.join(format!("{digest}-{:016x}.cwasm", self.compatibility))
    }

    fn is_ours(&self, path: &Path) -> bool {
        let (Ok(seal), Ok(code)) = (fs::read(seal_of(path)), File::open(path)) else {
            return false;
        };
        let mut hasher = blake3::Hasher::new_keyed(&self.key);
        let Ok(_) = hasher.update_reader(code) else {
            return false;
        };
        <[u8; 32]>::try_from(seal).is_ok_and(|seal| hasher.finalize() == blake3::Hash::from_bytes(seal))
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

fn compatibility(engine: &wasmtime::Engine) -> u64 {
    let mut hasher = std::hash::DefaultHasher::new();
    engine.precompile_compatibility_hash().hash(&mut hasher);
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

    const WASM: &[u8] = b"the guest";
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
        assert!(cache.find(WASM).is_none());
        cache.store(WASM, CODE).unwrap();
        let next = Cache::open(dir.path(), &wasmtime::Engine::default()).unwrap();
        assert_eq!(fs::read(next.find(WASM).unwrap()).unwrap(), CODE);
    }

    #[test]
    fn a_changed_byte_is_never_loaded() {
        let (dir, cache) = world();
        cache.store(WASM, CODE).unwrap();
        let path = kept(dir.path(), "cwasm");
        let mut code = fs::read(&path).unwrap();
        code[3] ^= 1;
        fs::write(&path, code).unwrap();
        assert!(cache.find(WASM).is_none());
    }

    #[test]
    fn a_file_of_another_host_is_never_loaded() {
        let (ours, cache) = world();
        let (theirs, other) = world();
        other.store(WASM, CODE).unwrap();
        for extension in ["cwasm", "seal"] {
            let path = kept(theirs.path(), extension);
            fs::copy(&path, ours.path().join(path.file_name().unwrap())).unwrap();
        }
        assert!(cache.find(WASM).is_none());
    }

    #[test]
    fn a_directory_that_others_may_write_to_is_refused() {
        let (dir, _) = world();
        fs::set_permissions(dir.path(), fs::Permissions::from_mode(0o777)).unwrap();
        let refused = Cache::open(dir.path(), &wasmtime::Engine::default()).err();
        assert_eq!(refused.map(|problem| problem.code), Some(Code::CacheUnusable));
    }
}
