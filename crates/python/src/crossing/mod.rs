//! Values between a guest and Python, by their types.

mod classes;
mod given;
mod number;
mod path;
mod streams;
mod taken;

pub(crate) use classes::Classes;
pub(crate) use given::plainly;
pub(crate) use path::Path;
pub(crate) use taken::{is_number, loosely};

use atoll_capabilities::custom::Shape;
use pyo3::prelude::*;
use pyo3::types::{PyString, PyWeakrefReference};
use streams::Item;

/// A type as it crosses, with the Python classes that stand for it.
pub(crate) enum Crossing {
    /// What needs no class: a truth, a number, a character or a text.
    Plain(Shape),
    Bytes,
    List(Box<Crossing>),
    Record(Py<PyAny>, Vec<Field>),
    Tuple(Vec<Crossing>),
    Variant(Vec<Case>),
    Enum(Vec<(String, Py<PyAny>)>),
    Flags(Py<PyAny>, Vec<String>),
    Option(Box<Crossing>),
    /// An option of an option, by `Some`.
    Nested(Py<PyAny>, Box<Crossing>),
    Result(Box<Outcome>),
    /// Of the host; a library knows its class.
    Resource(Option<Py<PyAny>>),
    /// A resource of the guest's, by its class, whose functions have crossings of their own.
    Handle(Py<PyWeakrefReference>),
    /// What a guest still sends keeps the library, by what makes its classes.
    Stream(Item, Py<PyWeakrefReference>),
    Future(Item, Py<PyWeakrefReference>),
}

/// A field of a record, and the attribute that it is.
pub(crate) struct Field {
    name: String,
    attribute: Py<PyString>,
    /// The same, for errors.
    shown: String,
    crossing: Crossing,
}

/// A case of a variant, and the class that it is.
pub(crate) struct Case {
    name: String,
    class: Py<PyAny>,
    payload: Option<Crossing>,
}

/// A result, with the classes that wrap it inside of other values, and the exception that stands for its error.
pub(crate) struct Outcome {
    pub(crate) ok: Option<Crossing>,
    pub(crate) err: Option<Crossing>,
    ok_class: Py<PyAny>,
    err_class: Py<PyAny>,
    raised: Py<PyAny>,
}

impl Crossing {
    /// Streams of these come in portions.
    fn is_byte(&self) -> bool {
        matches!(self, Self::Plain(Shape::U8))
    }
}
