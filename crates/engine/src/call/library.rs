//! The instance of a library: its exports are called one after the other, or several at once where its world is asynchronous.

use crate::meter::Usage;
use crate::sandbox::{Handler, Sandbox};
use crate::state::{Held, State};
use crate::ticker::Ticker;
use crate::wasi::Call;
use std::any::Any;
use std::sync::Arc;
use tokio::sync::OwnedSemaphorePermit;
use wasmtime::component::Instance;
use wasmtime::{Error, Result, Store};

/// A library's instance, and its place among those of the process.
pub struct Opened {
    pub store: Store<State>,
    /// None where the library is one of core modules.
    pub component: Option<Instance>,
    pub clock: Clock,
    _place: OwnedSemaphorePermit,
}

/// Lets the engine's epoch move while the guest may run.
#[derive(Clone)]
pub struct Clock(Arc<Ticker>);

impl Clock {
    pub fn start(&self, state: &mut State) {
        if state.ticking.is_none() {
            state.ticking = Some(self.0.tick());
        }
    }

    pub fn stop(&self, state: &mut State) {
        state.rests();
    }
}

impl Sandbox {
    /// Start an instance of a library, for `held`.
    pub async fn open(self: &Arc<Self>, call: Call, held: Held, place: OwnedSemaphorePermit) -> Result<Opened> {
        let mut store = self.store(call)?;
        store.data_mut().held = Some(held);
        let component = match &self.handler {
            Handler::Library(pre) => Some(pre.instantiate_async(&mut store).await?),
            Handler::Modules(modules) => {
                modules.start(&mut store).await?;
                None
            }
            _ => return Err(Error::msg("not a library")),
        };
        Ok(Opened { store, component, clock: Clock(self.ticker.clone()), _place: place })
    }
}

impl Opened {
    /// From now on the guest may use what `usage` says, and runs for `caller`.
    pub fn begin(&mut self, usage: Arc<Usage>, caller: Option<Arc<dyn Any + Send + Sync>>) {
        usage.follow(self.store.data().usage());
        self.share(usage);
        if let Some(held) = &mut self.store.data_mut().held {
            held.caller = caller;
        }
    }

    /// The same, where the usage is that of all calls.
    pub fn share(&mut self, usage: Arc<Usage>) {
        let state = self.store.data_mut();
        let fuel = usage.limits().fuel;
        state.charge(usage);
        self.clock.start(state);
        self.store.set_epoch_deadline(1);
        if let Some(fuel) = fuel {
            // Refused where the engine counts none.
            let _ = self.store.set_fuel(fuel);
        }
    }

    /// The call has ended well: until the next one nothing runs here, and nobody is kept.
    pub fn rest(&mut self) {
        let state = self.store.data_mut();
        self.clock.stop(state);
        if let Some(held) = &mut state.held {
            held.caller = None;
            held.look = None;
        }
    }
}
