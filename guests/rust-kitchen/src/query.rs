//! The words after the question mark.
use std::collections::HashMap;

pub struct Query(HashMap<String, String>);

impl Query {
    pub fn parse(text: &str) -> Self {
        let pairs = text.split('&').filter_map(|pair| pair.split_once('='));
        Self(pairs.map(|(name, value)| (name.to_owned(), decode(value))).collect())
    }

    pub fn text(&self, name: &str) -> String {
        self.0.get(name).cloned().unwrap_or_default()
    }

    pub fn number(&self, name: &str, otherwise: u64) -> u64 {
        self.0.get(name).and_then(|value| value.parse().ok()).unwrap_or(otherwise)
    }
}

fn decode(value: &str) -> String {
    let mut parts = value.split('%');
    let mut text = parts.next().unwrap_or_default().as_bytes().to_vec();
    for part in parts {
        match part.get(..2).and_then(|code| u8::from_str_radix(code, 16).ok()) {
            Some(byte) => text.extend([&[byte], part[2..].as_bytes()].concat()),
            None => text.extend([b"%", part.as_bytes()].concat()),
        }
    }
    String::from_utf8_lossy(&text).into_owned()
}
