//! `wasi:http/handler@0.3.0`, a fresh instance each time.

use crate::Body;
use crate::call::{Remains, ResponseSender, passing};
use crate::guest::HandlerKind;
use crate::ready::{Begun, Guest};
use crate::recording::json;
use crate::sandbox::Sandbox;
use crate::state::State;
use crate::wasi::Call;
use futures::FutureExt;
use futures::channel::oneshot;
use futures::future::{Either, try_join};
use http_body::Body as _;
use std::future::{poll_fn, ready};
use std::sync::Arc;
use wasmtime::AsContextMut;
use wasmtime_wasi_http::WasiHttpView;
use wasmtime_wasi_http::handler::{Prepared, Proxy};

/// Run the guest until its last task is done, and its response has come out; that leaves through `tx` on the way.
pub(super) async fn run(
    sandbox: Arc<Sandbox>,
    call: Call,
    request: http::Request<Body>,
    tx: ResponseSender,
) -> wasmtime::Result<Remains> {
    let tape = call.tape.clone();
    let Begun { mut store, guest: Guest::Http03(guest) } = sandbox.begin(call).await? else {
        return Err(wasmtime::Error::msg("not a wasi:http@0.3 component"));
    };
    if let Some(tape) = &tape {
        // The request will be what the next resource is: there is no other way to learn its number.
        let next = store.data_mut().handles().push(())?;
        tape.begins(HandlerKind::Http03, vec![json::handle(next.rep())]);
        store.data_mut().handles().delete(next)?;
    }
    // Only what came in can flow on without the guest.
    let (tx, passed) = if request.body().is_end_stream() {
        (tx, Either::Left(ready(())))
    } else {
        let (response, to) = (oneshot::channel(), tx);
        (response.0, Either::Right(passing::on(response.1, to)))
    };
    let proxy = Proxy::P3(guest);
    let usage = store.data().usage().clone();
    let ended: wasmtime::Result<()> = store
        .run_concurrent(async |accessor| {
            let prepared = accessor
                .with(|mut store| Prepared::new(store.as_context_mut(), &proxy, request, <State as WasiHttpView>::http, tx))?;
            let _present = usage.present();
            let run = async {
                prepared.run(accessor, std::future::pending()).await?;
                poll_fn(|cx| accessor.poll_no_interesting_tasks(cx)).await;
                Ok(())
            };
            try_join(run, passed.map(Ok)).await.map(|_| ())
        })
        .await?;
    ended.map(|()| Some(store))
}
