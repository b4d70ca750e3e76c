//! One handler whose path says what it does; the host's tests call the path they need.
mod fetch;
mod misbehave;
mod query;
mod reply;
mod socket;

use query::Query;
use reply::{Reply, body_of};
use wasip2::http::types::{Fields, IncomingRequest, ResponseOutparam};

struct Kitchen;

wasip2::http::proxy::export!(Kitchen);

impl wasip2::exports::http::incoming_handler::Guest for Kitchen {
    fn handle(request: IncomingRequest, outparam: ResponseOutparam) {
        let target = request.path_with_query().unwrap_or_default();
        let (path, rest) = target.split_once('?').unwrap_or((&target, ""));
        let query = Query::parse(rest);
        match path {
            "/echo" => echo(request, outparam),
            "/headers" => Reply::start(outparam, 200).finish_text(&headers_of(&request)),
            "/request" => Reply::start(outparam, 200).finish_text(&line_of(&request)),
            "/status" => Reply::start(outparam, query.number("code", 200) as u16).finish_text(""),
            "/stream" => stream(&query, outparam),
            "/trailers" => trailers(request, &query, outparam),
            "/drain" => Reply::start(outparam, 200).finish_text(&body_of(request).len().to_string()),
            "/sleep" => {
                std::thread::sleep(std::time::Duration::from_millis(query.number("ms", 100)));
                Reply::start(outparam, 200).finish_text("slept");
            }
            "/fetch" => fetch::get(&query.text("url"), &sent_on(&request, &query), outparam),
            // Itself, by whatever name, until someone says stop.
            "/again" => fetch::get(&format!("{}{target}", query.text("at")), &[], outparam),
            "/bind" => socket::bind(&query.text("address"), outparam),
            "/udp" => socket::udp(&query.text("address"), &query.text("text"), outparam),
            "/sockets" => socket::hoard(&query.text("address"), query.number("count", 1), outparam),
            "/tcp" => socket::tcp(&query.text("address"), &query.text("text"), outparam),
            "/env" => Reply::start(outparam, 200).finish_text(&environment()),
            "/read" => file(std::fs::read_to_string(query.text("path")), outparam),
            "/write" => file(std::fs::write(query.text("path"), query.text("text")).map(|()| "written".into()), outparam),
            "/log" => {
                println!("to stdout: {}", query.text("text"));
                eprintln!("to stderr: {}", query.text("text"));
                Reply::start(outparam, 200).finish_text("logged");
            }
            "/" => Reply::start(outparam, 200).finish_text("Hello from the kitchen\n"),
            other => misbehave::or_not_found(other, outparam),
        }
    }
}

fn echo(request: IncomingRequest, outparam: ResponseOutparam) {
    let body = request.consume().unwrap();
    let input = body.stream().unwrap();
    let mut reply = Reply::start(outparam, 200);
    while let Ok(bytes) = input.blocking_read(64 * 1024) {
        reply.write(&bytes);
    }
    drop(input);
    reply.finish(None);
}

fn stream(query: &Query, outparam: ResponseOutparam) {
    let chunk = vec![b'x'; query.number("size", 64 * 1024) as usize];
    let pause = std::time::Duration::from_millis(query.number("pause", 0));
    let mut reply = Reply::start(outparam, 200);
    for _ in 0..query.number("chunks", 16) {
        reply.write(&chunk);
        if !pause.is_zero() {
            std::thread::sleep(pause);
        }
    }
    reply.finish(None);
}

/// HTTP/1.1 sends those trailers that the head announces: `announce=1` does so.
fn trailers(request: IncomingRequest, query: &Query, outparam: ResponseOutparam) {
    let length = body_of(request).len().to_string();
    let announced = (query.number("announce", 0) == 1).then(|| ("trailer".to_owned(), b"x-length".to_vec()));
    let mut reply = Reply::with_headers(outparam, 200, announced.as_slice());
    reply.write(b"the length is in the trailers\n");
    reply.finish(Some(Fields::from_list(&[("x-length".into(), length.into_bytes())]).unwrap()));
}

fn headers_of(request: &IncomingRequest) -> String {
    let entries = request.headers().entries();
    entries.iter().map(|(name, value)| format!("{name}: {}\n", String::from_utf8_lossy(value))).collect()
}

/// What the query names as `header=NAME:VALUE`, and the trace.
fn sent_on(request: &IncomingRequest, query: &Query) -> Vec<(String, Vec<u8>)> {
    let mut headers = traced(request, query);
    if let Some((name, value)) = query.text("header").split_once(':') {
        headers.push((name.to_owned(), value.as_bytes().to_vec()));
    }
    headers
}

/// The `traceparent` that an outbound request is to carry: `traceparent=VALUE`, or with `pass=1` the one that came.
fn traced(request: &IncomingRequest, query: &Query) -> Vec<(String, Vec<u8>)> {
    let name = "traceparent".to_owned();
    let own = Some(query.text(&name)).filter(|own| !own.is_empty()).map(String::into_bytes);
    let passed = || (query.number("pass", 0) == 1).then(|| request.headers().get(&name).into_iter().next()).flatten();
    own.or_else(passed).map(|value| (name, value)).into_iter().collect()
}

fn line_of(request: &IncomingRequest) -> String {
    format!(
        "{:?} {:?} {:?} {:?}\n",
        request.method(),
        request.scheme(),
        request.authority().unwrap_or_default(),
        request.path_with_query().unwrap_or_default()
    )
}

fn environment() -> String {
    std::env::vars().map(|(name, value)| format!("{name}={value}\n")).collect()
}

fn file(outcome: std::io::Result<String>, outparam: ResponseOutparam) {
    match outcome {
        Ok(text) => Reply::start(outparam, 200).finish_text(&text),
        Err(refused) => Reply::start(outparam, 403).finish_text(&refused.to_string()),
    }
}
