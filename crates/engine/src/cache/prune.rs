//! What nobody used for the longest time goes, once all of it takes too much room.

use std::fs::{self, FileTimes, Metadata, OpenOptions};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

/// How exactly the last use of a file is known.
const HOUR: Duration = Duration::from_secs(3600);

/// Note that a file was used now.
pub fn used(path: &Path, about: &Metadata) {
    let now = SystemTime::now();
    if about.modified().is_ok_and(|then| now.duration_since(then).is_ok_and(|age| age > HOUR))
        && let Ok(file) = OpenOptions::new().write(true).open(path)
    {
        // A cache that cannot be written is a cache still.
        let _ = file.set_times(FileTimes::new().set_modified(now));
    }
}

/// Keep at most so many bytes in files with this extension: beyond that, a fifth goes. Whoever has loaded a file keeps it.
pub fn prune(dir: &Path, extension: &str, most: u64) -> std::io::Result<()> {
    let mut files = Vec::new();
    for entry in fs::read_dir(dir)? {
        let path = entry?.path();
        if path.extension().is_some_and(|kind| kind == extension) {
            // Another process may have removed it meanwhile.
            files.extend(fs::metadata(&path).ok().and_then(|about| Some((about.modified().ok()?, about.len(), path))));
        }
    }
    let mut size: u64 = files.iter().map(|(_, bytes, _)| bytes).sum();
    if size <= most {
        return Ok(());
    }
    files.sort_unstable();
    for (_, bytes, path) in files {
        if size <= most / 5 * 4 {
            break;
        }
        remove(&path);
        size -= bytes;
    }
    Ok(())
}

fn remove(path: &Path) {
    for file in [path.to_owned(), super::seal_of(path)] as [PathBuf; 2] {
        let _ = fs::remove_file(file);
    }
}
