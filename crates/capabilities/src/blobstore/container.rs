//! What every provider of a container does.

use crate::answer::{Answer, Pages};

/// What is known of an object: bytes, and seconds since 1970.
#[derive(Clone, Copy, Debug)]
pub struct Object {
    pub size: u64,
    pub created_at: u64,
}

/// A part of an object that is being read: how many bytes it has, and where they come from.
pub struct Value {
    pub size: u64,
    pub portions: Pages<u8>,
}

/// A collection of objects. It is shared by all calls of all components that it was granted to.
pub trait Container: Send + Sync {
    /// When it was made, in seconds since 1970; 0 where nobody knows.
    fn created_at(&self) -> Answer<u64>;

    /// None where there is no such object.
    fn info(&self, name: String) -> Answer<Option<Object>>;

    /// The bytes from `start` up to `end`, which is not one of them; fewer where the object ends before. None where there is no such
    /// object. What is read is the object as it was when this was answered, or fails.
    fn read(&self, name: String, start: u64, end: u64) -> Answer<Option<Value>>;

    /// An object that is there for others once its upload is finished.
    fn write(&self, name: String) -> Answer<Box<dyn Upload>>;

    fn names(&self) -> Pages<String>;

    /// Names that are not there are no error.
    fn delete(&self, names: Vec<String>) -> Answer<()>;

    fn copy(&self, source: String, destination: String) -> Answer<()>;

    fn rename(&self, source: String, destination: String) -> Answer<()>;
}

/// An object on its way. Whoever drops it before its end leaves nothing behind.
pub trait Upload: Send {
    fn write(&mut self, portion: Vec<u8>) -> Answer<()>;

    /// Once this is answered the object survives the end of this process.
    fn finish(&mut self) -> Answer<()>;
}
