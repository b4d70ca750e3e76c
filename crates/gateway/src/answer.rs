//! Answers that need no guest: static responses, health and info, refusals.

use crate::locked::{AppMetadata, StaticResponse};
use atoll_engine::error::{Code, Problem};
use atoll_engine::settle::Answer;
use bytes::Bytes;
use http::header::{CONNECTION, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, RETRY_AFTER};
use http::{Response, StatusCode};

/// Paths that are the host's own, whatever the routes say.
const OWN: &str = "/.well-known/spin/";

/// An answer without a body.
pub fn empty(status: StatusCode) -> Response<Answer> {
    let mut response = Response::new(Answer::empty());
    *response.status_mut() = status;
    response
}

/// An answer that says in one line what the client did wrong.
pub fn refusal(status: StatusCode, why: impl Into<String>) -> Response<Answer> {
    let mut line: String = why.into();
    line.push('\n');
    let mut response = Response::new(Answer::of(line.into()));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    // Where this request was not understood, neither is where the next one begins.
    response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    response
}

/// Too many calls: the client may come back in a second.
pub fn busy() -> Response<Answer> {
    let mut response = empty(StatusCode::SERVICE_UNAVAILABLE);
    response.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("1"));
    response
}

/// Health and info, made once.
pub struct OwnPaths {
    info: Bytes,
}

impl OwnPaths {
    pub fn new(app: &AppMetadata) -> Self {
        let mut info = serde_json::Map::new();
        info.insert("name".into(), app.name.clone().into());
        for (key, value) in [("version", &app.version), ("oci_image_digest", &app.oci_image_digest)] {
            if let Some(value) = value {
                info.insert(key.into(), value.clone().into());
            }
        }
        Self { info: format!("{:#}", serde_json::Value::Object(info)).into() }
    }

    /// The answer, where the path is the host's own.
    pub fn find(&self, path: &str) -> Option<Response<Answer>> {
        Some(match path.strip_prefix(OWN)? {
            "health" => Response::new(Answer::of(Bytes::from_static(b"OK"))),
            "info" => {
                let mut response = Response::new(Answer::of(self.info.clone()));
                response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
                response
            }
            _ => empty(StatusCode::NOT_FOUND),
        })
    }
}

/// A static response, checked once.
pub struct Fixed {
    status: StatusCode,
    headers: HeaderMap,
    body: Bytes,
}

impl Fixed {
    /// `trigger` is the trigger's id, for the message.
    pub fn new(trigger: &str, response: &StaticResponse) -> Result<Self, Problem> {
        let bad = |what: String, value: &str| {
            Problem::new(Code::TriggerInvalid, format!("the static response of `{trigger}` has {what}"))
                .hint("use a status from 200 to 599 and headers of printable ASCII")
                .at("static_response", value)
        };
        let status = StatusCode::from_u16(response.status_code)
            .ok()
            .filter(|status| (200..600).contains(&status.as_u16()))
            .ok_or_else(|| bad(format!("the status {}", response.status_code), &response.status_code.to_string()))?;
        let mut headers = HeaderMap::new();
        for (name, value) in &response.headers {
            let pair = (HeaderName::try_from(name), HeaderValue::try_from(value));
            let (Ok(header), Ok(content)) = pair else {
                return Err(bad(format!("the header `{name}: {value}`"), name));
            };
            headers.append(header, content);
        }
        Ok(Self { status, headers, body: response.body.clone().unwrap_or_default().into() })
    }

    pub fn answer(&self) -> Response<Answer> {
        let mut response = Response::new(Answer::of(self.body.clone()));
        *response.status_mut() = self.status;
        *response.headers_mut() = self.headers.clone();
        response
    }
}
