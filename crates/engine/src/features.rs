//! WebAssembly features that wasmtime has but does not yet call stable: each behind its name.

use crate::error::{Code, Problem};
use crate::runtime::Tasks;
use wasmtime::Config;

type Switch = fn(&mut Config, bool) -> &mut Config;

/// Name, switch, and whether it is part of concurrent tasks.
const FEATURES: &[(&str, Switch, Tasks)] = &[
    ("branch-hinting", Config::wasm_branch_hinting, Tasks::One),
    ("component-model-error-context", Config::wasm_component_model_error_context, Tasks::Many),
    ("component-model-fixed-length-lists", Config::wasm_component_model_fixed_length_lists, Tasks::One),
    ("component-model-map", Config::wasm_component_model_map, Tasks::One),
    ("component-model-memory64", Config::wasm_component_model_memory64, Tasks::One),
    ("component-model-more-async-builtins", Config::wasm_component_model_more_async_builtins, Tasks::Many),
    ("component-model-async-stackful", Config::wasm_component_model_async_stackful, Tasks::Many),
    ("custom-page-sizes", Config::wasm_custom_page_sizes, Tasks::One),
    ("wide-arithmetic", Config::wasm_wide_arithmetic, Tasks::One),
];

/// The names that `features` may hold.
pub fn names() -> Vec<&'static str> {
    FEATURES.iter().map(|(name, _, _)| *name).collect()
}

/// Switch on what `wanted` names, as far as guests with so many `tasks` can use it.
pub(crate) fn enable(config: &mut Config, wanted: &[String], tasks: Tasks) -> Result<(), Problem> {
    for feature in wanted {
        let Some((_, switch, needs)) = FEATURES.iter().find(|(name, _, _)| name == feature) else {
            return Err(unknown(feature));
        };
        if tasks == Tasks::Many || *needs == Tasks::One {
            switch(config, true);
        }
    }
    Ok(())
}

fn unknown(feature: &str) -> Problem {
    Problem::new(Code::FeatureUnknown, format!("the wasm feature `{feature}` is not known"))
        .hint(format!("known features: {}", names().join(", ")))
        .at("tool.atoll.features", feature)
}
