//! A WAGI guest sees Spin's arguments and environment, and its output becomes Spin's response.
#![allow(clippy::unwrap_used)]

mod table;

use atoll_rules::headers::Scheme;
use atoll_rules::routes::Router;
use atoll_rules::wagi::{DEFAULT_ARGV, Request, arguments, environment, respond};
use http::{HeaderMap, Method, Uri, Version};
use serde_json::Value;
use std::collections::BTreeMap;
use table::{cases, header_map, pairs, sorted, text, texts};

fn guest_environment(case: &Value, scheme: Scheme) -> BTreeMap<String, String> {
    let uri: Uri = text(&case["uri"]).parse().unwrap();
    let headers = header_map(&case["headers"]);
    let method: Method = case["method"].as_str().unwrap_or("GET").parse().unwrap();
    let (router, _) = Router::build([(text(&case["route"]), ())]).unwrap();
    let request = Request {
        method: &method,
        uri: &uri,
        version: Version::HTTP_11,
        scheme,
        headers: &headers,
        authority: headers.get("host").map(|host| host.to_str().unwrap()),
        client: case["client_addr"].as_str().unwrap_or("127.0.0.1:8777").parse().unwrap(),
        body_bytes: case["body_length"].as_u64().unwrap_or(0),
    };
    let variables = environment(&request, &router.find(uri.path()).unwrap());
    let names = variables.len();
    let unique: BTreeMap<String, String> = variables.into_iter().collect();
    assert_eq!(unique.len(), names, "a variable stands twice: {case}");
    unique
}

/// Where Spin's environment is wrong, and what is right.
fn expected(case: &Value) -> (BTreeMap<String, String>, usize) {
    let spin: BTreeMap<String, String> =
        case["guest_env"].as_object().unwrap().iter().map(|(name, value)| (name.clone(), text(value).to_owned())).collect();
    let mut ours = spin.clone();
    // Spin looks for a header named `content_type`, and so finds none.
    if let Some(content_type) = spin.get("HTTP_CONTENT_TYPE") {
        ours.insert("CONTENT_TYPE".to_owned(), content_type.clone());
    }
    // A client's `Proxy` header must not set the proxy of the guest's HTTP client.
    ours.remove("HTTP_PROXY");
    // Spin splits at the first colon, inside the address.
    if spin["SERVER_NAME"] == "[" {
        ours.insert("SERVER_NAME".to_owned(), "[::1]".to_owned());
        ours.insert("SERVER_PORT".to_owned(), "3000".to_owned());
    }
    let deviates = usize::from(ours != spin);
    (ours, deviates)
}

#[test]
fn every_request_of_spin_gives_the_same_arguments_and_environment_but_for_its_mistakes() {
    let (mut count, mut deviations) = (0, 0);
    for case in cases("wagi_env") {
        count += 1;
        let template = case["argv"].as_str().unwrap_or(DEFAULT_ARGV);
        let uri: Uri = text(&case["uri"]).parse().unwrap();
        assert_eq!(arguments(template, &uri), texts(&case["guest_argv"]), "{case}");
        let (expected, deviates) = expected(&case);
        deviations += deviates;
        assert_eq!(guest_environment(&case, Scheme::Http), expected, "{case}");
    }
    assert_eq!((count, deviations), (7, 3));
}

#[test]
fn what_a_client_sends_is_never_read_as_a_template() {
    let uri: Uri = "/a?x=${SCRIPT_NAME}&${ARGS}".parse().unwrap();
    assert_eq!(arguments("${ARGS} ${OTHER}", &uri), ["x=${SCRIPT_NAME}", "${ARGS}", "${OTHER}"]);
}

#[test]
fn a_client_can_neither_pose_as_another_header_nor_as_the_host() {
    let case = serde_json::json!({"uri": "/x", "route": "/...", "headers": [["host", "h"], ["x_a", "spoof"], ["x-a", "real"],
        ["spin-client-addr", "6.6.6.6:6"], ["proxy-authorization", "secret"], ["cookie", "a=1"], ["cookie", "b=2"]]});
    let environment = guest_environment(&case, Scheme::Https);
    assert_eq!(environment["HTTP_X_A"], "real");
    assert_eq!(environment["HTTP_COOKIE"], "a=1; b=2");
    assert_eq!((environment["SERVER_PORT"].as_str(), environment["X_FULL_URL"].as_str()), ("443", "https://h/x"));
    assert!(!environment.contains_key("HTTP_SPIN_CLIENT_ADDR") && !environment.contains_key("HTTP_PROXY_AUTHORIZATION"));
}

#[test]
fn every_output_of_spin_gives_the_same_response_but_for_the_cookies_it_loses() {
    let (mut count, mut deviations) = (0, 0);
    for case in cases("wagi_response") {
        count += 1;
        let response = respond(text(&case["stdout"]).as_bytes());
        let mut headers = pairs(&case["headers"]);
        // Spin keeps the last value of a header only, and so all cookies but one are lost.
        if text(&case["stdout"]).contains("Set-Cookie: a=1") {
            deviations += 1;
            headers.insert(1, ("set-cookie".to_owned(), "a=1".to_owned()));
        }
        assert_eq!(u64::from(response.status.as_u16()), case["status"].as_u64().unwrap(), "{case}");
        assert_eq!(sorted(&response.headers), headers, "{case}");
        assert_eq!(response.body, text(&case["body"]).as_bytes(), "{case}");
    }
    assert_eq!((count, deviations), (15, 1));
}

#[test]
fn output_cannot_speak_for_the_host() {
    let response = respond(b"Content-Type: a/b\nContent-Length: 99\nTransfer-Encoding: chunked\nConnection: close\n\nx");
    assert_eq!(sorted(&response.headers), [("content-type".to_owned(), "a/b".to_owned())]);
    for status in ["101", "099", "600", "1000", ""] {
        let output = format!("Status: {status}\nContent-Type: a/b\n\nx");
        assert_eq!(respond(output.as_bytes()).status, 502, "{status}");
    }
}

#[test]
fn output_without_a_head_is_an_error_of_the_guest() {
    for output in [&b""[..], b"\n", b"\r\n\r\n", b"\xff\xfe", b"Content-Type: a/b\n"] {
        let response = respond(output);
        assert_eq!((response.status.as_u16(), response.headers), (500, HeaderMap::new()), "{output:?}");
    }
    assert_eq!(respond(b"Content-Type: a/b\r\n\r\n\xff\x00").body, b"\xff\x00");
}
