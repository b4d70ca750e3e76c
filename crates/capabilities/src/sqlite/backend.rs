//! Where a database's data is, as the settings say it.

use super::embedded::Embedded;
use super::{Database, Databases};
use atoll_engine::{Code, Problem};
use serde::Deserialize;
use std::path::PathBuf;
use std::sync::Arc;

/// One entry of `rooms.sqlite` in the settings document.
#[derive(Clone, Debug, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Backend {
    /// A file, shared with every process that opens it.
    Embedded(File),
    /// An object that was handed over beside the settings.
    Python,
}

#[derive(Clone, Debug, Deserialize)]
pub struct File {
    pub path: PathBuf,
    /// Guests may open any other file as well.
    #[serde(default)]
    pub allow_attach_file: bool,
    /// What the file may grow to.
    pub max_bytes: u64,
}

impl Backend {
    /// The database `label`; Python's are among the `given`.
    pub fn open(&self, label: &str, given: &Databases) -> Result<Arc<dyn Database>, Problem> {
        match self {
            Self::Embedded(file) => match Embedded::open(file) {
                Ok(database) => Ok(Arc::new(database)),
                Err(error) => Err(unusable(label, file, &error)),
            },
            Self::Python => given.get(label).cloned().ok_or_else(|| {
                Problem::new(Code::LockedInvalid, format!("the database `{label}` is Python's, and no object came with it"))
            }),
        }
    }
}

fn unusable(label: &str, file: &File, error: &rusqlite::Error) -> Problem {
    let path = file.path.display();
    Problem::new(Code::ProviderFailed, format!("the SQLite database `{label}` cannot be opened at {path}: {error}"))
        .hint("see that the folder exists and can be written, and that the file is an SQLite database")
        .at("sqlite_databases", label)
}
