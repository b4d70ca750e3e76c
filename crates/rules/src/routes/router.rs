//! All routes of an app, in the order in which they are tried, and the short ways to the same answer.
//!
//! Two indexes spare the linear scan and cannot change its answer. A path that equals a route of text only has its answer
//! computed by the scan when the table is built. Any other path can match only routes with a parameter or wildcard, and of
//! those only the ones whose leading text segments are its own: a tree over these segments finds them.

use super::pattern::Walk;
use super::{Match, Route};
use crate::Problem;
use std::collections::HashMap;

/// A route and what it leads to.
#[derive(Clone, Debug)]
pub struct Entry<T> {
    pub route: Route,
    pub value: T,
}

/// A route that was declared twice: the last one holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Duplicate<T> {
    pub route: String,
    pub replaced: T,
}

/// The routes of an app.
#[derive(Clone, Debug)]
pub struct Router<T> {
    entries: Vec<Entry<T>>,
    literal: HashMap<Box<str>, usize>,
    tree: Vec<Node>,
}

/// A run of leading text segments.
#[derive(Clone, Debug, Default)]
struct Node {
    parent: Option<usize>,
    children: HashMap<Box<str>, usize>,
    /// The entries whose text ends here, in order.
    entries: Vec<usize>,
}

impl<T> Router<T> {
    /// Put routes, in the order of the manifest, into the order in which they are tried. A route that stands twice keeps its
    /// first place and its last value; each value so replaced is returned beside the router.
    pub fn build<R: AsRef<str>>(routes: impl IntoIterator<Item = (R, T)>) -> Result<(Self, Vec<Duplicate<T>>), Vec<Problem>> {
        let (declared, duplicates) = without_duplicates(routes);
        let mut problems = Vec::new();
        let mut entries: Vec<Entry<T>> = Vec::with_capacity(declared.len());
        for (raw, value) in declared {
            match Route::parse(&raw) {
                Ok(route) => {
                    let place = entries.iter().position(|entry| route.pattern.precedes(&entry.route.pattern));
                    entries.insert(place.unwrap_or(entries.len()), Entry { route, value });
                }
                Err(problem) => problems.push(problem),
            }
        }
        if problems.is_empty() { Ok((Self::index(entries), duplicates)) } else { Err(problems) }
    }

    fn index(entries: Vec<Entry<T>>) -> Self {
        let mut router = Self { entries, literal: HashMap::new(), tree: vec![Node::default()] };
        for index in 0..router.entries.len() {
            let pattern = &router.entries[index].route.pattern;
            if let Some(text) = pattern.literal() {
                if let Some(found) = router.scan(&text) {
                    router.literal.insert(text.into(), found);
                }
            } else {
                let prefix = pattern.literal_prefix();
                router.plant(&prefix, index);
            }
        }
        router
    }

    fn plant(&mut self, prefix: &[String], entry: usize) {
        let mut node = 0;
        for segment in prefix {
            let next = self.tree.len();
            let child = *self.tree[node].children.entry(segment.as_str().into()).or_insert(next);
            if child == next {
                self.tree.push(Node { parent: Some(node), ..Node::default() });
            }
            node = child;
        }
        self.tree[node].entries.push(entry);
    }

    /// All routes in the order in which they are tried.
    pub fn entries(&self) -> &[Entry<T>] {
        &self.entries
    }

    /// The route that answers `path` (as sent, without the query). Allocates nothing.
    pub fn find<'r, 'p>(&'r self, path: &'p str) -> Option<Match<'r, 'p, T>> {
        let trimmed = path.trim_matches('/');
        let index = match self.literal.get(trimmed) {
            Some(index) => *index,
            None => self.descend(trimmed)?,
        };
        let entry = &self.entries[index];
        let wildcard = matched(entry.route.pattern.walk(trimmed))?;
        Some(Match::new(entry, path, wildcard))
    }

    /// The first entry that matches, found through the tree.
    fn descend(&self, trimmed: &str) -> Option<usize> {
        let mut node = &self.tree[0];
        for segment in trimmed.split('/') {
            match node.children.get(segment) {
                Some(child) => node = &self.tree[*child],
                None => break,
            }
        }
        let mut best = usize::MAX;
        loop {
            let candidates = node.entries.iter().copied().take_while(|index| *index < best);
            best = candidates.into_iter().find(|index| self.matches(*index, trimmed)).unwrap_or(best);
            match node.parent {
                Some(parent) => node = &self.tree[parent],
                None => return (best != usize::MAX).then_some(best),
            }
        }
    }

    /// The rule itself: the first entry in order that matches.
    fn scan(&self, trimmed: &str) -> Option<usize> {
        (0..self.entries.len()).find(|index| self.matches(*index, trimmed))
    }

    fn matches(&self, index: usize, trimmed: &str) -> bool {
        matched(self.entries[index].route.pattern.walk(trimmed)).is_some()
    }
}

/// Values by route in the order of first mention, and those that a later mention replaced.
fn without_duplicates<R: AsRef<str>, T>(routes: impl IntoIterator<Item = (R, T)>) -> (Vec<(String, T)>, Vec<Duplicate<T>>) {
    let mut declared: Vec<(String, T)> = Vec::new();
    let mut places = HashMap::new();
    let mut duplicates = Vec::new();
    for (raw, value) in routes {
        let raw = raw.as_ref().to_owned();
        let place = *places.entry(raw.clone()).or_insert(declared.len());
        match declared.get_mut(place) {
            Some((route, held)) => {
                duplicates.push(Duplicate { route: route.clone(), replaced: std::mem::replace(held, value) });
            }
            None => declared.push((raw, value)),
        }
    }
    (declared, duplicates)
}

/// What the wildcard took, if the path matches.
fn matched<'p>(mut walk: Walk<'_, 'p>) -> Option<Option<&'p str>> {
    let mut wildcard = None;
    while let Some(capture) = walk.capture().ok()? {
        if capture.name.is_none() {
            wildcard = Some(capture.value);
        }
    }
    Some(wildcard)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn pick<'a>(seed: &mut u64, from: &[&'a str]) -> &'a str {
        *seed = seed.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        from[(*seed >> 33) as usize % from.len()]
    }

    fn text(seed: &mut u64, parts: &[&str]) -> String {
        let mut text = String::new();
        for _ in 0..pick(seed, &["1", "12", "123", "1234"]).len() {
            text.push('/');
            text.push_str(pick(seed, parts));
        }
        text
    }

    #[test]
    fn the_indexes_never_change_the_answer_of_the_scan() {
        let (mut seed, mut hits) = (7, 0);
        for _ in 0..300 {
            let mut routes = Vec::new();
            for index in 0..40 {
                let end = pick(&mut seed, &["", "", "/...", "/*", "/"]);
                routes.push((text(&mut seed, &["a", "b", "a.b", ":x", ":y.b", "c.:z", ".w", ""]) + end, index));
            }
            let (router, _) = Router::build(routes).unwrap();
            for _ in 0..60 {
                let path = text(&mut seed, &["a", "b", "c", "a.b", "c.q", ".w", "", "q.b"]) + pick(&mut seed, &["", "/"]);
                let by_scan = router.scan(path.trim_matches('/')).map(|index| router.entries[index].value);
                hits += usize::from(by_scan.is_some());
                assert_eq!(router.find(&path).map(|found| *found.value()), by_scan, "{path} in {router:?}");
            }
        }
        assert!(hits > 4_000, "only {hits} paths matched anything");
    }
}
