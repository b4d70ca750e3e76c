//! Calls inside the app: from one component to another, and from a component to the app's own routes. No socket is involved.

use crate::dispatch::{Client, Dispatcher, inward};
use atoll_capabilities::outbound_http::{Answered, Neighbours};
use atoll_engine::Body;
use atoll_engine::call::Depth;
use atoll_rules::headers::{RouteHeaders, Scheme, apply_chained};
use http::{HeaderValue, Request};
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Weak};
use wasmtime_wasi_http::Error;

/// The app as its components reach it. Weak, for the app owns its components.
pub(crate) struct Inside(pub(crate) Weak<Dispatcher>);

impl Inside {
    fn dispatcher(&self) -> Result<Arc<Dispatcher>, Error> {
        self.0.upgrade().ok_or(Error::DestinationUnavailable)
    }
}

impl Neighbours for Inside {
    fn component(&self, id: &str, mut request: Request<Body>, depth: u32) -> Answered {
        let dispatcher = self.dispatcher();
        let id = id.to_owned();
        Box::pin(async move {
            let dispatcher = dispatcher?;
            let index = *dispatcher.app.by_id.get(&id).ok_or(Error::DestinationNotFound)?;
            let uri = request.uri().clone();
            let target = uri.path_and_query().map_or("/", |target| target.as_str());
            apply_chained(request.headers_mut(), &RouteHeaders::chained(), uri.path(), target)
                .map_err(|_| Error::HttpRequestUriInvalid)?;
            request.extensions_mut().insert(Depth(depth));
            let number = dispatcher.calls.number();
            Ok(inward(dispatcher.call(index, request, number).await))
        })
    }

    fn app(&self, mut request: Request<Body>, depth: u32) -> Answered {
        let dispatcher = self.dispatcher();
        Box::pin(async move {
            let dispatcher = dispatcher?;
            request.extensions_mut().insert(Depth(depth));
            let authority = request.uri().authority().map_or("localhost", |authority| authority.as_str());
            let host = HeaderValue::from_str(authority).map_err(|_| Error::HttpRequestUriInvalid)?;
            request.headers_mut().insert(http::header::HOST, host);
            let client = Client {
                address: SocketAddr::from((Ipv4Addr::UNSPECIFIED, 0)),
                header: HeaderValue::from_static("0.0.0.0:0"),
                scheme: Scheme::Http,
            };
            let number = dispatcher.calls.number();
            let (_, response) = dispatcher.route(request, &client, number).await;
            Ok(inward(response))
        })
    }
}
