//! All worlds at once: a component of any WASI version finds its imports in one linker.

use crate::error::{Code, Problem, Problems};
use crate::refusal;
use crate::rooms::{Granted, Import, Imported, Rooms};
use crate::runtime::Tasks;
use crate::sockets;
use crate::state::State;
use wasmtime::Engine;
use wasmtime::component::types::{self, ComponentInstance, ComponentItem};
use wasmtime::component::{Component, Linker, LinkerInstance, ResourceType};

/// WASI 0.2 with its HTTP, 0.3 where there may be many tasks, and the rooms; 0.2.x is matched by semantic version.
pub(crate) fn all_worlds(engine: &Engine, rooms: &Rooms, tasks: Tasks) -> wasmtime::Result<Linker<State>> {
    let mut linker = Linker::new(engine);
    wasmtime_wasi::p2::add_to_linker_async(&mut linker)?;
    wasmtime_wasi_http::p2::add_only_http_to_linker_async(&mut linker)?;
    // Streams need no WASI context: it is made later, or never.
    linker.allow_shadowing(true);
    wasmtime_wasi_io::add_to_linker_async(&mut linker)?;
    linker.allow_shadowing(false);
    if tasks == Tasks::Many {
        wasmtime_wasi::p3::add_to_linker(&mut linker)?;
        wasmtime_wasi_http::p3::add_to_linker(&mut linker)?;
    }
    sockets::link(&mut linker, tasks)?;
    (rooms.link)(&mut linker, tasks == Tasks::Many)?;
    Ok(linker)
}

/// WASI preview 1, for commands that are core modules.
pub fn preview1(engine: &Engine) -> wasmtime::Result<wasmtime::Linker<State>> {
    let mut linker = wasmtime::Linker::new(engine);
    wasmtime_wasi::p1::add_to_linker_async(&mut linker, State::preview1)?;
    Ok(linker)
}

/// Packages whose every interface (in the versions that exist) is linked.
const PROVIDED: &[&str] = &["wasi:cli", "wasi:clocks", "wasi:filesystem", "wasi:http", "wasi:io", "wasi:random", "wasi:sockets"];

/// Packages that SDKs import whether their user calls them or not: the import links, and a call of it traps with its name.
const OPTIONAL: &[&str] = &["fermyon:spin", "spin", "wasi:config", "wasi:keyvalue", "wasi:otel"];

/// The linker for `component`: the shared one, with what only this component was granted, and with traps where an SDK imports what
/// nobody provides.
pub fn for_component(
    shared: &Linker<State>,
    rooms: &Rooms,
    granted: Option<&Granted>,
    component: &Component,
) -> Result<Linker<State>, Problems> {
    let engine = shared.engine();
    let mut linker = shared.clone();
    let mut problems = Problems::default();
    let mut open = Vec::new();
    let wanted = component.component_type();
    for (name, item) in wanted.imports(engine) {
        match item.ty {
            _ if is_provided(rooms, name) && !granted.is_some_and(|granted| (rooms.is_granted)(granted, name)) => {}
            ComponentItem::Type(_) | ComponentItem::Resource(_) => {}
            ComponentItem::ComponentInstance(instance) => open.push((name, Imported::Interface(instance))),
            ComponentItem::ComponentFunc(function) => open.push((name, Imported::Function(function))),
            _ => problems.0.push(unknown(name, "nobody provides it")),
        }
    }
    let open: Vec<Import<'_>> = open.into_iter().map(|(name, item)| Import { name, item, world: &wanted }).collect();
    // Somebody who was granted answers in the host's own place.
    linker.allow_shadowing(true);
    let linked = granted.map(|granted| (rooms.link_granted)(&mut linker, granted, &open, &mut problems)).unwrap_or_default();
    linker.allow_shadowing(false);
    for Import { name, item, .. } in open.iter().filter(|import| !linked.contains(&import.name)) {
        match item {
            Imported::Interface(instance) if is_stood_in_for(engine, name, instance) => {
                if let Err(error) = stand_in(&mut linker, &wanted, name, instance) {
                    problems.0.push(unknown(name, &format!("{error:#}")));
                }
            }
            _ => problems.0.push(unknown(name, "nobody provides it")),
        }
    }
    problems.into_result().map(|()| linker)
}

/// The linker for a component of which only the imports matter: whatever this host does not answer traps.
#[cfg(feature = "compiler")]
pub(crate) fn with_traps(shared: &Linker<State>, rooms: &Rooms, component: &Component) -> wasmtime::Result<Linker<State>> {
    let (engine, mut linker, wanted) = (shared.engine(), shared.clone(), component.component_type());
    for (name, item) in wanted.imports(engine).filter(|(name, _)| !is_provided(rooms, name)) {
        match item.ty {
            ComponentItem::ComponentInstance(instance) => stand_in(&mut linker, &wanted, name, &instance)?,
            ComponentItem::ComponentFunc(func) => trap(&mut linker.root(), name, name, func.async_())?,
            _ => {}
        }
    }
    Ok(linker)
}

/// Whether this host answers the import, if its version and its types are right.
pub(crate) fn is_provided(rooms: &Rooms, import: &str) -> bool {
    is_wasi(import) || rooms.answer(import)
}

/// Whether the name is of a package that carries WASI's own version.
pub(crate) fn is_wasi(name: &str) -> bool {
    PROVIDED.contains(&package(name))
}

/// Whether a component can have this interface without anybody who answers it.
fn is_stood_in_for(engine: &Engine, name: &str, instance: &ComponentInstance) -> bool {
    refusal::is_one(name) || is_optional(name) || has_types_only(engine, instance)
}

fn has_types_only(engine: &Engine, instance: &ComponentInstance) -> bool {
    instance.exports(engine).all(|(_, item)| matches!(item.ty, ComponentItem::Type(_)))
}

pub(crate) fn is_optional(import: &str) -> bool {
    let package = package(import);
    OPTIONAL.iter().any(|known| package == *known || package.split(':').next() == Some(*known))
}

/// Whether the linker has this resource or function of an interface: it takes no second one of the same name.
pub(crate) fn has(linker: &Linker<State>, interface: &str, item: &str) -> bool {
    let mut linker = linker.clone();
    linker.instance(interface).is_ok_and(|mut link| link.func_wrap(item, |_, (): ()| Ok(())).is_err())
}

fn unknown(name: &str, why: &str) -> Problem {
    Problem::new(Code::GuestImportUnknown, format!("the component imports `{name}`: {why}"))
        .hint(format!(
            "build it against one of: {}; or name a Python object that answers it in [application.tool.atoll.imports]",
            PROVIDED.join(", ")
        ))
        .at("source", name)
}

/// `wasi:http/types@0.2.0` → `wasi:http`.
fn package(import: &str) -> &str {
    import.split(['/', '@']).next().unwrap_or(import)
}

/// Whatever is called of this interface is refused, or traps.
fn stand_in(
    linker: &mut Linker<State>,
    world: &types::Component,
    name: &str,
    instance: &ComponentInstance,
) -> wasmtime::Result<()> {
    let engine = linker.engine().clone();
    let known = resources_before(&engine, world, name);
    let mut link = linker.instance(name)?;
    for (item_name, item) in instance.exports(&engine) {
        match item.ty {
            ComponentItem::ComponentFunc(func) if refusal::is_one(name) => refusal::function(&mut link, name, item_name, &func)?,
            ComponentItem::ComponentFunc(func) => trap(&mut link, name, item_name, func.async_())?,
            // Another interface's own, under a name of this one.
            ComponentItem::Resource(ty) if known.contains(&ty) => {}
            ComponentItem::Resource(_) => link.resource(item_name, ResourceType::host::<Absent>(), |_, _| Ok(()))?,
            _ => {}
        }
    }
    Ok(())
}

/// The resources that are there already where the import of this name stands.
fn resources_before(engine: &Engine, world: &types::Component, name: &str) -> Vec<ResourceType> {
    let mut known = Vec::new();
    for (_, item) in world.imports(engine).take_while(|(import, _)| *import != name) {
        match item.ty {
            ComponentItem::Resource(ty) => known.push(ty),
            ComponentItem::ComponentInstance(instance) => known.extend(
                instance.exports(engine).filter_map(
                    |(_, item)| {
                        if let ComponentItem::Resource(ty) = item.ty { Some(ty) } else { None }
                    },
                ),
            ),
            _ => {}
        }
    }
    known
}

/// A resource of an interface that is not provided: there is nothing behind it.
pub(crate) struct Absent;

fn trap(link: &mut LinkerInstance<'_, State>, interface: &str, func: &str, is_async: bool) -> wasmtime::Result<()> {
    let refusal = format!("`{interface}` is not provided here, so `{func}` cannot be called");
    if is_async {
        return link.func_new_concurrent(func, move |_, _, _, _| {
            let refusal = refusal.clone();
            Box::pin(async move { Err(wasmtime::Error::msg(refusal)) })
        });
    }
    link.func_new(func, move |_, _, _, _| Err(wasmtime::Error::msg(refusal.clone())))
}
