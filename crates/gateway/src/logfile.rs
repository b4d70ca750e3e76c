//! A log file that several processes append to, and that begins anew before it grows too large.

use std::fs::{File, OpenOptions};
use std::io::{BufWriter, Write};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// One file and its predecessor: `NAME.txt` and `NAME.1.txt`.
pub(crate) struct LogFile {
    path: PathBuf,
    most: u64,
    file: BufWriter<File>,
}

impl LogFile {
    /// Open for appending. Beyond `most` bytes the file becomes its own predecessor.
    pub(crate) fn open(path: PathBuf, most: u64) -> std::io::Result<Self> {
        let file = BufWriter::new(append(&path)?);
        Ok(Self { path, most, file })
    }

    /// Append whole records; [`flush`](Self::flush) writes them.
    pub(crate) fn write(&mut self, record: &[u8]) -> std::io::Result<()> {
        self.file.write_all(record)
    }

    /// Write what waits, then begin anew where that is due.
    pub(crate) fn flush(&mut self) -> std::io::Result<()> {
        self.file.flush()?;
        if self.is_moved() {
            // Another process was first.
            self.file = BufWriter::new(append(&self.path)?);
        } else if self.file.get_ref().metadata()?.len() > self.most {
            self.begin_anew()?;
        }
        Ok(())
    }

    fn begin_anew(&mut self) -> std::io::Result<()> {
        // The lock lies on the full file: who waited for it finds the file moved.
        self.file.get_ref().lock()?;
        if !self.is_moved() {
            std::fs::rename(&self.path, predecessor(&self.path))?;
        }
        // Dropping the old file gives up its lock.
        self.file = BufWriter::new(append(&self.path)?);
        Ok(())
    }

    fn is_moved(&self) -> bool {
        let identity = |about: std::fs::Metadata| (about.dev(), about.ino());
        let ours = self.file.get_ref().metadata().map(identity).ok();
        let named = std::fs::metadata(&self.path).map(identity).ok();
        ours != named
    }
}

fn append(path: &Path) -> std::io::Result<File> {
    OpenOptions::new().create(true).append(true).open(path)
}

fn predecessor(path: &Path) -> PathBuf {
    path.with_extension("1.txt")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(path: &Path) -> String {
        std::fs::read_to_string(path).unwrap_or_default()
    }

    #[test]
    fn a_full_file_becomes_its_predecessor() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("hello_stdout.txt");
        let mut log = LogFile::open(path.clone(), 10).unwrap();
        for record in ["first record\n", "second\n", "third record\n", "fourth\n"] {
            log.write(record.as_bytes()).unwrap();
            log.flush().unwrap();
        }
        assert_eq!(read(&path), "fourth\n");
        assert_eq!(read(&folder.path().join("hello_stdout.1.txt")), "second\nthird record\n");
    }

    #[test]
    fn two_writers_lose_nothing_when_one_begins_anew() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("hello_stdout.txt");
        let (mut one, mut other) = (LogFile::open(path.clone(), 10).unwrap(), LogFile::open(path.clone(), 10).unwrap());
        one.write(b"from the first\n").unwrap();
        one.flush().unwrap();
        other.write(b"a\n").unwrap();
        other.flush().unwrap();
        other.write(b"b\n").unwrap();
        other.flush().unwrap();
        assert_eq!(read(&folder.path().join("hello_stdout.1.txt")), "from the first\na\n");
        assert_eq!(read(&path), "b\n");
    }

    #[test]
    fn a_file_that_was_removed_is_made_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("hello_stdout.txt");
        let mut log = LogFile::open(path.clone(), 1_000).unwrap();
        std::fs::remove_file(&path).unwrap();
        log.flush().unwrap();
        log.write(b"again\n").unwrap();
        log.flush().unwrap();
        assert_eq!(read(&path), "again\n");
    }
}
