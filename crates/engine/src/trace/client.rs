//! A guest's outbound request under trace.

use super::{CallTrace, Kind, Moment, Span, SpanContext, TRACEPARENT, Value};
use http::{Request, StatusCode, Uri};
use std::sync::Arc;

/// The span of one outbound request, until its response begins. Dropped before that, it tells that the call ended.
pub struct ClientSpan {
    call: Arc<CallTrace>,
    context: SpanContext,
    parent: u64,
    began: Moment,
    name: String,
    attributes: Vec<(&'static str, Value)>,
    error: Option<String>,
    status: Option<StatusCode>,
}

impl ClientSpan {
    /// Let `request` carry this span's context, unless the guest set one of its own. One that it only passed on, as it came with the
    /// request that it answers, is none of its own. The context is an extension of the request as well, for calls inside the app.
    pub fn begin<B>(call: Arc<CallTrace>, request: &mut Request<B>) -> Self {
        let place = call.place();
        let context = place.child(call.spans.id());
        let headers = request.headers();
        let own = headers.get(TRACEPARENT).is_some_and(|given| *given != call.context.header());
        let carried = if own { SpanContext::of(headers) } else { None };
        if !own {
            context.put(request.headers_mut());
        }
        // A guest may trace on its own, but not decide that this server records what it would not.
        let carried = carried.map(|given| SpanContext { sampled: given.sampled && context.sampled, ..given });
        let attributes = if context.sampled { attributes(request.method().as_str(), request.uri()) } else { Vec::new() };
        let name = request.method().as_str().to_owned();
        request.extensions_mut().insert(carried.unwrap_or_else(|| context.clone()));
        let error = Some("the call ended first".into());
        Self { call, context, parent: place.span, began: Moment::now(), name, attributes, error, status: None }
    }

    /// The response began with `status`.
    pub fn answered(mut self, status: StatusCode) {
        self.status = Some(status);
        self.error = (status.is_client_error() || status.is_server_error()).then(|| status.as_u16().to_string());
    }

    /// There is no response.
    pub fn failed(mut self, error: &dyn std::fmt::Display) {
        self.error = Some(error.to_string());
    }
}

impl Drop for ClientSpan {
    fn drop(&mut self) {
        if !self.context.sampled {
            return;
        }
        let mut attributes = std::mem::take(&mut self.attributes);
        if let Some(status) = self.status {
            attributes.push(("http.response.status_code", Value::Int(status.as_u16().into())));
        }
        if let Some(error) = &self.error {
            attributes.push(("error.type", Value::Text(error.clone())));
        }
        self.call.spans.record(Span {
            context: self.context.clone(),
            parent: Some(self.parent),
            name: std::mem::take(&mut self.name),
            kind: Kind::Client,
            start: self.began.time(),
            end: self.began.end(),
            attributes,
            error: self.error.take(),
        });
    }
}

/// Without user, password and query, which may hold secrets.
fn attributes(method: &str, uri: &Uri) -> Vec<(&'static str, Value)> {
    let (scheme, host) = (uri.scheme_str().unwrap_or("https"), uri.host().unwrap_or(""));
    let port = uri.port_u16().unwrap_or(if scheme == "http" { 80 } else { 443 });
    vec![
        ("http.request.method", Value::Text(method.to_owned())),
        ("url.full", Value::Text(format!("{scheme}://{host}:{port}{}", uri.path()))),
        ("server.address", Value::Text(host.to_owned())),
        ("server.port", Value::Int(port.into())),
    ]
}
