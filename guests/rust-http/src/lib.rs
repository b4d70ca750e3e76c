//! The smallest handler of wasi:http 0.2 in Rust.
use wasip2::http::types::{Fields, IncomingRequest, OutgoingBody, OutgoingResponse, ResponseOutparam};

struct Hello;

wasip2::http::proxy::export!(Hello);

impl wasip2::exports::http::incoming_handler::Guest for Hello {
    fn handle(_request: IncomingRequest, outparam: ResponseOutparam) {
        let headers = Fields::from_list(&[("content-type".into(), b"text/plain".into())]).unwrap();
        let response = OutgoingResponse::new(headers);
        let body = response.body().unwrap();
        ResponseOutparam::set(outparam, Ok(response));

        let stream = body.write().unwrap();
        stream.blocking_write_and_flush(b"Hello from Rust\n").unwrap();
        drop(stream);
        OutgoingBody::finish(body, None).unwrap();
    }
}
