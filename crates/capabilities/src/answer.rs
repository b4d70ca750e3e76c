//! How a provider answers: later, with a value or a case of the interface's own error.

use futures::future::BoxFuture;
use futures::stream::BoxStream;

/// An answer that may take its time. Whoever drops it no longer waits; the provider may go on.
pub type Answer<T, E = Failure> = BoxFuture<'static, Result<T, E>>;

/// Many values, in portions.
pub type Pages<T, E = Failure> = BoxStream<'static, Result<Vec<T>, E>>;

/// What a provider says instead of a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The case of the interface's error, as WIT names it; unknown ones are its general case.
    pub case: String,
    pub message: String,
}

impl Failure {
    /// A case that says all.
    pub fn of(case: &str) -> Self {
        Self { case: case.into(), message: String::new() }
    }

    /// The interface's general case.
    pub fn other(message: impl Into<String>) -> Self {
        Self { case: "other".into(), message: message.into() }
    }
}

/// A provider that had its value at hand.
pub fn ready<T: Send + 'static, E: Send + 'static>(value: Result<T, E>) -> Answer<T, E> {
    Box::pin(std::future::ready(value))
}
