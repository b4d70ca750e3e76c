//! Why a database gave no answer.

use crate::answer::Failure;

/// A failure, and what the server said of it where it said something.
#[derive(Clone, Debug)]
pub struct Error {
    pub failure: Failure,
    pub said: Option<Box<Said>>,
}

/// The server's own record.
#[derive(Clone, Debug)]
pub struct Said {
    pub as_text: String,
    pub severity: String,
    pub code: String,
    pub message: String,
    pub detail: Option<String>,
    pub extras: Vec<(String, String)>,
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        let failure = match failure.case.as_str() {
            // The interfaces have no case for a guest that has too many open.
            "too-many-connections" => Self::connection_failed("too many connections"),
            _ => failure,
        };
        Self { failure, said: None }
    }
}

impl Error {
    pub(super) fn connection_failed(message: impl Into<String>) -> Failure {
        Failure { case: "connection-failed".into(), message: message.into() }
    }
}
