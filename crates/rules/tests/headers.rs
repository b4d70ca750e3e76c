//! A guest sees Spin's headers, and none that a client made up.
#![allow(clippy::unwrap_used)]

mod table;

use atoll_rules::headers::{BadAuthority, Facts, RouteHeaders, Scheme, apply, apply_chained, authority, full_url};
use atoll_rules::routes::{Route, Router};
use http::{HeaderMap, HeaderValue, Uri, Version};
use serde_json::{Value, json};
use table::{cases, header_map, pairs, sorted, text};

fn guest_headers(case: &Value) -> HeaderMap {
    let uri: Uri = text(&case["uri"]).parse().unwrap();
    let mut headers = header_map(&case["headers"]);
    let target = uri.path_and_query().map_or("/", |target| target.as_str());
    if case.get("chained_to").is_some() {
        apply_chained(&mut headers, &RouteHeaders::chained(), uri.path(), target).unwrap();
        return headers;
    }
    let route = text(&case["route"]);
    let (router, _) = Router::build([(route, ())]).unwrap();
    let found = router.find(uri.path()).unwrap();
    let scheme = if uri.scheme_str() == Some("https") { Scheme::Https } else { Scheme::Http };
    let host = headers.get("host").map_or("localhost", |host| host.to_str().unwrap()).to_owned();
    let facts = Facts {
        full_url: full_url(scheme, &host, target).unwrap(),
        client_addr: HeaderValue::from_str(text(&case["client_addr"])).unwrap(),
    };
    apply(&mut headers, &RouteHeaders::new(found.route()).unwrap(), &found, facts).unwrap();
    headers
}

/// What Spin lets through and we do not, by the case's request headers: a client's own `spin-*`, which would be spoofed
/// facts, and headers of the connection, which end at the host.
fn expected(case: &Value) -> Vec<(String, String)> {
    let passed_by_spin = [
        ("spin-full-url", "http://evil/"),
        ("spin-client-addr", "6.6.6.6:6"),
        ("spin-path-match-x", "evil"),
        ("keep-alive", "timeout=5"),
        ("transfer-encoding", "chunked"),
        ("upgrade", "h2c"),
        ("x-hop", "1"),
    ];
    let mut headers = pairs(&case["guest_headers"]);
    headers.retain(|(name, value)| !passed_by_spin.contains(&(name, value)));
    headers
}

#[test]
fn every_case_of_spin_gives_the_same_headers_but_for_the_listed_safer_ones() {
    let cases = cases("headers");
    let deviations = cases.iter().filter(|case| expected(case) != pairs(&case["guest_headers"])).count();
    for case in &cases {
        assert_eq!(sorted(&guest_headers(case)), expected(case), "{case}");
    }
    assert_eq!((cases.len(), deviations), (18, 2));
}

#[test]
fn a_chained_call_cannot_carry_the_callers_spin_headers_either() {
    let case = json!({"uri": "http://x.spin.internal/a/b/?q=1", "chained_to": "x",
        "headers": [["host", "x.spin.internal"], ["spin-client-addr", "6.6.6.6:6"], ["spin-other", "x"]]});
    let headers = guest_headers(&case);
    assert_eq!(headers["spin-client-addr"], "0.0.0.0:0");
    assert_eq!(headers["spin-full-url"], "http://localhost/a/b/?q=1");
    assert_eq!(headers["spin-path-info"], "/a/b/");
    assert!(!headers.contains_key("spin-other") && !headers.contains_key("host"));
}

#[test]
fn a_client_cannot_remove_an_end_to_end_header_by_naming_it_in_connection() {
    let case = json!({"uri": "/", "route": "/...", "client_addr": "1.1.1.1:1", "headers":
        [["host", "h"], ["authorization", "a"], ["x-forwarded-for", "f"], ["x-own", "o"], ["te", "gzip"],
         ["connection", "Authorization, X-Forwarded-For, HOST"], ["connection", "x-own, not a token"]]});
    let headers = guest_headers(&case);
    assert!(["host", "authorization", "x-forwarded-for"].iter().all(|name| headers.contains_key(*name)));
    assert!(["connection", "x-own", "te"].iter().all(|name| !headers.contains_key(*name)));
}

#[test]
fn a_parameter_that_cannot_name_a_header_is_refused() {
    let problem = RouteHeaders::new(&Route::parse("/:a b").unwrap()).unwrap_err();
    assert_eq!((problem.code, problem.value.as_str()), ("route-invalid", "/:a b"));
    assert!(RouteHeaders::new(&Route::parse("/:a_b/:C").unwrap()).is_ok());
    assert!(RouteHeaders::new(&Route::parse("/a\n").unwrap()).is_err());
}

#[test]
fn a_request_names_exactly_one_valid_host() {
    use BadAuthority::{Duplicate, Invalid, Mismatch, Missing};
    type Case = (Version, &'static str, &'static [&'static str], Result<&'static str, BadAuthority>);
    let cases: &[Case] = &[
        (Version::HTTP_11, "/x", &["h:3000"], Ok("h:3000")),
        (Version::HTTP_11, "/x", &["[::1]:3000"], Ok("[::1]:3000")),
        (Version::HTTP_11, "/x", &["h:"], Ok("h:")),
        (Version::HTTP_11, "/x", &[], Err(Missing)),
        (Version::HTTP_11, "http://h/x", &[], Err(Missing)),
        (Version::HTTP_11, "/x", &["h", "h"], Err(Duplicate)),
        (Version::HTTP_11, "/x", &[""], Err(Invalid)),
        (Version::HTTP_11, "/x", &["a b"], Err(Invalid)),
        (Version::HTTP_11, "/x", &["user@h"], Err(Invalid)),
        (Version::HTTP_11, "/x", &["h/path"], Err(Invalid)),
        (Version::HTTP_11, "/x", &["h?q"], Err(Invalid)),
        (Version::HTTP_11, "/x", &["h#f"], Err(Invalid)),
        (Version::HTTP_11, "/x", &["h:65536"], Err(Invalid)),
        (Version::HTTP_11, "/x", &["h:+80"], Err(Invalid)),
        (Version::HTTP_11, "/x", &["[::1"], Err(Invalid)),
        (Version::HTTP_11, "/x", &["::1"], Err(Invalid)),
        (Version::HTTP_11, "/x", &[":80"], Err(Invalid)),
        (Version::HTTP_11, "http://h/x", &["H:80"], Ok("H:80")),
        (Version::HTTP_11, "http://h/x", &["g"], Err(Mismatch)),
        (Version::HTTP_11, "http://h:81/x", &["h"], Err(Mismatch)),
        (Version::HTTP_11, "http://u@h/x", &["h"], Err(Invalid)),
        (Version::HTTP_10, "/x", &[], Ok("localhost")),
        (Version::HTTP_10, "/x", &["h"], Ok("h")),
        (Version::HTTP_2, "http://h/x", &[], Ok("h")),
        (Version::HTTP_2, "http://h/x", &["g"], Err(Mismatch)),
        (Version::HTTP_2, "/x", &[], Err(Missing)),
    ];
    for (version, uri, hosts, expected) in cases {
        let uri: Uri = uri.parse().unwrap();
        let mut headers = HeaderMap::new();
        for host in *hosts {
            headers.append("host", host.parse().unwrap());
        }
        assert_eq!(authority(*version, Scheme::Http, &uri, &headers), *expected, "{version:?} {uri} {hosts:?}");
    }
    let mut odd = HeaderMap::new();
    odd.insert("host", HeaderValue::from_bytes(b"h\xff").unwrap());
    assert_eq!(authority(Version::HTTP_11, Scheme::Http, &"/x".parse().unwrap(), &odd), Err(Invalid));
}

#[test]
fn a_request_for_the_whole_server_has_a_url_without_a_path() {
    assert_eq!(full_url(Scheme::Https, "h", "*").unwrap(), "https://h");
    assert_eq!(full_url(Scheme::Https, "h", "/é").unwrap().as_bytes(), "https://h/é".as_bytes());
    assert!(full_url(Scheme::Http, "h", "/\n").is_err());
}
