//! Each library keeps a descriptor: that of its code, which its instances map. A process may have few of them, until it asks for more.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

static HELD: AtomicU64 = AtomicU64::new(0);

/// What everything else in the process may need.
const OTHERS: u64 = 512;

/// So many descriptors, as long as this lives.
#[derive(Debug)]
pub(crate) struct Descriptors(u64);

impl Descriptors {
    /// Where they would leave little, the process's own limit is raised, up to what the system lets it have.
    pub(crate) fn hold(count: u64) -> Self {
        let held = HELD.fetch_add(count, Relaxed) + count;
        let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
        if current.is_some_and(|now| held + OTHERS > now) {
            let wanted = (held + OTHERS).saturating_mul(2).min(maximum.unwrap_or(u64::MAX));
            // Where it stays as it is, whoever opens a file is told so.
            let _ = setrlimit(Resource::Nofile, Rlimit { current: Some(wanted), maximum });
        }
        Self(count)
    }
}

impl Drop for Descriptors {
    fn drop(&mut self) {
        HELD.fetch_sub(self.0, Relaxed);
    }
}
