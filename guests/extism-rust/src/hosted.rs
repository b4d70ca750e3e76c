//! Calls of host functions: those of `extism:host/user` and of a namespace of the host's own.
use extism_pdk::*;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, ToBytes, FromBytes)]
#[encoding(Json)]
struct Counted {
    count: usize,
}

#[host_fn("extism:host/user")]
extern "ExtismHost" {
    fn hello_world(counted: Counted) -> Counted;
}

#[host_fn]
extern "ExtismHost" {
    fn say_green(text: String) -> String;
    fn say_purple(text: String) -> String;
}

#[link(wasm_import_module = "host")]
extern "C" {
    fn to_upper(offset: u64);
    fn numbers(whole: i32, long: i64, short: f32, double: f64) -> f64;
}

/// What the host makes of the number of vowels.
#[plugin_fn]
pub fn count_vowels(text: String) -> FnResult<Counted> {
    let count = text.chars().filter(|letter| "aeiouAEIOU".contains(*letter)).count();
    Ok(unsafe { hello_world(Counted { count }) }?)
}

#[plugin_fn]
pub fn green(text: String) -> FnResult<String> {
    Ok(unsafe { say_green(text) }?)
}

#[plugin_fn]
pub fn purple(text: String) -> FnResult<String> {
    Ok(unsafe { say_purple(text) }?)
}

/// The host changes the block in place.
#[plugin_fn]
pub fn run_test(text: String) -> FnResult<Memory> {
    let block = Memory::from_bytes(text)?;
    unsafe { to_upper(block.offset()) };
    Ok(block)
}

/// One argument of each type, and a result of the largest.
#[plugin_fn]
pub fn all_numbers() -> FnResult<String> {
    Ok(unsafe { numbers(-7, i64::MIN + 1, 1.5, 2.25) }.to_string())
}

/// Calls a host function so often.
#[plugin_fn]
pub fn many(asked: String) -> FnResult<String> {
    let mut last = String::new();
    for _ in 0..asked.trim().parse::<u32>()? {
        last = unsafe { say_green("again".to_string()) }?;
    }
    Ok(last)
}

/// Hands the host an offset that is no block's.
#[plugin_fn]
pub fn nowhere(asked: String) -> FnResult<Memory> {
    unsafe { to_upper(asked.trim().parse()?) };
    Ok(Memory::null())
}
