//! `fermyon:spin/inbound-http`: both bodies whole, a fresh instance each time.

use crate::Body;
use crate::call::{Remains, ResponseSender};
use crate::guest::HandlerKind;
use crate::ready::{Begun, Guest};
use crate::recording::json;
use crate::sandbox::Sandbox;
use crate::wasi::Call;
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use serde_json::{Value, json};
use std::sync::Arc;

use atoll_bindings::spin_http::exports::fermyon::spin::inbound_http::{Request, Response};
use atoll_bindings::spin_http::fermyon::spin::http_types::Method;
pub use atoll_bindings::spin_http::{Inbound, InboundPre};

/// Run the guest to its end; its response leaves through `tx`.
pub(super) async fn run(
    sandbox: Arc<Sandbox>,
    call: Call,
    request: http::Request<Body>,
    tx: ResponseSender,
) -> wasmtime::Result<Remains> {
    let asked = request.method().clone();
    let Some(method) = method(request.method()) else {
        let _ = tx.send(Ok(status(http::StatusCode::METHOD_NOT_ALLOWED)));
        return Ok(None);
    };
    let request = buffered(method, request).await?;
    let tape = call.tape.clone();
    let Begun { mut store, guest: Guest::SpinHttp(guest) } = sandbox.begin(call).await? else {
        return Err(wasmtime::Error::msg("not a fermyon:spin/inbound-http component"));
    };
    if let Some(tape) = &tape {
        tape.begins(HandlerKind::SpinHttp, vec![told(&asked, &request)]);
    }
    let response = guest.fermyon_spin_inbound_http().call_handle_request(&mut store, &request).await?;
    let _ = tx.send(response_of(response));
    Ok(Some(store))
}

/// The request as a recording has it.
fn told(method: &http::Method, request: &Request) -> Value {
    json!({
        "method": method.as_str().to_ascii_lowercase(),
        "uri": request.uri,
        "headers": request.headers,
        "params": request.params,
        "body": json::option(request.body.as_deref().map(json::bytes)),
    })
}

fn method(method: &http::Method) -> Option<Method> {
    Some(match *method {
        http::Method::GET => Method::Get,
        http::Method::POST => Method::Post,
        http::Method::PUT => Method::Put,
        http::Method::DELETE => Method::Delete,
        http::Method::PATCH => Method::Patch,
        http::Method::HEAD => Method::Head,
        http::Method::OPTIONS => Method::Options,
        _ => return None,
    })
}

async fn buffered(method: Method, request: http::Request<Body>) -> wasmtime::Result<Request> {
    let (head, body) = request.into_parts();
    let mut headers = Vec::with_capacity(head.headers.len());
    for (name, value) in &head.headers {
        headers.push((name.as_str().to_owned(), value.to_str()?.to_owned()));
    }
    Ok(Request {
        method,
        uri: head.uri.path_and_query().map_or_else(|| "/".to_owned(), ToString::to_string),
        headers,
        params: Vec::new(),
        body: Some(body.collect().await?.to_bytes().to_vec()),
    })
}

fn response_of(response: Response) -> wasmtime::Result<http::Response<Body>> {
    let mut built = http::Response::builder().status(response.status);
    for (name, value) in response.headers.unwrap_or_default() {
        built = built.header(name, value);
    }
    let body = Full::new(Bytes::from(response.body.unwrap_or_default())).map_err(|never| match never {});
    Ok(built.body(body.boxed_unsync())?)
}

fn status(status: http::StatusCode) -> http::Response<Body> {
    let body = http_body_util::Empty::new().map_err(|never| match never {});
    let mut response = http::Response::new(body.boxed_unsync());
    *response.status_mut() = status;
    response
}
