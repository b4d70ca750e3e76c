//! What a dispatcher notes of each request where metrics, traces or the access log are on.

use crate::access::Request as Accessed;
use crate::dispatch::{Client, Dispatcher};
use crate::metrics::{ComponentMetrics, HOST, Metrics, Open, method};
use atoll_engine::Sandbox;
use atoll_engine::settle::Answer;
use bytes::Buf;
use http::{Request, Response};
use http_body::{Body, Frame, SizeHint};
use hyper::body::Incoming;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Instant;

/// The counters of a dispatcher's components, by their index.
pub struct Observed {
    metrics: Arc<Metrics>,
    components: Vec<Arc<ComponentMetrics>>,
    host: Arc<ComponentMetrics>,
}

impl Observed {
    /// Count the calls of `sandboxes` from now on.
    pub fn new(metrics: Arc<Metrics>, sandboxes: &[Arc<Sandbox>]) -> Self {
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
    /// A connection was accepted; it is open until the guard is dropped.
    pub(crate) fn connected(&self) -> Option<Open> {
        self.observed.as_ref().map(|observed| observed.metrics.connected())
    }

    /// Answer `request`, and note it where something listens.
    pub(crate) async fn noted(&self, request: Request<Incoming>, client: &Client) -> Response<Answer> {
        let (number, started) = (self.calls.number(), Instant::now());
        let asked = (request.method().clone(), request.uri().path().to_owned());
        let (index, mut response) = match &self.observed {
            Some(observed) => {
                let metrics = observed.metrics.clone();
                self.respond(request.map(|body| Received { body, metrics }), client, number).await
            }
            None => self.respond(request, client, number).await,
        };
        let accessed = Accessed { number, client: client.address, method: &asked.0, path: &asked.1, started };
        self.access.note(&accessed, index.map_or("", |index| &*self.app.sandboxes[index].id), response.status());
        if let Some(observed) = &self.observed {
            let component = observed.component(index);
            component.answered(method(&asked.0), response.status());
            let watched = component.clone();
            let whole = response.body_mut().watch(|| Box::new(move |bytes| watched.ended(started, bytes)));
            if let Some(bytes) = whole {
                component.ended(started, bytes);
            }
        }
        response
    }
}

/// A request's body whose bytes are counted.
struct Received {
    body: Incoming,
    metrics: Arc<Metrics>,
}

impl Body for Received {
    type Data = bytes::Bytes;
    type Error = hyper::Error;

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
