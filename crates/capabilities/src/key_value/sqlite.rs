//! Stores in an SQLite file, in the table that Spin uses: an app's data is found by either.

use super::store::Store;
use crate::answer::{Answer, Failure, Pages};
use crate::database::{Database, Weight};
use futures::stream;
use rusqlite::{Connection, OptionalExtension, TransactionBehavior, params};
use std::path::Path;
use std::sync::Arc;

const TABLE: &str = "CREATE TABLE IF NOT EXISTS spin_key_value (
    store TEXT NOT NULL,
    key   TEXT NOT NULL,
    value BLOB NOT NULL,
    PRIMARY KEY (store, key)
)";
const GET: &str = "SELECT value FROM spin_key_value WHERE store = ?1 AND key = ?2";
const SET: &str = "INSERT INTO spin_key_value (store, key, value) VALUES (?1, ?2, ?3)
    ON CONFLICT (store, key) DO UPDATE SET value = excluded.value";
const DELETE: &str = "DELETE FROM spin_key_value WHERE store = ?1 AND key = ?2";
const FIRST_KEYS: &str = "SELECT key FROM spin_key_value WHERE store = ?1 ORDER BY key LIMIT ?2";
const NEXT_KEYS: &str = "SELECT key FROM spin_key_value WHERE store = ?1 AND key > ?3 ORDER BY key LIMIT ?2";
/// Keys that are read at a time.
const PAGE: u32 = 1_000;

/// One store, one of several in its file.
#[derive(Clone)]
pub struct Sqlite {
    database: Arc<Database>,
    label: Arc<str>,
}

impl Sqlite {
    /// The store `label` in the file, which is made if it is not there.
    pub fn open(path: &Path, label: &str) -> rusqlite::Result<Self> {
        Ok(Self { database: Database::open(path, TABLE)?, label: label.into() })
    }

    fn run<T: Send + 'static>(
        &self,
        weight: Weight,
        job: impl Fn(&mut Connection, &str) -> rusqlite::Result<T> + Send + 'static,
    ) -> Answer<T> {
        let label = self.label.clone();
        self.database.run(weight, move |connection| job(connection, &label))
    }

    /// The page that follows `last`, or the first.
    fn page(&self, last: Option<String>) -> Answer<Vec<String>> {
        self.run(Weight::Reads, move |connection, label| {
            let read = |row: &rusqlite::Row<'_>| row.get(0);
            match &last {
                None => connection.prepare_cached(FIRST_KEYS)?.query_map(params![label, PAGE], read)?.collect(),
                Some(last) => connection.prepare_cached(NEXT_KEYS)?.query_map(params![label, PAGE, last], read)?.collect(),
            }
        })
    }
}

fn get(connection: &Connection, label: &str, key: &str) -> rusqlite::Result<Option<Vec<u8>>> {
    connection.prepare_cached(GET)?.query_row([label, key], |row| row.get(0)).optional()
}

fn set(connection: &Connection, label: &str, key: &str, value: &[u8]) -> rusqlite::Result<()> {
    connection.prepare_cached(SET)?.execute(params![label, key, value]).map(drop)
}

fn delete(connection: &Connection, label: &str, key: &str) -> rusqlite::Result<()> {
    connection.prepare_cached(DELETE)?.execute([label, key]).map(drop)
}

/// All of `work`, or nothing of it.
fn together<T>(connection: &mut Connection, work: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> rusqlite::Result<T> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let done = work(&transaction)?;
    transaction.commit()?;
    Ok(done)
}

/// A number as Spin keeps it: eight bytes, the lowest first.
fn number(value: &[u8]) -> Result<i64, Failure> {
    let bytes = value.try_into().map_err(|_| Failure::other("the value is no number: it does not have eight bytes"))?;
    Ok(i64::from_le_bytes(bytes))
}

fn added(value: Option<Vec<u8>>, delta: i64) -> Result<i64, Failure> {
    let before = value.map_or(Ok(0), |value| number(&value))?;
    before.checked_add(delta).ok_or_else(|| Failure::other("the sum is beyond 64 bits"))
}

impl Store for Sqlite {
    fn get(&self, key: String) -> Answer<Option<Vec<u8>>> {
        self.run(Weight::Reads, move |connection, label| get(connection, label, &key))
    }

    fn set(&self, key: String, value: Vec<u8>) -> Answer<()> {
        self.run(Weight::Writes(value.len()), move |connection, label| set(connection, label, &key, &value))
    }

    fn delete(&self, key: String) -> Answer<()> {
        self.run(Weight::Writes(0), move |connection, label| delete(connection, label, &key))
    }

    fn exists(&self, key: String) -> Answer<bool> {
        self.run(Weight::Reads, move |connection, label| connection.prepare_cached(GET)?.exists([label, &key]))
    }

    fn keys(&self) -> Pages<String> {
        let store = self.clone();
        Box::pin(stream::try_unfold(Some(None), move |next: Option<Option<String>>| {
            let page = next.map(|last| store.page(last));
            async move {
                let Some(page) = page else { return Ok(None) };
                let page = page.await?;
                let next = (page.len() == PAGE as usize).then(|| page.last().cloned());
                Ok(Some((page, next)))
            }
        }))
    }

    fn get_many(&self, keys: Vec<String>) -> Answer<Vec<Option<Vec<u8>>>> {
        self.run(Weight::Reads, move |connection, label| {
            let transaction = connection.transaction()?;
            keys.iter().map(|key| get(&transaction, label, key)).collect()
        })
    }

    fn set_many(&self, items: Vec<(String, Vec<u8>)>) -> Answer<()> {
        let bytes = items.iter().map(|(key, value)| key.len() + value.len()).sum();
        self.run(Weight::Writes(bytes), move |connection, label| {
            together(connection, |connection| items.iter().try_for_each(|(key, value)| set(connection, label, key, value)))
        })
    }

    fn delete_many(&self, keys: Vec<String>) -> Answer<()> {
        self.run(Weight::Writes(0), move |connection, label| {
            together(connection, |connection| keys.iter().try_for_each(|key| delete(connection, label, key)))
        })
    }

    fn increment(&self, key: String, delta: i64) -> Answer<i64> {
        let sum = self.run(Weight::Writes(0), move |connection, label| {
            together(connection, |connection| {
                let sum = added(get(connection, label, &key)?, delta);
                if let Ok(sum) = sum {
                    set(connection, label, &key, &sum.to_le_bytes())?;
                }
                Ok(sum)
            })
        });
        Box::pin(async move { sum.await? })
    }

    fn swap(&self, key: String, expected: Option<Vec<u8>>, value: Vec<u8>) -> Answer<bool> {
        self.run(Weight::Writes(value.len()), move |connection, label| {
            together(connection, |connection| {
                let same = get(connection, label, &key)? == expected;
                if same {
                    set(connection, label, &key, &value)?;
                }
                Ok(same)
            })
        })
    }
}
