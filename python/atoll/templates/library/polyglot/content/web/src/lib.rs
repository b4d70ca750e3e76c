//! `?text=CommonMark`: the text as a page.
use app::texts::pages::{self, Article};
use app::texts::slugs;
use percent_encoding::percent_decode_str;
use pulldown_cmark::{Event, Parser, html};
use spin_sdk::http::{IntoResponse, Request, Response};
use spin_sdk::http_service;

wit_bindgen::generate!({ path: "../wit", world: "web" });

const WELCOME: &str = "# Hello\n\nfrom *three* languages";

#[http_service]
async fn handle(request: Request) -> impl IntoResponse {
    let text = text_of(request.uri().query().unwrap_or_default()).unwrap_or_else(|| WELCOME.to_owned());
    let id = slugs::slug(text.lines().next().unwrap_or_default());
    let page = pages::page(&Article { id, html: rendered(&text) });
    Response::builder().header("content-type", "text/html; charset=utf-8").body(page)
}

fn text_of(query: &str) -> Option<String> {
    let text = query.split('&').find_map(|pair| pair.strip_prefix("text="))?;
    Some(percent_decode_str(&text.replace('+', " ")).decode_utf8_lossy().into_owned())
}

/// Tags in the text are text: whoever wrote it must not write the page.
fn rendered(text: &str) -> String {
    let events = Parser::new(text).map(|event| match event {
        Event::Html(tag) | Event::InlineHtml(tag) => Event::Text(tag),
        other => other,
    });
    let mut page = String::new();
    html::push_html(&mut page, events);
    page
}
