//! `wasi:http/handler@0.3.0`, a fresh instance each time.

use crate::Body;
use crate::call::ResponseSender;
use crate::sandbox::{Handler, Sandbox};
use crate::state::State;
use crate::wasi::Call;
use std::future::poll_fn;
use std::sync::Arc;
use wasmtime::AsContextMut;
use wasmtime_wasi_http::WasiHttpView;
use wasmtime_wasi_http::handler::{Prepared, Proxy};

/// Run the guest until its last task is done; its response leaves through `tx` on the way.
pub(super) async fn run(
    sandbox: Arc<Sandbox>,
    call: Call,
    request: http::Request<Body>,
    tx: ResponseSender,
) -> wasmtime::Result<()> {
    let Handler::Http03(pre) = &sandbox.handler else {
        return Err(wasmtime::Error::msg("not a wasi:http@0.3 component"));
    };
    let mut store = sandbox.store(call)?;
    let proxy = Proxy::P3(pre.instantiate_async(&mut store).await?);
    store.data().started();
    store
        .run_concurrent(async |accessor| {
            let prepared = accessor
                .with(|mut store| Prepared::new(store.as_context_mut(), &proxy, request, <State as WasiHttpView>::http, tx))?;
            prepared.run(accessor, std::future::pending()).await?;
            poll_fn(|cx| accessor.poll_no_interesting_tasks(cx)).await;
            Ok(())
        })
        .await?
}
