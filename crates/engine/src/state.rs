//! What the store of one call holds: the WASI contexts, the resource table, the meter.

use crate::meter::{Meter, Usage};
use std::sync::Arc;
use wasmtime::component::ResourceTable;
use wasmtime_wasi::{WasiCtx, WasiCtxView, WasiView};
use wasmtime_wasi_http::{WasiHttpCtx, WasiHttpCtxView, WasiHttpHooks, WasiHttpView};

/// The data of one call's store.
pub struct State {
    pub(crate) wasi: WasiCtx,
    pub(crate) http: WasiHttpCtx,
    pub(crate) hooks: Box<dyn WasiHttpHooks>,
    pub(crate) table: ResourceTable,
    pub(crate) meter: Meter,
    pub(crate) usage: Arc<Usage>,
}

impl State {
    pub(crate) fn usage(&self) -> &Arc<Usage> {
        &self.usage
    }
}

impl WasiView for State {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView { ctx: &mut self.wasi, table: &mut self.table }
    }
}

impl WasiHttpView for State {
    fn http(&mut self) -> WasiHttpCtxView<'_> {
        WasiHttpCtxView { hooks: self.hooks.as_mut(), table: &mut self.table, ctx: &mut self.http }
    }
}
