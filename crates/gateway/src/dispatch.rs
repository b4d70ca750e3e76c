//! From a request to its answer: own paths, checks, route, component.

use crate::access::AccessLog;
use crate::answer::{busy, empty, refusal};
use crate::app::{Leads, LoadedApp, Target};
use crate::development::{About, Development};
use crate::locked::Executor;
use crate::observed::Observed;
use crate::settings::HttpSettings;
use crate::wagi::Cgi;
use atoll_engine::Body;
use atoll_engine::call::{self, Calls, Kept, NoAnswer};
use atoll_engine::error::Code;
use atoll_engine::observe::Failure;
use atoll_engine::settle::Answer;
use atoll_rules::headers::{self, Facts, Scheme};
use atoll_rules::routes::Match;
use atoll_rules::wagi;
use bytes::Bytes;
use http::{HeaderName, HeaderValue, Request, Response, StatusCode};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use std::net::SocketAddr;
use std::sync::Arc;
use wasmtime_wasi_http::Error;

/// In the answer to a request that failed: its number, which the log knows it by.
pub(crate) const REQUEST: HeaderName = HeaderName::from_static("atoll-request");

/// Answers every request of one process.
pub struct Dispatcher {
    pub app: LoadedApp,
    pub calls: Calls,
    /// Kept instances, for the components that ask for reuse.
    pub kept: Vec<Option<Kept>>,
    pub access: AccessLog,
    pub http: HttpSettings,
    /// None where nobody measures.
    pub observed: Option<Observed>,
    /// None where users ask.
    pub development: Option<Arc<Development>>,
}

/// A request's body, from wherever it comes.
pub trait Inbound:
    http_body::Body<Data = Bytes, Error: Into<Box<dyn std::error::Error + Send + Sync>>> + Send + Unpin + 'static
{
}

impl<B> Inbound for B
where
    B: http_body::Body<Data = Bytes> + Send + Unpin + 'static,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
}

/// Who asks.
#[derive(Clone)]
pub struct Client {
    pub address: SocketAddr,
    /// The address as a header's value, made once a connection.
    pub header: HeaderValue,
    pub scheme: Scheme,
}

impl Dispatcher {
    /// Answer `request`. Whatever it holds, there is an answer.
    pub async fn answer<B: Inbound>(&self, request: Request<B>, client: &Client) -> Response<Answer> {
        let number = self.calls.number();
        let about = self.development.as_ref().map(|development| (development, About::of(&request)));
        let mut answer = if self.access.is_off() && self.observed.is_none() {
            self.respond(request, client, number).await.1
        } else {
            self.noted(request, client, number).await
        };
        if let Some((development, about)) = &about {
            development.time(about, number, answer.headers_mut());
        }
        if let Some(fault) = answer.extensions_mut().remove::<Fault>() {
            if let Ok(number) = HeaderValue::try_from(crate::logs::number(fault.number)) {
                answer.headers_mut().insert(REQUEST, number);
            }
            return match about {
                Some((development, about)) => development.explain(&about, &fault, answer).await,
                None => answer,
            };
        }
        match about {
            Some((development, about)) => development.extend(&about, number, answer).await,
            None => answer,
        }
    }

    /// The answer to what passes the checks, and the component that gave it.
    pub(crate) async fn respond<B: Inbound>(
        &self,
        request: Request<B>,
        client: &Client,
        number: u64,
    ) -> (Led<'_>, Response<Answer>) {
        if let Some(refused) = self.checked(&request) {
            return (Led::default(), refused);
        }
        let most = usize::try_from(self.http.max_body_bytes).unwrap_or(usize::MAX);
        let request = request.map(|body| Limited::new(body, most).map_err(body_error).boxed_unsync());
        self.route(request, client, number).await
    }

    fn checked<B: http_body::Body>(&self, request: &Request<B>) -> Option<Response<Answer>> {
        if request.method() == http::Method::CONNECT {
            return Some(refusal(StatusCode::METHOD_NOT_ALLOWED, "this server is no proxy"));
        }
        let target = request.uri().path_and_query().map_or(0, |target| target.as_str().len());
        if target > self.http.max_uri_bytes {
            return Some(refusal(StatusCode::URI_TOO_LONG, format!("the URI is longer than {} bytes", self.http.max_uri_bytes)));
        }
        // Of HTTP/1, hyper refuses as many itself.
        if request.headers().len() > self.http.max_headers {
            let why = format!("the request has more than {} headers", self.http.max_headers);
            return Some(refusal(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE, why));
        }
        let length = http_body::Body::size_hint(request.body()).exact();
        if length.is_some_and(|length| length > self.http.max_body_bytes) {
            let why = format!("the body is longer than {} bytes", self.http.max_body_bytes);
            return Some(refusal(StatusCode::PAYLOAD_TOO_LARGE, why));
        }
        None
    }

    /// The answer of the app's routes, and the component that gave it.
    pub(crate) async fn route(&self, mut request: Request<Body>, client: &Client, number: u64) -> (Led<'_>, Response<Answer>) {
        let authority = headers::authority(request.version(), client.scheme, request.uri(), request.headers());
        let authority = match authority {
            Ok(authority) => authority.to_owned(),
            Err(bad) => return (Led::default(), refusal(StatusCode::BAD_REQUEST, bad.to_string())),
        };
        let uri = request.uri().clone();
        if let Some(own) = self.app.own.find(uri.path()) {
            return (Led::default(), own);
        }
        let Some(found) = self.app.router.find(uri.path()) else {
            return (Led::default(), empty(StatusCode::NOT_FOUND));
        };
        let led = Led { component: None, route: Some(found.route().raw()) };
        match &found.value().target {
            Target::Fixed(fixed) => (led, fixed.answer()),
            Target::Component { index, executor } => {
                let asked = Asked { found, client, authority: &authority, number };
                let prepared = match executor {
                    Executor::Wagi { argv, .. } => self.cgi(*index, argv, request, &asked).await,
                    Executor::Http => match asked.prepare(&mut request) {
                        Ok(()) => self.call(*index, request, number).await,
                        Err(bad) => refusal(StatusCode::BAD_REQUEST, bad.to_string()),
                    },
                };
                (Led { component: Some(*index), ..led }, prepared)
            }
        }
    }

    /// Call the component at `index` over HTTP.
    pub(crate) async fn call(&self, index: usize, mut request: Request<Body>, number: u64) -> Response<Answer> {
        self.traced(&mut request, number);
        let answered = call::http(&self.calls, &self.app.sandboxes[index], self.kept[index].as_ref(), request, number).await;
        answered.unwrap_or_else(|none| self.without_answer(none, index, number))
    }

    async fn cgi(&self, index: usize, argv: &str, mut request: Request<Body>, asked: &Asked<'_>) -> Response<Answer> {
        self.traced(&mut request, asked.number);
        let sandbox = &self.app.sandboxes[index];
        let tape = sandbox.tape(&request, asked.number);
        let (head, body) = request.into_parts();
        let body = match body.collect().await {
            Ok(body) => body.to_bytes(),
            Err(error) => return refusal(StatusCode::BAD_REQUEST, format!("the body cannot be read: {error}")),
        };
        let about = wagi::Request {
            method: &head.method,
            uri: &head.uri,
            version: head.version,
            scheme: asked.client.scheme,
            headers: &head.headers,
            authority: Some(asked.authority),
            client: asked.client.address,
            body_bytes: body.len() as u64,
        };
        let cgi = Cgi {
            args: wagi::arguments(argv, &head.uri),
            env: wagi::environment(&about, &asked.found),
            body,
            number: asked.number,
            tape,
            trace: head.extensions.get().cloned(),
        };
        let answered = self.wagi(sandbox, cgi).await;
        answered.unwrap_or_else(|none| self.without_answer(none, index, asked.number))
    }

    fn without_answer(&self, none: NoAnswer, index: usize, number: u64) -> Response<Answer> {
        let failure = match none {
            NoAnswer::Refused(_) => return busy(),
            NoAnswer::Failed(failure) if failure.code == Code::LimitConcurrency => return busy(),
            NoAnswer::Failed(failure) => failure,
        };
        let mut response = empty(match failure.code {
            Code::LimitDeadline => StatusCode::GATEWAY_TIMEOUT,
            _ => StatusCode::INTERNAL_SERVER_ERROR,
        });
        response.extensions_mut().insert(Fault { component: self.app.sandboxes[index].id.clone(), number, failure });
        response
    }
}

/// Where a request was led: the component that answered, by its index, and the route as written.
#[derive(Clone, Copy, Default)]
pub(crate) struct Led<'a> {
    pub(crate) component: Option<usize>,
    pub(crate) route: Option<&'a str>,
}

/// A request that found its route.
struct Asked<'a> {
    found: Match<'a, 'a, Leads>,
    client: &'a Client,
    authority: &'a str,
    number: u64,
}

impl Asked<'_> {
    /// Give the request the headers and the whole URI that the guest sees.
    fn prepare(&self, request: &mut Request<Body>) -> Result<(), headers::BadPath> {
        let target = request.uri().path_and_query().map_or("/", |target| target.as_str()).to_owned();
        let full_url = headers::full_url(self.client.scheme, self.authority, &target)?;
        let facts = Facts { full_url, client_addr: self.client.header.clone() };
        headers::apply(request.headers_mut(), &self.found.value().headers, &self.found, facts)?;
        let uri = http::Uri::builder().scheme(self.client.scheme.as_str()).authority(self.authority).path_and_query(target);
        *request.uri_mut() = uri.build().map_err(|_| headers::BadPath)?;
        Ok(())
    }
}

/// Why a request has no answer from its guest: an extension of the answer that it gets instead.
#[derive(Clone, Debug)]
pub(crate) struct Fault {
    pub(crate) component: Arc<str>,
    pub(crate) number: u64,
    pub(crate) failure: Failure,
}

fn body_error(error: Box<dyn std::error::Error + Send + Sync>) -> Error {
    let error = match error.downcast::<hyper::Error>() {
        Ok(error) => return Error::Hyper(*error),
        Err(other) => other,
    };
    match error.downcast::<Error>() {
        Ok(error) => *error,
        Err(other) if other.is::<LengthLimitError>() => Error::HttpRequestBodySize(None),
        Err(other) => Error::InternalError(Some(other.to_string())),
    }
}

/// An answer on its way to a guest inside the app.
pub(crate) fn inward(response: Response<Answer>) -> Response<Body> {
    response.map(|answer| answer.map_err(|broken| Error::InternalError(Some(broken.to_string()))).boxed_unsync())
}
