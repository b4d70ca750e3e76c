//! Headers that concern one connection and end there (RFC 9110, 7.6.1).

use http::header::{self, HeaderMap, HeaderName, HeaderValue};

static KEEP_ALIVE: HeaderName = HeaderName::from_static("keep-alive");
static PROXY_CONNECTION: HeaderName = HeaderName::from_static("proxy-connection");
static HTTP2_SETTINGS: HeaderName = HeaderName::from_static("http2-settings");

/// A client must not be able to remove these by naming them in `Connection`: they decide what the guest does.
const END_TO_END: [&str; 11] = [
    "authorization",
    "cache-control",
    "content-encoding",
    "content-length",
    "content-type",
    "cookie",
    "forwarded",
    "host",
    "origin",
    "trailer",
    "x-real-ip",
];

/// Remove the headers of the connection, and those that `Connection` names.
pub(super) fn strip(headers: &mut HeaderMap) {
    let named: Vec<HeaderValue> = headers.get_all(header::CONNECTION).iter().cloned().collect();
    for name in named.iter().filter_map(|value| value.to_str().ok()).flat_map(|value| value.split(',')).map(str::trim) {
        if !is_end_to_end(name) {
            headers.remove(name);
        }
    }
    for name in [&header::CONNECTION, &KEEP_ALIVE, &PROXY_CONNECTION, &header::PROXY_AUTHORIZATION, &header::PROXY_AUTHENTICATE] {
        headers.remove(name);
    }
    for name in [&header::TRANSFER_ENCODING, &header::UPGRADE, &HTTP2_SETTINGS] {
        headers.remove(name);
    }
    // `TE: trailers` is all that HTTP/2 allows, and gRPC guests look for it.
    if headers.get(header::TE).is_some_and(|value| value != "trailers") {
        headers.remove(header::TE);
    }
}

fn is_end_to_end(name: &str) -> bool {
    let forwarded = name.get(..12).is_some_and(|start| start.eq_ignore_ascii_case("x-forwarded-"));
    forwarded || END_TO_END.iter().any(|kept| name.eq_ignore_ascii_case(kept))
}
