//! A module that is another one's host.
use extism_pdk::*;

#[shared_fn]
pub fn host_reflect(text: String) -> SharedFnResult<Vec<u8>> {
    Ok(text.to_uppercase().into_bytes())
}

#[shared_fn]
pub fn nothing() -> SharedFnResult<()> {
    Ok(())
}

#[shared_fn]
pub fn refuse(text: String) -> SharedFnResult<String> {
    Err(Error::msg(format!("not {text}")))
}
