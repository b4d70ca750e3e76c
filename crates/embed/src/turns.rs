//! An instance whose calls take turns. The call that has its turn is polled by whoever made it.

use crate::call::Ended;
use crate::instance::{Instance, Request};
use crate::library::Library;
use atoll_capabilities::custom::{self, Value, drop_resource};
use atoll_engine::call::library::Opened;
use atoll_engine::error::Code;
use atoll_engine::meter::Usage;
use atoll_engine::observe::Failure;
use std::sync::Arc;
use tokio::sync::{Mutex, OwnedMutexGuard};
use wasmtime::component::Func;
use wasmtime::{Error, Result};

#[derive(Default)]
pub(crate) struct Turns(Arc<Mutex<Option<Seat>>>);

/// What only the call has whose turn it is.
struct Seat {
    opened: Opened,
    funcs: Vec<Option<Func>>,
}

impl Seat {
    /// The export of that number, looked up once.
    fn func(&mut self, library: &Library, export: usize) -> Result<Func> {
        if let Some(func) = self.funcs[export] {
            return Ok(func);
        }
        let func = self.opened.instance.get_func(&mut self.opened.store, &library.exports().functions[export].index);
        let func = func.ok_or_else(|| Error::msg("the instance has no such export"))?;
        self.funcs[export] = Some(func);
        Ok(func)
    }
}

impl Turns {
    pub(crate) async fn begin(&self, opened: Opened, exports: usize) {
        *self.0.lock().await = Some(Seat { opened, funcs: vec![None; exports] });
    }

    /// At once, unless it is taken: then its call ends first.
    pub(crate) fn close(&self) {
        if let Ok(mut seat) = self.0.try_lock() {
            seat.take();
        }
    }

    pub(crate) async fn call(&self, instance: &Arc<Instance>, request: Request, usage: Arc<Usage>) -> Result<Option<Value>> {
        let seat = match self.0.clone().try_lock_owned() {
            Ok(seat) => seat,
            Err(_) => self.0.clone().lock_owned().await,
        };
        let mut turn = Turn { seat, instance: instance.clone(), usage, is_well: false };
        let called = turn.call(request).await;
        match &called {
            Ok(_) => turn.well(),
            Err(error) => instance.breaks(Ended::new(error, &turn.usage)),
        }
        called
    }
}

/// An instance while one call has it. A call that does not come to its own end takes it along.
struct Turn {
    seat: OwnedMutexGuard<Option<Seat>>,
    instance: Arc<Instance>,
    usage: Arc<Usage>,
    is_well: bool,
}

impl Turn {
    async fn call(&mut self, request: Request) -> Result<Option<Value>> {
        let Some(seat) = self.seat.as_mut() else { return Err(self.instance.refusal().into()) };
        let mut held = self.instance.held();
        held.caller = request.caller;
        seat.opened.begin(self.usage.clone(), held);
        for resource in self.instance.take_dropped() {
            drop_resource(&mut seat.opened.store, resource).await?;
        }
        let library = &self.instance.library;
        let func = seat.func(library, request.export)?;
        let function = library.exports().function(request.export)?;
        custom::call(&mut seat.opened.store, func, function, request.arguments).await
    }

    /// The next call may come, unless the instance was closed meanwhile.
    fn well(&mut self) {
        self.is_well = self.instance.is_open();
        if let Some(seat) = self.seat.as_mut() {
            seat.opened.rest();
        }
    }
}

impl Drop for Turn {
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
