//! The route of a path, and what the parts of the route took of it. All borrowed.

use super::pattern::Walk;
use super::{Entry, Route};
use std::borrow::Cow;

/// The route of a path, and what its parts took.
#[derive(Debug)]
pub struct Match<'r, 'p, T> {
    entry: &'r Entry<T>,
    path: &'p str,
    wildcard: Option<&'p str>,
}

impl<'r, 'p, T> Match<'r, 'p, T> {
    pub(super) fn new(entry: &'r Entry<T>, path: &'p str, wildcard: Option<&'p str>) -> Self {
        Self { entry, path, wildcard }
    }

    /// The route that matched.
    pub fn route(&self) -> &'r Route {
        &self.entry.route
    }

    /// What the route leads to.
    pub fn value(&self) -> &'r T {
        &self.entry.value
    }

    /// The parameters in the order of the route, as sent.
    pub fn captures(&self) -> Captures<'r, 'p> {
        Captures(self.entry.route.pattern.walk(self.path.trim_matches('/')))
    }

    /// `spin-path-info`: what the wildcard took, with the slashes around it.
    pub fn path_info(&self) -> Cow<'p, str> {
        path_info(self.path, self.wildcard)
    }
}

/// Names and values of the parameters of a match.
#[derive(Clone, Debug)]
pub struct Captures<'r, 'p>(Walk<'r, 'p>);

impl<'r, 'p> Iterator for Captures<'r, 'p> {
    type Item = (&'r str, &'p str);

    fn next(&mut self) -> Option<Self::Item> {
        let capture = self.0.capture().ok()??;
        Some((capture.name?, capture.value))
    }
}

/// `wildcard` is what is left of `path` without its last slashes. Of these one is kept, as in Spin.
pub(crate) fn path_info<'p>(path: &'p str, wildcard: Option<&'p str>) -> Cow<'p, str> {
    let slash = if path.ends_with('/') { "/" } else { "" };
    let Some(wildcard) = wildcard else { return Cow::Borrowed("") };
    if wildcard.is_empty() {
        return Cow::Borrowed(slash);
    }
    let end = path.trim_end_matches('/').len();
    match path[..end - wildcard.len()].strip_suffix('/') {
        Some(before) => Cow::Borrowed(&path[before.len()..end + slash.len()]),
        None => Cow::Owned(format!("/{wildcard}{slash}")),
    }
}
