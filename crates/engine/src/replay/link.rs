//! A linker whose every function is answered by a player.

use super::player::{Now, Shared, lock};
use super::streams;
use super::values;
use crate::frames::{Frame, frames};
use crate::state::State;
use serde_json::Value;
use std::future::poll_fn;
use std::task::Poll;
use wasmtime::component::types::{ComponentFunc, ComponentItem};
use wasmtime::component::{Component, Linker, LinkerInstance, Val};
use wasmtime::{AsContextMut, Error, Result, StoreContextMut, WasmBacktrace};

pub(super) fn link(component: &Component, player: &Shared) -> Result<Linker<State>> {
    let engine = component.engine();
    let mut linker = Linker::new(engine);
    for (name, item) in component.component_type().imports(engine) {
        match item.ty {
            ComponentItem::ComponentInstance(instance) => {
                let mut link = linker.instance(name)?;
                for (item_name, item) in instance.exports(engine) {
                    match item.ty {
                        ComponentItem::ComponentFunc(ty) => answered(&mut link, name, item_name, &ty, player)?,
                        ComponentItem::Resource(_) => link.resource(item_name, values::resource_type(), |_, _| Ok(()))?,
                        _ => {}
                    }
                }
            }
            ComponentItem::ComponentFunc(ty) => answered(&mut linker.root(), "", name, &ty, player)?,
            ComponentItem::Resource(_) => linker.root().resource(name, values::resource_type(), |_, _| Ok(()))?,
            _ => {}
        }
    }
    Ok(linker)
}

/// One function.
#[derive(Clone)]
struct Function {
    interface: String,
    name: String,
    player: Shared,
}

fn answered(
    link: &mut LinkerInstance<'_, State>,
    interface: &str,
    name: &str,
    ty: &ComponentFunc,
    player: &Shared,
) -> Result<()> {
    let function = Function { interface: interface.to_owned(), name: name.to_owned(), player: player.clone() };
    if !ty.async_() {
        return link.func_new(name, move |mut store, ty, params, results| {
            let place = function.asked(params, &mut store)?;
            let gave = lock(&function.player).gave(place)?;
            function.give(&gave, &ty, results, &mut store)
        });
    }
    link.func_new_concurrent(name, move |accessor, ty, params, results| {
        let function = function.clone();
        Box::pin(async move {
            let place = accessor.with(|mut access| function.asked(params, &mut access.as_context_mut()))?;
            let came = poll_fn(|cx| match lock(&function.player).results(place, cx) {
                Some(gave) => Poll::Ready(gave),
                None => Poll::Pending,
            });
            let gave = came.await?;
            accessor.with(|mut access| function.give(&gave, &ty, results, &mut access.as_context_mut()))
        })
    })
}

impl Function {
    /// The guest calls it: the place of that in the recording.
    fn asked(&self, params: &[Val], store: &mut StoreContextMut<'_, State>) -> Result<usize> {
        let mut ends = Vec::new();
        let with = params.iter().map(|value| values::told(value, store, &mut ends)).collect::<Result<_>>()?;
        let now = Now { interface: self.interface.clone(), function: self.name.clone(), with };
        let mut player = lock(&self.player);
        let place = player.asks(now, || standing(store))?;
        let handles = if ends.is_empty() { Vec::new() } else { streams::handles(&player.recorded(place).with) };
        player.goes_on(place);
        drop(player);
        streams::take(ends.into_iter().zip(handles), store, &self.player)?;
        Ok(place)
    }

    fn give(
        &self,
        gave: &[Value],
        ty: &ComponentFunc,
        results: &mut [Val],
        store: &mut StoreContextMut<'_, State>,
    ) -> Result<()> {
        if gave.len() != results.len() {
            return Err(Error::msg("the recording has another number of results"));
        }
        for ((value, ty), result) in gave.iter().zip(ty.results()).zip(results) {
            *result = values::given(value, &ty, store, &self.player)?;
        }
        Ok(())
    }
}

fn standing(store: &StoreContextMut<'_, State>) -> Vec<Frame> {
    frames(&WasmBacktrace::force_capture(store))
}
