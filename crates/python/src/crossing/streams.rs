//! Streams and futures as Python has them.
//!
//! What a guest sends is a `Source`, which `atoll.capabilities.custom.streams` makes an iterator or an awaitable of. What a guest is
//! sent is any iterable, or any awaitable.

use super::{Crossing, Path};
use crate::bridge::{Begin, Iterator, Loop, Place, ask, iterator, pages, patiently};
use atoll_capabilities::answer::{Answer, Pages};
use atoll_capabilities::custom::{Fault, Value};
use futures::FutureExt;
use futures::future::ready;
use futures::stream::{StreamExt, once};
use pyo3::exceptions::PyEOFError;
use pyo3::prelude::*;
use pyo3::types::{PyList, PyTuple, PyWeakrefMethods, PyWeakrefReference};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Wake, Waker};

const CLASSES: &str = "atoll.capabilities.custom.streams";

/// What crosses of each item: none where items have no value.
pub(crate) type Item = Option<Arc<Crossing>>;

/// What a guest sends.
pub(super) fn given_stream<'py>(
    item: &Item,
    portions: Pages<Value, Fault>,
    types: &Bound<'py, PyWeakrefReference>,
) -> PyResult<Bound<'py, PyAny>> {
    types.py().import(CLASSES)?.call_method1("GuestStream", (Source::new(item, portions, types),))
}

/// What a guest promises.
pub(super) fn given_future<'py>(
    item: &Item,
    answer: Answer<Value, Fault>,
    types: &Bound<'py, PyWeakrefReference>,
) -> PyResult<Bound<'py, PyAny>> {
    let portions = once(answer.map(|answered| answered.map(|value| vec![value])));
    types.py().import(CLASSES)?.call_method1("GuestFuture", (Source::new(item, Box::pin(portions), types),))
}

/// What a guest is sent: items of an iterable, asked for one by one; those of a list at once.
pub(super) fn taken_stream(item: &Item, value: &Bound<'_, PyAny>) -> PyResult<Value> {
    if value.is_instance_of::<PyList>() || value.is_instance_of::<PyTuple>() {
        let items = value.try_iter()?.map(|value| sent(item, &value?)).collect::<PyResult<Vec<_>>>()?;
        return Ok(Value::Stream(once(ready(Ok(items))).boxed()));
    }
    let items: Answer<Iterator, Fault> = ready(Ok(iterator(value)?)).boxed();
    let item = item.clone();
    Ok(Value::Stream(pages(items, move |value: &Bound<'_, PyAny>| Ok(vec![sent(&item, value)?]))))
}

fn sent(item: &Item, value: &Bound<'_, PyAny>) -> PyResult<Value> {
    match item {
        Some(item) if item.is_byte() => Crossing::Bytes.taken(value, &Path::Of("an item of the stream")),
        Some(item) => item.taken(value, &Path::Of("an item of the stream")),
        None => Ok(Value::Option(None)),
    }
}

/// What a guest is promised: an awaitable, which begins at once, or a value.
pub(super) fn taken_future(item: &Item, value: &Bound<'_, PyAny>) -> PyResult<Value> {
    let item = item.clone();
    let settled = move |answered: PyResult<Bound<'_, PyAny>>| match &item {
        Some(item) => item.answered(answered),
        None => answered.map(|_| Value::Option(None)),
    };
    if !value.hasattr("__await__")? {
        return Ok(Value::Future(ready(Ok(settled(Ok(value.clone()))?)).boxed()));
    }
    let awaitable = value.clone().unbind();
    let begin: Begin = Box::new(move |py| Ok(awaitable.into_bound(py)));
    Ok(Value::Future(ask(begin, Place::Events(Loop::running(value.py())?), settled)))
}

/// Portions of a guest's items, for one reader.
#[pyclass(frozen)]
struct Source {
    item: Item,
    /// None while it is waited for, and after its end.
    portions: Mutex<Option<Pages<Value, Fault>>>,
    /// Has what the host functions are that the guest may call.
    _types: Option<Py<PyAny>>,
}

impl Source {
    fn new(item: &Item, portions: Pages<Value, Fault>, types: &Bound<'_, PyWeakrefReference>) -> Self {
        let types = types.upgrade().map(Bound::unbind);
        Self { item: item.clone(), portions: Mutex::new(Some(portions)), _types: types }
    }

    fn portions(&self) -> MutexGuard<'_, Option<Pages<Value, Fault>>> {
        self.portions.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn given<'py>(&self, py: Python<'py>, portion: Option<Result<Vec<Value>, Fault>>) -> PyResult<Bound<'py, PyList>> {
        let values = match portion {
            Some(Ok(values)) => values,
            Some(Err(fault)) => return Err(PyEOFError::new_err(fault.message)),
            None => Vec::new(),
        };
        let items = values.into_iter().map(|value| match &self.item {
            Some(item) => item.given(py, value),
            None => Ok(py.None().into_bound(py)),
        });
        PyList::new(py, items.collect::<PyResult<Vec<_>>>()?)
    }
}

#[pymethods]
impl Source {
    /// The next items, none at the end; or None, and `wake` is called on the providers' loop when it is worth asking again.
    fn poll<'py>(&self, py: Python<'py>, wake: Py<PyAny>) -> PyResult<Option<Bound<'py, PyList>>> {
        let waker = Waker::from(Arc::new(Waking { events: Loop::of_process(py)?, wake: Arc::new(wake) }));
        let mut held = self.portions();
        let Some(portions) = held.as_mut() else { return Ok(Some(PyList::empty(py))) };
        match portions.as_mut().poll_next(&mut Context::from_waker(&waker)) {
            Poll::Pending => Ok(None),
            Poll::Ready(portion) => {
                if portion.is_none() {
                    *held = None;
                }
                drop(held);
                self.given(py, portion).map(Some)
            }
        }
    }

    /// The next items, none at the end, once they are there. For a thread, which waits.
    fn wait<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        let Some(mut portions) = self.portions().take() else { return Ok(PyList::empty(py)) };
        let portion = patiently(py, portions.next());
        if !matches!(portion, Ok(None)) {
            *self.portions() = Some(portions);
        }
        self.given(py, portion?)
    }

    /// The guest is told that nobody reads.
    fn close(&self) {
        *self.portions() = None;
    }
}

/// Wakes a reader on the providers' loop: whoever has the next items never waits for the interpreter.
struct Waking {
    events: Loop,
    wake: Arc<Py<PyAny>>,
}

impl Wake for Waking {
    fn wake(self: Arc<Self>) {
        self.events.call(self.wake.clone());
    }
}
