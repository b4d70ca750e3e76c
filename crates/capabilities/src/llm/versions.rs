//! The two versions of the interface, which have the same shapes.

use super::{Guest, Params, Text, Vectors};
use crate::answer::Failure;
use atoll_bindings::llm::fermyon::spin::llm as v1;
use atoll_bindings::llm::fermyon::spin2_0_0::llm as v2;

macro_rules! version {
    ($wit:ident) => {
        impl From<$wit::InferencingParams> for Params {
            fn from(params: $wit::InferencingParams) -> Self {
                Self {
                    max_tokens: params.max_tokens,
                    repeat_penalty: params.repeat_penalty,
                    repeat_penalty_last_n_token_count: params.repeat_penalty_last_n_token_count,
                    temperature: params.temperature,
                    top_k: params.top_k,
                    top_p: params.top_p,
                }
            }
        }

        impl From<Failure> for $wit::Error {
            fn from(failure: Failure) -> Self {
                match failure.case.as_str() {
                    "model-not-supported" => Self::ModelNotSupported,
                    "invalid-input" => Self::InvalidInput(failure.message),
                    _ => Self::RuntimeError(failure.message),
                }
            }
        }

        impl From<Text> for $wit::InferencingResult {
            fn from(text: Text) -> Self {
                let usage = $wit::InferencingUsage { prompt_token_count: text.read, generated_token_count: text.made };
                Self { text: text.text, usage }
            }
        }

        impl From<Vectors> for $wit::EmbeddingsResult {
            fn from(found: Vectors) -> Self {
                Self { embeddings: found.vectors, usage: $wit::EmbeddingsUsage { prompt_token_count: found.read } }
            }
        }

        impl $wit::Host for Guest<'_> {
            async fn infer(
                &mut self,
                model: String,
                prompt: String,
                params: Option<$wit::InferencingParams>,
            ) -> wasmtime::Result<Result<$wit::InferencingResult, $wit::Error>> {
                let inferred = self.0.infer(model, prompt, params.map(Into::into)).await;
                Ok(inferred.map(Into::into).map_err(Into::into))
            }

            async fn generate_embeddings(
                &mut self,
                model: String,
                texts: Vec<String>,
            ) -> wasmtime::Result<Result<$wit::EmbeddingsResult, $wit::Error>> {
                Ok(self.0.embed(model, texts).await.map(Into::into).map_err(Into::into))
            }
        }
    };
}

version!(v1);
version!(v2);
