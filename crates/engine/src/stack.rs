//! How much is left of this thread's stack. A guest that runs there, and not on a fiber's, needs some of it.

use std::cell::Cell;
use std::mem::MaybeUninit;

/// What wasm may use (wasmtime's default), and the host around it.
const NEEDED: usize = (512 << 10) + (256 << 10);

thread_local! {
    /// The lowest address, once it was asked for; 0 where nobody knows.
    static LOWEST: Cell<Option<usize>> = const { Cell::new(None) };
}

/// Whether a guest finds enough of it.
pub fn is_enough() -> bool {
    let lowest = LOWEST.get().unwrap_or_else(|| {
        let lowest = lowest().unwrap_or(0);
        LOWEST.set(Some(lowest));
        lowest
    });
    let here = std::ptr::from_ref(&lowest).addr();
    lowest > 0 && here.saturating_sub(lowest) >= NEEDED
}

fn lowest() -> Option<usize> {
    let mut attributes = MaybeUninit::<libc::pthread_attr_t>::uninit();
    // SAFETY: the attributes are written by the first call, read by the second and given back by the third.
    unsafe {
        if libc::pthread_getattr_np(libc::pthread_self(), attributes.as_mut_ptr()) != 0 {
            return None;
        }
        let (mut address, mut size) = (std::ptr::null_mut(), 0);
        let found = libc::pthread_attr_getstack(attributes.as_ptr(), &mut address, &mut size);
        libc::pthread_attr_destroy(attributes.as_mut_ptr());
        (found == 0).then_some(address.addr())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::thread::Builder;

    #[test]
    fn a_thread_has_as_much_as_it_was_given() {
        let on = |size: usize| Builder::new().stack_size(size).spawn(is_enough).unwrap().join().unwrap();
        assert!(on(2 << 20));
        assert!(!on(256 << 10));
    }
}
