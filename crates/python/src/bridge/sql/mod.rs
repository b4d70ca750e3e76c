//! Python objects that connect to SQL databases, their connections and streams: each is closed when nobody has it any more.

mod cells;

use super::values::{given, nothing};
use super::{Provider, Raised, failed};
use atoll_capabilities::answer::{Failure, ready};
use atoll_capabilities::postgres::Postgres;
use atoll_capabilities::sql::{Answer, Connection, Endpoint, Error, Kind, Row, RowSet, Said, Servers, Streamed, Value};
use cells::Others;
use futures::stream;
use pyo3::prelude::*;
use pyo3::types::PyTuple;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// `atoll.capabilities.mysql.Mysql`.
const MYSQL: &[&str] = &["endpoints", "open"];
/// `atoll.capabilities.postgres.Postgres`.
const POSTGRES: &[&str] = &["endpoints", "open", "check_ca_root"];
/// `atoll.capabilities.sql.Connection`.
const CONNECTION: &[&str] = &["query", "stream", "execute"];
/// `atoll.capabilities.sql.Stream`.
const STREAM: &[&str] = &["page"];

/// Addresses whose endpoints are remembered: an app has few.
const REMEMBERED: usize = 64;

pub(crate) struct PythonServers {
    provider: Provider,
    others: Others,
    endpoints: Arc<Mutex<HashMap<Arc<str>, Vec<Endpoint>>>>,
}

impl PythonServers {
    /// Its interface can pass on no more than text and bytes of a type that it has no shape for.
    pub(crate) fn mysql(factory: &Bound<'_, PyAny>) -> Self {
        Self::new(Provider::made_by(factory, MYSQL), Value::Binary)
    }

    pub(crate) fn postgres(factory: &Bound<'_, PyAny>) -> Self {
        Self::new(Provider::made_by(factory, POSTGRES), Value::Other)
    }

    fn new(provider: Provider, others: Others) -> Self {
        Self { provider, others, endpoints: Arc::default() }
    }

    fn opened(&self, address: Arc<str>, ca_root: Option<String>) -> Answer<Arc<dyn Connection>> {
        let others = self.others;
        self.provider.call(
            "open",
            move |py| match ca_root {
                Some(ca_root) => given(py, (&*address, ca_root)),
                None => given(py, (&*address,)),
            },
            move |connection| {
                let provider = Provider::of(connection, CONNECTION)?;
                Ok(Arc::new(PythonConnection { provider, others }) as Arc<dyn Connection>)
            },
        )
    }
}

impl Servers for PythonServers {
    /// They follow from the address alone, and are asked for each time that one is opened.
    fn endpoints(&self, address: Arc<str>) -> Answer<Vec<Endpoint>> {
        let known = self.endpoints.clone();
        if let Some(endpoints) = lock(&known).get(&address) {
            return ready(Ok(endpoints.clone()));
        }
        let asked = address.clone();
        self.provider.call(
            "endpoints",
            move |py| given(py, (&*asked,)),
            move |endpoints| {
                let endpoints: Vec<(String, u16)> = endpoints.extract()?;
                let endpoints: Vec<_> = endpoints.into_iter().map(|(host, port)| Endpoint { host, port }).collect();
                let mut known = lock(&known);
                if known.len() >= REMEMBERED {
                    known.clear();
                }
                known.insert(address, endpoints.clone());
                Ok(endpoints)
            },
        )
    }

    fn open(&self, address: Arc<str>) -> Answer<Arc<dyn Connection>> {
        self.opened(address, None)
    }
}

impl Postgres for PythonServers {
    fn open_trusting(&self, address: Arc<str>, ca_root: String) -> Answer<Arc<dyn Connection>> {
        self.opened(address, Some(ca_root))
    }

    fn check_ca_root(&self, ca_root: String) -> Answer<()> {
        self.provider.call("check_ca_root", move |py| given(py, (ca_root,)), nothing)
    }
}

struct PythonConnection {
    provider: Provider,
    others: Others,
}

impl Connection for PythonConnection {
    fn query(&self, statement: String, parameters: Vec<Value>, most: usize) -> Answer<RowSet> {
        let others = self.others;
        self.provider.call(
            "query",
            move |py| given(py, (statement, cells::listed(py, parameters)?, most)),
            move |found| whole(found, others),
        )
    }

    fn stream(&self, statement: String, parameters: Vec<Value>, most: usize) -> Answer<Streamed> {
        let others = self.others;
        self.provider.call(
            "stream",
            move |py| given(py, (statement, cells::listed(py, parameters)?, most)),
            move |stream| streamed(stream, others),
        )
    }

    fn execute(&self, statement: String, parameters: Vec<Value>) -> Answer<u64> {
        self.provider.call("execute", move |py| given(py, (statement, cells::listed(py, parameters)?)), |count| count.extract())
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn whole(found: &Bound<'_, PyAny>, others: Others) -> PyResult<RowSet> {
    let columns = cells::columns(&found.getattr("columns")?)?;
    let kinds: Vec<_> = columns.iter().map(|column| column.kind).collect();
    let rows = cells::rows(&found.getattr("rows")?, &kinds, others)?;
    Ok(RowSet { columns, rows })
}

fn streamed(stream: &Bound<'_, PyAny>, others: Others) -> PyResult<Streamed> {
    let columns = cells::columns(&stream.getattr("columns")?)?;
    let kinds: Arc<[Kind]> = columns.iter().map(|column| column.kind).collect();
    let provider = Provider::of(stream, STREAM)?;
    let rows = stream::try_unfold(provider, move |provider| {
        let kinds = kinds.clone();
        async move {
            let page: Answer<Vec<Row>> =
                provider.call("page", |py| Ok(PyTuple::empty(py)), move |page| cells::rows(page, &kinds, others));
            let page = page.await?;
            Ok((!page.is_empty()).then_some((page, provider)))
        }
    });
    Ok(Streamed { columns, rows: Box::pin(rows) })
}

/// A failure may have the server's own record.
impl Raised for Error {
    fn raised(error: PyErr) -> Self {
        let said = Python::attach(|py| said(&error.value(py).getattr("error").ok()?));
        let failure: Failure = failed::told(error);
        Self { said, ..Self::from(failure) }
    }
}

fn said(record: &Bound<'_, PyAny>) -> Option<Box<Said>> {
    let (as_text, severity, code, message, detail, extras) = record.extract().ok()?;
    Some(Box::new(Said { as_text, severity, code, message, detail, extras }))
}
