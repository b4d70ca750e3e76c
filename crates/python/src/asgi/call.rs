//! `Call`: a request whose answer is not whole yet.

use super::bell::{Parked, future};
use super::messages::Messages;
use atoll_gateway::in_process::{self, Feed, Part};
use bytes::Bytes;
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use pyo3::sync::MutexExt;
use pyo3::types::PyList;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

/// How often a waiting thread looks for signals.
const LOOK: Duration = Duration::from_millis(50);
/// Bytes of an answer that are sent in one message; a part that is larger is sent alone.
const ENOUGH: usize = 256 << 10;

#[pyclass(module = "atoll._core", frozen)]
pub(crate) struct Call {
    answer: Mutex<Answer>,
    feed: Mutex<Option<Feed>>,
}

struct Answer {
    /// None once nobody wants it any more.
    call: Option<in_process::Call>,
    messages: Messages,
}

impl Call {
    pub(super) fn new(call: in_process::Call, feed: Option<Feed>, trailers: bool) -> Self {
        Self { answer: Mutex::new(Answer { call: Some(call), messages: Messages::new(trailers) }), feed: Mutex::new(feed) }
    }

    /// All messages, if they are here already.
    pub(super) fn whole<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyList>>> {
        let mut answer = lock(py, &self.answer);
        answer.gather(&mut Context::from_waker(Waker::noop()));
        if !answer.messages.ended() {
            return Ok(None);
        }
        answer.messages.take(py).map(Some)
    }
}

#[pymethods]
impl Call {
    /// Whether all messages were given.
    #[getter]
    fn ended(&self, py: Python<'_>) -> bool {
        lock(py, &self.answer).messages.ended()
    }

    /// What can be sent now: a list of messages; or a future to wait for before asking again.
    ///
    /// Raises CoreError where the answer breaks off.
    fn messages<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let mut answer = lock(py, &self.answer);
        answer.gather(&mut Context::from_waker(Waker::noop()));
        if answer.messages.any() {
            return Ok(answer.messages.take(py)?.into_any());
        }
        let (future, waker) = future(py)?;
        answer.gather(&mut Context::from_waker(&waker));
        // What came meanwhile has woken the future, or is asked for now.
        if answer.messages.any() { Ok(answer.messages.take(py)?.into_any()) } else { Ok(future) }
    }

    /// The same for a thread, which waits. Where it is `feeding` the request's body: None once there is room for a portion.
    fn wait<'py>(&self, py: Python<'py>, feeding: bool) -> PyResult<Option<Bound<'py, PyList>>> {
        let parked = Parked::here();
        let waker = Waker::from(parked.clone());
        let mut cx = Context::from_waker(&waker);
        loop {
            let mut answer = lock(py, &self.answer);
            answer.gather(&mut cx);
            if answer.messages.any() {
                return answer.messages.take(py).map(Some);
            }
            drop(answer);
            if feeding && lock(py, &self.feed).as_mut().is_none_or(|feed| feed.poll_room(&mut cx).is_ready()) {
                return Ok(None);
            }
            py.detach(|| parked.sleep(LOOK));
            py.check_signals()?;
        }
    }

    /// Whether there is room for a portion of the request's body: None; or a future to wait for before asking again.
    fn room<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        let mut feed = lock(py, &self.feed);
        let Some(feed) = feed.as_mut() else { return Ok(None) };
        if feed.poll_room(&mut Context::from_waker(Waker::noop())).is_ready() {
            return Ok(None);
        }
        let (future, waker) = future(py)?;
        Ok(feed.poll_room(&mut Context::from_waker(&waker)).is_pending().then_some(future))
    }

    /// A portion of the request's body, for which there is room; behind the last one its end.
    fn give(&self, py: Python<'_>, portion: PyBackedBytes, more: bool) {
        let mut feed = lock(py, &self.feed);
        if let Some(fed) = feed.as_mut() {
            fed.put(Bytes::from_owner(portion));
            if !more {
                fed.end();
                *feed = None;
            }
        }
    }

    /// Nobody waits for the answer any more: the call ends.
    fn abandon(&self, py: Python<'_>) {
        let call = lock(py, &self.answer).call.take();
        let feed = lock(py, &self.feed).take();
        py.detach(|| drop((call, feed)));
    }
}

impl Answer {
    /// Take the parts that are here, as many as make one message.
    fn gather(&mut self, cx: &mut Context<'_>) {
        while self.messages.takes(ENOUGH) {
            let part = match self.call.as_mut().map(|call| call.poll(cx)) {
                Some(Poll::Pending) => return,
                Some(Poll::Ready(part)) => part,
                None => None,
            };
            match part {
                Some(Part::Head(head)) => self.messages.head(head),
                Some(Part::Data(data)) => self.messages.data(data),
                Some(Part::Trailers(trailers)) => self.messages.trailers(trailers),
                Some(Part::Broken(failure)) => self.messages.broken(failure),
                Some(Part::End) => self.messages.end(),
                None => self.messages.left(),
            }
        }
    }
}

/// Whoever has it may want the interpreter.
fn lock<'a, T>(py: Python<'_>, mutex: &'a Mutex<T>) -> MutexGuard<'a, T> {
    mutex.lock_py_attached(py).unwrap_or_else(PoisonError::into_inner)
}
