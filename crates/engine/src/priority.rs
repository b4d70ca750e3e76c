//! What the kernel's scheduler is told of a thread. Where it does not listen, the thread is only less polite, or less quick.

/// What the kernel prefers threads of requests by. A call that was moved must still come forward on a busy machine: 10 left it a
/// fiftieth of a core beside four busy processes.
const NICENESS: i32 = 3;
/// A thread that asks for short turns is served sooner when it wakes. The least that the kernel knows, in nanoseconds.
const TURN: u64 = 100_000;
/// The kernel's own.
const USUAL_TURN: u64 = 0;

/// Let this thread interrupt those that compute: it answers requests.
pub fn answer_quickly() {
    set(0, TURN);
}

/// Let others interrupt this thread: it computes for long.
pub(crate) fn stand_back() {
    set(NICENESS, USUAL_TURN);
}

/// Linux 6.12 and later read the turn, others the niceness alone.
fn set(niceness: i32, turn: u64) {
    let attributes = libc::sched_attr {
        size: u32::try_from(size_of::<libc::sched_attr>()).unwrap_or(0),
        sched_policy: libc::SCHED_OTHER.unsigned_abs(),
        // What this thread starts is as any other.
        sched_flags: libc::SCHED_FLAG_RESET_ON_FORK.unsigned_abs().into(),
        sched_nice: niceness,
        sched_priority: 0,
        sched_runtime: turn,
        sched_deadline: 0,
        sched_period: 0,
    };
    // SAFETY: the pointer is to a live structure that says its own size; thread 0 is this one.
    unsafe { libc::syscall(libc::SYS_sched_setattr, 0, &raw const attributes, 0) };
}
