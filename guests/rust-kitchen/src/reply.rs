//! A response as it is written: status first, then bytes, then the end.
use wasip2::http::types::{Fields, IncomingRequest, OutgoingBody, OutgoingResponse, ResponseOutparam};
use wasip2::io::streams::OutputStream;

pub struct Reply {
    // Dropped before the body: a stream is its child.
    stream: Option<OutputStream>,
    body: OutgoingBody,
}

impl Reply {
    pub fn start(outparam: ResponseOutparam, status: u16) -> Self {
        Self::with_headers(outparam, status, &[])
    }

    pub fn with_headers(outparam: ResponseOutparam, status: u16, more: &[(String, Vec<u8>)]) -> Self {
        let headers = [&[("content-type".into(), b"text/plain".into())], more].concat();
        let response = OutgoingResponse::new(Fields::from_list(&headers).unwrap());
        response.set_status_code(status).unwrap();
        let body = response.body().unwrap();
        ResponseOutparam::set(outparam, Ok(response));
        let stream = body.write().unwrap();
        Self { stream: Some(stream), body }
    }

    /// Waits while the client is slower than we are. A client that left ends the guest.
    pub fn write(&mut self, bytes: &[u8]) {
        let stream = self.stream.as_ref().unwrap();
        for part in bytes.chunks(4096) {
            stream.blocking_write_and_flush(part).unwrap();
        }
    }

    pub fn finish(mut self, trailers: Option<Fields>) {
        self.stream = None;
        OutgoingBody::finish(self.body, trailers).unwrap();
    }

    pub fn finish_text(mut self, text: &str) {
        self.write(text.as_bytes());
        self.finish(None);
    }
}

/// The whole body.
pub fn body_of(request: IncomingRequest) -> Vec<u8> {
    let body = request.consume().unwrap();
    let input = body.stream().unwrap();
    let mut all = Vec::new();
    while let Ok(bytes) = input.blocking_read(64 * 1024) {
        all.extend(bytes);
    }
    all
}
