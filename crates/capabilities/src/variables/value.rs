//! What a component's variable is: a text, or a template with parts that are asked for when a guest asks for the whole.

use super::{Error, Variables};
use crate::answer::Failure;
use futures::future::try_join_all;
use serde::Deserialize;
use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

/// As the locked app has it once everything that is known at the start is filled in.
#[derive(Clone, Deserialize)]
#[serde(untagged)]
pub enum Value {
    Known(String),
    Template(Vec<Part>),
}

#[derive(Clone, Deserialize)]
#[serde(untagged)]
pub enum Part {
    Text(String),
    Asked { variable: String },
}

/// It may be a secret.
impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("…")
    }
}

impl Value {
    pub(super) async fn filled(&self, provider: Option<&Arc<dyn Variables>>) -> Result<String, Error> {
        match self {
            Self::Known(text) => Ok(text.clone()),
            Self::Template(parts) => Ok(try_join_all(parts.iter().map(|part| part.filled(provider))).await?.concat()),
        }
    }
}

impl Part {
    async fn filled(&self, provider: Option<&Arc<dyn Variables>>) -> Result<Cow<'_, str>, Error> {
        let variable = match self {
            Self::Text(text) => return Ok(Cow::Borrowed(text)),
            Self::Asked { variable } => variable,
        };
        // In Spin's words.
        let nobody = || Error::Provider(format!("no provider resolved required variable {variable:?}"));
        let found = provider.ok_or_else(nobody)?.get(variable).await?;
        found.map(Cow::Owned).ok_or_else(nobody)
    }
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        Self::Provider(failure.message)
    }
}
