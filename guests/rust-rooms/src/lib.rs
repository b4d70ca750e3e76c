//! Does in a room what the path says, such as `/key-value/v2/get?store=default&key=a`. 404 stands for nothing, 500 for an error.
mod blobstore;
mod key_value;
mod llm;
mod messaging;
#[path = "../../rust-kitchen/src/query.rs"]
mod query;
#[path = "../../rust-kitchen/src/reply.rs"]
mod reply;
mod redis;
mod sql;
mod telling;
mod sqlite;
mod variables;

use query::Query;
use reply::{Reply, body_of};
use wasip2::http::outgoing_handler::handle;
use wasip2::http::types::{Fields, IncomingRequest, OutgoingRequest, ResponseOutparam, Scheme};

/// What came of it: bytes, nothing, or the error as the interface names it.
type Outcome = Result<Option<Vec<u8>>, String>;

struct Rooms;

wasip2::http::proxy::export!(Rooms);

impl wasip2::exports::http::incoming_handler::Guest for Rooms {
    fn handle(request: IncomingRequest, outparam: ResponseOutparam) {
        let target = request.path_with_query().unwrap_or_default();
        let (path, rest) = target.split_once('?').unwrap_or((&target, ""));
        let query = Query::parse(rest);
        match path {
            "/blobstore/upload" => return blobstore::upload(&query, request, outparam),
            "/blobstore/download" => return blobstore::download(&query, outparam),
            _ => {}
        }
        let body = body_of(request);
        let outcome = match path.split('/').collect::<Vec<_>>()[..] {
            ["", "bytes"] => Ok(Some(vec![b'x'; query.number("size", 0) as usize])),
            ["", "blobstore", what] => blobstore::done(what, &query, body),
            ["", "key-value", version, what] => key_value::done(version, what, &query, body),
            ["", "llm", version, what] => llm::done(version, what, &query, body),
            ["", "logging", "log"] => telling::logged(&query, &body),
            ["", "messaging", version, what] => messaging::done(version, what, &query, &body),
            ["", "otel", "around"] => telling::around(|| fetched(&query.text("authority"))),
            ["", "otel", what] => telling::told(what, &query, &body),
            ["", "sqlite", version] => sqlite::done(version, &query, &body),
            ["", "redis", version, what] => redis::done(version, what, &query, body),
            ["", "variables", version, "get"] => variables::done(version, &query, body),
            ["", "mqtt", "v2", "publish"] => redis::publish(&query, body),
            ["", room @ ("mysql" | "postgres"), version, what] => sql::done(room, version, what, &query, body),
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

/// Ask a server for `/`, and wait until it answers.
fn fetched(authority: &str) -> Outcome {
    let request = OutgoingRequest::new(Fields::new());
    request.set_scheme(Some(&Scheme::Http)).map_err(|()| "no scheme")?;
    request.set_authority(Some(authority)).map_err(|()| "no authority")?;
    request.set_path_with_query(Some("/")).map_err(|()| "no path")?;
    let pending = handle(request, None).map_err(|error| format!("{error:?}"))?;
    pending.subscribe().block();
    nothing(pending.get().ok_or("no answer")?.map_err(|()| "taken")?.map(drop))
}

/// Any value as an answer.
fn told<T: Into<Vec<u8>>, E: std::fmt::Debug>(result: Result<T, E>) -> Outcome {
    result.map(|value| Some(value.into())).map_err(|error| format!("{error:?}"))
}

fn nothing<E: std::fmt::Debug>(result: Result<(), E>) -> Outcome {
    told(result.map(|()| Vec::new()))
}
