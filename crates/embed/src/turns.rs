//! An instance whose calls take turns. The call that has its turn is polled by whoever made it.

use crate::call::{Ended, Refused};
use crate::instance::{Instance, Request, What, interrupted};
use crate::library::Library;
use crate::seat::{Seat, Taken};
use crate::stop::unless;
use atoll_capabilities::custom::{self, Ask, Returns, Value, drop_resource};
use atoll_engine::call::library::Opened;
use atoll_engine::error::Code;
use atoll_engine::meter::Usage;
use atoll_engine::observe::Failure;
use atoll_engine::stack;
use atoll_engine::state::Look;
use std::pin::pin;
use std::sync::Arc;
use wasmtime::component::Func;
use wasmtime::{Error, Result};

#[derive(Default)]
pub(crate) struct Turns(Seat<Inside>);

/// What only the call has whose turn it is.
struct Inside {
    opened: Opened,
    funcs: Vec<Option<Func>>,
}

impl Inside {
    async fn call(
        &mut self,
        library: &Library,
        export: usize,
        arguments: Vec<Value>,
        look: Option<Arc<dyn Look>>,
    ) -> Result<Option<Value>> {
        let function = library.exports().function(export)?;
        if self.opened.component.is_none() {
            let ask = Ask::Call { function: function.name.clone(), arguments, returns: Returns::Values };
            return self.ask("", ask).await.map(Some);
        }
        let func = self.func(library, export)?;
        let look = look.filter(|_| library.asks_nothing && stack::is_enough());
        if look.is_some()
            && let Some(held) = self.opened.store.data_mut().held_mut()
        {
            held.look = look;
            return custom::call_here(&mut self.opened.store, func, function, arguments);
        }
        custom::call(&mut self.opened.store, func, function, arguments).await
    }

    async fn ask(&mut self, module: &str, ask: Ask) -> Result<Value> {
        let store = &mut self.opened.store;
        let module = store.data().module(module).ok_or_else(|| Error::msg(format!("there is no module `{module}`")))?;
        custom::perform(store, |store, name| module.get_export(store, name), ask).await
    }

    /// The export of that number, looked up once.
    fn func(&mut self, library: &Library, export: usize) -> Result<Func> {
        if let Some(func) = self.funcs[export] {
            return Ok(func);
        }
        let missing = || Error::msg("the instance has no such export");
        let index = library.exports().functions[export].index.as_ref().ok_or_else(missing)?;
        let component = self.opened.component.ok_or_else(missing)?;
        let func = component.get_func(&mut self.opened.store, index).ok_or_else(missing)?;
        self.funcs[export] = Some(func);
        Ok(func)
    }
}

impl Turns {
    pub(crate) async fn begin(&self, opened: Opened, exports: usize) {
        *self.0.take().await = Some(Inside { opened, funcs: vec![None; exports] });
    }

    /// Whether a call has its turn.
    pub(crate) fn is_busy(&self) -> bool {
        self.0.is_taken()
    }

    /// At once, unless it is taken: then its call ends first.
    pub(crate) fn close(&self, instance: &Instance) {
        if let Some(inside) = self.0.close() {
            instance.cut();
            drop(inside);
        }
    }

    pub(crate) async fn call(&self, instance: &Arc<Instance>, request: Request, usage: Arc<Usage>) -> Result<Option<Value>> {
        let mut turn = Turn { seat: self.0.take().await, instance, usage, is_well: false };
        let called = unless(&instance.stop, pin!(turn.call(request))).await;
        let called = called.unwrap_or_else(|| Err(Refused(Ended::of(interrupted())).into()));
        match &called {
            Ok(_) => turn.well(),
            Err(error) => instance.breaks(Ended::new(error, &turn.usage)),
        }
        called
    }
}

/// An instance while one call has it. A call that does not come to its own end takes it along.
struct Turn<'a> {
    seat: Taken<'a, Inside>,
    instance: &'a Arc<Instance>,
    usage: Arc<Usage>,
    is_well: bool,
}

impl Turn<'_> {
    async fn call(&mut self, request: Request) -> Result<Option<Value>> {
        let Some(seat) = self.seat.as_mut() else { return Err(self.instance.refusal().into()) };
        seat.opened.begin(self.usage.clone(), request.caller);
        for resource in self.instance.take_dropped() {
            drop_resource(&mut seat.opened.store, resource).await?;
        }
        match request.what {
            What::Call(export, arguments) => seat.call(&self.instance.library, export, arguments, request.look).await,
            What::Ask(module, ask) => seat.ask(&module, ask).await.map(Some),
        }
    }

    /// The next call may come, unless the instance was closed meanwhile.
    fn well(&mut self) {
        self.is_well = self.instance.is_open();
        if let Some(seat) = self.seat.as_mut() {
            seat.opened.rest();
        }
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        if self.is_well {
            return;
        }
        let failure = match self.usage.exceeded() {
            Some(limit) => Failure::exceeded(limit, &self.usage),
            None => Failure::new(Code::InstanceEnded, "the instance has ended: a call of it was cancelled"),
        };
        self.instance.breaks(Ended::of(failure));
        self.seat.take();
    }
}
