//! fermyon:spin/inbound-http: the whole request in, the whole response out. `/echo` answers with the body, `/panic` panics.
wit_bindgen::generate!({
    path: "../../wit/spin/deps/spin@unversioned",
    generate_all,
    inline: "package atoll:guests; world inbound { export fermyon:spin/inbound-http; }",
});

use exports::fermyon::spin::inbound_http::Guest;
use fermyon::spin::http_types::{Request, Response};

struct Handler;

export!(Handler);

impl Guest for Handler {
    fn handle_request(request: Request) -> Response {
        let body = match request.uri.as_str() {
            uri if uri.ends_with("/echo") => request.body,
            uri if uri.ends_with("/panic") => panic!("as asked"),
            _ => Some(b"Hello from inbound-http\n".to_vec()),
        };
        Response { status: 200, headers: Some(vec![("content-type".into(), "text/plain".into())]), body }
    }
}
