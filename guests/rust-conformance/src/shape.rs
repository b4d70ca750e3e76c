//! How a request looks to the guest: `GET http://example.com/base/path/end/rest?key=value` on `/base/:path_segment/:path_end/...`.
use crate::{Outcome, expect};
use std::net::SocketAddr;
use wasip2::http::types::{IncomingRequest, Method, Scheme};

const URL: &str = "http://example.com/base/path/end/rest?key=value";
const ROUTE: &str = "/base/:path_segment/:path_end/...";
const HEADERS: [(&str, &str); 8] = [
    ("spin-base-path", "/"),
    ("spin-component-route", "/base/:path_segment/:path_end"),
    ("spin-full-url", URL),
    ("spin-matched-route", ROUTE),
    ("spin-path-info", "/rest"),
    ("spin-path-match-path-end", "end"),
    ("spin-path-match-path-segment", "path"),
    ("spin-raw-component-route", ROUTE),
];

pub fn expected(request: &IncomingRequest) -> Outcome {
    expect(matches!(request.method(), Method::Get), "GET")?;
    expect(request.authority().as_deref() == Some("example.com"), "the authority of the Host header")?;
    expect(request.path_with_query().as_deref() == Some("/base/path/end/rest?key=value"), "the path as it came")?;
    expect(matches!(request.scheme(), Some(Scheme::Http)), "HTTP")?;

    let mut ours: Vec<_> = request.headers().entries().into_iter().filter(|(name, _)| is_platforms(name)).collect();
    ours.sort();
    let client = ours.iter().position(|(name, _)| name == "spin-client-addr").map(|at| ours.remove(at).1);
    let is_address = |text: Vec<u8>| String::from_utf8(text).is_ok_and(|text| text.parse::<SocketAddr>().is_ok());
    expect(client.is_none_or(is_address), "a client with address and port")?;
    let same = ours.iter().map(|(name, value)| (name.as_str(), value.as_slice())).eq(HEADERS.map(|(name, value)| (name, value.as_bytes())));
    expect(same, &format!("{HEADERS:?}, not {ours:?}"))
}

fn is_platforms(name: &str) -> bool {
    name.starts_with("spin-") || name.starts_with("spin_")
}
