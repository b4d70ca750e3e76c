//! Outbound: GET a URL, pass its status and body on as they come; a refusal is a 502 with the host's words.
use crate::reply::Reply;
use wasip2::http::outgoing_handler::handle;
use wasip2::http::types::{ErrorCode, Fields, IncomingResponse, OutgoingRequest, ResponseOutparam, Scheme};

pub fn get(url: &str, headers: &[(String, Vec<u8>)], outparam: ResponseOutparam) {
    match send(url, headers) {
        Ok(response) => forward(response, outparam),
        Err(refused) => Reply::start(outparam, 502).finish_text(&format!("{refused:?}")),
    }
}

fn send(url: &str, headers: &[(String, Vec<u8>)]) -> Result<IncomingResponse, ErrorCode> {
    let (scheme, rest) = url.split_once("://").ok_or(ErrorCode::HttpRequestUriInvalid)?;
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let scheme = if scheme == "https" { Scheme::Https } else { Scheme::Http };

    let request = OutgoingRequest::new(Fields::from_list(headers).map_err(|_| ErrorCode::HttpProtocolError)?);
    let invalid = |()| ErrorCode::HttpRequestUriInvalid;
    request.set_scheme(Some(&scheme)).map_err(invalid)?;
    request.set_authority(Some(authority)).map_err(invalid)?;
    request.set_path_with_query(Some(if path.is_empty() { "/" } else { path })).map_err(invalid)?;

    let pending = handle(request, None)?;
    pending.subscribe().block();
    pending.get().unwrap().unwrap()
}

fn forward(response: IncomingResponse, outparam: ResponseOutparam) {
    let mut reply = Reply::start(outparam, response.status());
    let body = response.consume().unwrap();
    let input = body.stream().unwrap();
    while let Ok(bytes) = input.blocking_read(64 * 1024) {
        reply.write(&bytes);
    }
    reply.finish(None);
}
