//! One route as the manifest writes it, and what follows from its text alone.

use super::pattern::Pattern;
use super::{RESERVED_PREFIX, ROUTE_INVALID};
use crate::Problem;
use serde_json::Value;

/// A route that can be matched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    raw: String,
    matched: String,
    pub(super) pattern: Pattern,
}

/// How the start-up listing shows a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Listing<'a> {
    /// The route without its wildcard; `/` for the root.
    pub path: &'a str,
    /// Whether it matches everything below `path` too.
    pub wildcard: bool,
}

impl Route {
    /// Read a route: `/a/:name/...`. The code of the problem is [`ROUTE_INVALID`].
    pub fn parse(raw: &str) -> Result<Self, Problem> {
        let matched = normalised(raw);
        let spelled = match matched.strip_suffix("/...") {
            Some(base) => format!("{base}/*"),
            None => matched.clone(),
        };
        let pattern = Pattern::parse(&spelled).map_err(|(reason, hint)| {
            Problem::new(ROUTE_INVALID, raw, format!("the route `{raw}` is invalid: {reason}")).hint(hint)
        })?;
        Ok(Self { raw: raw.to_owned(), matched, pattern })
    }

    /// The route as written: `spin-raw-component-route`.
    pub fn raw(&self) -> &str {
        &self.raw
    }

    /// The normalised route: `spin-matched-route`. Empty for `/`.
    pub fn matched(&self) -> &str {
        &self.matched
    }

    /// The route as written without a final `/...`: `spin-component-route`. A final `/*` stays, as in Spin.
    pub fn component_route(&self) -> &str {
        self.raw.strip_suffix("/...").unwrap_or(&self.raw)
    }

    /// The names of the parameters in order.
    pub fn params(&self) -> impl Iterator<Item = &str> {
        self.pattern.params()
    }

    /// Whether the route lies under the paths that are the host's own, and so can never be reached.
    pub fn is_reserved(&self) -> bool {
        self.matched.starts_with(RESERVED_PREFIX)
    }

    /// How the start-up listing shows it.
    pub fn listing(&self) -> Listing<'_> {
        let base = self.matched.strip_suffix("/...").or_else(|| self.matched.strip_suffix("/*"));
        let path = base.unwrap_or(&self.matched);
        Listing { path: if path.is_empty() { "/" } else { path }, wildcard: base.is_some() }
    }
}

impl std::fmt::Display for Listing<'_> {
    /// As Spin prints it after the address: `/hello (wildcard)`; nothing for the root.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.path.strip_suffix('/').unwrap_or(self.path))?;
        f.write_str(if self.wildcard { " (wildcard)" } else { "" })
    }
}

fn normalised(raw: &str) -> String {
    let trimmed = raw.strip_suffix('/').unwrap_or(raw);
    match trimmed {
        "" => String::new(),
        rooted if rooted.starts_with('/') => rooted.to_owned(),
        bare => format!("/{bare}"),
    }
}

/// The `route` key of an HTTP trigger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Declared {
    /// A route that clients may call.
    Path(String),
    /// `{ private = true }`: only other components may call this one.
    Private,
}

impl Declared {
    /// Read the key's value from the locked app. The code of the problem is [`ROUTE_INVALID`].
    pub fn read(value: &Value) -> Result<Self, Problem> {
        match value {
            Value::String(path) => Ok(Self::Path(path.clone())),
            Value::Object(table) if table.len() == 1 && table.get("private") == Some(&Value::Bool(true)) => Ok(Self::Private),
            other => Err(Problem::new(
                ROUTE_INVALID,
                &other.to_string(),
                format!("route must be a string pattern or `{{ private = true }}`, not `{other}`"),
            )
            .hint("write a path such as `/hello/...`, or `{ private = true }` for a component that only others call")),
        }
    }
}
