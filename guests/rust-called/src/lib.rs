//! The work that `rust-calls` has done elsewhere.
#[path = "../../rust-calls/src/digest.rs"]
mod digest;

wit_bindgen::generate!({ path: "../rust-calls/wit", world: "called" });

struct Called;

export!(Called);

impl exports::test::calls::work::Guest for Called {
    fn digest(text: String) -> u32 {
        digest::digest(&text)
    }
}
