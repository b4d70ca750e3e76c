//! A recorded call, run again: whatever the guest asks of the host is answered as it was then, and nothing is asked of the world.
//!
//! The same component does the same again, to the bit. One that was built anew does so up to its first difference, which is shown.

mod link;
mod player;
mod streams;
mod values;

use crate::code::Code;
use crate::compile::Compiled;
use crate::engine::Engine;
use crate::error::{self, Problem, Problems};
use crate::guest::{self, HandlerKind};
use crate::limits::{Limits, Reuse};
use crate::meter::{Metered, Usage};
use crate::observe::Failure;
use crate::output::Silence;
use crate::recording::{Asked, Call, VERSION};
use crate::sandbox::{Handler, Purpose, Sandbox, Settings, unlinkable};
use crate::state::State;
use crate::wasi::{self, Grants};
use futures::future::{Either, select};
use link::link;
use player::{Following, Player, Shared, Stopped, lock};
use serde::Serialize;
use serde_json::Value;
use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::time::{Duration, Instant};
use wasmtime::component::{Component, Func, Instance, Type, Val};
use wasmtime::{AsContextMut, Result, Store};

pub use player::{Difference, Follow, Now, Step};

/// A call as it was recorded.
#[derive(Debug)]
pub struct Recorded {
    pub call: Call,
    asked: Vec<Asked>,
}

/// What came of it.
#[derive(Debug, Serialize)]
pub struct Replayed {
    /// Host functions that were called alike.
    pub alike: usize,
    pub of: usize,
    pub difference: Option<Difference>,
    /// Whoever followed it had enough.
    pub left: bool,
    /// It came to where the recording ends before the guest does.
    pub cut: bool,
    /// Why the guest ended badly, now.
    pub failure: Option<Failure>,
    /// What the export gave; None where it gives nothing, or did not end.
    pub gave: Option<Vec<Value>>,
}

impl Recorded {
    /// Of the lines of a recording's file.
    pub fn read(text: &str) -> Result<Self, Problem> {
        let invalid = |line: usize, why: &dyn std::fmt::Display| {
            Problem::new(error::Code::RecordingInvalid, format!("line {line} of the recording cannot be read: {why}"))
                .hint("name a file that `atoll up --record DIR` has written")
        };
        let mut lines = text.lines().enumerate().map(|(index, line)| (index + 1, line));
        let (_, first) = lines.next().ok_or_else(|| invalid(1, &"the file is empty"))?;
        let call: Call = serde_json::from_str(first).map_err(|error| invalid(1, &error))?;
        if call.recording != VERSION {
            return Err(Problem::new(
                error::Code::RecordingInvalid,
                format!("the recording is of version {}; this atoll reads version {VERSION}", call.recording),
            )
            .hint("replay it with the atoll that recorded it, or record the request again"));
        }
        let asked = lines.map(|(line, text)| serde_json::from_str(text).map_err(|error| invalid(line, &error)));
        Ok(Self { call, asked: asked.collect::<Result<_, _>>()? })
    }
}

impl Engine {
    /// Run the call again in `compiled`, for at most `patience`.
    pub fn replay(
        &self,
        compiled: &Compiled,
        recorded: Recorded,
        limits: Limits,
        patience: Duration,
        follow: Option<Follow>,
    ) -> Result<Replayed, Problems> {
        let Recorded { call, asked } = recorded;
        let player = Player::new(asked, call.is_cut(), follow);
        let Code::Component(component) = &compiled.code else { return Err(guest::not_a_handler().into()) };
        let kind = called(&self.runtime(compiled.tasks)?.wasmtime, component, call.handler)?;
        let sandbox = self.for_replay(compiled, component, &call, limits, &player)?;
        let usage = Usage::new(sandbox.limits.clone(), Some(Instant::now() + patience));
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .build()
            .map_err(|error| Problem::new(error::Code::EngineFailed, format!("no runtime for a replay: {error}")))?;
        let mut gave = None;
        let run = Box::pin(async {
            gave = Some(run(&sandbox, component, kind, &call, usage.clone(), &player).await?);
            Ok(())
        });
        let ended: Result<()> = runtime.block_on(Metered::new(run, usage.clone()));
        let mut player = lock(&player);
        let failure = ended.err().filter(|error| !error.is::<Stopped>()).map(|error| Failure::of(&error, &usage));
        player.ended();
        let difference = player.difference.clone();
        let gave = gave.filter(|gave| !gave.is_empty());
        Ok(Replayed { alike: player.at, of: player.of(), difference, left: player.is_left, cut: player.is_over, failure, gave })
    }

    fn for_replay(
        &self,
        compiled: &Compiled,
        component: &Component,
        call: &Call,
        limits: Limits,
        player: &Shared,
    ) -> Result<Arc<Sandbox>, Problems> {
        let linker = link(component, player).map_err(unlinkable)?;
        let handler = Handler::Library(linker.instantiate_pre(component).map_err(unlinkable)?);
        let settings = Settings {
            id: call.component.as_str().into(),
            purpose: Purpose::Library,
            limits,
            reuse: Reuse::default(),
            grants: Grants::default(),
        };
        Ok(Arc::new(Sandbox::new(self.runtime(compiled.tasks)?, handler, settings)))
    }
}

/// What answers the call now: a command does where one did then, or where the component is nothing else.
fn called(
    wasmtime: &wasmtime::Engine,
    component: &Component,
    then: Option<HandlerKind>,
) -> std::result::Result<HandlerKind, Problem> {
    let command = || guest::command(wasmtime, component);
    if then.is_some_and(HandlerKind::is_command) {
        return command();
    }
    guest::handler(wasmtime, component).or_else(|problem| command().map_err(|_| problem))
}

async fn run(
    sandbox: &Arc<Sandbox>,
    component: &Component,
    kind: HandlerKind,
    call: &Call,
    usage: Arc<Usage>,
    player: &Shared,
) -> Result<Vec<Value>> {
    // What a guest writes is a host function like any other: no line comes here.
    let mut store = sandbox.store(wasi::Call::logged(usage, Arc::new(Silence), call.request))?;
    let Handler::Library(pre) = &sandbox.handler else { return Ok(Vec::new()) };
    let has_tasks = matches!(kind, HandlerKind::Http03 | HandlerKind::Command03);
    if has_tasks {
        store.watch(Arc::new(Following(player.clone())));
    }
    let instance = pre.instantiate_async(&mut store).await?;
    // The guest ended before it was called.
    if call.handler.is_none() {
        return Ok(Vec::new());
    }
    let function = entry(&mut store, component, instance, kind)?;
    let ty = function.ty(&store);
    let given = |(value, (_, ty)): (&Value, (&str, Type))| values::given(value, &ty, &mut store.as_context_mut(), player);
    let params: Vec<Val> = call.with.iter().zip(ty.params()).map(given).collect::<Result<_>>()?;
    let mut results = vec![Val::Bool(false); ty.results().len()];
    if has_tasks {
        let ran: Result<()> = store
            .run_concurrent(async |accessor| {
                let called = pin!(async {
                    function.call_concurrent(accessor, &params, &mut results).await?;
                    // What it does behind its answer belongs to the call.
                    poll_fn(|cx| accessor.poll_no_interesting_tasks(cx)).await;
                    Ok(())
                });
                let cut = pin!(poll_fn(|cx| lock(player).poll_cut(cx)));
                match select(called, cut).await {
                    Either::Left((ran, _)) => ran,
                    Either::Right(((), _)) => Err(Stopped.into()),
                }
            })
            .await?;
        ran?;
    } else {
        function.call_async(&mut store, &params, &mut results).await?;
    }
    results.iter().map(|value| values::told(value, &mut store.as_context_mut(), &mut Vec::new())).collect()
}

/// The function that was called.
fn entry(store: &mut Store<State>, component: &Component, instance: Instance, kind: HandlerKind) -> Result<Func> {
    let ty = component.component_type();
    let mut exports = ty.exports(component.engine()).map(|(name, _)| name);
    let found = exports.find(|name| HandlerKind::of(name) == Some(kind));
    let found = found.and_then(|name| {
        let interface = instance.get_export_index(&mut *store, None, name)?;
        let function = instance.get_export_index(&mut *store, Some(&interface), kind.signature().0)?;
        instance.get_func(&mut *store, function)
    });
    found.ok_or_else(|| wasmtime::Error::msg("the component does not export what was called"))
}
