//! Objects that live in the plugin while the host holds their handles.
use crate::Plugin;
use crate::exports::acme::plugin::counters::{Counter, CounterBorrow, Guest, GuestCounter};
use std::cell::Cell;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

static LIVING: AtomicU32 = AtomicU32::new(0);

pub struct Count(Cell<i64>);

impl Drop for Count {
    fn drop(&mut self) {
        LIVING.fetch_sub(1, Relaxed);
    }
}

impl GuestCounter for Count {
    fn new(start: i64) -> Self {
        LIVING.fetch_add(1, Relaxed);
        Self(Cell::new(start))
    }

    fn increment(&self, by: i64) -> i64 {
        self.0.set(self.0.get().wrapping_add(by));
        self.0.get()
    }

    fn value(&self) -> i64 {
        self.0.get()
    }

    fn clone_of(other: CounterBorrow<'_>) -> Counter {
        Counter::new(Self::new(other.get::<Self>().value()))
    }
}

impl Guest for Plugin {
    type Counter = Count;

    fn sum(counters: Vec<CounterBorrow<'_>>) -> i64 {
        counters.iter().map(|counter| counter.get::<Count>().value()).fold(0, i64::wrapping_add)
    }

    fn consume(counter: Counter) -> i64 {
        counter.get::<Count>().value()
    }

    fn living() -> u32 {
        LIVING.load(Relaxed)
    }
}
