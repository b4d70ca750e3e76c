//! Markdown to HTML.

use pulldown_cmark::{Event, Options, Parser, html};

wit_bindgen::generate!({ path: "wit", world: "markdown" });

struct Markdown;

export!(Markdown);

impl Guest for Markdown {
    fn about() -> String {
        "Markdown to HTML, in Rust with pulldown-cmark".into()
    }

    fn render(text: String) -> String {
        let options = Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH | Options::ENABLE_TASKLISTS | Options::ENABLE_FOOTNOTES;
        let events = Parser::new_ext(&text, options).map(|event| match event {
            Event::Html(html) | Event::InlineHtml(html) => Event::Text(html),
            other => other,
        });
        let mut page = String::new();
        html::push_html(&mut page, events);
        page
    }
}
