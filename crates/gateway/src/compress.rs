//! Whether an answer is compressed, and how its head then reads: RFC 9110, sections 8.4, 8.8.3 and 12.5.

use crate::coding::{Coding, Packed, at_once};
use atoll_engine::settle::{Answer, BrokenOff};
use bytes::Bytes;
use http::header::{
    ACCEPT_ENCODING, ACCEPT_RANGES, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, ETAG,
    HeaderMap, HeaderName, HeaderValue, VARY,
};
use http::{Method, Request, Response, StatusCode, Version};
use http_body::{Body, Frame, SizeHint};
use std::pin::Pin;
use std::task::{Context, Poll};

/// Below this, head and coding cost more than they spare.
const LEAST: u64 = 1_024;
/// An answer that is here and no longer than this is compressed at once, and keeps a length.
const AT_ONCE: u64 = 64 << 10;
/// Who writes these has fixed the bytes of the answer.
const FIXED: [HeaderName; 5] = [
    CONTENT_ENCODING,
    CONTENT_RANGE,
    HeaderName::from_static("content-digest"),
    HeaderName::from_static("repr-digest"),
    HeaderName::from_static("digest"),
];
const TYPES: [&str; 6] = [
    "application/javascript",
    "application/json",
    "application/wasm",
    "application/x-javascript",
    "application/x-ndjson",
    "application/xml",
];

/// The body of an answer as it is sent.
pub(crate) enum Sent {
    Plain(Answer),
    Packed(Box<Packed>),
}

/// What a request says about the coding of its answer.
pub(crate) struct Accepts {
    coding: Option<Coding>,
    is_head: bool,
    /// HTTP/1.0 cannot tell the end of an answer without a length from its breaking off.
    needs_length: bool,
}

impl Accepts {
    pub(crate) fn of<B>(request: &Request<B>) -> Self {
        Self {
            coding: preferred(request.headers()),
            is_head: request.method() == Method::HEAD,
            needs_length: request.version() < Version::HTTP_11,
        }
    }

    /// The answer, compressed where the client takes it and the answer gains by it.
    pub(crate) fn apply(&self, response: Response<Answer>) -> Response<Sent> {
        let (mut head, body) = response.into_parts();
        if !is_compressible(head.status, &head.headers) {
            return Response::from_parts(head, Sent::Plain(body));
        }
        vary(&mut head.headers);
        let body = match self.coding {
            Some(coding) => self.pack(coding, body, &mut head.headers),
            None => Sent::Plain(body),
        };
        Response::from_parts(head, body)
    }

    fn pack(&self, coding: Coding, body: Answer, headers: &mut HeaderMap) -> Sent {
        let announced = headers.get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
        let here = body.size_hint().exact();
        if self.is_head && here.unwrap_or(0) == 0 {
            // As the answer to GET would read, as far as that is known.
            if announced.is_some_and(|length| length >= LEAST) && !self.needs_length {
                encoded(coding, headers);
            }
            return Sent::Plain(body);
        }
        match here.or(announced) {
            Some(length) if length < LEAST => Sent::Plain(body),
            Some(length) if here.is_some() && length <= AT_ONCE => match at_once(coding, body) {
                Ok(packed) => {
                    encoded(coding, headers);
                    Sent::Plain(packed)
                }
                Err(body) => Sent::Plain(body),
            },
            _ if self.needs_length => Sent::Plain(body),
            _ => match Packed::new(coding, body) {
                Ok(packed) => {
                    encoded(coding, headers);
                    Sent::Packed(Box::new(packed))
                }
                Err(body) => Sent::Plain(body),
            },
        }
    }
}

fn is_compressible(status: StatusCode, headers: &HeaderMap) -> bool {
    let bodyless = status.is_informational() || matches!(status.as_u16(), 204..=206 | 304);
    if bodyless || FIXED.iter().any(|name| headers.contains_key(name)) || says(headers, &CACHE_CONTROL, "no-transform") {
        return false;
    }
    let Some(content_type) = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()) else { return false };
    let essence = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    essence.starts_with("text/") || TYPES.contains(&&*essence) || essence.ends_with("+json") || essence.ends_with("+xml")
}

/// Whether one of the header's comma-separated words is this one.
fn says(headers: &HeaderMap, name: &HeaderName, word: &str) -> bool {
    let values = headers.get_all(name).iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).any(|each| each.trim().eq_ignore_ascii_case(word))
}

/// What is kept of this answer depends on the request, whether it is compressed now or not.
fn vary(headers: &mut HeaderMap) {
    if !says(headers, &VARY, "*") && !says(headers, &VARY, ACCEPT_ENCODING.as_str()) {
        headers.append(VARY, HeaderValue::from_static("accept-encoding"));
    }
}

fn encoded(coding: Coding, headers: &mut HeaderMap) {
    headers.insert(CONTENT_ENCODING, HeaderValue::from_static(coding.name()));
    headers.remove(CONTENT_LENGTH);
    // Ranges count the bytes of the answer as it was.
    headers.remove(ACCEPT_RANGES);
    let strong = headers.get(ETAG).filter(|tag| !tag.as_bytes().starts_with(b"W/"));
    if let Some(weak) = strong.and_then(|tag| HeaderValue::from_bytes(&[b"W/", tag.as_bytes()].concat()).ok()) {
        headers.insert(ETAG, weak);
    }
}

/// The coding that the client likes best, and of those that it likes as much the one that costs least.
fn preferred(headers: &HeaderMap) -> Option<Coding> {
    let values = headers.get_all(ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok());
    let wanted: Vec<(String, u16)> = values.flat_map(|value| value.split(',')).filter_map(weighted).collect();
    let weight = |names: &[&str]| wanted.iter().find(|(name, _)| names.contains(&name.as_str())).map(|(_, weight)| *weight);
    let any = weight(&["*"]);
    let plain = weight(&["identity"]).unwrap_or(0);
    let best = Coding::ALL.into_iter().map(|coding| (weight(coding.names()).or(any).unwrap_or(0), coding));
    // The first of several with the highest weight.
    let (weight, coding) = best.reduce(|best, next| if next.0 > best.0 { next } else { best })?;
    (weight > 0 && weight >= plain).then_some(coding)
}

/// `gzip;q=0.5` as its name in lower case and thousandths.
fn weighted(text: &str) -> Option<(String, u16)> {
    let mut parts = text.split(';').map(str::trim);
    let name = parts.next().filter(|name| !name.is_empty())?.to_ascii_lowercase();
    let weight = parts.find_map(|part| part.strip_prefix("q=").or_else(|| part.strip_prefix("Q=")));
    let weight = match weight {
        None => 1_000.0,
        Some(number) => number.parse::<f32>().ok().filter(|weight| (0.0..=1.0).contains(weight))? * 1_000.0,
    };
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and 1000")]
    Some((name, weight as u16))
}

impl Body for Sent {
    type Data = Bytes;
    type Error = BrokenOff;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BrokenOff>>> {
        match self.get_mut() {
            Self::Plain(answer) => Pin::new(answer).poll_frame(cx),
            Self::Packed(packed) => packed.poll(cx),
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Plain(answer) => answer.is_end_stream(),
            Self::Packed(_) => false,
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Plain(answer) => answer.size_hint(),
            Self::Packed(_) => SizeHint::default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(value: &str) -> Option<Coding> {
        preferred(&HeaderMap::from_iter([(ACCEPT_ENCODING, HeaderValue::from_str(value).unwrap())]))
    }

    #[test]
    fn the_client_chooses_by_weight_and_the_server_among_equals() {
        assert_eq!(asked("gzip, deflate, br, zstd"), Some(Coding::Zstd));
        assert_eq!(asked("gzip, br"), Some(Coding::Brotli));
        assert_eq!(asked("br;q=0.5, gzip;q=0.8"), Some(Coding::Gzip));
        assert_eq!(asked("BR ; q=0.999, x-gzip;q=0.2"), Some(Coding::Brotli));
        assert_eq!(asked("*"), Some(Coding::Zstd));
        assert_eq!(asked("*;q=0.1, zstd;q=0"), Some(Coding::Brotli));
        assert_eq!(asked("identity, *;q=0"), None);
        assert_eq!(asked("identity, gzip;q=0.5"), None);
        assert_eq!(asked("gzip;q=0"), None);
        assert_eq!(asked("gzip;q=2, deflate"), None);
        assert_eq!(asked(""), None);
    }

    #[test]
    fn only_text_and_its_like_is_worth_it() {
        let is = |content_type: &'static str| {
            is_compressible(StatusCode::OK, &HeaderMap::from_iter([(CONTENT_TYPE, HeaderValue::from_static(content_type))]))
        };
        for worth in ["text/html; charset=utf-8", "Text/Event-Stream", "application/json", "application/ld+json", "image/svg+xml"]
        {
            assert!(is(worth), "{worth}");
        }
        for not in ["image/png", "application/octet-stream", "video/mp4", "application/zip", "font/woff2", ""] {
            assert!(!is(not), "{not}");
        }
    }
}
