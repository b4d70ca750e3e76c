//! Exits with the code that its config says, 1 where that is no number; answers where it says none.
use extism_pdk::{config, output};

fn main() {
    match config::get("code").unwrap_or(None) {
        Some(code) => std::process::exit(code.parse().unwrap_or(1)),
        None => output("no code").unwrap_or_default(),
    }
}
