//! The tables of Spin's own answers, and random numbers that are the same each time.
#![allow(dead_code, reason = "each test file uses its part")]

use serde_json::Value;
use std::path::Path;

/// The cases of a table. Cargo runs tests in the package's folder, and may keep their programs for another checkout.
pub(crate) fn cases(name: &str) -> Vec<Value> {
    let tables = Path::new("../../tests/cases/spin/tables");
    let text = std::fs::read_to_string(tables.join(format!("{name}.json"))).unwrap();
    let Value::Array(cases) = serde_json::from_str::<Value>(&text).unwrap()["cases"].take() else { panic!("{name}") };
    cases
}

pub(crate) fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("{value} is no text"))
}

pub(crate) fn texts(value: &Value) -> Vec<String> {
    value.as_array().into_iter().flatten().map(|item| text(item).to_owned()).collect()
}

/// `[[name, value], …]`, sorted.
pub(crate) fn pairs(value: &Value) -> Vec<(String, String)> {
    let pair = |pair: &Value| (text(&pair[0]).to_owned(), text(&pair[1]).to_owned());
    let mut pairs: Vec<_> = value.as_array().into_iter().flatten().map(pair).collect();
    pairs.sort();
    pairs
}

pub(crate) fn header_map(value: &Value) -> http::HeaderMap {
    let mut headers = http::HeaderMap::new();
    for pair in value.as_array().into_iter().flatten() {
        let name = http::HeaderName::from_bytes(text(&pair[0]).as_bytes()).unwrap();
        headers.append(name, text(&pair[1]).parse().unwrap());
    }
    headers
}

pub(crate) fn sorted(headers: &http::HeaderMap) -> Vec<(String, String)> {
    let mut all: Vec<(String, String)> =
        headers.iter().map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned())).collect();
    all.sort();
    all
}

pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (self.0 >> 33) as usize % end
    }

    pub(crate) fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        from[self.below(from.len())]
    }
}
