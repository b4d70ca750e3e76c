//! What a provider gives page by page: an iterator, or an asynchronous one.

use super::{Begin, End, Job, Loop, THREADS, ask};
use atoll_capabilities::answer::{Answer, Pages};
use futures::stream;
use pyo3::exceptions::{PyStopAsyncIteration, PyStopIteration};
use pyo3::prelude::*;
use std::sync::Arc;

/// How a page is read.
type Read<T> = for<'py> fn(&Bound<'py, PyAny>) -> PyResult<Vec<T>>;

/// The pages of what is `begun`, each asked for when the last one was taken.
pub(super) fn pages<T: Send + 'static>(begun: Answer<Iterator>, read: Read<T>) -> Pages<T> {
    Box::pin(stream::try_unfold(Next::Begin(begun), move |next| async move {
        let pages = match next {
            Next::Begin(begun) => Arc::new(begun.await?),
            Next::Go(pages) => pages,
        };
        let page = page(pages.clone(), read).await?;
        Ok(page.map(|page| (page, Next::Go(pages))))
    }))
}

/// Where the reading of pages stands.
enum Next {
    Begin(Answer<Iterator>),
    Go(Arc<Iterator>),
}

pub(super) struct Iterator {
    pages: Option<Py<PyAny>>,
    /// Where its pages are awaited, if they are.
    events: Option<&'static Loop>,
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
        THREADS.put(Job { begin, end });
    }
}

pub(super) fn iterator(pages: &Bound<'_, PyAny>) -> PyResult<Iterator> {
    let awaited = pages.hasattr("__aiter__")?;
    let pages = pages.call_method0(if awaited { "__aiter__" } else { "__iter__" })?;
    let events = if awaited { Some(Loop::of_process(pages.py())?) } else { None };
    Ok(Iterator { pages: Some(pages.unbind()), events })
}

/// The next page; none at the end.
fn page<T: Send + 'static>(pages: Arc<Iterator>, read: Read<T>) -> Answer<Option<Vec<T>>> {
    let events = pages.events;
    let next = if events.is_some() { "__anext__" } else { "__next__" };
    let begin: Begin = Box::new(move |py| match &pages.pages {
        Some(pages) => pages.bind(py).call_method0(next),
        None => Err(PyStopIteration::new_err(())),
    });
    ask(begin, events, move |result| match result {
        Ok(page) => read(&page).map(Some),
        Err(error) if Python::attach(|py| has_ended(py, &error)) => Ok(None),
        Err(error) => Err(error),
    })
}

fn has_ended(py: Python<'_>, error: &PyErr) -> bool {
    error.is_instance_of::<PyStopAsyncIteration>(py) || error.is_instance_of::<PyStopIteration>(py)
}
