//! What a component imports under the name of a refusal is answered by one: an error where its type has one, nothing where it is a list
//! or an option, a trap elsewhere.
//!
//! A dependency that was not granted a capability imports it so (`atoll-compose`): parts of one composition share what they import
//! under one name, whoever was granted it.

use crate::link::Absent;
use crate::state::State;
use wasmtime::component::types::{Case, ComponentFunc};
use wasmtime::component::{LinkerInstance, Resource, ResourceAny, ResourceType, Type, Val};
use wasmtime::{AsContextMut, Error, Result, StoreContextMut};

/// Part of a namespace: `denied-wasi:cli/environment@0.2.6`.
const PREFIX: &str = "denied-";

/// Cases of errors that say best what is the matter.
const DENIALS: &[&str] =
    &["access-denied", "not-permitted", "permission-denied", "HTTP-request-denied", "destination-not-allowed", "undefined"];

/// What the others have at least.
const FAILURES: &[&str] = &["error", "other", "unknown"];

/// The name of the refusals for the import `name`.
pub fn name(import: &str) -> String {
    format!("{PREFIX}{import}")
}

/// What the import of this name would be, were it not refused.
pub fn refused(import: &str) -> Option<&str> {
    import.strip_prefix(PREFIX)
}

/// Whether this is an import that is refused, and none that somebody happened to call so.
pub(crate) fn is_one(import: &str) -> bool {
    refused(import).is_some_and(|refused| refused.contains(':'))
}

/// Answer calls of this function of the import `name`.
pub(crate) fn function(link: &mut LinkerInstance<'_, State>, import: &str, name: &str, func: &ComponentFunc) -> Result<()> {
    let interface = refused(import).unwrap_or(import);
    let why = format!("a dependency that was not granted `{interface}` called `{name}`; `inherit_configuration` grants it");
    if func.async_() {
        return link.func_new_concurrent(name, move |accessor, ty, _, results| {
            let answered = accessor.with(|mut access| answer(&ty, results, &why, access.as_context_mut()));
            Box::pin(async move { answered })
        });
    }
    link.func_new_async(name, move |mut store, ty, params, results| {
        let answered = answer(&ty, results, &why, store.as_context_mut());
        Box::new(async move {
            for resource in params.iter().filter_map(resource) {
                resource.resource_drop_async(&mut store).await?;
            }
            answered
        })
    })
}

fn resource(value: &Val) -> Option<ResourceAny> {
    if let Val::Resource(resource) = value { Some(*resource) } else { None }
}

fn answer(ty: &ComponentFunc, results: &mut [Val], why: &str, mut store: StoreContextMut<'_, State>) -> Result<()> {
    for (ty, result) in ty.results().zip(results) {
        *result = match &ty {
            // What was made says no as soon as it is asked for anything.
            Type::Own(made) if *made == ResourceType::host::<Absent>() => {
                Val::Resource(ResourceAny::try_from_resource(Resource::<Absent>::new_own(0), &mut store)?)
            }
            other => nothing(other, why).ok_or_else(|| Error::msg(why.to_owned()))?,
        };
    }
    Ok(())
}

fn nothing(ty: &Type, why: &str) -> Option<Val> {
    match ty {
        Type::List(_) => Some(Val::List(Vec::new())),
        Type::Option(_) => Some(Val::Option(None)),
        Type::Result(result) => match result.err() {
            None => Some(Val::Result(Err(None))),
            Some(error) => Some(Val::Result(Err(Some(Box::new(denial(&error, why)?))))),
        },
        _ => None,
    }
}

/// The value of this type of error that says best what is the matter.
fn denial(error: &Type, why: &str) -> Option<Val> {
    match error {
        Type::String => Some(Val::String(why.to_owned())),
        Type::Enum(cases) => {
            let named = |names: &[&str]| cases.names().find(|name| names.contains(name));
            named(DENIALS).or_else(|| named(FAILURES)).map(|name| Val::Enum(name.to_owned()))
        }
        Type::Variant(variant) => {
            let denied = variant.cases().filter(|case| DENIALS.contains(&case.name)).find_map(|case| told(&case, why));
            denied.or_else(|| {
                variant.cases().filter(|case| matches!(case.ty, Some(Type::String))).find_map(|case| told(&case, why))
            })
        }
        _ => None,
    }
}

fn told(case: &Case<'_>, why: &str) -> Option<Val> {
    let payload = match &case.ty {
        None => None,
        Some(Type::String) => Some(Box::new(Val::String(why.to_owned()))),
        Some(Type::Option(_)) => Some(Box::new(Val::Option(None))),
        Some(_) => return None,
    };
    Some(Val::Variant(case.name.to_owned(), payload))
}
