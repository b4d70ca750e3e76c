//! Hands requests on: `x-depth` counts how often, and the answer's `x-passed` says how deep that was, and what the environment calls
//! this. `/stop` goes no further.
use exports::wasi::http::handler::Guest;
use wasi::http::handler;
use wasi::http::types::{ErrorCode, Fields, Request, Response};

wit_bindgen::generate!({
    path: "../../wit/wasi-0.3.0",
    inline: "package test:middleware; world passing { import wasi:http/handler@0.3.0; export wasi:http/handler@0.3.0; }",
    world: "test:middleware/passing",
    generate_all,
});

struct Passing;

export!(Passing);

impl Guest for Passing {
    async fn handle(request: Request) -> Result<Response, ErrorCode> {
        if request.get_path_with_query().as_deref() == Some("/stop") {
            return Ok(stopped());
        }
        let (request, depth) = deeper(request);
        let response = handler::handle(request).await?;
        let who = std::env::var("WHO").unwrap_or_else(|_| "nobody".into());
        Ok(passed(response, &format!("{depth} {who}")))
    }
}

/// The same request with one more in `x-depth`, and what it was.
fn deeper(request: Request) -> (Request, u32) {
    let headers = request.get_headers().copy_all();
    let known = headers.iter().find(|(name, _)| name == "x-depth");
    let depth = known.and_then(|(_, value)| std::str::from_utf8(value).ok()?.parse().ok()).unwrap_or(0);
    let kept = headers.into_iter().filter(|(name, _)| name != "x-depth" && name != "host");
    let all: Vec<_> = kept.chain([("x-depth".to_owned(), (depth + 1).to_string().into_bytes())]).collect();
    let (method, path) = (request.get_method(), request.get_path_with_query());
    let (scheme, authority) = (request.get_scheme(), request.get_authority());
    let (done, result) = wit_future::new(|| Ok(()));
    let (body, trailers) = Request::consume_body(request, result);
    let (made, _sent) = Request::new(Fields::from_list(&all).unwrap(), Some(body), trailers, None);
    drop(done);
    made.set_method(&method).unwrap();
    made.set_path_with_query(path.as_deref()).unwrap();
    made.set_scheme(scheme.as_ref()).unwrap();
    made.set_authority(authority.as_deref()).unwrap();
    (made, depth)
}

/// The same response, which says that it came by here.
fn passed(response: Response, how: &str) -> Response {
    let headers = response.get_headers();
    let all = headers.copy_all().into_iter().chain([("x-passed".to_owned(), how.as_bytes().to_vec())]).collect::<Vec<_>>();
    let status = response.get_status_code();
    let (done, result) = wit_future::new(|| Ok(()));
    let (body, trailers) = Response::consume_body(response, result);
    let (made, _sent) = Response::new(Fields::from_list(&all).unwrap(), Some(body), trailers);
    drop(done);
    made.set_status_code(status).unwrap();
    made
}

fn stopped() -> Response {
    let (done, trailers) = wit_future::new(|| Ok(None));
    let (response, _sent) = Response::new(Fields::new(), None, trailers);
    drop(done);
    response.set_status_code(403).unwrap();
    response
}
