//! CommonMark to HTML. Tags in the text are text: whoever wrote it must not write the page.
use pulldown_cmark::{Event, Parser, html};
use spin_sdk::http::body::IncomingBodyExt;
use spin_sdk::http::{IntoResponse, Request};
use spin_sdk::http_service;

#[http_service]
async fn handle(request: Request) -> anyhow::Result<impl IntoResponse> {
    let body = request.into_body().bytes().await?;
    Ok(rendered(str::from_utf8(&body)?))
}

fn rendered(text: &str) -> String {
    let events = Parser::new(text).map(|event| match event {
        Event::Html(tag) | Event::InlineHtml(tag) => Event::Text(tag),
        other => other,
    });
    let mut page = String::new();
    html::push_html(&mut page, events);
    page
}
