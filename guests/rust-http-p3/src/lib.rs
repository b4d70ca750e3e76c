//! A handler of wasi:http 0.3: `/` hello, `/echo` the body as it comes, `/sleep` 50 ms, `/spin`, `/panic`, `/trailers`, `/sockets`, `/fetch/AUTHORITY/PATH`.
use wasip3::clocks::monotonic_clock;
use wasip3::http::client;
use wasip3::http::types::{ErrorCode, Fields, Request, Response, Scheme};
use wasip3::sockets::types::{IpAddressFamily, TcpSocket, UdpSocket};
use wasip3::{wit_bindgen, wit_future, wit_stream};

struct Handler;

wasip3::http::service::export!(Handler);

impl wasip3::exports::http::handler::Guest for Handler {
    async fn handle(request: Request) -> Result<Response, ErrorCode> {
        let path = request.get_path_with_query().unwrap_or_default();
        match path.as_str() {
            "/echo" => Ok(echo(request)),
            "/sleep" => {
                monotonic_clock::wait_for(50_000_000).await;
                Ok(text("slept\n", None))
            }
            "/spin" => loop {
                std::hint::spin_loop();
            },
            "/panic" => panic!("as asked"),
            "/error" => Err(ErrorCode::InternalError(Some("as asked".into()))),
            "/trailers" => {
                let trailers = Fields::from_list(&[("x-checksum".into(), b"7".into())]).unwrap();
                Ok(text("see the trailers\n", Some(trailers)))
            }
            "/sockets" => Ok(text(sockets().leak(), None)),
            other => match other.strip_prefix("/fetch/") {
                Some(target) => fetch(target).await,
                None => Ok(text("Hello from Rust 0.3\n", None)),
            },
        }
    }
}

fn text(words: &'static str, trailers: Option<Fields>) -> Response {
    let (mut writer, reader) = wit_stream::new();
    let (done, after) = wit_future::new(|| Ok(None));
    let headers = Fields::from_list(&[("content-type".into(), b"text/plain".into())]).unwrap();
    let (response, _sent) = Response::new(headers, Some(reader), after);
    wit_bindgen::spawn(async move {
        writer.write_all(words.as_bytes().to_vec()).await;
        drop(writer);
        // A client that left takes no trailers; nobody is to be told.
        let _ = done.write(Ok(trailers)).await;
    });
    response
}

/// As many as there may be, held together: twice for datagrams, then for connections.
fn sockets() -> String {
    let tcp = || all(|| TcpSocket::create(IpAddressFamily::Ipv4));
    let udp = || all(|| UdpSocket::create(IpAddressFamily::Ipv4));
    [udp(), udp(), tcp()].concat()
}

fn all<T, E: std::fmt::Debug>(create: impl Fn() -> Result<T, E>) -> String {
    let mut held = Vec::new();
    loop {
        match create() {
            Ok(socket) => held.push(socket),
            Err(error) => return format!("{} and then {error:?}\n", held.len()),
        }
    }
}

fn echo(request: Request) -> Response {
    let (consumed, result) = wit_future::new(|| Ok(()));
    let (body, trailers) = Request::consume_body(request, result);
    // The sender of the result must outlive the body: its end says that nobody reads on.
    let (response, sent) = Response::new(Fields::new(), Some(body), trailers);
    wit_bindgen::spawn(async move {
        let outcome = sent.await;
        let _ = consumed.write(outcome).await;
    });
    response
}

async fn fetch(target: &str) -> Result<Response, ErrorCode> {
    let (authority, path) = target.split_once('/').unwrap_or((target, ""));
    let (_none, trailers) = wit_future::new(|| Ok(None));
    let (request, _sent) = Request::new(Fields::new(), None, trailers, None);
    let invalid = |()| ErrorCode::HttpRequestUriInvalid;
    request.set_scheme(Some(&Scheme::Http)).map_err(invalid)?;
    request.set_authority(Some(authority)).map_err(invalid)?;
    request.set_path_with_query(Some(&format!("/{path}"))).map_err(invalid)?;
    client::send(request).await
}
