//! What Python asks of core modules, by word.

use crate::crossing::{Path, loosely};
use atoll_capabilities::custom::{Ask, Returns};
use pyo3::exceptions::{PyRuntimeError, PyTypeError};
use pyo3::prelude::*;
use pyo3::types::PyTuple;

/// `call` and `call-bytes` with a function's name and arguments; `read` with a memory's, an address and a length; `write` with an address
/// and bytes; `size` with pages to grow by; `get` and `set` with a global's name.
pub(super) fn asking(kind: &str, name: &str, arguments: &Bound<'_, PyTuple>) -> PyResult<Ask> {
    let name = name.to_owned();
    let loose = |index| loosely(&arguments.get_item(index)?, &Path::Of(&name));
    let number = |index| arguments.get_item(index)?.extract::<u64>();
    Ok(match kind {
        "call" | "call-bytes" => Ask::Call {
            arguments: (0..arguments.len()).map(loose).collect::<PyResult<_>>()?,
            returns: if kind == "call" { Returns::Values } else { Returns::Bytes },
            function: name,
        },
        "read" => Ask::Read { at: number(0)?, length: number(1)?, memory: name },
        "write" => Ask::Write { at: number(0)?, bytes: bytes(&arguments.get_item(1)?)?, memory: name },
        "size" => Ask::Size { grow: number(0)?, memory: name },
        "get" => Ask::Get(name),
        "set" => Ask::Set(name.clone(), loosely(&arguments.get_item(0)?, &Path::Of(&name))?),
        other => return Err(PyTypeError::new_err(format!("nothing is called `{other}`"))),
    })
}

fn bytes(value: &Bound<'_, PyAny>) -> PyResult<Vec<u8>> {
    match loosely(value, &Path::Of("bytes"))? {
        atoll_capabilities::custom::Value::Bytes(bytes) => Ok(bytes.into()),
        _ => Err(PyTypeError::new_err("only bytes can be written")),
    }
}

/// What a module could not do for a host function: the function may go on.
pub(super) fn told(error: &wasmtime::Error) -> PyErr {
    PyRuntimeError::new_err(format!("{error:#}"))
}
