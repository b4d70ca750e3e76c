//! A component's types as WIT, by a parser that takes some valid components for impossible.

use crate::error::{Code, Problem};
use crate::guest::invalid;
use std::cell::Cell;
use std::panic::{self, AssertUnwindSafe};
use std::sync::Once;
use wit_component::DecodedWasm;

/// The world of a component, or the packages of WIT as wasm.
pub fn decoded(bytes: &[u8]) -> Result<DecodedWasm, Problem> {
    match quietly(|| wit_component::decode(bytes)) {
        Some(decoded) => decoded.map_err(|error| invalid(&format!("{error:#}"))),
        // It has assertions of what it never saw, such as an interface that is exported as it was imported.
        None => Err(Problem::new(Code::WitInvalid, "what the component imports and exports cannot be written as WIT")
            .hint("it may run all the same; `atoll inspect` lists the names")),
    }
}

thread_local! {
    static QUIET: Cell<bool> = const { Cell::new(false) };
}

/// What `work` gives; `None` where it panics, of which nobody is told.
fn quietly<T>(work: impl FnOnce() -> T) -> Option<T> {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let before = panic::take_hook();
        panic::set_hook(Box::new(move |about| {
            if !QUIET.get() {
                before(about);
            }
        }));
    });
    QUIET.set(true);
    let done = panic::catch_unwind(AssertUnwindSafe(work)).ok();
    QUIET.set(false);
    done
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_component_that_the_parser_cannot_take_is_a_problem() {
        let handed_on = r#"(component
            (import "a:b/x@1.0.0" (instance $x (export "r" (type (sub resource)))))
            (alias export $x "r" (type $r))
            (import "a:b/y@1.0.0" (instance $y
                (alias outer 1 $r (type $s)) (export "r" (type $t (eq $s))) (export "f" (func (param "r" (own $t))))))
            (export "a:b/y@1.0.0" (instance $y)))"#;
        let problem = decoded(&wat::parse_str(handed_on).unwrap()).err().unwrap();
        assert!(problem.code == Code::WitInvalid && problem.message.contains("cannot be written as WIT"), "{problem}");
        assert!(decoded(&wat::parse_str("(component)").unwrap()).is_ok());
    }
}
