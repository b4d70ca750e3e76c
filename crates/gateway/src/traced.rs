//! The span of one request, from its head to the end of its answer.

use crate::dispatch::{Client, Led};
use crate::telemetry::Telemetry;
use atoll_engine::trace::{CallTrace, Kind, Moment, Span, SpanContext, Spans, Value};
use atoll_rules::headers::Scheme;
use http::header::{HOST, USER_AGENT};
use http::uri::Authority;
use http::{Request, StatusCode, Version};
use std::sync::Arc;

/// A request's own span. It ends where it is dropped.
pub(crate) struct ServerSpan {
    telemetry: Arc<Telemetry>,
    context: SpanContext,
    parent: Option<u64>,
    began: Moment,
    name: String,
    attributes: Vec<(&'static str, Value)>,
    error: Option<String>,
}

impl ServerSpan {
    /// Below the context that the request carries, or of a new trace. What answers finds it among the request's extensions.
    pub(crate) fn begin<B>(telemetry: &Arc<Telemetry>, request: &mut Request<B>, client: &Client, number: u64) -> Self {
        let parent = SpanContext::of(request.headers());
        let context = telemetry.begin(parent.as_ref());
        let attributes = if context.sampled { asked(request, client, number) } else { Vec::new() };
        let name = request.method().as_str().to_owned();
        request.extensions_mut().insert(context.clone());
        Self {
            telemetry: telemetry.clone(),
            context,
            parent: parent.map(|parent| parent.span),
            began: Moment::now(),
            name,
            attributes,
            error: Some("the client left before the answer".to_owned()),
        }
    }

    /// The answer begins.
    pub(crate) fn answered(&mut self, status: StatusCode, led: &Led<'_>, component: Option<&str>) {
        self.error = status.is_server_error().then(|| status.as_u16().to_string());
        if !self.context.sampled {
            return;
        }
        self.attributes.push(("http.response.status_code", Value::Int(status.as_u16().into())));
        if let Some(route) = led.route {
            self.name = format!("{} {route}", self.name);
            self.attributes.push(("http.route", Value::Text(route.to_owned())));
        }
        if let Some(component) = component {
            self.attributes.push(("atoll.component", Value::Text(component.to_owned())));
        }
    }
}

impl Drop for ServerSpan {
    fn drop(&mut self) {
        if !self.context.sampled {
            return;
        }
        let mut attributes = std::mem::take(&mut self.attributes);
        if let Some(error) = &self.error {
            attributes.push(("error.type", Value::Text(error.clone())));
        }
        self.telemetry.record(Span {
            context: self.context.clone(),
            parent: self.parent,
            name: std::mem::take(&mut self.name),
            kind: Kind::Server,
            start: self.began.time(),
            end: self.began.end(),
            attributes,
            error: self.error.take(),
        });
    }
}

/// Without the query, which may hold secrets.
fn asked<B>(request: &Request<B>, client: &Client, number: u64) -> Vec<(&'static str, Value)> {
    let scheme = if client.scheme == Scheme::Https { "https" } else { "http" };
    let version = match request.version() {
        Version::HTTP_2 => "2",
        Version::HTTP_10 => "1.0",
        _ => "1.1",
    };
    let text = |value: &str| Value::Text(value.to_owned());
    let mut attributes = vec![
        ("http.request.method", text(request.method().as_str())),
        ("url.path", text(request.uri().path())),
        ("url.scheme", text(scheme)),
        ("network.protocol.version", text(version)),
        ("client.address", Value::Text(client.address.ip().to_string())),
        ("faas.trigger", text("http")),
        ("atoll.request", Value::Text(crate::logs::number(number))),
    ];
    let header = |name| request.headers().get(name).and_then(|value: &http::HeaderValue| value.to_str().ok());
    // Whatever a client writes there, it is no more than a label.
    let authority = request.uri().authority().cloned().or_else(|| header(HOST)?.parse::<Authority>().ok());
    if let Some(authority) = authority {
        attributes.push(("server.address", text(authority.host())));
        attributes.extend(authority.port_u16().map(|port| ("server.port", Value::Int(port.into()))));
    }
    if let Some(agent) = header(USER_AGENT) {
        attributes.push(("user_agent.original", text(agent)));
    }
    attributes
}

/// Put the call that answers `request` under its trace, if it has one. The guest sees the context of its own call, as if that had been sent.
pub(crate) fn call<B>(telemetry: &Arc<Telemetry>, request: &mut Request<B>, number: u64) {
    let Some(parent) = request.extensions().get::<SpanContext>() else { return };
    let call = CallTrace::new(parent, number, telemetry.clone());
    telemetry.runs(number, &call.context);
    call.context.put(request.headers_mut());
    request.extensions_mut().insert(call);
}
