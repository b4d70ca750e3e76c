//! The Python classes that stand for types: each made once for all that share it.

use super::{Case, Crossing, Field, Item, Outcome};
use atoll_capabilities::custom::Shape;
use pyo3::exceptions::PyReferenceError;
use pyo3::prelude::*;
use pyo3::types::{PyString, PyWeakrefMethods, PyWeakrefReference};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// What makes the classes, and those that were made.
pub(crate) struct Classes {
    /// Has `record`, `variant`, `enumeration` and `flags` as `atoll.capabilities.custom.types` has them; `resource` where guests have
    /// resources of their own. Whoever has the types keeps it: it keeps what uses them in turn.
    factory: Py<PyWeakrefReference>,
    made: Mutex<HashMap<String, Py<PyAny>>>,
}

impl Classes {
    /// Of nobody else's.
    pub(crate) fn own(py: Python<'_>) -> PyResult<Self> {
        Self::by(py.import("atoll.capabilities.custom.types")?.as_any())
    }

    pub(crate) fn by(factory: &Bound<'_, PyAny>) -> PyResult<Self> {
        Ok(Self { factory: PyWeakrefReference::new(factory)?.unbind(), made: Mutex::default() })
    }

    pub(crate) fn factory<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.factory.bind(py).upgrade().ok_or_else(|| PyReferenceError::new_err("the plugin is gone"))
    }

    /// How values of this type cross.
    pub(crate) fn crossing(&self, py: Python<'_>, shape: &Shape) -> PyResult<Crossing> {
        let boxed = |shape: &Shape| self.crossing(py, shape).map(Box::new);
        Ok(match shape {
            Shape::Bytes => Crossing::Bytes,
            Shape::List(each) => Crossing::List(boxed(each)?),
            Shape::Tuple(shapes) => Crossing::Tuple(shapes.iter().map(|each| self.crossing(py, each)).collect::<PyResult<_>>()?),
            Shape::Record(name, fields) => {
                let names: Vec<_> = fields.iter().map(|(field, _)| field.as_str()).collect();
                let class = self.class(py, shape, "record", (name, names))?;
                let fields = fields.iter().map(|(name, shape)| self.field(py, name, shape));
                Crossing::Record(class.unbind(), fields.collect::<PyResult<_>>()?)
            }
            Shape::Variant(name, cases) => {
                let names: Vec<_> = cases.iter().map(|(case, payload)| (case.as_str(), payload.is_some())).collect();
                let classes = self.class(py, shape, "variant", (name, names))?.extract::<Vec<Py<PyAny>>>()?;
                let cases = cases.iter().zip(classes).map(|((name, payload), class)| {
                    let payload = payload.as_ref().map(|payload| self.crossing(py, payload)).transpose()?;
                    Ok(Case { name: name.clone(), class, payload })
                });
                Crossing::Variant(cases.collect::<PyResult<_>>()?)
            }
            Shape::Enum(name, names) => {
                let members = self.class(py, shape, "enumeration", (name, names))?.extract::<Vec<Py<PyAny>>>()?;
                Crossing::Enum(names.iter().cloned().zip(members).collect())
            }
            Shape::Flags(name, names) => Crossing::Flags(self.class(py, shape, "flags", (name, names))?.unbind(), names.clone()),
            Shape::Option(some) if matches!(**some, Shape::Option(_)) => Crossing::Nested(wrapper(py, "Some")?, boxed(some)?),
            Shape::Option(some) => Crossing::Option(boxed(some)?),
            Shape::Result(ok, err) => Crossing::Result(Box::new(self.outcome(py, ok, err)?)),
            Shape::Resource(name, _) => Crossing::Resource(self.host_class(py, name)?),
            Shape::Handle(_, number, _) => {
                let class = self.factory(py)?.call_method1("resource", (*number,))?;
                Crossing::Handle(PyWeakrefReference::new(&class)?.unbind())
            }
            Shape::Stream(of) => Crossing::Stream(self.item(py, of)?, self.factory.clone_ref(py)),
            Shape::Future(of) => Crossing::Future(self.item(py, of)?, self.factory.clone_ref(py)),
            plain => Crossing::Plain(plain.clone()),
        })
    }

    /// The class of a resource of the host, where it is known.
    fn host_class(&self, py: Python<'_>, name: &str) -> PyResult<Option<Py<PyAny>>> {
        let factory = self.factory(py)?;
        if !factory.hasattr("host_resource")? {
            return Ok(None);
        }
        let class = factory.call_method1("host_resource", (name,))?;
        Ok((!class.is_none()).then(|| class.unbind()))
    }

    fn field(&self, py: Python<'_>, name: &str, shape: &Shape) -> PyResult<Field> {
        let attribute = self.factory(py)?.call_method1("attribute", (name,))?.cast_into::<PyString>()?;
        let shown = attribute.to_string();
        Ok(Field { name: name.to_owned(), attribute: attribute.unbind(), shown, crossing: self.crossing(py, shape)? })
    }

    fn outcome(&self, py: Python<'_>, ok: &Option<Arc<Shape>>, err: &Option<Arc<Shape>>) -> PyResult<Outcome> {
        let part = |of: &Option<Arc<Shape>>| of.as_ref().map(|of| self.crossing(py, of)).transpose();
        Ok(Outcome {
            ok: part(ok)?,
            err: part(err)?,
            ok_class: wrapper(py, "Ok")?,
            err_class: wrapper(py, "Err")?,
            raised: wrapper(py, "WitError")?,
        })
    }

    fn item(&self, py: Python<'_>, of: &Option<Arc<Shape>>) -> PyResult<Item> {
        of.as_ref().map(|of| self.crossing(py, of).map(Arc::new)).transpose()
    }

    fn class<'py, A>(&self, py: Python<'py>, shape: &Shape, kind: &str, parts: A) -> PyResult<Bound<'py, PyAny>>
    where
        A: pyo3::call::PyCallArgs<'py>,
    {
        let key = format!("{shape:?}");
        let known =
            |key: &str| self.made.lock().unwrap_or_else(PoisonError::into_inner).get(key).map(|class| class.clone_ref(py));
        if let Some(class) = known(&key) {
            return Ok(class.into_bound(py));
        }
        let made = self.factory(py)?.call_method1(kind, parts)?;
        let mut all = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(all.entry(key).or_insert_with(|| made.unbind()).bind(py).clone())
    }
}

fn wrapper(py: Python<'_>, name: &str) -> PyResult<Py<PyAny>> {
    Ok(py.import("atoll.capabilities.custom.values")?.getattr(name)?.unbind())
}
