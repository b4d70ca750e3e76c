//! How long the host takes for what guests ask: the spans that generated bindings open around each host function, timed.

use super::{Asked, Profile};
use slab::Slab;
use std::cell::RefCell;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Instant;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

thread_local! {
    /// The profile of the guest that this thread runs.
    static ATTENDED: RefCell<Option<Arc<Profile>>> = const { RefCell::new(None) };
}

/// Until it is dropped, what this thread asks of the host counts for a profile.
pub(crate) struct Attending(Option<Arc<Profile>>);

impl Attending {
    pub(crate) fn to(profile: &Arc<Profile>) -> Self {
        Self(ATTENDED.replace(Some(profile.clone())))
    }
}

impl Drop for Attending {
    fn drop(&mut self) {
        ATTENDED.replace(self.0.take());
    }
}

/// Hear of host functions from now on. Before the first profile nobody does, and a span costs a look at a number.
pub(super) fn listen() {
    static LISTENING: OnceLock<()> = OnceLock::new();
    // A program that this library is part of may listen itself: then the host's functions are not in the profile.
    LISTENING.get_or_init(|| drop(tracing::subscriber::set_global_default(Timing::default())));
}

/// The host functions that run.
#[derive(Default)]
struct Timing(Mutex<Slab<Running>>);

struct Running {
    profile: Arc<Profile>,
    asked: Asked,
    began: Instant,
    /// Whoever holds the span.
    held: usize,
}

/// The number of spans that nobody wants to know of.
const UNWANTED: u64 = u64::MAX;

impl Timing {
    fn running(&self) -> MutexGuard<'_, Slab<Running>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn key(id: &Id) -> Option<usize> {
        usize::try_from(id.into_u64() - 1).ok().filter(|_| id.into_u64() != UNWANTED)
    }
}

impl Subscriber for Timing {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.is_span() && metadata.fields().field("function").is_some()
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        let profile = ATTENDED.with_borrow(Clone::clone).filter(|profile| profile.is_on());
        let Some(profile) = profile else { return Id::from_u64(UNWANTED) };
        let mut asked = Asked { interface: interface(span.metadata().module_path().unwrap_or_default()), ..Asked::default() };
        span.record(&mut asked);
        let key = self.running().insert(Running { profile, asked, began: Instant::now(), held: 1 });
        Id::from_u64(key as u64 + 1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, _: &Event<'_>) {}

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}

    fn clone_span(&self, id: &Id) -> Id {
        if let Some(key) = Self::key(id)
            && let Some(running) = self.running().get_mut(key)
        {
            running.held += 1;
        }
        id.clone()
    }

    fn try_close(&self, id: Id) -> bool {
        let Some(key) = Self::key(&id) else { return true };
        let mut all = self.running();
        let Some(running) = all.get_mut(key) else { return true };
        running.held -= 1;
        if running.held > 0 {
            return false;
        }
        let Running { profile, asked, began, .. } = all.remove(key);
        drop(all);
        profile.asked(asked, u64::try_from(began.elapsed().as_nanos()).unwrap_or(u64::MAX));
        true
    }
}

/// The interface that a generated module is for, such as `wasi:http/types` of `bindings::wasi::http::types`. Where a package is bound in
/// several versions, its name there says which.
fn interface(module: &str) -> String {
    let mut parts = module.rsplit("::");
    match (parts.next(), parts.next(), parts.next(), parts.next()) {
        (Some(name), Some(package), Some(namespace), Some(_)) => format!("{namespace}:{package}/{name}").replace('_', "-"),
        _ => String::new(),
    }
}

impl Visit for Asked {
    fn record_str(&mut self, field: &Field, value: &str) {
        match field.name() {
            "function" => value.clone_into(&mut self.function),
            "module" if self.interface.is_empty() => value.clone_into(&mut self.interface),
            _ => {}
        }
    }

    fn record_debug(&mut self, _: &Field, _: &dyn fmt::Debug) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_interface_is_named_as_in_wit() {
        assert_eq!(interface("wasmtime_wasi_http::p2::bindings::wasi::http::types"), "wasi:http/types");
        assert_eq!(interface("atoll_bindings::key_value::fermyon::spin2_0_0::key_value"), "fermyon:spin2-0-0/key-value");
        assert_eq!(interface("app"), "");
    }
}
