//! One look over a file: whether it is valid, which features it needs, what it consists of.

use super::anatomy::{Anatomy, Walk};
use crate::error::Problem;
use crate::guest::invalid;
use std::mem;
use wasmparser::types::Types;
use wasmparser::{
    Error, FuncToValidate, FuncValidatorAllocations, FunctionBody, Parser, ValidPayload, Validator, ValidatorResources,
    WasmFeatures,
};

/// What nobody asks about any more: wasm 2.0 but for its vectors, and components.
pub(super) const PLAIN: WasmFeatures = WasmFeatures::WASM2.difference(WasmFeatures::SIMD).union(WasmFeatures::COMPONENT_MODEL);

/// What a valid file turned out to be.
pub(super) struct Looked {
    pub(super) types: Types,
    pub(super) features: WasmFeatures,
    pub(super) anatomy: Anatomy,
}

/// Parse and validate `wasm` to its end, with every feature that there is. Nothing is compiled.
pub(super) fn look(wasm: &[u8]) -> Result<Looked, Problem> {
    let mut bodies = Bodies { features: PLAIN, allocations: FuncValidatorAllocations::default() };
    let mut walk = Walk::new(wasm.len());
    let types = validated(wasm, WasmFeatures::all(), |payload| match payload {
        Seen::Payload(payload) => {
            walk.see(payload);
            Ok(())
        }
        Seen::Body(func, body) => {
            walk.function(func.index, body);
            bodies.check(&func, body)
        }
    });
    let types = types.map_err(|error| invalid(&error))?;
    Ok(Looked { types, features: bodies.features | sections(wasm), anatomy: walk.anatomy() })
}

/// The types of a file that was made here.
pub(super) fn types(wasm: &[u8]) -> Result<Types, Problem> {
    validated(wasm, WasmFeatures::all(), |_| Ok(())).map_err(|error| invalid(&error))
}

enum Seen<'s, 'a> {
    Payload(&'s wasmparser::Payload<'a>),
    Body(FuncToValidate<ValidatorResources>, &'s FunctionBody<'a>),
}

/// Goes through the file, and validates everything but the bodies of functions, which `see` is handed.
fn validated<'a>(
    wasm: &'a [u8],
    features: WasmFeatures,
    mut see: impl FnMut(Seen<'_, 'a>) -> Result<(), Error>,
) -> Result<Types, Error> {
    let mut validator = Validator::new_with_features(features);
    let mut types = None;
    for payload in Parser::new(0).parse_all(wasm) {
        let payload = payload?;
        match validator.payload(&payload)? {
            ValidPayload::Func(func, body) => see(Seen::Body(func, &body))?,
            ValidPayload::End(found) => types = Some(found),
            ValidPayload::Ok | ValidPayload::Parser(_) => {}
        }
        see(Seen::Payload(&payload))?;
    }
    match types {
        Some(types) => Ok(types),
        // A file without an end is refused by the parser.
        None => validator.end(wasm.len()),
    }
}

/// Bodies are validated once, with the features that were needed so far: an error says which one is missing.
struct Bodies {
    features: WasmFeatures,
    allocations: FuncValidatorAllocations,
}

impl Bodies {
    fn check(&mut self, func: &FuncToValidate<ValidatorResources>, body: &FunctionBody<'_>) -> Result<(), Error> {
        self.features = needed(self.features, |features| {
            let FuncToValidate { resources, index, ty, .. } = func;
            let func = FuncToValidate { resources: resources.clone(), index: *index, ty: *ty, features };
            let mut validator = func.into_validator(mem::take(&mut self.allocations));
            let outcome = validator.validate(body);
            self.allocations = validator.into_allocations();
            outcome
        })?;
        Ok(())
    }
}

/// The features that a valid file needs outside of the bodies.
fn sections(wasm: &[u8]) -> WasmFeatures {
    needed(PLAIN, |features| validated(wasm, features, |_| Ok(())).map(drop)).unwrap_or(PLAIN)
}

/// `known`, and what else it takes to pass `check`; its error where no feature helps.
fn needed(known: WasmFeatures, mut check: impl FnMut(WasmFeatures) -> Result<(), Error>) -> Result<WasmFeatures, Error> {
    let mut needed = known;
    loop {
        let Err(error) = check(needed) else { return Ok(needed) };
        match error.missing_wasm_feature() {
            Some(missing) if !needed.contains(missing) => needed |= missing,
            _ => break,
        }
    }
    // Not every check says what it misses: then those count without which it fails.
    check(WasmFeatures::all())?;
    Ok(WasmFeatures::all()
        .iter()
        .filter(|one| check(WasmFeatures::all().difference(*one)).is_err())
        .fold(needed, |all, one| all | one))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn beyond(text: &str) -> WasmFeatures {
        look(&wat::parse_str(text).unwrap()).map(|looked| looked.features.difference(PLAIN)).unwrap()
    }

    #[test]
    fn plain_modules_and_components_need_nothing() {
        assert!(beyond("(module (memory 1) (func (memory.fill (i32.const 0) (i32.const 0) (i32.const 1))))").is_empty());
        assert!(beyond(r#"(component (import "a" (func (param "x" string))) (core module (func)))"#).is_empty());
    }

    #[test]
    fn bodies_and_sections_say_which_features_they_need() {
        let cases = [
            ("(module (func (drop (i32x4.splat (i32.const 1)))))", WasmFeatures::SIMD),
            ("(module (func (param v128)))", WasmFeatures::SIMD),
            ("(module (memory i64 1))", WasmFeatures::MEMORY64),
            ("(module (memory 1 1 shared))", WasmFeatures::THREADS),
            ("(module (memory 1) (memory 1))", WasmFeatures::MULTI_MEMORY),
            ("(module (func $f (return_call $f)))", WasmFeatures::TAIL_CALL),
            ("(module (tag) (func (throw 0)))", WasmFeatures::EXCEPTIONS),
            ("(module (memory 1 (pagesize 1)))", WasmFeatures::CUSTOM_PAGE_SIZES),
            (
                "(module (func (param i64) (drop (drop (i64.mul_wide_s (local.get 0) (local.get 0))))))",
                WasmFeatures::WIDE_ARITHMETIC,
            ),
            (r#"(component (import "later" (func async)))"#, WasmFeatures::CM_ASYNC),
            (r#"(component (core module (func (drop (i32x4.splat (i32.const 1))))))"#, WasmFeatures::SIMD),
        ];
        for (text, feature) in cases {
            assert_eq!(beyond(text), feature, "{text}");
        }
        assert!(beyond("(module (type (struct (field i32))))").contains(WasmFeatures::GC));
    }

    #[test]
    fn what_is_invalid_in_every_way_is_refused() {
        let body = wat::parse_str("(module (func (drop)))").unwrap();
        let section = wat::parse_str(r#"(module (func) (export "a" (func 1)))"#).unwrap();
        for wasm in [&body[..], &section, &body[..body.len() - 1], b"\0asm\x01\0\0\0\x09", b"\0asm\x07\0\0\0", b"\0asm"] {
            assert_eq!(look(wasm).err().map(|problem| problem.code), Some(crate::error::Code::GuestInvalid));
        }
    }
}
