//! Has the same work done by itself and by another component: what a call between components costs.
mod digest;

use exports::test::calls::calls::Guest;
use std::hint::black_box;
use test::calls::work;

wit_bindgen::generate!({ path: "wit", world: "calling" });

struct Calling;

export!(Calling);

impl Guest for Calling {
    fn inside(times: u32, text: String) -> u32 {
        // As what comes from outside, the text belongs to whoever is called.
        (0..times).fold(0, |sum: u32, _| sum.wrapping_add(digest::digest(&black_box(text.clone()))))
    }

    fn across(times: u32, text: String) -> u32 {
        (0..times).fold(0, |sum: u32, _| sum.wrapping_add(work::digest(&text)))
    }
}
