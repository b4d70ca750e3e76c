//! The way from a guest's call to a Python object and back.
//!
//! No thread of the runtime ever waits for the interpreter: a call is put into a queue, and answered from a thread that is attached to
//! it. `async def` methods are awaited on one event loop, `def` methods run on threads of their own.

mod awaited;
mod blobstore;
mod calling;
mod custom;
mod ending;
mod failed;
mod key_value;
mod llm;
mod messaging;
mod mqtt;
mod of_process;
mod pages;
mod patience;
mod place;
mod redis;
mod slots;
mod sql;
mod sqlite;
mod threads;
mod values;
mod variables;
mod vigil;

pub(crate) use blobstore::PythonContainer;
pub(crate) use custom::PythonHost;
pub(crate) use key_value::PythonStore;
pub(crate) use llm::PythonLlm;
pub(crate) use messaging::PythonBroker;
pub(crate) use mqtt::PythonMqtt;
pub(crate) use redis::PythonRedis;
pub(crate) use slots::{Slot, Slots};
pub(crate) use sql::PythonServers;
pub(crate) use sqlite::PythonDatabase;
pub(crate) use variables::PythonVariables;
pub(crate) use vigil::stay_awake;

use atoll_capabilities::answer::{Answer, Failure};
pub(crate) use awaited::Loop;
use calling::{called, called_method};
use failed::logged;
pub(crate) use pages::{Iterator, iterator, pages};
pub(crate) use patience::{LOOK, patiently};
pub(crate) use place::{Caller, Desk, Place};

use awaited::Cancel;
pub(crate) use failed::Raised;
use pyo3::prelude::*;
use pyo3::types::PyTuple;
use std::collections::HashSet;
use std::sync::Arc;
use tokio::sync::{OnceCell, oneshot};

/// Calls the method; what it gives is the answer, or what has to be awaited for it.
pub(crate) type Begin = Box<dyn for<'py> FnOnce(Python<'py>) -> PyResult<Bound<'py, PyAny>> + Send>;
/// Takes the answer.
pub(crate) type End = Box<dyn for<'py> FnOnce(PyResult<Bound<'py, PyAny>>) + Send>;

/// One call of a method.
pub(crate) struct Job {
    pub(crate) begin: Begin,
    pub(crate) end: End,
    /// The context variables of who asks, where the job runs elsewhere.
    context: Option<Arc<Py<PyAny>>>,
}

impl Job {
    fn new(begin: Begin, end: End) -> Self {
        Self { begin, end, context: None }
    }
}

/// A Python object that answers for a backend.
#[derive(Clone)]
struct Provider {
    object: Arc<OnceCell<Object>>,
    /// Makes the object when it is first needed; None where it is there.
    factory: Option<Arc<Py<PyAny>>>,
    methods: &'static [&'static str],
}

struct Object {
    object: Arc<Py<PyAny>>,
    /// Its methods that are `async def`.
    awaited: HashSet<&'static str>,
    events: Loop,
}

/// The last app that had it is gone: the object gives back what it holds.
impl Drop for Object {
    fn drop(&mut self) {
        let object = self.object.clone();
        close(object, &self.events);
    }
}

/// Let the object give back what it holds.
fn close(object: impl AsRef<Py<PyAny>> + Send + 'static, events: &Loop) {
    if ending::has_begun() {
        return;
    }
    let begin: Begin = Box::new(move |py| py.import("atoll.capabilities.provider")?.getattr("close")?.call1((object.as_ref(),)));
    let end: End = Box::new(|closed| {
        if let Err(error) = closed {
            failed::told(error);
        }
    });
    events.put(Job::new(begin, end)).ended();
}

impl Object {
    /// Raises AttributeError where the object lacks one of the `methods`.
    fn of(object: &Bound<'_, PyAny>, methods: &[&'static str]) -> PyResult<Self> {
        let is_awaited = object.py().import("inspect")?.getattr("iscoroutinefunction")?;
        let mut awaited = HashSet::new();
        for method in methods {
            if is_awaited.call1((object.getattr(*method)?,))?.is_truthy()? {
                awaited.insert(*method);
            }
        }
        Ok(Self { object: Arc::new(object.clone().unbind()), awaited, events: Loop::of_process(object.py())? })
    }
}

impl Provider {
    /// Raises AttributeError where the object lacks one of the `methods`.
    fn of(object: &Bound<'_, PyAny>, methods: &'static [&'static str]) -> PyResult<Self> {
        let made = OnceCell::new_with(Some(Object::of(object, methods)?));
        Ok(Self { object: Arc::new(made), factory: None, methods })
    }

    /// The client's library is loaded when a guest first needs it: most apps never do.
    fn made_by(factory: &Bound<'_, PyAny>, methods: &'static [&'static str]) -> Self {
        Self { object: Arc::default(), factory: Some(Arc::new(factory.clone().unbind())), methods }
    }

    async fn object(&self) -> Result<&Object, Failure> {
        let make = || {
            let (factory, methods) = (self.factory.clone(), self.methods);
            let begin: Begin = Box::new(move |py| match factory {
                Some(factory) => factory.bind(py).call0(),
                None => Ok(py.None().into_bound(py)),
            });
            ask(begin, Place::Threads, move |made| Object::of(&made?, methods))
        };
        self.object.get_or_try_init(make).await
    }

    /// Call the method with what `arguments` makes, and `read` its answer.
    fn call<T, E, A, R>(&self, method: &'static str, arguments: A, read: R) -> Answer<T, E>
    where
        T: Send + 'static,
        E: Raised,
        A: for<'py> FnOnce(Python<'py>) -> PyResult<Bound<'py, PyTuple>> + Send + 'static,
        R: for<'py> FnOnce(&Bound<'py, PyAny>) -> PyResult<T> + Send + 'static,
    {
        let provider = self.clone();
        Box::pin(async move {
            let object = provider.object().await?;
            let place = if object.awaited.contains(method) { Place::Events(object.events.clone()) } else { Place::Threads };
            let object = object.object.clone();
            let begin: Begin = Box::new(move |py| called_method(object.bind(py), method, &arguments(py)?));
            ask(begin, place, |result| read(&result?)).await
        })
    }
}

/// Put a call into the queue of its place. Whoever drops the answer cancels what is awaited.
pub(crate) fn ask<T, E, R>(begin: Begin, place: Place, read: R) -> Answer<T, E>
where
    T: Send + 'static,
    E: Raised,
    R: for<'py> FnOnce(PyResult<Bound<'py, PyAny>>) -> PyResult<T> + Send + 'static,
{
    ask_in(begin, place, None, read)
}

/// The same, in a context.
fn ask_in<T, E, R>(begin: Begin, place: Place, context: Option<Arc<Py<PyAny>>>, read: R) -> Answer<T, E>
where
    T: Send + 'static,
    E: Raised,
    R: for<'py> FnOnce(PyResult<Bound<'py, PyAny>>) -> PyResult<T> + Send + 'static,
{
    let (answer, answered) = oneshot::channel();
    let end: End = Box::new(move |result| {
        // Who asked may be gone.
        let _ = answer.send(read(result).map_err(E::raised));
    });
    let cancel = place.put(Job { begin, end, context });
    Box::pin(async move {
        let _awake = vigil::attend();
        let told = answered.await;
        cancel.map(Cancel::ended).unwrap_or_default();
        told.unwrap_or_else(|_| Err(Failure::other("the provider was stopped").into()))
    })
}
