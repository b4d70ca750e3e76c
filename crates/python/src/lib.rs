//! `atoll._core`: the data plane as a Python module. The only crate that knows PyO3.
//!
//! Two JSON documents come down, numbers and coded problems go up. Objects that answer for a backend come down
//! beside them. No thread that serves requests ever holds the interpreter.

mod ahead;
mod asgi;
mod bridge;
mod crossing;
mod embed;
mod errors;
mod host;
mod networks;
mod probe;
mod providers;
mod replay;
mod wit;

use pyo3::prelude::*;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// The module `atoll._core`.
#[pymodule(gil_used = false)]
mod _core {
    use pyo3::exceptions::PyImportError;
    use pyo3::ffi;
    use pyo3::prelude::*;

    #[pymodule_export]
    use crate::ahead::{adopt_ahead, compiled_ahead};
    #[pymodule_export]
    use crate::asgi::{Call, GuestLines, InProcess};
    #[pymodule_export]
    use crate::embed::{Caller, Function, Instance, Library};
    #[pymodule_export]
    use crate::errors::{CoreError, error_codes};
    #[pymodule_export]
    use crate::host::{
        NextApp, Server, composed, defaults, imports, inspect, interfaces, read_guest, run, scripted, surface, translate, wat,
        wit,
    };
    #[pymodule_export]
    use crate::networks::BlockedNetworks;
    #[pymodule_export]
    use crate::probe::{probe_address, probe_calls, probe_live};
    #[pymodule_export]
    use crate::replay::replay;
    #[pymodule_export]
    use crate::wit::{go_bindings, wit_needs, wit_packed, wit_target, wit_text, wit_texts, wit_tree};

    #[pymodule_init]
    fn init(_module: &Bound<'_, PyModule>) -> PyResult<()> {
        // SAFETY: the interpreter is held, and there always is one.
        let interpreter = unsafe { ffi::PyInterpreterState_GetID(ffi::PyInterpreterState_Get()) };
        match interpreter {
            0 => Ok(()),
            _ => Err(PyImportError::new_err("atoll works in the main interpreter of a process only, not in this one")),
        }
    }
}
