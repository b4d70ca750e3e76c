//! `Library`: a component that was loaded.

use super::function::{Call, Function};
use super::instance::Instance;
use super::{desk, process};
use crate::crossing::Classes;
use crate::errors::raised;
use crate::host::{read, told};
use crate::providers::given_with;
use atoll_capabilities::custom::described;
use atoll_embed::{Document, Sandboxed, open};
use atoll_gateway::settings::Settings;
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use pyo3::types::PyDict;
use std::sync::{Arc, OnceLock};

/// A component or module, compiled and linked with what it was granted.
#[pyclass(module = "atoll._core", frozen)]
pub(crate) struct Library {
    library: Arc<atoll_embed::Library>,
    classes: Arc<Classes>,
    calls: Vec<OnceLock<Arc<Call>>>,
}

#[pymethods]
impl Library {
    /// `document` and `settings` are JSON; `types` makes the classes of the library's types.
    #[new]
    fn new(
        py: Python<'_>,
        wasm: PyBackedBytes,
        document: &str,
        settings: &str,
        providers: &Bound<'_, PyDict>,
        types: Py<PyAny>,
    ) -> PyResult<Self> {
        let document: Document = read("library", document)?;
        let settings: Settings = read("settings", settings)?;
        let classes = Arc::new(Classes::by(types));
        let given = given_with(providers, &classes)?;
        let loaded = py.detach(|| atoll_embed::Library::load(&process(&settings)?, &wasm, &document, &given));
        let library = loaded.map_err(|problems| raised(&problems))?;
        let calls = library.exports().functions.iter().map(|_| OnceLock::new()).collect();
        Ok(Self { library, classes, calls })
    }

    /// Its functions and resources, as JSON.
    fn describe(&self) -> PyResult<String> {
        told(&described(self.library.exports()))
    }

    #[getter]
    fn cached(&self) -> bool {
        self.library.cached
    }

    /// A sandbox that is kept.
    fn open(&self, py: Python<'_>) -> PyResult<Instance> {
        let opened = desk::waited(py, self.library.process(), |_| open(self.library.clone()))?;
        Ok(Instance::new(opened))
    }

    /// The function of that number, in a sandbox of its own for each call or in one that is kept; `awaited` gives awaitables.
    #[pyo3(signature = (number, instance=None, awaited=false))]
    fn function(&self, py: Python<'_>, number: usize, instance: Option<&Instance>, awaited: bool) -> PyResult<Function> {
        let sandboxed = match instance {
            Some(instance) => Sandboxed::Kept(instance.kept().clone()),
            None => Sandboxed::Fresh(self.library.clone()),
        };
        Ok(Function::new(self.call(py, number)?, sandboxed, awaited))
    }
}

impl Library {
    fn call(&self, py: Python<'_>, number: usize) -> PyResult<Arc<Call>> {
        if let Some(call) = self.calls[number].get() {
            return Ok(call.clone());
        }
        let call = Arc::new(Call::new(py, &self.library, number, &self.classes)?);
        Ok(self.calls[number].get_or_init(|| call).clone())
    }
}
