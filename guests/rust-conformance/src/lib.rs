//! What Spin's conformance tests ask of a host, one check at a time. `CHECK` in the environment names it.
mod data;
mod network;
mod shape;

use wasip2::http::types::{Fields, IncomingRequest, OutgoingBody, OutgoingResponse, ResponseOutparam};

/// In words: the interface's own, or what was expected instead.
type Outcome = Result<(), String>;

struct Conformance;

wasip2::http::proxy::export!(Conformance);

impl wasip2::exports::http::incoming_handler::Guest for Conformance {
    fn handle(request: IncomingRequest, outparam: ResponseOutparam) {
        let check = std::env::var("CHECK").unwrap_or_default();
        let header = |name: &str| {
            let value = request.headers().get(name).into_iter().next().unwrap_or_default();
            String::from_utf8(value).unwrap_or_default()
        };
        let outcome = match check.as_str() {
            "key-value" => data::key_value(),
            "variables" => data::variables(),
            "outbound-redis" => data::redis(&header("redis_address")),
            "outbound-mqtt" => data::mqtt(&header("mqtt_address"), &header("mqtt_username"), &header("mqtt_password")),
            "request-shape" => shape::expected(&request),
            "tcp-sockets" => network::tcp(&header("address")),
            "outbound-http" => match network::posted(&header("url")) {
                Ok(answer) => return respond(outparam, 200, answer.as_bytes()),
                Err(error) => Err(error),
            },
            other => Err(format!("there is no check {other}")),
        };
        match outcome {
            Ok(()) => respond(outparam, 200, b""),
            Err(error) => respond(outparam, 500, error.as_bytes()),
        }
    }
}

fn respond(outparam: ResponseOutparam, status: u16, text: &[u8]) {
    let response = OutgoingResponse::new(Fields::new());
    response.set_status_code(status).unwrap();
    if !text.is_empty() {
        let body = response.body().unwrap();
        body.write().unwrap().blocking_write_and_flush(text).unwrap();
        OutgoingBody::finish(body, None).unwrap();
    }
    ResponseOutparam::set(outparam, Ok(response));
}

fn expect(holds: bool, what: &str) -> Outcome {
    if holds { Ok(()) } else { Err(format!("expected: {what}")) }
}

fn said<T, E: std::fmt::Display>(result: Result<T, E>) -> Result<T, String> {
    result.map_err(|error| error.to_string())
}
