use own::Router;

/// Answers for HttpServerTwo.
async fn handle_http_server_two() -> String {
    format!("Hello, {name}!")
}
