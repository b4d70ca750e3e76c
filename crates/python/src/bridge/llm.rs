//! A Python object that runs language models.

use super::Provider;
use super::values::given;
use atoll_capabilities::answer::Answer;
use atoll_capabilities::llm::{Llm, Params, Text, Vectors};
use pyo3::prelude::*;
use pyo3::types::PyDict;

/// `atoll.capabilities.llm.Llm`.
const METHODS: &[&str] = &["infer", "embed"];

pub(crate) struct PythonLlm(Provider);

impl PythonLlm {
    pub(crate) fn new(factory: &Bound<'_, PyAny>) -> Self {
        Self(Provider::made_by(factory, METHODS))
    }
}

impl Llm for PythonLlm {
    fn infer(&self, model: String, prompt: String, params: Option<Params>) -> Answer<Text> {
        self.0.call("infer", move |py| given(py, (model, prompt, told(py, params)?)), text)
    }

    fn embed(&self, model: String, texts: Vec<String>) -> Answer<Vectors> {
        self.0.call("embed", move |py| given(py, (model, texts)), vectors)
    }
}

fn told(py: Python<'_>, params: Option<Params>) -> PyResult<Bound<'_, PyAny>> {
    let fields = PyDict::new(py);
    if let Some(params) = params {
        fields.set_item("max_tokens", params.max_tokens)?;
        fields.set_item("repeat_penalty", written(params.repeat_penalty))?;
        fields.set_item("repeat_penalty_last_n_token_count", params.repeat_penalty_last_n_token_count)?;
        fields.set_item("temperature", written(params.temperature))?;
        fields.set_item("top_k", params.top_k)?;
        fields.set_item("top_p", written(params.top_p))?;
    }
    py.import("atoll.capabilities.llm")?.getattr("InferencingParams")?.call((), Some(&fields))
}

/// The number as it is written: 0.8 stays that, and does not become 0.800000011920929.
fn written(number: f32) -> f64 {
    number.to_string().parse().unwrap_or(f64::from(number))
}

fn text(result: &Bound<'_, PyAny>) -> PyResult<Text> {
    let usage = result.getattr("usage")?;
    Ok(Text {
        text: result.getattr("text")?.extract()?,
        read: usage.getattr("prompt_token_count")?.extract()?,
        made: usage.getattr("generated_token_count")?.extract()?,
    })
}

fn vectors(result: &Bound<'_, PyAny>) -> PyResult<Vectors> {
    Ok(Vectors {
        vectors: result.getattr("embeddings")?.extract()?,
        read: result.getattr("usage")?.getattr("prompt_token_count")?.extract()?,
    })
}
