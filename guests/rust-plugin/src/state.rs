//! What an instance keeps from one call to the next.
use crate::Plugin;
use crate::exports::acme::plugin::state::Guest;
use std::cell::{Cell, RefCell};
use std::collections::HashMap;

thread_local! {
    static BUMPS: Cell<u32> = const { Cell::new(0) };
    static REMEMBERED: RefCell<HashMap<String, String>> = RefCell::default();
}

impl Guest for Plugin {
    fn bump() -> u32 {
        BUMPS.replace(BUMPS.get() + 1) + 1
    }

    fn remember(key: String, value: String) {
        REMEMBERED.with_borrow_mut(|remembered| remembered.insert(key, value));
    }

    fn recall(key: String) -> Option<String> {
        REMEMBERED.with_borrow(|remembered| remembered.get(&key).cloned())
    }
}
