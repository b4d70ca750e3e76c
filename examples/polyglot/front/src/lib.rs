//! `/NAME?key=KEY`: the page of that visitor.
use example::polyglot::auth;
use spin_sdk::http::{IntoResponse, Request, Response};
use spin_sdk::http_service;

wit_bindgen::generate!({ path: "../wit", world: "front" });

#[http_service]
async fn front(request: Request) -> impl IntoResponse {
    let name = request.uri().path().trim_matches('/');
    let query = request.uri().query().unwrap_or_default();
    let key = query.split('&').find_map(|pair| pair.strip_prefix("key=")).unwrap_or_default();
    let (status, kind, text) = match auth::visit(name, key) {
        Ok(page) => (200, "text/html; charset=utf-8", page),
        Err(why) => (403, "text/plain; charset=utf-8", why + "\n"),
    };
    Response::builder().status(status).header("content-type", kind).body(text)
}
