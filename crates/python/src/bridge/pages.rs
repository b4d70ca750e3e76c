//! What a provider gives page by page: an iterator, or an asynchronous one.

use super::threads::Threads;
use super::{Begin, End, Job, Loop, Place, Raised, ask, called_method};
use atoll_capabilities::answer::{Answer, Pages};
use futures::stream;
use pyo3::exceptions::{PyStopAsyncIteration, PyStopIteration};
use pyo3::prelude::*;
use pyo3::types::PyTuple;
use std::sync::Arc;

/// The pages of what is `begun`, as `read` reads them, each asked for when the last one was taken.
pub(crate) fn pages<T, E, R>(begun: Answer<Iterator, E>, read: R) -> Pages<T, E>
where
    T: Send + 'static,
    E: Raised,
    R: for<'py> Fn(&Bound<'py, PyAny>) -> PyResult<Vec<T>> + Clone + Send + 'static,
{
    Box::pin(stream::try_unfold((Next::Begin(begun), read), |(next, read)| async move {
        let pages = match next {
            Next::Begin(begun) => Arc::new(begun.await?),
            Next::Go(pages) => pages,
        };
        let page = page::<T, E, R>(pages.clone(), read.clone()).await?;
        Ok(page.map(|page| (page, (Next::Go(pages), read))))
    }))
}

/// Where the reading of pages stands.
enum Next<E> {
    Begin(Answer<Iterator, E>),
    Go(Arc<Iterator>),
}

pub(crate) struct Iterator {
    pages: Option<Py<PyAny>>,
    /// Where its pages come from.
    place: Place,
    awaited: bool,
}

/// Whoever stops reading lets the provider give back what it holds. A thread does, as a file may have to be closed.
impl Drop for Iterator {
    fn drop(&mut self) {
        let pages = self.pages.take();
        let begin: Begin = Box::new(move |py| {
            drop(pages);
            Ok(py.None().into_bound(py))
        });
        let end: End = Box::new(|_| ());
        Threads::of_process().put(Job::new(begin, end));
    }
}

pub(crate) fn iterator(pages: &Bound<'_, PyAny>) -> PyResult<Iterator> {
    let awaited = pages.hasattr("__aiter__")?;
    let pages = if awaited { pages.call_method0("__aiter__")? } else { pages.try_iter()?.into_any() };
    let place = if awaited { Place::Events(Loop::running(pages.py())?) } else { Place::Threads };
    Ok(Iterator { pages: Some(pages.unbind()), place, awaited })
}

/// The next page; none at the end.
fn page<T, E, R>(pages: Arc<Iterator>, read: R) -> Answer<Option<Vec<T>>, E>
where
    T: Send + 'static,
    E: Raised,
    R: for<'py> FnOnce(&Bound<'py, PyAny>) -> PyResult<Vec<T>> + Send + 'static,
{
    let place = pages.place.clone();
    let next = if pages.awaited { "__anext__" } else { "__next__" };
    let begin: Begin = Box::new(move |py| match &pages.pages {
        Some(pages) => called_method(pages.bind(py), next, &PyTuple::empty(py)),
        None => Err(PyStopIteration::new_err(())),
    });
    ask(begin, place, move |result| match result {
        Ok(page) => read(&page).map(Some).map_err(E::raised_later),
        Err(error) if Python::attach(|py| has_ended(py, &error)) => Ok(None),
        Err(error) => Err(E::raised_later(error)),
    })
}

fn has_ended(py: Python<'_>, error: &PyErr) -> bool {
    error.is_instance_of::<PyStopAsyncIteration>(py) || error.is_instance_of::<PyStopIteration>(py)
}
