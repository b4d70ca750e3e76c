//! An answer as the messages that ASGI's `send` takes.

use crate::errors::raised;
use atoll_engine::error::{Code, Problem};
use atoll_engine::observe::Failure;
use atoll_gateway::in_process::Head;
use bytes::Bytes;
use http::StatusCode;
use http::header::{HeaderMap, TRAILER};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyList, PyTuple};

/// What of an answer is here, and was not given yet.
#[derive(Default)]
pub(super) struct Messages {
    /// Whether the server takes trailers.
    takes_trailers: bool,
    head: Option<Box<Head>>,
    /// Trailers were promised in the head.
    promised: bool,
    data: Vec<Bytes>,
    size: usize,
    trailers: HeaderMap,
    ending: Option<Ending>,
    /// All was given.
    given: bool,
}

enum Ending {
    Whole,
    Broken(Failure),
    /// The app was closed meanwhile.
    Left,
}

impl Messages {
    pub(super) fn new(takes_trailers: bool) -> Self {
        Self { takes_trailers, ..Self::default() }
    }

    pub(super) fn head(&mut self, head: Box<Head>) {
        self.head = Some(head);
    }

    pub(super) fn data(&mut self, data: Bytes) {
        self.size += data.len();
        self.data.push(data);
    }

    pub(super) fn trailers(&mut self, trailers: HeaderMap) {
        self.trailers.extend(trailers);
    }

    pub(super) fn end(&mut self) {
        self.ending = Some(Ending::Whole);
    }

    pub(super) fn broken(&mut self, failure: Failure) {
        self.ending = Some(Ending::Broken(failure));
    }

    pub(super) fn left(&mut self) {
        self.ending = Some(Ending::Left);
    }

    /// Whether more is to be gathered before so many bytes are given.
    pub(super) fn takes(&self, enough: usize) -> bool {
        self.ending.is_none() && self.size < enough
    }

    /// Whether there is something to give.
    pub(super) fn any(&self) -> bool {
        !self.given && (self.head.is_some() || self.size > 0 || self.ending.is_some())
    }

    /// Whether the answer is whole; what of it is left can be taken.
    pub(super) fn ended(&self) -> bool {
        matches!(self.ending, Some(Ending::Whole))
    }

    pub(super) fn take<'py>(&mut self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        let messages = PyList::empty(py);
        if let Some(head) = self.head.take() {
            messages.append(self.start(py, *head)?)?;
        }
        let is_whole = self.ended();
        if self.size > 0 || is_whole {
            messages.append(self.body(py, !is_whole)?)?;
        }
        if is_whole {
            self.given = true;
            if self.promised {
                messages.append(self.trailing(py)?)?;
            }
        } else if messages.is_empty() {
            // What was there before was given before.
            self.given = true;
            match &self.ending {
                Some(Ending::Broken(failure)) => return Err(broken_off(failure)),
                _ => return Err(closed()),
            }
        }
        Ok(messages)
    }

    fn start<'py>(&mut self, py: Python<'py>, mut head: Head) -> PyResult<Bound<'py, PyDict>> {
        self.promised = head.trailers && self.takes_trailers;
        if !self.takes_trailers {
            head.headers.remove(TRAILER);
        }
        let message = message(py, intern!(py, "http.response.start"))?;
        message.set_item(intern!(py, "status"), head.status.as_u16())?;
        message.set_item(intern!(py, "headers"), pairs(py, &head.headers)?)?;
        if self.promised {
            message.set_item(intern!(py, "trailers"), true)?;
        }
        Ok(message)
    }

    fn body<'py>(&mut self, py: Python<'py>, more: bool) -> PyResult<Bound<'py, PyDict>> {
        let (data, size) = (std::mem::take(&mut self.data), std::mem::take(&mut self.size));
        let body = PyBytes::new_with(py, size, |mut room| {
            for part in &data {
                let (place, rest) = room.split_at_mut(part.len());
                place.copy_from_slice(part);
                room = rest;
            }
            Ok(())
        })?;
        let message = message(py, intern!(py, "http.response.body"))?;
        message.set_item(intern!(py, "body"), body)?;
        message.set_item(intern!(py, "more_body"), more)?;
        Ok(message)
    }

    fn trailing<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let message = message(py, intern!(py, "http.response.trailers"))?;
        message.set_item(intern!(py, "headers"), pairs(py, &self.trailers)?)?;
        message.set_item(intern!(py, "more_trailers"), false)?;
        Ok(message)
    }
}

/// The messages of an answer without a body.
pub(super) fn refused(py: Python<'_>, status: StatusCode) -> PyResult<Bound<'_, PyList>> {
    let headers = HeaderMap::from_iter([(http::header::CONTENT_LENGTH, http::HeaderValue::from_static("0"))]);
    let mut messages = Messages::default();
    messages.head(Box::new(Head { status, headers, trailers: false }));
    messages.end();
    messages.take(py)
}

fn message<'py>(py: Python<'py>, kind: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyDict>> {
    let message = PyDict::new(py);
    message.set_item(intern!(py, "type"), kind)?;
    Ok(message)
}

fn pairs<'py>(py: Python<'py>, headers: &HeaderMap) -> PyResult<Bound<'py, PyList>> {
    let pair = |(name, value): (&http::HeaderName, &http::HeaderValue)| {
        PyTuple::new(py, [PyBytes::new(py, name.as_str().as_bytes()), PyBytes::new(py, value.as_bytes())])
    };
    PyList::new(py, headers.iter().map(pair).collect::<PyResult<Vec<_>>>()?)
}

fn broken_off(failure: &Failure) -> PyErr {
    raised(&Problem::new(failure.code, format!("the response broke off: {}", failure.message)).into())
}

fn closed() -> PyErr {
    raised(&Problem::new(Code::GuestNoResponse, "the app was closed before the guest had answered").into())
}
