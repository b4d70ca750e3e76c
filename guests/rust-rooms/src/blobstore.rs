//! Containers of objects. `upload` and `download` are streams from and to the client; the others hold what they are about.
use crate::Outcome;
use crate::query::Query;
use crate::reply::Reply;
use wasi::blobstore::blobstore;
use wasi::blobstore::container::Container;
use wasi::blobstore::types::{IncomingValue, ObjectId, OutgoingValue};
use wasi::io::streams::{OutputStream, StreamError};
use wasip2::http::types::{IncomingRequest, ResponseOutparam};

wit_bindgen::generate!({
    path: "../../wit/blobstore",
    generate_all,
    inline: "
        package atoll:guests;
        world blobs {
            import wasi:blobstore/types@0.2.0-draft;
            import wasi:blobstore/container@0.2.0-draft;
            import wasi:blobstore/blobstore@0.2.0-draft;
        }
    ",
});

/// No more than a stream of WASI takes in one blocking call.
const PART: usize = 4096;

pub fn done(what: &str, query: &Query, body: Vec<u8>) -> Outcome {
    let name = query.text("name");
    match what {
        "create" => blobstore::create_container(&query.text("container")).map(|_| text("created")),
        "exists" => blobstore::container_exists(&query.text("container")).map(text),
        "delete-container" => blobstore::delete_container(&query.text("container")).map(|()| text("deleted")),
        "copy" => blobstore::copy_object(&from(query), &to(query)).map(|()| text("copied")),
        "move" => blobstore::move_object(&from(query), &to(query)).map(|()| text("moved")),
        _ => within(what, &container(query)?, &name, query, &body),
    }
}

fn within(what: &str, container: &Container, name: &str, query: &Query, body: &[u8]) -> Outcome {
    match what {
        "put" => put(container, name, query, body).map(|()| text("")),
        "get" => whole(value(container, name, query)?, query),
        "size" => value(container, name, query).map(|value| text(value.size())),
        "has" => container.has_object(name).map(text),
        "info" => container.object_info(name).map(|object| text(format!("{object:?}"))),
        "container-info" => container.info().map(|info| text(format!("{info:?}"))),
        "name" => container.name().map(|name| text(name)),
        "delete" => container.delete_object(name).map(|()| text("")),
        "delete-many" => container.delete_objects(&split(name)).map(|()| text("")),
        "clear" => container.clear().map(|()| text("")),
        "list" => list(container, query.number("step", 1000), query.number("skip", 0)),
        "read-many" => read_many(container, name, query.number("count", 1)),
        "write-many" => write_many(container, query.number("count", 1)),
        "call-many" => (0..query.number("count", 1)).try_for_each(|_| container.has_object(name).map(drop)).map(|()| text("")),
        _ => Err(format!("there is no {what}")),
    }
}

/// What the client sends becomes an object, part by part; 500 says how far it came.
pub fn upload(query: &Query, request: IncomingRequest, outparam: ResponseOutparam) {
    let (status, told) = match uploaded(query, request) {
        Ok(bytes) => (200, bytes.to_string()),
        Err(error) => (500, error),
    };
    Reply::start(outparam, status).finish_text(&told);
}

fn uploaded(query: &Query, request: IncomingRequest) -> Result<usize, String> {
    let body = request.consume().unwrap();
    let input = body.stream().unwrap();
    let outgoing = OutgoingValue::new_outgoing_value();
    let stream = outgoing.outgoing_value_write_body().unwrap();
    container(query)?.write_data(&query.text("name"), &outgoing)?;
    let mut bytes = 0;
    loop {
        match input.blocking_read(64 * 1024) {
            Ok(part) => {
                write(&stream, &part)?;
                bytes += part.len();
            }
            Err(wasip2::io::streams::StreamError::Closed) => break,
            // The client left: what is dropped unfinished leaves nothing behind.
            Err(error) => return Err(format!("{error:?}")),
        }
    }
    drop(stream);
    OutgoingValue::finish(outgoing)?;
    Ok(bytes)
}

/// An object becomes what the client gets, part by part.
pub fn download(query: &Query, outparam: ResponseOutparam) {
    let stream = container(query)
        .and_then(|container| value(&container, &query.text("name"), query))
        .map(|value| IncomingValue::incoming_value_consume_async(value).unwrap());
    let stream = match stream {
        Ok(stream) => stream,
        Err(error) => return Reply::start(outparam, 500).finish_text(&error),
    };
    let mut reply = Reply::start(outparam, 200);
    while let Ok(part) = stream.blocking_read(64 * 1024) {
        reply.write(&part);
    }
    reply.finish(None);
}

fn text(value: impl ToString) -> Option<Vec<u8>> {
    Some(value.to_string().into_bytes())
}

fn split(names: &str) -> Vec<String> {
    names.split(',').map(str::to_owned).collect()
}

fn container(query: &Query) -> Result<Container, String> {
    blobstore::get_container(&query.text("container"))
}

fn from(query: &Query) -> ObjectId {
    ObjectId { container: query.text("container"), object: query.text("name") }
}

fn to(query: &Query) -> ObjectId {
    ObjectId { container: query.text("to"), object: query.text("as") }
}

fn value(container: &Container, name: &str, query: &Query) -> Result<IncomingValue, String> {
    container.get_data(name, query.number("start", 0), query.number("end", u64::MAX))
}

fn whole(value: IncomingValue, query: &Query) -> Outcome {
    if query.number("sync", 0) == 1 {
        return IncomingValue::incoming_value_consume_sync(value).map(Some);
    }
    let stream = IncomingValue::incoming_value_consume_async(value)?;
    let mut all = Vec::new();
    loop {
        match stream.blocking_read(64 * 1024) {
            Ok(part) => all.extend(part),
            Err(StreamError::Closed) => return Ok(Some(all)),
            Err(StreamError::LastOperationFailed(error)) => return Err(error.to_debug_string()),
        }
    }
}

/// `late=1` names the object when all is written, `unfinished=1` never finishes.
fn put(container: &Container, name: &str, query: &Query, body: &[u8]) -> Result<(), String> {
    let outgoing = OutgoingValue::new_outgoing_value();
    let stream = outgoing.outgoing_value_write_body().map_err(|()| "there was a stream already")?;
    let late = query.number("late", 0) == 1;
    if !late {
        container.write_data(name, &outgoing)?;
    }
    write(&stream, body)?;
    if late {
        container.write_data(name, &outgoing)?;
    }
    drop(stream);
    if query.number("unfinished", 0) == 1 {
        return Ok(());
    }
    OutgoingValue::finish(outgoing)
}

fn write(stream: &OutputStream, bytes: &[u8]) -> Result<(), String> {
    for part in bytes.chunks(PART) {
        stream.blocking_write_and_flush(part).map_err(|error| match error {
            StreamError::LastOperationFailed(error) => error.to_debug_string(),
            StreamError::Closed => "closed".to_owned(),
        })?;
    }
    Ok(())
}

fn list(container: &Container, step: u64, skip: u64) -> Outcome {
    let names = container.list_objects()?;
    let (_, mut over) = names.skip_stream_object_names(skip)?;
    let mut all = Vec::new();
    while !over {
        let (page, last) = names.read_stream_object_names(step)?;
        all.extend(page);
        over = last;
    }
    all.sort();
    Ok(text(all.join("\n")))
}

/// Hold so many values at the same time, unread.
fn read_many(container: &Container, name: &str, count: u64) -> Outcome {
    let held: Result<Vec<_>, _> = (0..count).map(|_| container.get_data(name, 0, u64::MAX)).collect();
    held.map(|held| text(held.len()))
}

/// Begin so many objects at the same time.
fn write_many(container: &Container, count: u64) -> Outcome {
    let held: Vec<_> = (0..count).map(|_| OutgoingValue::new_outgoing_value()).collect();
    for (number, outgoing) in held.iter().enumerate() {
        container.write_data(&format!("many-{number}"), outgoing)?;
    }
    Ok(text(held.len()))
}
