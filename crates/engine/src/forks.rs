//! How often this process comes from a fork. A child inherits neither threads nor locks in a state to be used.

use std::sync::Once;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

static FORKS: AtomicU32 = AtomicU32::new(0);

extern "C" fn forked() {
    FORKS.fetch_add(1, Relaxed);
}

/// The forks between this process and the one that asked first. What was made at another count is another process's.
pub fn forks() -> u32 {
    static ATTENDED: Once = Once::new();
    ATTENDED.call_once(|| {
        // SAFETY: the handler does nothing that a child may not do. Where there is no memory for it, children are not told apart.
        unsafe { libc::pthread_atfork(None, None, Some(forked)) };
    });
    FORKS.load(Relaxed)
}
