{%- case http-router -%}
{%- when "own" -%}
use own::Router;

/// Answers for {{project-name | pascal_case}}.
async fn handle_{{project-name | snake_case}}() -> String {
    format!("Hello, {name}!")
}
{%- when "axum" -%}
use axum::Router;
{%- else -%}
{% include "banner.txt" -%}
fn nothing() {}
{%- endcase %}
