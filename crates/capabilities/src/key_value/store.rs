//! What every provider of a store does.

use crate::answer::{Answer, Pages};

/// A store of keys and values. It is shared by all calls of all components that it was granted to.
pub trait Store: Send + Sync {
    fn get(&self, key: String) -> Answer<Option<Vec<u8>>>;

    /// Once this is answered the value survives the end of this process.
    fn set(&self, key: String, value: Vec<u8>) -> Answer<()>;

    /// A key that is not there is no error.
    fn delete(&self, key: String) -> Answer<()>;

    fn exists(&self, key: String) -> Answer<bool>;

    fn keys(&self) -> Pages<String>;

    /// The values in the order of the keys.
    fn get_many(&self, keys: Vec<String>) -> Answer<Vec<Option<Vec<u8>>>>;

    fn set_many(&self, items: Vec<(String, Vec<u8>)>) -> Answer<()>;

    fn delete_many(&self, keys: Vec<String>) -> Answer<()>;

    /// Adds to a number, 0 where there is none, in one step; the sum.
    fn increment(&self, key: String, delta: i64) -> Answer<i64>;

    /// Sets the value if the key still has the expected one (none: if it is not there), in one step; whether it did.
    fn swap(&self, key: String, expected: Option<Vec<u8>>, value: Vec<u8>) -> Answer<bool>;
}
