//! Does in a room what the path says, such as `/key-value/v2/get?store=default&key=a`. 404 stands for nothing, 500 for an error.
mod key_value;
#[path = "../../rust-kitchen/src/query.rs"]
mod query;
#[path = "../../rust-kitchen/src/reply.rs"]
mod reply;
mod redis;
mod variables;

use query::Query;
use reply::{Reply, body_of};
use wasip2::http::types::{IncomingRequest, ResponseOutparam};

/// What came of it: bytes, nothing, or the error as the interface names it.
type Outcome = Result<Option<Vec<u8>>, String>;

struct Rooms;

wasip2::http::proxy::export!(Rooms);

impl wasip2::exports::http::incoming_handler::Guest for Rooms {
    fn handle(request: IncomingRequest, outparam: ResponseOutparam) {
        let target = request.path_with_query().unwrap_or_default();
        let (path, rest) = target.split_once('?').unwrap_or((&target, ""));
        let query = Query::parse(rest);
        let body = body_of(request);
        let outcome = match path.split('/').collect::<Vec<_>>()[..] {
            ["", "bytes"] => Ok(Some(vec![b'x'; query.number("size", 0) as usize])),
            ["", "key-value", version, what] => key_value::done(version, what, &query, body),
            ["", "redis", version, what] => redis::done(version, what, &query, body),
            ["", "variables", version, "get"] => variables::done(version, &query),
            ["", "mqtt", "v2", "publish"] => redis::publish(&query, body),
            _ => Err(format!("there is no {path}")),
        };
        let (status, answer) = match outcome {
            Ok(Some(answer)) => (200, answer),
            Ok(None) => (404, Vec::new()),
            Err(error) => (500, error.into_bytes()),
        };
        let mut reply = Reply::start(outparam, status);
        reply.write(&answer);
        reply.finish(None);
    }
}

/// Any value as an answer.
fn told<T: Into<Vec<u8>>, E: std::fmt::Debug>(result: Result<T, E>) -> Outcome {
    result.map(|value| Some(value.into())).map_err(|error| format!("{error:?}"))
}

fn nothing<E: std::fmt::Debug>(result: Result<(), E>) -> Outcome {
    told(result.map(|()| Vec::new()))
}
