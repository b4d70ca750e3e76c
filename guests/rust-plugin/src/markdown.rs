//! A small part of Markdown: headings, paragraphs, `*emphasis*` and `**strong**`. Whatever it does not know is text.

pub fn html(markdown: &str) -> String {
    let mut html = String::new();
    let mut paragraph = Vec::new();
    for text in markdown.lines().map(str::trim) {
        match heading(text) {
            Some((level, title)) => {
                end(&mut paragraph, &mut html);
                html += &format!("<h{level}>{}</h{level}>\n", line(title));
            }
            None if text.is_empty() => end(&mut paragraph, &mut html),
            None => paragraph.push(text),
        }
    }
    end(&mut paragraph, &mut html);
    html
}

fn heading(text: &str) -> Option<(usize, &str)> {
    let title = text.trim_start_matches('#');
    let level = text.len() - title.len();
    (1..=6).contains(&level).then_some((level, title.strip_prefix(' ')?.trim()))
}

fn end(paragraph: &mut Vec<&str>, html: &mut String) {
    if !paragraph.is_empty() {
        *html += &format!("<p>{}</p>\n", line(&paragraph.join("\n")));
        paragraph.clear();
    }
}

fn line(text: &str) -> String {
    let strong = marked(&escaped(text), "**", "strong");
    marked(&strong, "*", "em")
}

/// What stands between two marks, and not next to a space, goes into the element.
fn marked(text: &str, mark: &str, element: &str) -> String {
    let Some((before, rest)) = text.split_once(mark) else { return text.into() };
    match rest.split_once(mark) {
        Some((inner, after)) if !inner.is_empty() && inner.trim() == inner => {
            format!("{before}<{element}>{inner}</{element}>{}", marked(after, mark, element))
        }
        _ => format!("{before}{mark}{}", marked(rest, mark, element)),
    }
}

fn escaped(text: &str) -> String {
    let mut html = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            _ => html.push(letter),
        }
    }
    html
}
