//! What a plug-in can do with `extism:host/env` alone.
use std::sync::atomic::{AtomicU64, Ordering};

use extism_pdk::*;
use serde::{Deserialize, Serialize};

const VOWELS: &str = "aeiouAEIOU";

#[derive(Serialize, ToBytes)]
#[encoding(Json)]
struct Counted {
    count: usize,
    total: usize,
    vowels: String,
}

/// Counts the vowels that its config names; the total over all calls is a variable.
#[plugin_fn]
pub fn count_vowels(text: String) -> FnResult<Counted> {
    let vowels = config::get("vowels")?.unwrap_or_else(|| VOWELS.to_string());
    let count = text.chars().filter(|letter| vowels.contains(*letter)).count();
    let total = total()? + count;
    var::set("total", total.to_string())?;
    Ok(Counted { count, total, vowels })
}

fn total() -> Result<usize, Error> {
    Ok(var::get::<String>("total")?.map_or(Ok(0), |total| total.parse())?)
}

/// What the config says of `thing`.
#[plugin_fn]
pub fn run_test() -> FnResult<String> {
    let value = config::get("thing")?.unwrap_or_else(|| "<unset by host>".to_string());
    Ok(json::json!({ "config": value }).to_string())
}

/// The config under the key that comes in: `+` and the value, or `-` where there is none.
#[plugin_fn]
pub fn config_value(key: String) -> FnResult<String> {
    Ok(config::get(key)?.map_or("-".to_string(), |value| format!("+{value}")))
}

/// Doubles the variable `a`, 8 bytes, 10 where nobody set it.
#[plugin_fn]
pub fn double() -> FnResult<Vec<u8>> {
    let before = match var::get::<Vec<u8>>("a")? {
        Some(bytes) => u64::from_le_bytes(bytes.as_slice().try_into()?),
        None => 10,
    };
    var::set("a", (before * 2).to_le_bytes().as_slice())?;
    Ok((before * 2).to_le_bytes().to_vec())
}

#[derive(Deserialize, FromBytes)]
#[encoding(Json)]
struct Variable {
    key: String,
    value: Option<String>,
}

/// Sets a variable, or removes it where the value is null; says what it was.
#[plugin_fn]
pub fn set_variable(asked: Variable) -> FnResult<String> {
    let before = var::get::<String>(&asked.key)?;
    match asked.value {
        Some(value) => var::set(&asked.key, value)?,
        None => var::remove(&asked.key)?,
    }
    Ok(before.map_or("-".to_string(), |value| format!("+{value}")))
}

#[plugin_fn]
pub fn get_variable(key: String) -> FnResult<String> {
    Ok(var::get::<String>(key)?.map_or("-".to_string(), |value| format!("+{value}")))
}

/// Sets a variable of so many bytes, as often as asked for, under one key or several.
#[plugin_fn]
pub fn alloc_var(asked: String) -> FnResult<String> {
    let mut words = asked.split(' ').map(str::parse::<usize>);
    let (bytes, keys) = (words.next().unwrap_or(Ok(0))?, words.next().unwrap_or(Ok(1))?);
    for key in 0..keys {
        var::set(format!("key{key}"), vec![7u8; bytes])?;
    }
    Ok(format!("{keys} of {bytes}"))
}

#[plugin_fn]
pub fn fail() -> FnResult<()> {
    Err(WithReturnCode::new(Error::msg("Some error message"), 1))
}

#[derive(Deserialize, FromBytes)]
#[encoding(Json)]
struct Failure {
    code: i32,
    message: String,
    #[serde(default)]
    output: String,
}

/// Returns this code, after it said this error (none where it is empty) and set this output.
#[no_mangle]
pub extern "C" fn return_code() -> i32 {
    let asked: Failure = unwrap!(input());
    if !asked.output.is_empty() {
        unwrap!(output(asked.output));
    }
    if !asked.message.is_empty() {
        let message = unwrap!(Memory::from_bytes(&asked.message));
        unsafe { extism::error_set(message.offset()) };
    }
    asked.code
}

/// Sets an error that is not UTF-8.
#[no_mangle]
pub extern "C" fn broken_error() -> i32 {
    let message = unwrap!(Memory::from_bytes(b"bad \xff\xfe"));
    unsafe { extism::error_set(message.offset()) };
    1
}

/// Sets an error and frees it.
#[no_mangle]
pub extern "C" fn freed_error() -> i32 {
    let message = unwrap!(Memory::from_bytes(b"gone"));
    unsafe { extism::error_set(message.offset()) };
    message.free();
    3
}

/// Sets an error, takes it back and answers.
#[no_mangle]
pub extern "C" fn error_taken_back() -> i32 {
    let message = unwrap!(Memory::from_bytes(b"never mind"));
    unsafe { extism::error_set(message.offset()) };
    unsafe { extism::error_set(0) };
    unwrap!(output("fine"));
    0
}

/// Sets an error and traps.
#[no_mangle]
pub extern "C" fn error_then_trap() -> i32 {
    let message = unwrap!(Memory::from_bytes(b"before the end"));
    unsafe { extism::error_set(message.offset()) };
    std::arch::wasm32::unreachable()
}

#[no_mangle]
pub extern "C" fn do_unreachable() -> i32 {
    std::arch::wasm32::unreachable()
}

#[plugin_fn]
pub fn do_panic(text: String) -> FnResult<()> {
    panic!("{text}")
}

#[plugin_fn]
pub fn loop_forever() -> FnResult<()> {
    loop {
        std::hint::spin_loop();
    }
}

/// Logs for ever: a loop that is in the host for the most part.
#[plugin_fn]
pub fn log_forever() -> FnResult<()> {
    loop {
        info!("again");
    }
}

static CALLS: AtomicU64 = AtomicU64::new(0);

/// How often this instance was called.
#[plugin_fn]
pub fn globals() -> FnResult<String> {
    Ok(CALLS.fetch_add(1, Ordering::Relaxed).to_string())
}

/// Logs the input at each level, the least first; answers with the level that is asked for.
#[plugin_fn]
pub fn log_levels(text: String) -> FnResult<String> {
    trace!("trace {text}");
    debug!("debug {text}");
    info!("info {text}");
    warn!("warn {text}");
    error!("error {text}");
    Ok(unsafe { extism::get_log_level() }.to_string())
}

/// Logs the same without looking whether anybody listens.
#[plugin_fn]
pub fn log_unasked(text: String) -> FnResult<()> {
    for level in [LogLevel::Trace, LogLevel::Debug, LogLevel::Info, LogLevel::Warn, LogLevel::Error] {
        Memory::from_bytes(format!("{level:?} {text}"))?.log(level);
    }
    Ok(())
}

#[derive(Deserialize, FromBytes)]
#[encoding(Json)]
struct Fetch {
    #[serde(flatten)]
    request: HttpRequest,
    body: Option<String>,
}

/// Fetches; answers with the body.
#[plugin_fn]
pub fn http_get(Json(request): Json<HttpRequest>) -> FnResult<Memory> {
    Ok(http::request::<()>(&request, None)?.into_memory())
}

/// Fetches, with the body if there is one; answers with what came back.
#[plugin_fn]
pub fn http(asked: Fetch) -> FnResult<String> {
    let response = http::request(&asked.request, asked.body)?;
    let answer = json::json!({
        "status": response.status_code(),
        "headers": response.headers(),
        "body": String::from_utf8_lossy(&response.body()),
    });
    Ok(answer.to_string())
}

/// Hands these bytes to `http_request` as they are.
#[plugin_fn]
pub fn http_raw(request: Vec<u8>) -> FnResult<String> {
    let request = Memory::from_bytes(request)?;
    let body = unsafe { extism::http_request(request.offset(), 0) };
    Ok(format!("{} {}", unsafe { extism::http_status_code() }, Memory::from(body).to_string()?))
}

#[plugin_fn]
pub fn http_status_before() -> FnResult<String> {
    let (status, headers) = unsafe { (extism::http_status_code(), extism::http_headers()) };
    Ok(format!("{status} {headers}"))
}

#[plugin_fn]
pub fn echo(data: Vec<u8>) -> FnResult<Vec<u8>> {
    Ok(data)
}

#[plugin_fn]
pub fn greet(Json(names): Json<Vec<String>>) -> FnResult<Json<String>> {
    Ok(Json(format!("Hello, {}!", names.join(" and "))))
}

/// A number in and one out, as the PDK writes them: little-endian.
#[plugin_fn]
pub fn add_one(number: i64) -> FnResult<i64> {
    Ok(number + 1)
}

/// Answers twice; the last answer counts, unless it is empty.
#[plugin_fn]
pub fn answer_twice(second: String) -> FnResult<()> {
    output("first")?;
    output(second)?;
    Ok(())
}
