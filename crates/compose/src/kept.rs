//! Compositions on disk, by the digest of all that they were made of.

use crate::compose;
use crate::part::Part;
use atoll_engine::cache::{prune, used};
use atoll_engine::{Code, Problem, guest};
use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

/// Changes whenever the same parts would become another component.
const REVISION: &str = "1";
/// Some fifty versions of an app with two interpreters.
const MOST_BYTES: u64 = 2 << 30;

/// The file with the composition of `parts` in the directory `dir`, made if it is not there.
pub fn composed(parts: &[Part], dir: &Path) -> Result<PathBuf, Problem> {
    let files = parts.iter().map(|part| guest::read(&part.wasm)).collect::<Result<Vec<_>, _>>()?;
    let path = dir.join(format!("{}.wasm", digest(parts, &files).to_hex()));
    if let Ok(about) = fs::metadata(&path) {
        used(&path, &about);
        return Ok(path);
    }
    let made = compose(parts, &files)?;
    keep(dir, &path, &made).map_err(|error| {
        Problem::new(Code::CacheUnusable, format!("`{}` cannot keep a composition: {error}", dir.display()))
            .hint("name a directory that this process may write to with `--cache-dir`")
    })?;
    Ok(path)
}

fn digest(parts: &[Part], files: &[Vec<u8>]) -> blake3::Hash {
    let mut hasher = blake3::Hasher::new();
    let mut add = |bytes: &[u8]| {
        hasher.update(&bytes.len().to_le_bytes()).update(bytes);
    };
    add(REVISION.as_bytes());
    add(guest::REVISION.as_bytes());
    for (part, file) in parts.iter().zip(files) {
        add(file);
        add(format!("{:?} {:?}", part.denied, part.wires).as_bytes());
    }
    hasher.finalize()
}

fn keep(dir: &Path, path: &Path, made: &[u8]) -> std::io::Result<()> {
    fs::create_dir_all(dir)?;
    let mut file = tempfile::NamedTempFile::new_in(dir)?;
    file.write_all(made)?;
    let _: File = file.persist(path)?;
    // It is kept, whatever becomes of others.
    let _ = prune(dir, "wasm", MOST_BYTES);
    Ok(())
}
