//! A route as segments, how two of them rank, and how one walks a path.

use std::cmp::Ordering;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Segment {
    Text(Box<str>),
    Param(Box<str>),
    Wildcard,
    Slash,
    Dot,
}

impl Segment {
    /// The more specific kind of segment ranks higher.
    fn rank(&self) -> u8 {
        match self {
            Segment::Text(_) => 3,
            Segment::Param(_) => 2,
            Segment::Wildcard => 1,
            Segment::Slash | Segment::Dot => 0,
        }
    }
}

/// A route's segments in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Pattern {
    segments: Box<[Segment]>,
}

/// A sentence and a hint.
pub(super) type Refusal = (String, String);

impl Pattern {
    /// `text` has `*` for the wildcard.
    pub(super) fn parse(text: &str) -> Result<Self, Refusal> {
        let mut segments = Vec::new();
        for component in text.split('/').filter(|component| !component.is_empty()) {
            if !segments.is_empty() {
                segments.push(Segment::Slash);
            }
            parse_component(component, &mut segments)?;
        }
        let wildcard = segments.iter().position(|segment| *segment == Segment::Wildcard);
        if wildcard.is_some_and(|index| index + 1 != segments.len()) {
            return Err((
                "a wildcard must be the last part of a route".to_owned(),
                "name the parts in between, as in `/a/:name/b`, or end the route with `/...`".to_owned(),
            ));
        }
        Ok(Self { segments: segments.into() })
    }

    /// Whether this route is tried before one that was declared earlier.
    pub(super) fn precedes(&self, earlier: &Pattern) -> bool {
        let pairs = self.segments.iter().zip(&earlier.segments);
        let ranked = pairs.map(|(mine, theirs)| mine.rank().cmp(&theirs.rank())).find(|order| order.is_ne());
        ranked
            .unwrap_or(Ordering::Equal)
            .then_with(|| self.dots().cmp(&earlier.dots()))
            .then_with(|| earlier.segments.len().cmp(&self.segments.len()))
            .is_gt()
    }

    fn dots(&self) -> usize {
        self.segments.iter().filter(|segment| **segment == Segment::Dot).count()
    }

    /// The names of the parameters in order.
    pub(super) fn params(&self) -> impl Iterator<Item = &str> {
        self.segments.iter().filter_map(|segment| match segment {
            Segment::Param(name) => Some(&**name),
            _ => None,
        })
    }

    /// The one trimmed path that this route matches, if it has neither parameters nor a wildcard.
    pub(super) fn literal(&self) -> Option<String> {
        self.segments
            .split(|segment| *segment == Segment::Slash)
            .map(text_of)
            .collect::<Option<Vec<_>>>()
            .map(|all| all.join("/"))
    }

    /// The leading path segments that are text only.
    pub(super) fn literal_prefix(&self) -> Vec<String> {
        self.segments.split(|segment| *segment == Segment::Slash).map_while(text_of).filter(|text| !text.is_empty()).collect()
    }

    /// Start to match a path that has no slash at either end.
    pub(super) fn walk<'r, 'p>(&'r self, trimmed: &'p str) -> Walk<'r, 'p> {
        Walk { segments: &self.segments, rest: trimmed }
    }
}

fn parse_component(component: &str, segments: &mut Vec<Segment>) -> Result<(), Refusal> {
    for (index, part) in component.split('.').enumerate() {
        if index > 0 {
            // A dot ends a parameter; anywhere else it is text.
            match segments.last_mut() {
                Some(Segment::Param(_)) => segments.push(Segment::Dot),
                Some(Segment::Text(text)) => *text = format!("{text}.").into(),
                _ => segments.push(Segment::Text(".".into())),
            }
        }
        match part.strip_prefix(':') {
            _ if part.is_empty() => {}
            Some("") => {
                return Err(("params must be named".to_owned(), "write a name after the colon, as in `/:id`".to_owned()));
            }
            Some(name) => segments.push(Segment::Param(name.into())),
            None if part == "*" => segments.push(Segment::Wildcard),
            None if part.starts_with('*') => {
                return Err((
                    format!("since there can only be one wildcard, it doesn't need a name. replace `{part}` with `*`"),
                    "end the route with `/...`, or use `:name` for one path segment".to_owned(),
                ));
            }
            None => segments.push(Segment::Text(part.into())),
        }
    }
    Ok(())
}

fn text_of(component: &[Segment]) -> Option<String> {
    component
        .iter()
        .map(|segment| match segment {
            Segment::Text(text) => Some(&**text),
            _ => None,
        })
        .collect()
}

/// The path is not this route's.
pub(super) struct NoMatch;

/// What a parameter (with its name) or the wildcard took.
pub(super) struct Capture<'r, 'p> {
    pub(super) name: Option<&'r str>,
    pub(super) value: &'p str,
}

/// A match in progress.
#[derive(Clone, Debug)]
pub(super) struct Walk<'r, 'p> {
    segments: &'r [Segment],
    rest: &'p str,
}

impl<'r, 'p> Walk<'r, 'p> {
    /// The next capture; `None` at the end of a path that matches.
    pub(super) fn capture(&mut self) -> Result<Option<Capture<'r, 'p>>, NoMatch> {
        while let Some((segment, following)) = self.segments.split_first() {
            self.segments = following;
            match segment {
                Segment::Text(text) => self.rest = self.rest.strip_prefix(&**text).ok_or(NoMatch)?,
                Segment::Dot => self.rest = self.rest.strip_prefix('.').ok_or(NoMatch)?,
                Segment::Slash => self.slash()?,
                Segment::Param(name) => {
                    let end = param_end(self.rest, following)?;
                    let (value, rest) = self.rest.split_at(end);
                    self.rest = rest;
                    return Ok(Some(Capture { name: Some(name), value }));
                }
                Segment::Wildcard => {
                    let value = std::mem::take(&mut self.rest);
                    return Ok(Some(Capture { name: None, value }));
                }
            }
        }
        if self.rest.is_empty() { Ok(None) } else { Err(NoMatch) }
    }

    /// At the end of the path the slash may be missing: of what can follow it, only the wildcard takes nothing.
    fn slash(&mut self) -> Result<(), NoMatch> {
        match self.rest.strip_prefix('/') {
            Some(rest) => self.rest = rest,
            None if self.rest.is_empty() => {}
            None => return Err(NoMatch),
        }
        Ok(())
    }
}

/// A parameter takes up to the next slash, or up to the next dot where the route goes on with one. Between two slashes it
/// may take nothing, at the end of the path it may not.
fn param_end(rest: &str, following: &[Segment]) -> Result<usize, NoMatch> {
    if rest.is_empty() {
        return Err(NoMatch);
    }
    if following.first() != Some(&Segment::Dot) {
        return Ok(rest.find('/').unwrap_or(rest.len()));
    }
    let end = rest.find(['.', '/']).ok_or(NoMatch)?;
    if rest[end..].starts_with('.') { Ok(end) } else { Err(NoMatch) }
}
