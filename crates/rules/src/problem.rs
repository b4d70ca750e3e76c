//! What is wrong with one value of the manifest, and what to write instead.

/// A value of the manifest that has no meaning. The caller adds the component and the key.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, thiserror::Error)]
#[error("{message}")]
pub struct Problem {
    /// The code in the catalogue of errors.
    pub code: &'static str,
    /// One sentence that names the value.
    pub message: String,
    /// What to write instead.
    pub hint: Option<String>,
    /// The value as the user wrote it.
    pub value: String,
}

impl Problem {
    pub(crate) fn new(code: &'static str, value: &str, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), hint: None, value: value.to_owned() }
    }

    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}
