//! What must not be written down: it becomes as many asterisks, wherever it occurs.

use super::json::{self, BASE64};
use http::HeaderMap;
use serde_json::Value;
use std::cmp::Reverse;
use std::collections::BTreeSet;

/// Shorter ones are masked only where they are a whole value: they occur by chance.
const SHORT: usize = 4;

/// Headers that carry what lets their bearer in.
const HEADERS: &[&str] =
    &["authorization", "proxy-authorization", "cookie", "set-cookie", "x-api-key", "x-auth-token", "x-csrf-token"];

/// Interfaces whose `get` gives a variable.
const VARIABLES: &[&str] = &["fermyon:spin/variables", "fermyon:spin/config", "spin:variables/", "wasi:config/"];

/// The secrets that one call has come to know, the longest first: one may hold another.
#[derive(Default)]
pub(super) struct Secrets(BTreeSet<(Reverse<usize>, Vec<u8>)>);

impl Secrets {
    pub(super) fn of_request(headers: &HeaderMap) -> Self {
        let mut secrets = Self::default();
        for (name, value) in headers {
            if is_secret(name.as_str()) {
                secrets.add_header(name.as_str(), value.as_bytes());
            }
        }
        secrets
    }

    /// Learn from what was passed: secret variables, and headers of other sites.
    pub(super) fn learn(&mut self, call: &Passing<'_>, variables: &BTreeSet<String>) {
        if let ([Value::String(key)], Some(gave)) = (call.params, call.results)
            && variables.contains(key)
            && VARIABLES.iter().any(|known| call.interface.starts_with(known))
        {
            gave.iter().for_each(|value| self.add_texts(value));
        }
        call.params.iter().chain(call.results.unwrap_or_default()).for_each(|value| self.find_headers(value));
    }

    fn find_headers(&mut self, value: &Value) {
        match value {
            Value::Array(items) => match items.as_slice() {
                [Value::String(name), value] if is_secret(name) => match value {
                    Value::String(text) => self.add_header(name, text.as_bytes()),
                    value => json::bytes_of(value).into_iter().for_each(|bytes| self.add_header(name, &bytes)),
                },
                items => items.iter().for_each(|item| self.find_headers(item)),
            },
            Value::Object(fields) => fields.values().for_each(|value| self.find_headers(value)),
            _ => {}
        }
    }

    /// The strings of a value: the names of cases are no secret.
    fn add_texts(&mut self, value: &Value) {
        match value {
            Value::String(text) => self.add(text.as_bytes()),
            Value::Array(items) => items.iter().for_each(|item| self.add_texts(item)),
            Value::Object(fields) => fields.values().for_each(|value| self.add_texts(value)),
            _ => {}
        }
    }

    /// A header's value, and the parts that are the secret: what follows a scheme or a cookie's name. Parts that are
    /// short are words like `on`, which a guest has from elsewhere as well.
    fn add_header(&mut self, name: &str, value: &[u8]) {
        // What follows there is how long a cookie lives, and for whom.
        let parts = if name.eq_ignore_ascii_case("set-cookie") { 1 } else { usize::MAX };
        for part in value.split(|byte| *byte == b';').take(parts) {
            let part = part.trim_ascii();
            let after = |mark: u8| part.iter().position(|byte| *byte == mark).map(|at| &part[at + 1..]);
            let secret = after(b' ').or_else(|| after(b'=')).unwrap_or(part);
            if secret.len() >= SHORT {
                self.add(secret);
            }
        }
        self.add(value);
    }

    fn add(&mut self, secret: &[u8]) {
        if !secret.is_empty() {
            self.0.insert((Reverse(secret.len()), secret.to_owned()));
        }
    }

    /// The value without them.
    pub(super) fn mask(&self, value: &mut Value) {
        match value {
            Value::String(text) => {
                if let Some(masked) = self.masked(text.as_bytes()) {
                    *text = String::from_utf8_lossy(&masked).into_owned();
                }
            }
            Value::Array(items) => items.iter_mut().for_each(|item| self.mask(item)),
            Value::Object(fields) => {
                if let Some(Value::String(text)) = fields.get_mut(BASE64)
                    && let Some(masked) = json::decoded(text).and_then(|bytes| self.masked(&bytes))
                {
                    *text = json::encoded(&masked);
                    return;
                }
                fields.values_mut().for_each(|value| self.mask(value));
            }
            _ => {}
        }
    }

    /// None where there is nothing to mask.
    fn masked(&self, bytes: &[u8]) -> Option<Vec<u8>> {
        let mut masked: Option<Vec<u8>> = None;
        for (_, secret) in &self.0 {
            if secret.len() < SHORT {
                if bytes == secret {
                    return Some(vec![b'*'; bytes.len()]);
                }
                continue;
            }
            let mut at = 0;
            while let Some(found) = find(masked.as_deref().unwrap_or(bytes), secret, at) {
                masked.get_or_insert_with(|| bytes.to_owned())[found..found + secret.len()].fill(b'*');
                at = found + secret.len();
            }
        }
        masked
    }
}

/// One call of the host, for whoever looks for secrets.
pub(super) struct Passing<'a> {
    pub(super) interface: &'a str,
    pub(super) params: &'a [Value],
    pub(super) results: Option<&'a [Value]>,
}

fn is_secret(header: &str) -> bool {
    HEADERS.iter().any(|known| known.eq_ignore_ascii_case(header))
}

fn find(bytes: &[u8], wanted: &[u8], from: usize) -> Option<usize> {
    bytes.get(from..)?.windows(wanted.len()).position(|window| window == wanted).map(|at| from + at)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn masked(secrets: &Secrets, mut value: Value) -> Value {
        secrets.mask(&mut value);
        value
    }

    #[test]
    fn what_a_client_shows_at_the_door_is_masked_wherever_it_occurs() {
        let mut headers = HeaderMap::new();
        headers.insert("authorization", "Bearer abcdef".parse().unwrap());
        headers.insert("cookie", "a=one; session=s3cret".parse().unwrap());
        headers.insert("accept", "text/html".parse().unwrap());
        let secrets = Secrets::of_request(&headers);
        assert_eq!(
            masked(&secrets, json!(["Bearer abcdef", {"utf8": "x=abcdef"}])),
            json!(["Bearer ******".replace("Bearer ", "*******"), {"utf8": "x=******"}])
        );
        assert_eq!(masked(&secrets, json!("session=s3cret")), json!("session=******"));
        assert_eq!(masked(&secrets, json!(["text/html", "one"])), json!(["text/html", "one"]));
    }

    #[test]
    fn short_secrets_are_masked_where_they_are_the_whole_value() {
        let mut secrets = Secrets::default();
        secrets.add(b"on");
        assert_eq!(masked(&secrets, json!(["on", "money"])), json!(["**", "money"]));
    }

    #[test]
    fn secret_variables_and_headers_of_other_sites_are_learned() {
        let mut secrets = Secrets::default();
        let (params, results) = ([json!("key")], [json!({"ok": "hunter22"})]);
        let known = BTreeSet::from(["key".to_owned()]);
        let call = |interface| Passing { interface, params: &params, results: Some(&results) };
        secrets.learn(&call("fermyon:spin/key-value@2.0.0"), &known);
        assert_eq!(masked(&secrets, json!("hunter22")), json!("hunter22"));
        secrets.learn(&call("fermyon:spin/variables@2.0.0"), &known);
        assert_eq!(
            masked(&secrets, json!({"base64": json::encoded(b"\xffhunter22")})),
            json!({"base64": json::encoded(b"\xff********")})
        );
        let headers = [json!([["Set-Cookie", {"utf8": "id=12345; Path=/"}]])];
        secrets.learn(&Passing { interface: "wasi:http/types@0.2.0", params: &[], results: Some(&headers) }, &known);
        assert_eq!(masked(&secrets, json!(["12345", "/"])), json!(["*****", "/"]));
    }
}
