//! Types and functions as documents, for whoever writes or shows them.

use super::exports::{Export, Exports};
use super::shape::{Function, Shape};
use serde_json::{Value, json};

/// The functions and resources of a library. Each has its `interface`, null for the world's own.
pub fn described(exports: &Exports) -> Value {
    let resources = exports.resources.iter().map(|(interface, name)| json!({ "interface": interface, "name": name }));
    json!({
        "functions": exports.functions.iter().map(function).collect::<Vec<_>>(),
        "resources": resources.collect::<Vec<_>>(),
        "memories": exports.memories,
        "globals": exports.globals,
    })
}

/// `name` and either the function's types or why it is `uncrossable`.
fn function(export: &Export) -> Value {
    let (interface, name) = (&export.interface, &export.name);
    match &export.function {
        Ok(function) => json!({ "interface": interface, "name": name, "function": signature(function) }),
        Err(why) => json!({ "interface": interface, "name": name, "uncrossable": why }),
    }
}

fn signature(function: &Function) -> Value {
    let parameters = named(&function.parameters);
    json!({ "parameters": parameters, "result": function.result.as_ref().map(shape), "is_async": function.is_async })
}

fn named(all: &[(String, Shape)]) -> Vec<Value> {
    all.iter().map(|(name, of)| json!([name, shape(of)])).collect()
}

fn part<T: AsRef<Shape>>(of: &Option<T>) -> Value {
    of.as_ref().map_or(Value::Null, |of| shape(of.as_ref()))
}

/// A type by its `kind` and what it is `of`.
fn shape(of: &Shape) -> Value {
    let simple = |kind: &str| json!({ "kind": kind });
    match of {
        Shape::Bool => simple("bool"),
        Shape::S8 => simple("s8"),
        Shape::U8 => simple("u8"),
        Shape::S16 => simple("s16"),
        Shape::U16 => simple("u16"),
        Shape::S32 => simple("s32"),
        Shape::U32 => simple("u32"),
        Shape::S64 => simple("s64"),
        Shape::U64 => simple("u64"),
        Shape::I32 => simple("i32"),
        Shape::I64 => simple("i64"),
        Shape::Float32 => simple("f32"),
        Shape::Float64 => simple("f64"),
        Shape::Char => simple("char"),
        Shape::String => simple("string"),
        Shape::Bytes => simple("bytes"),
        Shape::List(each) => json!({ "kind": "list", "of": [shape(each)] }),
        Shape::Option(some) => json!({ "kind": "option", "of": [shape(some)] }),
        Shape::Tuple(parts) => json!({ "kind": "tuple", "of": parts.iter().map(shape).collect::<Vec<_>>() }),
        Shape::Result(ok, err) => json!({ "kind": "result", "of": [part(ok), part(err)] }),
        Shape::Stream(of) => json!({ "kind": "stream", "of": [part(of)] }),
        Shape::Future(of) => json!({ "kind": "future", "of": [part(of)] }),
        Shape::Record(name, fields) => json!({ "kind": "record", "name": name, "fields": named(fields) }),
        Shape::Variant(name, cases) => {
            let cases: Vec<_> = cases.iter().map(|(case, payload)| json!([case, payload.as_ref().map(shape)])).collect();
            json!({ "kind": "variant", "name": name, "cases": cases })
        }
        Shape::Enum(name, names) => json!({ "kind": "enum", "name": name, "names": names }),
        Shape::Flags(name, names) => json!({ "kind": "flags", "name": name, "names": names }),
        Shape::Resource(name, _) => json!({ "kind": "host-resource", "name": name }),
        Shape::Handle(name, number, is_owned) => {
            json!({ "kind": "resource", "name": name, "number": number, "is_owned": is_owned })
        }
    }
}
