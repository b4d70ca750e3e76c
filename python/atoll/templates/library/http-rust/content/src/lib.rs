use spin_sdk::http::{IntoResponse, Request, Response};
use spin_sdk::http_service;

/// Answers one request. Each has a sandbox of its own, so nothing stays in memory from one to the next.
#[http_service]
async fn handle(request: Request) -> impl IntoResponse {
    Response::builder()
        .header("content-type", "text/plain; charset=utf-8")
        .body(format!("Hello from Rust: {} {}\n", request.method(), request.uri().path()))
}
