use own::Router;

/// Answers for Routed.
async fn handle_routed() -> String {
    format!("Hello, {name}!")
}
