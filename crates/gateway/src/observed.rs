//! What a dispatcher notes of each request where metrics, traces or the access log are on.

use crate::access::Request as Accessed;
use crate::dispatch::{Client, Dispatcher, Inbound};
use crate::metrics::{ComponentMetrics, HOST, Metrics, method};
use crate::telemetry::Telemetry;
use crate::traced::{self, ServerSpan};
use atoll_engine::Sandbox;
use atoll_engine::settle::Answer;
use bytes::Buf;
use http::{Request, Response};
use http_body::{Body, Frame, SizeHint};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Instant;

/// Who wants to know of requests; one of them at least.
pub struct Observed {
    pub(crate) counted: Option<Counted>,
    pub(crate) telemetry: Option<Arc<Telemetry>>,
}

/// The counters of a dispatcher's components, by their index.
pub(crate) struct Counted {
    metrics: Arc<Metrics>,
    components: Vec<Arc<ComponentMetrics>>,
    host: Arc<ComponentMetrics>,
}

impl Counted {
    /// Count the calls of `sandboxes` from now on.
    pub(crate) fn new(metrics: Arc<Metrics>, sandboxes: &[Arc<Sandbox>]) -> Self {
        let counted = sandboxes.iter().map(|sandbox| {
            let component = metrics.component(&sandbox.id);
            sandbox.count(component.calls.clone());
            component
        });
        Self { components: counted.collect(), host: metrics.component(HOST), metrics }
    }

    fn component(&self, index: Option<usize>) -> &Arc<ComponentMetrics> {
        index.and_then(|index| self.components.get(index)).unwrap_or(&self.host)
    }
}

impl Dispatcher {
    fn counted(&self) -> Option<&Counted> {
        self.observed.as_ref()?.counted.as_ref()
    }

    /// Put the call that answers `request` under its trace, if it has one.
    pub(crate) fn traced<B>(&self, request: &mut Request<B>, number: u64) {
        if let Some(observed) = &self.observed
            && let Some(telemetry) = &observed.telemetry
        {
            traced::call(telemetry, request, number);
        }
    }

    /// Answer `request`, and note it wherever somebody wants to know.
    pub(crate) async fn noted<B: Inbound>(&self, mut request: Request<B>, client: &Client, number: u64) -> Response<Answer> {
        let started = Instant::now();
        let asked = request.method().clone();
        let path = (!self.access.is_off()).then(|| request.uri().path().to_owned());
        let telemetry = self.observed.as_ref().and_then(|observed| observed.telemetry.as_ref());
        let span = telemetry.map(|telemetry| ServerSpan::begin(telemetry, &mut request, client, number));
        let (led, mut response) = match self.counted() {
            Some(counted) => {
                let metrics = counted.metrics.clone();
                self.respond(request.map(|body| Received { body, metrics }), client, number).await
            }
            None => self.respond(request, client, number).await,
        };
        let component = led.component.map(|index| &*self.app.sandboxes[index].id);
        if let Some(path) = path {
            let accessed = Accessed { number, client: client.address, method: &asked, path: &path, started };
            self.access.note(&accessed, component.unwrap_or(""), response.status());
        }
        let span = span.map(|mut span| {
            span.answered(response.status(), &led, component);
            span
        });
        let counted = self.counted().map(|counted| counted.component(led.component).clone());
        if let Some(counted) = &counted {
            counted.answered(method(&asked), response.status());
        }
        on_end(response.body_mut(), started, counted, span);
        response
    }
}

/// Count the answer and end its span when its last byte was handed over, or nobody wants it any more.
fn on_end(answer: &mut Answer, started: Instant, counted: Option<Arc<ComponentMetrics>>, span: Option<ServerSpan>) {
    let ended = move |bytes| {
        if let Some(counted) = counted {
            counted.ended(started, bytes);
        }
        drop(span);
    };
    match answer {
        Answer::Whole(_) => ended(answer.len()),
        Answer::Live(live) => live.watch(Box::new(ended)),
    }
}

/// A request's body whose bytes are counted.
struct Received<B> {
    body: B,
    metrics: Arc<Metrics>,
}

impl<B: Inbound> Body for Received<B> {
    type Data = bytes::Bytes;
    type Error = B::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Self::Data>, Self::Error>>> {
        let polled = Pin::new(&mut self.body).poll_frame(cx);
        if let Poll::Ready(Some(Ok(frame))) = &polled
            && let Some(data) = frame.data_ref()
        {
            self.metrics.received(data.remaining());
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
