//! Values of the component model in JSON, so that a recording can be read with any tool, and nothing of them is lost.
//!
//! Records are objects, tuples and lists arrays; `list<u8>` is `{"utf8": …}` where it is text, `{"base64": …}` where it is not. A variant
//! is the name of its case, or an object of that name with what the case holds; an option `null` or `{"some": …}`; a result `{"ok": …}` or
//! `{"err": …}`; flags are a list of names. A resource is `{"resource": N}`, a stream `{"stream": N}`, a future `{"future": N}`. Floats that are no number are `{"bits": "0x…"}`.

use serde_json::{Map, Value, json};

pub(crate) const UTF8: &str = "utf8";
pub(crate) const BASE64: &str = "base64";
pub(crate) const SOME: &str = "some";
pub(crate) const OK: &str = "ok";
pub(crate) const ERR: &str = "err";
pub(crate) const BITS: &str = "bits";
pub(crate) const RESOURCE: &str = "resource";
pub(crate) const STREAM: &str = "stream";
pub(crate) const FUTURE: &str = "future";

pub(crate) fn bytes(bytes: &[u8]) -> Value {
    match std::str::from_utf8(bytes) {
        Ok(text) => json!({ UTF8: text }),
        Err(_) => json!({ BASE64: encoded(bytes) }),
    }
}

/// The bytes again; None where it is something else.
pub(crate) fn bytes_of(value: &Value) -> Option<Vec<u8>> {
    match (value.get(UTF8), value.get(BASE64)) {
        (Some(text), _) => Some(text.as_str()?.as_bytes().to_owned()),
        (_, Some(text)) => decoded(text.as_str()?),
        _ => None,
    }
}

pub(crate) fn case(name: &str, payload: Option<Value>) -> Value {
    match payload {
        Some(payload) => Value::Object(Map::from_iter([(name.to_owned(), payload)])),
        None => name.into(),
    }
}

pub(crate) fn option(some: Option<Value>) -> Value {
    some.map_or(Value::Null, |some| json!({ SOME: some }))
}

pub(crate) fn result(is_error: bool, payload: Option<Value>) -> Value {
    json!({ (if is_error { ERR } else { OK }): payload })
}

pub(crate) fn flags<'a>(names: impl Iterator<Item = &'a String>, is_set: impl Fn(usize) -> bool) -> Value {
    names.enumerate().filter(|(index, _)| is_set(*index)).map(|(_, name)| name.as_str()).collect()
}

pub(crate) fn float(value: f64, bits: u64) -> Value {
    serde_json::Number::from_f64(value).map_or_else(|| json!({ BITS: format!("{bits:#x}") }), Value::Number)
}

pub(crate) fn handle(representation: u32) -> Value {
    json!({ RESOURCE: representation })
}

/// The end of a stream or a future that was passed, by the number that its guest knows it by.
pub(crate) fn end(kind: &str, handle: u32) -> Value {
    json!({ kind: handle })
}

const ALPHABET: base64::engine::GeneralPurpose = base64::engine::general_purpose::STANDARD;

pub(crate) fn encoded(bytes: &[u8]) -> String {
    base64::Engine::encode(&ALPHABET, bytes)
}

pub(crate) fn decoded(text: &str) -> Option<Vec<u8>> {
    base64::Engine::decode(&ALPHABET, text).ok()
}
