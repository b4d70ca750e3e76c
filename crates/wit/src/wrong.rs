//! What is wrong with a WIT, where, and what would mend it.

use atoll_engine::{Code, Problem};
use std::path::Path;
use wit_parser::{ParseError, ResolveError, ResolveErrorKind, Span};

/// The problem of a parser's error. Its value is the place: `path:line:column`.
pub(crate) fn of(error: &anyhow::Error, place: impl Fn(Span) -> String) -> Problem {
    for layer in error.chain() {
        if let Some(error) = layer.downcast_ref::<ResolveError>() {
            let problem = problem(error.kind().span(), error, place);
            return match error.kind() {
                ResolveErrorKind::PackageNotFound { requested, .. } => {
                    problem.hint(format!("`atoll wit add {requested}` puts it into the folder's `deps`"))
                }
                _ => problem,
            };
        }
        if let Some(error) = layer.downcast_ref::<ParseError>() {
            return problem(error.kind().span(), error, place);
        }
    }
    Problem::new(Code::WitInvalid, format!("the WIT cannot be read: {error:#}"))
}

/// The same of an error whose kind is known.
pub(crate) fn problem(span: Span, error: &dyn std::fmt::Display, place: impl Fn(Span) -> String) -> Problem {
    let text = error.to_string();
    // What the parser knows besides is told below its sentence.
    let first = text.split(". known packages:").next().unwrap_or_default();
    let problem = Problem::new(Code::WitInvalid, format!("the WIT is not valid: {first}"));
    if span.is_known() { problem.at("wit", place(span)) } else { problem }
}

/// Whether there is anything at `path`.
pub(crate) fn there(path: &Path) -> Result<(), Problem> {
    if path.exists() {
        return Ok(());
    }
    Err(Problem::new(Code::WitInvalid, format!("there is no WIT at `{}`", path.display()))
        .hint("name a folder, a .wit file or a wasm file"))
}
