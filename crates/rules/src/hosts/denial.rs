//! What the log says when a connection was refused: Spin's own two sentences.

use super::OutboundUrl;
use std::fmt;

/// A refused connection. Displays as two lines: what happened, and the key that would allow it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Denial {
    pattern: String,
    own_app: bool,
}

impl Denial {
    /// For an ordinary destination.
    pub fn of(url: &OutboundUrl<'_>) -> Self {
        Self { pattern: format!("{}://{}", url.scheme(), url.authority()), own_app: false }
    }

    /// For a request to the component's own app.
    pub fn of_own_app(scheme: &str) -> Self {
        Self { pattern: format!("{scheme}://self"), own_app: true }
    }

    /// The entry that would allow it.
    pub fn pattern(&self) -> &str {
        &self.pattern
    }

    /// What happened.
    pub fn sentence(&self) -> String {
        let pattern = &self.pattern;
        match self.own_app {
            true => "A component tried to make an HTTP request to its own app but it does not have permission.".to_owned(),
            false => format!("A component tried to make an outbound network connection to disallowed destination '{pattern}'."),
        }
    }

    /// What to do about it.
    pub fn remedy(&self) -> String {
        let pattern = &self.pattern;
        format!("To allow this request, add 'allowed_outbound_hosts = [\"{pattern}\"]' to the manifest component section.")
    }
}

impl fmt::Display for Denial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}\n{}", self.sentence(), self.remedy())
    }
}
