//! `Library`: a component that was loaded.

use super::function::{Call, Function, Mode};
use super::instance::Instance;
use super::{desk, process};
use crate::bridge::{Slot, Slots};
use crate::crossing::Classes;
use crate::errors::raised;
use crate::host::{read, told};
use crate::providers::given_with;
use atoll_capabilities::custom::{Value, described, wave_arguments, wave_text};
use atoll_embed::{Document, Sandboxed, What, call, open};
use atoll_gateway::settings::Settings;
use pyo3::exceptions::PyValueError;
use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use pyo3::types::PyDict;
use std::sync::{Arc, OnceLock};

/// A component or module, compiled and linked with what it was granted.
#[pyclass(module = "atoll._core", frozen)]
pub(crate) struct Library {
    library: Arc<atoll_embed::Library>,
    classes: Arc<Classes>,
    /// What makes the classes. It has this library, so that both go together.
    types: Slot,
    slots: Slots,
    /// Whether some of its host functions are awaited.
    awaits: bool,
    calls: Vec<OnceLock<Arc<Call>>>,
}

#[pymethods]
impl Library {
    /// `document` and `settings` are JSON; `types` makes the classes of the library's types. A core module comes with those that it
    /// imports from.
    #[new]
    fn new(
        py: Python<'_>,
        wasm: PyBackedBytes,
        document: &str,
        settings: &str,
        providers: &Bound<'_, PyDict>,
        types: Py<PyAny>,
        modules: Vec<(String, PyBackedBytes)>,
    ) -> PyResult<Self> {
        let document: Document = read("library", document)?;
        let settings: Settings = read("settings", settings)?;
        let awaits = types.getattr(py, "awaits")?.extract(py)?;
        let classes = Arc::new(Classes::by(types.bind(py))?);
        let slots = Slots::default();
        let given = given_with(providers, &classes, &slots)?;
        let beside: Vec<_> = modules.iter().map(|(name, wasm)| (name.clone(), wasm.to_vec())).collect();
        let loaded = py.detach(|| atoll_embed::Library::load(&process(&settings)?, &wasm, &beside, &document, &given));
        let library = loaded.map_err(|problems| raised(&problems))?;
        let calls = library.exports().functions.iter().map(|_| OnceLock::new()).collect();
        Ok(Self { library, classes, types: Slot::new(types), slots, awaits, calls })
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        self.slots.traverse(&visit)?;
        self.types.traverse(&visit)
    }

    fn __clear__(&self) {
        self.slots.clear();
        drop(self.types.take());
    }

    /// Its functions and resources, as JSON.
    fn describe(&self) -> PyResult<String> {
        told(&described(self.library.exports()))
    }

    #[getter]
    fn cached(&self) -> bool {
        self.library.cached
    }

    /// Call the function of that number with arguments in the notation of WAVE; what it gives in the same, None where it gives nothing, and
    /// whether that is no error of a `result`.
    fn call_text(&self, py: Python<'_>, number: usize, arguments: &str) -> PyResult<(bool, Option<String>)> {
        let unreadable = |why: String| PyValueError::new_err(why);
        let exported = &self.library.exports().functions[number];
        let function = exported.function.as_ref().map_err(|why| unreadable(format!("it has {why}")))?;
        let arguments = wave_arguments(function, arguments).map_err(unreadable)?;
        let sandboxed = Sandboxed::Fresh(self.library.clone());
        let process = self.library.process();
        let value = desk::waited(py, process, None, self.awaits, |caller, look| {
            call(sandboxed, What::Call(number, arguments), Some(caller), Some(look))
        })?;
        let (Some(shape), Some(value)) = (&function.result, value) else { return Ok((true, None)) };
        let is_well = !matches!(value, Value::Result(Err(_)));
        Ok((is_well, Some(wave_text(shape, &value).map_err(unreadable)?)))
    }

    /// Seconds of CPU time of all its calls that have ended, and how many there were. Calls of asynchronous worlds are counted once their
    /// instance ends.
    fn spent(&self) -> (f64, u64) {
        let (cpu, calls) = self.library.spent();
        (cpu.as_secs_f64(), calls)
    }

    /// A sandbox that is kept.
    fn open(slf: &Bound<'_, Self>) -> PyResult<Instance> {
        let (py, held) = (slf.py(), slf.get());
        let opened = desk::waited(py, held.library.process(), None, held.awaits, |_, _| open(held.library.clone()))?;
        Ok(Instance::new(opened, slf.clone().unbind()))
    }

    /// The function of that number, in a sandbox of its own for each call or in one that is kept; `awaited` gives awaitables. Of a core
    /// module it gives numbers, or `as_bytes`.
    #[pyo3(signature = (number, instance=None, awaited=false, as_bytes=false))]
    fn function(
        slf: &Bound<'_, Self>,
        number: usize,
        instance: Option<&Instance>,
        awaited: bool,
        as_bytes: bool,
    ) -> PyResult<Function> {
        let sandboxed = match instance {
            Some(instance) => Sandboxed::Kept(instance.kept().clone()),
            None => Sandboxed::Fresh(slf.get().library.clone()),
        };
        let call = slf.get().call(slf.py(), number)?;
        Ok(Function::new(call, sandboxed, Mode { awaited, as_bytes }, slf.clone().unbind()))
    }
}

impl Library {
    fn call(&self, py: Python<'_>, number: usize) -> PyResult<Arc<Call>> {
        if let Some(call) = self.calls[number].get() {
            return Ok(call.clone());
        }
        let call = Arc::new(Call::new(py, &self.library, number, &self.classes, self.awaits)?);
        Ok(self.calls[number].get_or_init(|| call).clone())
    }
}
