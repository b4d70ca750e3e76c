//! Calls what may be a host function or another module's: it can't tell.
use extism_pdk::*;

#[host_fn("extism:host/user")]
extern "ExtismHost" {
    fn host_reflect(text: String) -> Vec<u8>;
    fn nothing();
}

#[plugin_fn]
pub fn reflect(text: String) -> FnResult<Vec<u8>> {
    unsafe { nothing() }?;
    Ok(unsafe { host_reflect(text) }?)
}
