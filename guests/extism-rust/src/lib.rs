//! Plug-ins on Extism's own PDK; each feature is a module of its own, since a module's imports must all be met.
#[cfg(feature = "hosted")]
mod hosted;
#[cfg(feature = "plain")]
mod memory;
#[cfg(feature = "plain")]
mod plain;
#[cfg(feature = "reflect")]
mod reflect;
#[cfg(feature = "upper")]
mod upper;
#[cfg(feature = "wasi")]
mod wasi;
