//! The profiles of a process, one a component.

use atoll_engine::Sandbox;
use atoll_engine::profile::{Profile, Profiled};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Switched together.
#[derive(Default)]
pub struct Profiles {
    on: AtomicBool,
    components: Mutex<BTreeMap<String, Arc<Profile>>>,
}

impl Profiles {
    /// Gather from now on, or no longer.
    pub fn switch(&self, on: bool) {
        self.on.store(on, Relaxed);
        self.components().values().for_each(|profile| profile.switch(on));
    }

    /// The calls of these sandboxes belong to the profiles of their components.
    pub(crate) fn watch(&self, sandboxes: &[Arc<Sandbox>]) {
        let mut components = self.components();
        for sandbox in sandboxes {
            let profile = components.entry(sandbox.id.to_string()).or_default();
            profile.switch(self.on.load(Relaxed));
            sandbox.profile(profile.clone());
        }
    }

    /// What was gathered since the last time, by component.
    pub fn take(&self) -> BTreeMap<String, Profiled> {
        self.components().iter().map(|(component, profile)| (component.clone(), profile.take())).collect()
    }

    fn components(&self) -> MutexGuard<'_, BTreeMap<String, Arc<Profile>>> {
        self.components.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
