//! What SQLite allocates, counted on the thread that does: a stranger's statement gets so much and no more, and those of others,
//! which run on other threads, are not short of it.

use rusqlite::ffi;
use std::cell::Cell;
use std::ffi::{c_int, c_void};
use std::ptr::{from_mut, from_ref, null_mut};
use std::sync::OnceLock;

thread_local! {
    static USED: Cell<i64> = const { Cell::new(0) };
    static MOST: Cell<i64> = const { Cell::new(i64::MAX) };
}

/// SQLite's own allocator.
struct Engine {
    malloc: unsafe extern "C" fn(c_int) -> *mut c_void,
    realloc: unsafe extern "C" fn(*mut c_void, c_int) -> *mut c_void,
    free: unsafe extern "C" fn(*mut c_void),
    size: unsafe extern "C" fn(*mut c_void) -> c_int,
}

/// None where SQLite was in use already, so that nothing is counted.
static ENGINE: OnceLock<Option<Engine>> = OnceLock::new();

fn engine() -> Option<&'static Engine> {
    ENGINE.get()?.as_ref()
}

/// Has to be called before the first connection of this process is opened; afterwards it does nothing, as does SQLite.
pub(crate) fn count() {
    ENGINE.get_or_init(|| {
        // SAFETY: the structure is one of numbers and optional functions, for which zeros are values.
        let mut methods: ffi::sqlite3_mem_methods = unsafe { std::mem::zeroed() };
        // SAFETY: this call takes a pointer to such a structure, and fills it.
        unsafe { ffi::sqlite3_config(ffi::SQLITE_CONFIG_GETMALLOC, from_mut(&mut methods)) };
        let (Some(malloc), Some(realloc), Some(free), Some(size)) =
            (methods.xMalloc, methods.xRealloc, methods.xFree, methods.xSize)
        else {
            return None;
        };
        methods.xMalloc = Some(allocate);
        methods.xRealloc = Some(reallocate);
        methods.xFree = Some(release);
        let engine = Engine { malloc, realloc, free, size };
        // SAFETY: this call copies the structure. Its functions are called once `ENGINE` is there: nothing is opened before.
        unsafe { ffi::sqlite3_config(ffi::SQLITE_CONFIG_MALLOC, from_ref(&methods)) };
        Some(engine)
    });
}

/// Until it is dropped, this thread may not allocate more.
pub(crate) struct Budget;

impl Budget {
    pub(crate) fn of(bytes: i64) -> Self {
        USED.set(0);
        MOST.set(bytes);
        Self
    }
}

impl Drop for Budget {
    fn drop(&mut self) {
        MOST.set(i64::MAX);
    }
}

fn takes(bytes: i64) -> bool {
    let used = USED.get() + bytes;
    if bytes > 0 && used > MOST.get() {
        return false;
    }
    USED.set(used);
    true
}

unsafe extern "C" fn allocate(bytes: c_int) -> *mut c_void {
    match engine() {
        // SAFETY: whoever calls this keeps to what the engine's own function asks for.
        Some(engine) if takes(bytes.into()) => unsafe { (engine.malloc)(bytes) },
        _ => null_mut(),
    }
}

unsafe extern "C" fn reallocate(old: *mut c_void, bytes: c_int) -> *mut c_void {
    let Some(engine) = engine() else { return null_mut() };
    // SAFETY: `old` came from this allocator, so that it is one of the engine's.
    let more = i64::from(bytes) - i64::from(unsafe { (engine.size)(old) });
    if !takes(more) {
        return null_mut();
    }
    // SAFETY: as above.
    unsafe { (engine.realloc)(old, bytes) }
}

unsafe extern "C" fn release(old: *mut c_void) {
    let Some(engine) = engine() else { return };
    // SAFETY: `old` came from this allocator, or is null, which has no size.
    takes(-i64::from(unsafe { (engine.size)(old) }));
    // SAFETY: as above.
    unsafe { (engine.free)(old) };
}

#[cfg(test)]
mod tests {
    use super::*;
    use rusqlite::Connection;

    #[test]
    fn a_budget_ends_a_statement_and_neither_the_next_one_nor_another_threads() {
        count();
        let connection = Connection::open_in_memory().unwrap();
        let large = || connection.query_row("SELECT length(randomblob(2000000))", [], |row| row.get::<_, i64>(0));
        let budget = Budget::of(1_000_000);
        assert_eq!(large().unwrap_err().sqlite_error_code(), Some(rusqlite::ErrorCode::OutOfMemory));
        let other = std::thread::spawn(|| {
            let connection = Connection::open_in_memory().unwrap();
            connection.query_row("SELECT length(randomblob(2000000))", [], |row| row.get::<_, i64>(0))
        });
        assert_eq!(other.join().unwrap(), Ok(2_000_000));
        drop(budget);
        assert_eq!(large(), Ok(2_000_000));
    }
}
