//! Standard output as a response.

use http::StatusCode;
use http::header::{self, HeaderMap, HeaderName, HeaderValue};

/// What the client gets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Response<'a> {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: &'a [u8],
}

const NO_HEADERS: &str = "Exactly one of 'location' or 'content-type' must be specified";

/// Read header lines up to the first empty one, then the body. At least one of `Content-Type`, `Location` (302 unless
/// there is a `Status`) and `Status` must be there, or the answer is 500; a status that is no final one makes it 502. A line
/// without a colon is passed over. The length and the connection are the host's to say, not the guest's.
pub fn respond(output: &[u8]) -> Response<'_> {
    let Some((head, body)) = split(output) else { return failed(StatusCode::INTERNAL_SERVER_ERROR, NO_HEADERS) };
    let mut headers = HeaderMap::new();
    let (mut status, mut bad_status) = (None, false);
    for (name, value) in head.split(|byte| *byte == b'\n').filter_map(field) {
        if name == "status" {
            status = final_status(value.as_bytes());
            bad_status = status.is_none();
        } else if !is_of_host(&name) {
            headers.append(name, value);
        }
    }
    if bad_status {
        return failed(StatusCode::BAD_GATEWAY, "");
    }
    let status = match status {
        Some(status) => status,
        None if headers.contains_key(header::LOCATION) => StatusCode::FOUND,
        None if headers.contains_key(header::CONTENT_TYPE) => StatusCode::OK,
        None => return failed(StatusCode::INTERNAL_SERVER_ERROR, NO_HEADERS),
    };
    Response { status, headers, body }
}

fn failed(status: StatusCode, body: &'static str) -> Response<'static> {
    Response { status, headers: HeaderMap::new(), body: body.as_bytes() }
}

/// Head and body, parted by an empty line. A `\r` before a line's end does not count.
fn split(output: &[u8]) -> Option<(&[u8], &[u8])> {
    let mut start = 0;
    while let Some(length) = output[start..].iter().position(|byte| *byte == b'\n') {
        let end = start + length;
        if matches!(&output[start..end], b"" | b"\r") {
            return Some((&output[..start], &output[end + 1..]));
        }
        start = end + 1;
    }
    None
}

fn field(line: &[u8]) -> Option<(HeaderName, HeaderValue)> {
    let colon = line.iter().position(|byte| *byte == b':')?;
    let name = HeaderName::from_bytes(line[..colon].trim_ascii()).ok()?;
    let value = HeaderValue::from_bytes(line[colon + 1..].trim_ascii()).ok()?;
    Some((name, value))
}

/// `404` or `404 Not Found`. Informational statuses are not a guest's to send.
fn final_status(value: &[u8]) -> Option<StatusCode> {
    let code = value.split(|byte| *byte == b' ').next()?;
    StatusCode::from_bytes(code).ok().filter(|status| (200..600).contains(&status.as_u16()))
}

fn is_of_host(name: &HeaderName) -> bool {
    [header::CONNECTION, header::CONTENT_LENGTH, header::TRANSFER_ENCODING, header::UPGRADE].contains(name)
        || name == "keep-alive"
}
