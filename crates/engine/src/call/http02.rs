//! `wasi:http/incoming-handler@0.2.x`, a fresh instance each time.

use crate::Body;
use crate::call::{Remains, ResponseSender};
use crate::guest::HandlerKind;
use crate::ready::{Begun, Guest};
use crate::recording::json;
use crate::sandbox::Sandbox;
use crate::wasi::Call;
use std::sync::Arc;
use wasmtime_wasi_http::WasiHttpView;
use wasmtime_wasi_http::p2::bindings::http::types::Scheme;

/// Run the guest to its end; its response leaves through `tx` on the way.
pub(crate) async fn run(
    sandbox: Arc<Sandbox>,
    call: Call,
    request: http::Request<Body>,
    tx: ResponseSender,
) -> wasmtime::Result<Remains> {
    let tape = call.tape.clone();
    let Begun { mut store, guest: Guest::Http02(guest) } = sandbox.begin(call).await? else {
        return Err(wasmtime::Error::msg("not a wasi:http@0.2 component"));
    };
    let _present = store.data().usage().present();
    let scheme = match request.uri().scheme_str() {
        Some("https") => Scheme::Https,
        _ => Scheme::Http,
    };
    let request = store.data_mut().http().new_incoming_request(scheme, request)?;
    let mut tx = Some(tx);
    let out = store.data_mut().http().new_response_outparam_from_callback(move |response| {
        if let Some(tx) = tx.take() {
            // Nobody waits any more where the client has left.
            let _ = tx.send(response.map_err(Into::into));
        }
    })?;
    if let Some(tape) = tape {
        tape.begins(HandlerKind::Http02, vec![json::handle(request.rep()), json::handle(out.rep())]);
    }
    guest.wasi_http_incoming_handler().call_handle(&mut store, request, out).await?;
    Ok(Some(store))
}
