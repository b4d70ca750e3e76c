//! Hello with Spin's SDK 7.
use spin_sdk::http::{IntoResponse, Request};
use spin_sdk::http_service;

#[http_service]
async fn hello(_request: Request) -> impl IntoResponse {
    "Hello from Spin SDK 7 for Rust\n"
}
