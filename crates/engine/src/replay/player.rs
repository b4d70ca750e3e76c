//! Answers a guest as the recording says, as long as it asks what it asked then.

use super::values;
use crate::frames::{Frame, frames};
use crate::recording::Asked;
use crate::state::State;
use serde::Serialize;
use serde_json::Value;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use wasmtime::component::types::{ComponentFunc, ComponentItem};
use wasmtime::component::{Component, Linker, LinkerInstance, Val};
use wasmtime::{Error, Result, StoreContextMut, WasmBacktrace};

/// A host function that the guest has called, for whoever follows it.
#[derive(Debug, Serialize)]
pub struct Step<'a> {
    /// From 1.
    pub number: usize,
    pub of: usize,
    pub asked: &'a Asked,
    /// Where the guest stands.
    pub stack: Vec<Frame>,
}

/// Told of each step, before the guest goes on; false ends it there.
pub type Follow = Box<dyn FnMut(&Step<'_>) -> bool + Send>;

/// What the guest does otherwise than when it was recorded.
#[derive(Clone, Debug, Serialize)]
pub struct Difference {
    /// From 1.
    pub number: usize,
    /// None where nothing more was recorded.
    pub recorded: Option<Asked>,
    /// What it asks now; None where it has ended.
    pub now: Option<Now>,
    /// Where it stands.
    pub stack: Vec<Frame>,
}

#[derive(Clone, Debug, Serialize)]
pub struct Now {
    pub interface: String,
    pub function: String,
    pub with: Vec<Value>,
}

/// What is left to be answered.
pub(super) struct Player {
    asked: Vec<Asked>,
    pub(super) at: usize,
    pub(super) difference: Option<Difference>,
    /// Whoever follows has had enough.
    pub(super) is_left: bool,
    /// The call was cut off when it was recorded: the guest may ask for more.
    is_cut: bool,
    /// It does.
    pub(super) is_over: bool,
    follow: Option<Follow>,
}

pub(super) type Shared = Arc<Mutex<Player>>;

pub(super) fn lock(player: &Shared) -> MutexGuard<'_, Player> {
    player.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Player {
    pub(super) fn new(asked: Vec<Asked>, is_cut: bool, follow: Option<Follow>) -> Shared {
        Arc::new(Mutex::new(Self { asked, at: 0, difference: None, is_left: false, is_cut, is_over: false, follow }))
    }

    pub(super) fn of(&self) -> usize {
        self.asked.len()
    }

    /// The guest has ended: what it has not asked is a difference, too.
    pub(super) fn ended(&mut self) {
        if self.difference.is_none()
            && !self.is_left
            && let Some(asked) = self.asked.get(self.at)
        {
            let recorded = Some(asked.clone());
            self.difference = Some(Difference { number: self.at + 1, recorded, now: None, stack: Vec::new() });
        }
    }

    /// What was answered to this call; an error where there is none, which ends the guest.
    fn answer(&mut self, now: Now, stack: impl Fn() -> Vec<Frame>) -> Result<Vec<Value>> {
        let Self { asked, at, difference, is_left, is_cut, is_over, follow } = self;
        if *is_cut && *at == asked.len() {
            *is_over = true;
            return Err(Stopped.into());
        }
        let (number, of) = (*at + 1, asked.len());
        let recorded = asked.get(*at).filter(|asked| is_same(asked, &now));
        let Some(recorded) = recorded else {
            let recorded = asked.get(*at).cloned();
            *difference = Some(Difference { number, recorded, now: Some(now), stack: stack() });
            return Err(Stopped.into());
        };
        *at += 1;
        if let Some(follow) = follow
            && !follow(&Step { number, of, asked: recorded, stack: stack() })
        {
            *is_left = true;
            return Err(Stopped.into());
        }
        recorded.gave.clone().ok_or_else(|| Error::msg(format!("`{}` ended the guest when it was recorded", recorded.function)))
    }
}

/// What is not a version of the same interface is another one; the guest that was built anew may import a newer one.
fn is_same(recorded: &Asked, now: &Now) -> bool {
    let without_version = |name: &str| name.split('@').next().unwrap_or_default().to_owned();
    without_version(&recorded.interface) == without_version(&now.interface)
        && recorded.function == now.function
        && recorded.with == now.with
}

/// Ends a guest whose replay has come to its end.
#[derive(Debug)]
pub(super) struct Stopped;

impl fmt::Display for Stopped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the replay has ended")
    }
}

impl std::error::Error for Stopped {}

/// A linker whose every function is answered by `player`.
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

fn answered(
    link: &mut LinkerInstance<'_, State>,
    interface: &str,
    function: &str,
    ty: &ComponentFunc,
    player: &Shared,
) -> Result<()> {
    if ty.async_() {
        let refusal = format!("`{function}` is asynchronous: its calls are not recorded");
        return link.func_new_concurrent(function, move |_, _, _, _| {
            let refusal = refusal.clone();
            Box::pin(async move { Err(Error::msg(refusal)) })
        });
    }
    let (interface, name, player) = (interface.to_owned(), function.to_owned(), player.clone());
    link.func_new(function, move |mut store, ty, params, results| {
        let with = params.iter().map(|value| values::told(value, &mut store)).collect::<Result<_>>()?;
        let now = Now { interface: interface.clone(), function: name.clone(), with };
        let gave = lock(&player).answer(now, || standing(&store))?;
        give(&gave, &ty, results, store)
    })
}

fn standing(store: &StoreContextMut<'_, State>) -> Vec<Frame> {
    frames(&WasmBacktrace::force_capture(store))
}

fn give(gave: &[Value], ty: &ComponentFunc, results: &mut [Val], mut store: StoreContextMut<'_, State>) -> Result<()> {
    if gave.len() != results.len() {
        return Err(Error::msg("the recording has another number of results"));
    }
    for ((value, ty), result) in gave.iter().zip(ty.results()).zip(results) {
        *result = values::given(value, &ty, &mut store)?;
    }
    Ok(())
}
