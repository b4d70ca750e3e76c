//! What a process has one of. A child of a fork makes its own: neither threads nor locks are inherited in a state to be used.

use atoll_engine::forks::forks;
use std::convert::Infallible;
use std::sync::{Mutex, MutexGuard, PoisonError};

pub(super) struct OfProcess<T>(Mutex<Option<(u32, T)>>);

impl<T: Clone> OfProcess<T> {
    pub(super) const fn new() -> Self {
        Self(Mutex::new(None))
    }

    pub(super) fn get_or(&self, make: impl FnOnce() -> T) -> T {
        match self.get_or_try(|| Ok::<_, Infallible>(make())) {
            Ok(made) => made,
        }
    }

    /// What was made first; of two that are made at the same time one is dropped.
    pub(super) fn get_or_try<E>(&self, make: impl FnOnce() -> Result<T, E>) -> Result<T, E> {
        let forks = forks();
        if let Some(known) = known(&self.lock(), forks) {
            return Ok(known);
        }
        // Not under the lock: it may want the interpreter.
        let made = make()?;
        let mut held = self.lock();
        if let Some(known) = known(&held, forks) {
            return Ok(known);
        }
        // What was the parent's is left alone: to end it would wait for threads that are not here.
        std::mem::forget(held.replace((forks, made.clone())));
        Ok(made)
    }

    fn lock(&self) -> MutexGuard<'_, Option<(u32, T)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn known<T: Clone>(held: &Option<(u32, T)>, forks: u32) -> Option<T> {
    held.as_ref().filter(|(made, _)| *made == forks).map(|(_, known)| known.clone())
}
