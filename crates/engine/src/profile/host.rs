//! How long the host takes for what guests ask: the spans that generated bindings open around each host function, timed.
//!
//! A guest may ask a million times a second, so a span's number is all there is of it: which function it is of, for which profile, and
//! since when. Nothing is kept of a span that is open, and no name is looked at twice.

use super::{Asked, Profile};
use std::cell::RefCell;
use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, OnceLock, PoisonError, RwLock};
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
    LISTENING.get_or_init(|| drop(tracing::subscriber::set_global_default(Timing)));
}

/// The functions that were ever asked for, each at its number.
static FUNCTIONS: Mutex<Vec<Asked>> = Mutex::new(Vec::new());

/// Their numbers by where their spans are opened.
static NUMBERS: LazyLock<RwLock<HashMap<usize, u16>>> = LazyLock::new(RwLock::default);

fn functions() -> MutexGuard<'static, Vec<Asked>> {
    FUNCTIONS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The number of a function. There is one for each span of our bindings.
pub(super) fn number(asked: Asked) -> u16 {
    let mut functions = functions();
    let at = functions.iter().position(|known| *known == asked).unwrap_or_else(|| {
        functions.push(asked);
        functions.len() - 1
    });
    u16::try_from(at).unwrap_or(u16::MAX)
}

/// What the function of a number is called.
pub(super) fn named(number: usize) -> Asked {
    functions().get(number).cloned().unwrap_or_default()
}

/// A host function that runs, as it fits into the number of its span.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Running {
    function: u16,
    /// Some bits of the profile's address.
    mark: u64,
    /// Units of `UNIT` nanoseconds since the process first looked.
    began: u64,
}

const UNIT: u64 = 8;
const FUNCTION_BITS: u32 = 12;
const MARK_BITS: u32 = 10;
/// Enough for nine hours, after which they begin anew.
const TIME_BITS: u32 = 64 - FUNCTION_BITS - MARK_BITS;
/// The function of spans that nobody wants to know of.
const UNWANTED: u64 = (1 << FUNCTION_BITS) - 1;

impl Running {
    /// None beyond the functions that a number has room for.
    fn id(self) -> Option<Id> {
        let function = u64::from(self.function) + 1;
        (function < UNWANTED)
            .then(|| Id::from_u64(function | self.mark << FUNCTION_BITS | self.began << (FUNCTION_BITS + MARK_BITS)))
    }

    fn of(id: &Id) -> Option<Self> {
        let number = id.into_u64();
        let function = number & UNWANTED;
        (function != UNWANTED).then(|| Self {
            function: u16::try_from(function - 1).unwrap_or_default(),
            mark: number >> FUNCTION_BITS & ((1 << MARK_BITS) - 1),
            began: number >> (FUNCTION_BITS + MARK_BITS),
        })
    }

    fn nanos(self) -> u64 {
        (now().wrapping_sub(self.began) & ((1 << TIME_BITS) - 1)) * UNIT
    }
}

fn now() -> u64 {
    static FIRST: LazyLock<Instant> = LazyLock::new(Instant::now);
    let nanos = u64::try_from(FIRST.elapsed().as_nanos()).unwrap_or_default();
    (nanos / UNIT) & ((1 << TIME_BITS) - 1)
}

fn mark(profile: &Arc<Profile>) -> u64 {
    Arc::as_ptr(profile) as u64 >> 4 & ((1 << MARK_BITS) - 1)
}

struct Timing;

impl Subscriber for Timing {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.is_span() && metadata.fields().field("function").is_some()
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        let mark = ATTENDED.with_borrow(|profile| profile.as_ref().filter(|profile| profile.is_on()).map(mark));
        let running = mark.map(|mark| Running { function: function(span), mark, began: now() });
        running.and_then(Running::id).unwrap_or_else(|| Id::from_u64(UNWANTED))
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, _: &Event<'_>) {}

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}

    fn clone_span(&self, _: &Id) -> Id {
        // The first of them counts.
        Id::from_u64(UNWANTED)
    }

    fn try_close(&self, id: Id) -> bool {
        if let Some(running) = Running::of(&id) {
            ATTENDED.with_borrow(|profile| {
                // One that ends without its guest belongs to a call that was given up.
                if let Some(profile) = profile.as_ref().filter(|profile| mark(profile) == running.mark) {
                    profile.asked(running.function.into(), running.nanos());
                }
            });
        }
        true
    }
}

/// The number of a span's function: what a span says is the same each time.
fn function(span: &Attributes<'_>) -> u16 {
    let place = std::ptr::from_ref(span.metadata()) as usize;
    if let Some(number) = NUMBERS.read().unwrap_or_else(PoisonError::into_inner).get(&place) {
        return *number;
    }
    let mut asked = Asked { interface: interface(span.metadata().module_path().unwrap_or_default()), ..Asked::default() };
    span.record(&mut asked);
    let number = number(asked);
    NUMBERS.write().unwrap_or_else(PoisonError::into_inner).insert(place, number);
    number
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

    #[test]
    fn a_number_tells_all_of_a_span() {
        for running in [
            Running { function: 0, mark: 0, began: 0 },
            Running { function: 4_093, mark: (1 << MARK_BITS) - 1, began: (1 << TIME_BITS) - 1 },
        ] {
            assert_eq!(running.id().and_then(|id| Running::of(&id)), Some(running));
        }
        assert!(Running { function: 4_094, mark: 0, began: 0 }.id().is_none());
        assert!(Running::of(&Id::from_u64(UNWANTED)).is_none());
    }

    #[test]
    fn time_goes_on_where_its_bits_begin_anew() {
        let last = Running { function: 0, mark: 0, began: (1 << TIME_BITS) - 2 };
        assert!(last.nanos() >= 2 * UNIT && last.nanos() < 3_600_000_000_000);
    }
}
