//! Language models, in both versions.
use crate::query::Query;
use crate::{Outcome, told};
use fermyon::spin::llm as v1;
use fermyon::spin2_0_0::llm as v2;

wit_bindgen::generate!({
    path: ["../../wit/spin/deps/spin@unversioned", "../../wit/spin/deps/spin@2.0.0"],
    generate_all,
    inline: "
        package atoll:guests;
        world models {
            import fermyon:spin/llm;
            import fermyon:spin/llm@2.0.0;
        }
    ",
});

macro_rules! version {
    ($name:ident, $wit:ident) => {
        /// The body is the prompt, or texts line by line; without `tokens` no parameters are named.
        fn $name(what: &str, query: &Query, body: &str) -> Outcome {
            let model = query.text("model");
            let params = (query.number("tokens", 0) > 0).then(|| $wit::InferencingParams {
                max_tokens: query.number("tokens", 0) as u32,
                repeat_penalty: 1.5,
                repeat_penalty_last_n_token_count: 7,
                temperature: 0.0,
                top_k: 3,
                top_p: 0.7,
            });
            match what {
                "infer" => told($wit::infer(&model, body, params).map(|result| {
                    let usage = result.usage;
                    format!("{} {} {}", usage.prompt_token_count, usage.generated_token_count, result.text)
                })),
                "embed" => {
                    let texts: Vec<String> = body.lines().map(Into::into).collect();
                    told($wit::generate_embeddings(&model, &texts).map(|result| {
                        format!("{} {:?}", result.usage.prompt_token_count, result.embeddings)
                    }))
                }
                _ => Err(format!("there is no {what}")),
            }
        }
    };
}

version!(first, v1);
version!(second, v2);

pub fn done(version: &str, what: &str, query: &Query, body: Vec<u8>) -> Outcome {
    let mut text = String::from_utf8(body).map_err(|error| error.to_string())?;
    if query.number("bytes", 0) > 0 {
        text = "x".repeat(query.number("bytes", 0) as usize);
    }
    match version {
        "v1" => first(what, query, &text),
        "v2" => second(what, query, &text),
        _ => Err(format!("there is no version {version}")),
    }
}
