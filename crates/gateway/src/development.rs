//! What developers get and users do not: a page about a call that failed, and something at the end of every HTML page.

use crate::dispatch::{Fault, REQUEST};
use atoll_engine::frames::Frame;
use atoll_engine::observe::{Failure, Outcome};
use atoll_engine::output::{Lines, Source};
use atoll_engine::settle::Answer;
use bytes::Bytes;
use http::header::{ACCEPT, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use http::{Request, Response};
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;
use std::fmt::Write;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

const STDERR: &str = "stderr";
const SERVER_TIMING: HeaderName = HeaderName::from_static("server-timing");

/// Lines of guest output that are remembered, of all requests together; and calls.
const REMEMBERED: usize = 2_000;

/// The part `development` of the settings document.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct DevelopmentSettings {
    /// What ends every HTML page: the script that loads the page again when the app has changed.
    pub ending: String,
}

/// Draws the page about a fault.
pub trait Pages: Send + Sync {
    /// The page for this fault, a JSON object; None where it cannot be drawn. May take its time.
    fn draw(&self, fault: &str) -> Option<Page>;
}

pub struct Page {
    pub content_type: String,
    pub body: Vec<u8>,
}

/// A line that a guest wrote.
#[derive(Clone, Serialize)]
struct Line {
    component: String,
    request: u64,
    source: &'static str,
    text: String,
}

/// What a call has used.
#[derive(Clone, Copy)]
struct Used {
    request: u64,
    cpu: Duration,
    peak_memory: u64,
}

/// The last lines that guests wrote, and the last calls that ended.
#[derive(Default)]
pub struct Recent {
    lines: Mutex<VecDeque<Line>>,
    ended: Mutex<VecDeque<Used>>,
}

impl Recent {
    /// What guests wrote while they answered a request.
    fn of(&self, request: u64) -> Vec<Line> {
        lock(&self.lines).iter().filter(|line| line.request == request).cloned().collect()
    }

    pub(crate) fn ended(&self, outcome: &Outcome<'_>) {
        push(&self.ended, Used { request: outcome.request, cpu: outcome.cpu, peak_memory: outcome.peak_memory });
    }

    fn used(&self, request: u64) -> Option<Used> {
        lock(&self.ended).iter().rev().find(|used| used.request == request).copied()
    }
}

impl Lines for Recent {
    fn line(&self, component: &str, request: u64, source: Source, line: &[u8]) {
        let source = if source == Source::Stdout { "stdout" } else { STDERR };
        let text = String::from_utf8_lossy(line).into_owned();
        push(&self.lines, Line { component: component.to_owned(), request, source, text });
    }
}

/// The oldest makes room.
fn push<T>(remembered: &Mutex<VecDeque<T>>, one: T) {
    let mut remembered = lock(remembered);
    if remembered.len() == REMEMBERED {
        remembered.pop_front();
    }
    remembered.push_back(one);
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What a request was, for the page about its fault.
pub(crate) struct About {
    method: String,
    uri: String,
    accept: String,
    began: Instant,
}

impl About {
    pub(crate) fn of<B>(request: &Request<B>) -> Self {
        let accept = request.headers().get(ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
        Self {
            method: request.method().to_string(),
            uri: request.uri().to_string(),
            accept: accept.to_owned(),
            began: Instant::now(),
        }
    }
}

#[derive(Serialize)]
struct Told<'a> {
    number: String,
    method: &'a str,
    uri: &'a str,
    accept: &'a str,
    component: &'a str,
    status: u16,
    /// None where the guest has answered.
    code: Option<&'static str>,
    message: &'a str,
    stack: &'a [Frame],
    lines: Vec<Line>,
}

pub struct Development {
    pages: Arc<dyn Pages>,
    recent: Arc<Recent>,
    ending: Bytes,
}

impl Development {
    pub fn new(settings: &DevelopmentSettings, pages: Arc<dyn Pages>, recent: Arc<Recent>) -> Self {
        Self { pages, recent, ending: settings.ending.clone().into() }
    }

    /// The answer to a request that failed, with a page about it.
    pub(crate) async fn explain(&self, about: &About, fault: &Fault, answer: Response<Answer>) -> Response<Answer> {
        let Fault { component, number, failure } = fault;
        self.with_page(about, component, *number, Some(failure), answer).await
    }

    /// What a guest has answered: with a page about it where its runtime has caught what went wrong, which it then wrote, and says no
    /// more than that something did; with the ending where it is a page itself.
    pub(crate) async fn extend(&self, about: &About, number: u64, answer: Response<Answer>) -> Response<Answer> {
        if !answer.status().is_server_error() || !says_nothing(answer.headers()) {
            return self.end(answer);
        }
        let lines = self.recent.of(number);
        match lines.iter().find(|line| line.source == STDERR) {
            Some(Line { component, .. }) => self.with_page(about, component, number, None, answer).await,
            None => answer,
        }
    }

    async fn with_page(
        &self,
        about: &About,
        component: &str,
        number: u64,
        failure: Option<&Failure>,
        mut answer: Response<Answer>,
    ) -> Response<Answer> {
        let told = Told {
            number: crate::logs::number(number),
            method: &about.method,
            uri: &about.uri,
            accept: &about.accept,
            component,
            status: answer.status().as_u16(),
            code: failure.map(|failure| failure.code.as_str()),
            message: failure.map_or("", |failure| &failure.message),
            stack: failure.map_or(&[], |failure| &failure.stack),
            lines: self.recent.of(number),
        };
        let Ok(told) = serde_json::to_string(&told) else { return answer };
        let pages = self.pages.clone();
        // Whoever draws waits for others: not on the thread that serves.
        let drawn = tokio::task::spawn_blocking(move || pages.draw(&told)).await;
        if let Ok(Some(page)) = drawn
            && let Ok(content_type) = HeaderValue::try_from(page.content_type)
        {
            answer.headers_mut().insert(CONTENT_TYPE, content_type);
            answer.headers_mut().remove(CONTENT_LENGTH);
            if let Ok(number) = HeaderValue::try_from(crate::logs::number(number)) {
                answer.headers_mut().insert(REQUEST, number);
            }
            *answer.body_mut() = Answer::of(page.body.into());
        }
        answer
    }

    /// Say how long the answer took to begin, and what its guest used, if that has ended; for a browser's own tools.
    pub(crate) fn time(&self, about: &About, number: u64, headers: &mut HeaderMap) {
        let millis = |time: Duration| time.as_secs_f64() * 1_000.0;
        let mut timing = format!("total;dur={:.3}", millis(about.began.elapsed()));
        if let Some(Used { cpu, peak_memory, .. }) = self.recent.used(number) {
            let _ = write!(timing, ", guest;dur={:.3};desc=\"CPU of the guest\"", millis(cpu));
            let _ = write!(timing, ", memory;desc=\"{} KiB at the peak\"", peak_memory >> 10);
        }
        if let Ok(timing) = HeaderValue::try_from(timing) {
            headers.append(SERVER_TIMING, timing);
        }
    }

    /// The answer, with the ending if it is a whole page.
    fn end(&self, answer: Response<Answer>) -> Response<Answer> {
        if self.ending.is_empty() || !is_page(answer.headers()) {
            return answer;
        }
        let (mut head, body) = answer.into_parts();
        // Of a page that is answered to HEAD, nothing is here.
        if matches!(body, Answer::Whole(_)) && body.is_empty() {
            return Response::from_parts(head, body);
        }
        // Its length is told by the body, where that is known.
        head.headers.remove(CONTENT_LENGTH);
        Response::from_parts(head, body.followed_by(self.ending.clone()))
    }
}

fn is_page(headers: &HeaderMap) -> bool {
    let is_html = headers.get(CONTENT_TYPE).is_some_and(|value| value.as_bytes().to_ascii_lowercase().starts_with(b"text/html"));
    is_html && !headers.contains_key(CONTENT_ENCODING)
}

/// Neither a page nor data: what runtimes answer where the handler failed.
fn says_nothing(headers: &HeaderMap) -> bool {
    let is_text = headers.get(CONTENT_TYPE).is_none_or(|value| value.as_bytes().starts_with(b"text/plain"));
    is_text && !headers.contains_key(CONTENT_ENCODING)
}

#[cfg(test)]
mod tests {
    use super::*;
    use http_body_util::BodyExt;

    struct Nothing;

    impl Pages for Nothing {
        fn draw(&self, _: &str) -> Option<Page> {
            None
        }
    }

    fn ended(headers: &[(&'static str, &'static str)], body: &'static str) -> (HeaderMap, String) {
        let settings = DevelopmentSettings { ending: "<script>".into() };
        let development = Development::new(&settings, Arc::new(Nothing), Arc::default());
        let mut answer = Response::new(Answer::of(Bytes::from_static(body.as_bytes())));
        for (name, value) in headers {
            answer.headers_mut().insert(*name, HeaderValue::from_static(value));
        }
        let (head, body) = development.end(answer).into_parts();
        let body = futures::executor::block_on(body.collect()).unwrap().to_bytes();
        (head.headers, String::from_utf8(body.to_vec()).unwrap())
    }

    #[test]
    fn a_page_gets_its_ending_and_loses_the_length_that_it_had() {
        let (headers, body) = ended(&[("content-type", "Text/HTML; charset=utf-8"), ("content-length", "4")], "page");
        assert_eq!(body, "page<script>");
        assert!(!headers.contains_key(CONTENT_LENGTH));
    }

    #[test]
    fn what_is_no_page_or_is_coded_or_empty_stays_as_it_is() {
        assert_eq!(ended(&[("content-type", "application/json")], "{}").1, "{}");
        assert_eq!(ended(&[("content-type", "text/html"), ("content-encoding", "gzip")], "page").1, "page");
        let (headers, body) = ended(&[("content-type", "text/html"), ("content-length", "4")], "");
        assert_eq!((body.as_str(), headers.len()), ("", 2));
    }

    #[test]
    fn the_lines_of_a_request_are_found_until_they_are_old() {
        let recent = Recent::default();
        recent.line("api", 1, Source::Stdout, b"first");
        recent.line("api", 2, Source::Stderr, b"second");
        assert_eq!(recent.of(2).iter().map(|line| line.text.as_str()).collect::<Vec<_>>(), ["second"]);
        (0..REMEMBERED).for_each(|_| recent.line("api", 3, Source::Stdout, b"more"));
        assert!(recent.of(1).is_empty() && recent.of(3).len() == REMEMBERED);
    }
}
