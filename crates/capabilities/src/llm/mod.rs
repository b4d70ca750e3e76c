//! Language models: `fermyon:spin/llm` in two versions. A component may ask those that its manifest names.

mod bounds;
mod versions;

use crate::answer::{Answer, Failure};
use crate::rooms;
use crate::shown::shown;
use atoll_bindings::llm as wit;
use atoll_engine::State;
use std::collections::BTreeSet;
use std::sync::Arc;
use wasmtime::component::{HasData, Linker};

pub(crate) const INTERFACES: &[&str] = &["fermyon:spin/llm"];

/// How a text is made, where the guest says it.
#[derive(Clone, Copy, Debug)]
pub struct Params {
    pub max_tokens: u32,
    pub repeat_penalty: f32,
    pub repeat_penalty_last_n_token_count: u32,
    pub temperature: f32,
    pub top_k: u32,
    pub top_p: f32,
}

/// The generated text, and the tokens that were read and made.
pub struct Text {
    pub text: String,
    pub read: u32,
    pub made: u32,
}

/// One vector a text, and the tokens that were read.
pub struct Vectors {
    pub vectors: Vec<Vec<f32>>,
    pub read: u32,
}

/// Where models run. Whoever drops an answer ends the work for it.
pub trait Llm: Send + Sync {
    /// The text that follows the prompt. Without parameters those of the provider hold, which are Spin's.
    fn infer(&self, model: String, prompt: String, params: Option<Params>) -> Answer<Text>;

    fn embed(&self, model: String, texts: Vec<String>) -> Answer<Vectors>;
}

/// The models that one component may ask.
#[derive(Clone, Default)]
pub struct Granted {
    models: Arc<BTreeSet<String>>,
    backend: Option<Arc<dyn Llm>>,
}

impl Granted {
    pub(crate) fn new(models: &[String], backend: Option<Arc<dyn Llm>>) -> Self {
        Self { models: Arc::new(models.iter().cloned().collect()), backend }
    }

    async fn infer(&self, model: String, prompt: String, params: Option<Params>) -> Result<Text, Failure> {
        let backend = self.backend(&model)?;
        bounds::taken(std::slice::from_ref(&prompt))?;
        let text = backend.infer(model, prompt, params).await?;
        bounds::given(text.text.len()).map(|()| text)
    }

    async fn embed(&self, model: String, texts: Vec<String>) -> Result<Vectors, Failure> {
        let backend = self.backend(&model)?;
        bounds::taken(&texts)?;
        let vectors = backend.embed(model, texts).await?;
        bounds::given(vectors.vectors.iter().map(|vector| vector.len() * size_of::<f32>()).sum()).map(|()| vectors)
    }

    fn backend(&self, model: &str) -> Result<&Arc<dyn Llm>, Failure> {
        if !self.models.contains(model) {
            return Err(refused(model));
        }
        let nobody = || Failure { case: "runtime-error".into(), message: "nobody runs models here".into() };
        self.backend.as_ref().ok_or_else(nobody)
    }
}

/// In Spin's words.
fn refused(model: &str) -> Failure {
    let model = shown(model);
    let message = format!(
        "The component does not have access to use '{model}'. To give the component access, add '{model}' to the 'ai_models' key \
         for the component in your spin.toml manifest"
    );
    Failure { case: "invalid-input".into(), message }
}

/// One host call.
pub(crate) struct Guest<'a>(&'a Granted);

pub(crate) struct Room;

impl HasData for Room {
    type Data<'a> = Guest<'a>;
}

fn guest(state: &mut State) -> Guest<'_> {
    Guest(&rooms::of(state).0.llm)
}

pub(crate) fn link(linker: &mut Linker<State>, _many_tasks: bool) -> wasmtime::Result<()> {
    wit::fermyon::spin::llm::add_to_linker::<_, Room>(linker, guest)?;
    wit::fermyon::spin2_0_0::llm::add_to_linker::<_, Room>(linker, guest)
}
