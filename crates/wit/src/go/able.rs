//! What Go's own compiler has no bindings for yet: it is refused by name before the generator sees it.

use atoll_engine::{Code, Problem};
use std::collections::HashSet;
use wit_bindgen_core::wit_parser::{Function, FunctionKind, Resolve, Type, TypeDefKind, TypeId, WorldId, WorldItem};

const LARGEST_TUPLE: usize = 16;

/// Refuse a world that needs what there are no bindings for.
pub(super) fn check(resolve: &Resolve, world: WorldId) -> Result<(), Problem> {
    let world = &resolve.worlds[world];
    let mut seen = HashSet::new();
    for (_, item) in world.imports.iter().chain(&world.exports) {
        match item {
            WorldItem::Function(of) => function(resolve, of, &mut seen)?,
            WorldItem::Type { id, .. } => kind(resolve, *id, "the world", &mut seen)?,
            WorldItem::Interface { id, .. } => {
                let interface = &resolve.interfaces[*id];
                interface.types.values().try_for_each(|id| kind(resolve, *id, "a type", &mut seen))?;
                interface.functions.values().try_for_each(|of| function(resolve, of, &mut seen))?;
            }
        }
    }
    Ok(())
}

fn function(resolve: &Resolve, of: &Function, seen: &mut HashSet<TypeId>) -> Result<(), Problem> {
    let name = format!("function `{}`", of.name);
    match of.kind {
        FunctionKind::Freestanding | FunctionKind::Method(_) | FunctionKind::Static(_) | FunctionKind::Constructor(_) => {}
        FunctionKind::AsyncFreestanding | FunctionKind::AsyncMethod(_) | FunctionKind::AsyncStatic(_) => {
            return Err(unsupported(&name, "is async"));
        }
        _ => return Err(unsupported(&name, "is a property")),
    }
    of.parameter_and_result_types().try_for_each(|of| each(resolve, of, &name, seen))
}

fn each(resolve: &Resolve, of: Type, owner: &str, seen: &mut HashSet<TypeId>) -> Result<(), Problem> {
    match of {
        Type::Id(id) => kind(resolve, id, owner, seen),
        Type::ErrorContext => Err(unsupported(owner, "has an error context")),
        _ => Ok(()),
    }
}

fn kind(resolve: &Resolve, id: TypeId, owner: &str, seen: &mut HashSet<TypeId>) -> Result<(), Problem> {
    if !seen.insert(id) {
        return Ok(());
    }
    let at = &resolve.types[id];
    let name = at.name.as_ref().map_or_else(|| owner.to_owned(), |name| format!("type `{name}`"));
    let mut inner = |of: Type| each(resolve, of, &name, seen);
    match &at.kind {
        TypeDefKind::Future(_) => Err(unsupported(&name, "has a future")),
        TypeDefKind::Stream(_) => Err(unsupported(&name, "has a stream")),
        TypeDefKind::FixedLengthList(..) => Err(unsupported(&name, "has a list of fixed length")),
        TypeDefKind::Tuple(of) if of.types.len() > LARGEST_TUPLE => {
            Err(unsupported(&name, &format!("has a tuple of more than {LARGEST_TUPLE}")))
        }
        TypeDefKind::Tuple(of) => of.types.iter().copied().try_for_each(inner),
        TypeDefKind::Record(of) => of.fields.iter().try_for_each(|field| inner(field.ty)),
        TypeDefKind::Variant(of) => of.cases.iter().filter_map(|case| case.ty).try_for_each(inner),
        TypeDefKind::Result(of) => [of.ok, of.err].into_iter().flatten().try_for_each(inner),
        TypeDefKind::Map(key, value) => inner(*key).and_then(|()| inner(*value)),
        TypeDefKind::List(of) | TypeDefKind::Option(of) | TypeDefKind::Type(of) => inner(*of),
        _ => Ok(()),
    }
}

fn unsupported(what: &str, why: &str) -> Problem {
    Problem::new(Code::WitUnsupported, format!("{what} {why}: Go's own compiler has no bindings for that yet"))
        .hint("give Go a world without it")
}
