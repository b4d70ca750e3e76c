//! Where a store's data is, as the settings say it.

use super::{Sqlite, Store, Stores};
use atoll_engine::{Code, Problem};
use serde::Deserialize;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// One entry of `rooms.key_value` in the settings document.
#[derive(Clone, Debug, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Backend {
    /// A file, shared with every process that opens it.
    Sqlite { path: PathBuf },
    /// An object that was handed over beside the settings.
    Python,
}

impl Backend {
    /// The store `label`; Python's are among the `given`.
    pub fn open(&self, label: &str, given: &Stores) -> Result<Arc<dyn Store>, Problem> {
        match self {
            Self::Sqlite { path } => {
                let store = Sqlite::open(path, label).map_err(|error| unusable(label, path, &error))?;
                Ok(Arc::new(store))
            }
            Self::Python => given.get(label).cloned().ok_or_else(|| {
                Problem::new(Code::LockedInvalid, format!("the store `{label}` is Python's, and no object came with it"))
            }),
        }
    }
}

fn unusable(label: &str, path: &Path, error: &rusqlite::Error) -> Problem {
    let path = path.display();
    Problem::new(Code::ProviderFailed, format!("the key-value store `{label}` cannot be opened at {path}: {error}"))
        .hint("see that the folder exists and can be written, and that the file is an SQLite database")
        .at("key_value_stores", label)
}
