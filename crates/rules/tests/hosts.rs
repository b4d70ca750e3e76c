//! A component connects where its manifest says, and nowhere else.
#![allow(clippy::unwrap_used)]

mod table;

use atoll_rules::hosts::{
    ALLOWED_HOST_INVALID, AllowedHost, AllowedHosts, Denial, HostRule, OutboundUrl, PortRule, SchemeRule, chaining_target,
};
use serde_json::{Value, json};
use table::{cases, text, texts};

fn as_json(entry: &AllowedHost) -> Value {
    let scheme = match &entry.scheme {
        SchemeRule::Any => "*",
        SchemeRule::Is(scheme) => scheme,
    };
    let host = match &entry.host {
        HostRule::Any => json!({"any": true}),
        HostRule::Own => json!({"self": true}),
        HostRule::Is(host) => json!({"literal": host.to_string()}),
        HostRule::SubdomainOf(suffix) => json!({"subdomain_of": suffix}),
        HostRule::Network(network) => json!({"cidr": network.to_string()}),
    };
    let port = match &entry.port {
        PortRule::Any => json!("*"),
        PortRule::Is(port) => json!(port),
        PortRule::In(range) => json!({"from": range.start, "to_exclusive": range.end}),
    };
    json!({"scheme": scheme, "host": host, "port": port, "service_chaining": entry.is_service_chaining()})
}

/// Spin's error chain in one line, without its link.
fn message(chain: &Value) -> String {
    texts(chain).join(": ").split("\nLearn more").next().unwrap().to_owned()
}

/// Put values for `{{ name }}`; an unknown or unfinished template is the variables' affair, not the hosts'.
fn resolved(case: &Value) -> Option<Vec<String>> {
    let resolve = |entry: String| {
        let (mut done, mut rest) = (String::new(), entry.as_str());
        while let Some((before, after)) = rest.split_once("{{") {
            let (name, tail) = after.split_once("}}")?;
            done = done + before + case["variables"].get(name.trim())?.as_str()?;
            rest = tail;
        }
        Some(done + rest)
    };
    texts(&case["allowed"]).into_iter().map(resolve).collect()
}

fn messages(parsed: Result<AllowedHosts, Vec<atoll_rules::Problem>>) -> Vec<String> {
    parsed.unwrap_err().into_iter().map(|problem| problem.message).collect()
}

/// Where ours differs from Spin's answer, and why.
fn deviation(input: &str) -> Option<Result<Value, &'static str>> {
    let ours = |host: Value| Some(Ok(json!({"scheme": "http", "host": host, "port": 80, "service_chaining": false})));
    match input {
        // The trailing slash is tolerated, so this is the app itself and not a server named `self`.
        "http://self/" => ours(json!({"self": true})),
        // Schemes do not depend on case.
        "HTTP://Example.COM" => ours(json!({"literal": "example.com"})),
        // Entries that could never allow anything are mistakes.
        "://x:1" => Some(Err("Invalid allowed host scheme \"\": it is empty")),
        "http://example.com:90..80" => {
            Some(Err("Invalid allowed host port \"90..80\": port range \"90..80\" is empty: its end is excluded"))
        }
        // Spin takes what follows the last colon inside the brackets for a port.
        "http://[2001:db8::1%25eth0]" => Some(Err("Invalid allowed host \"[2001:db8::1%25eth0]\": invalid IPv6 address")),
        _ => None,
    }
}

#[test]
fn every_entry_of_spin_is_read_alike_or_refused_with_the_same_words() {
    let (mut read, mut refused, mut deviating) = (0, 0, 0);
    for case in cases("allowed_hosts_parse") {
        let input = text(&case["input"]);
        let parsed = AllowedHost::parse(input);
        if let Some(expected) = deviation(input) {
            deviating += 1;
            match expected {
                Ok(expected) => assert_eq!(as_json(&parsed.unwrap()), expected, "{input}"),
                Err(expected) => assert_eq!(parsed.unwrap_err().message, expected),
            }
            continue;
        }
        match case.get("ok") {
            Some(expected) => {
                read += 1;
                assert_eq!(as_json(&parsed.unwrap()), *expected, "{input}");
            }
            None => {
                refused += 1;
                let problem = parsed.unwrap_err();
                assert_eq!(problem.code, ALLOWED_HOST_INVALID);
                let multiline = [problem.message.as_str(), problem.hint.as_deref().unwrap_or_default()].join("\n");
                let expected = message(&case["error"]);
                assert!(problem.message == expected || multiline == expected, "{input}: {problem:?}, Spin: {expected}");
            }
        }
    }
    assert_eq!((read + refused + deviating, deviating), (159, 5));
    assert!(read > 60 && refused > 60, "{read} {refused}");
}

#[test]
fn every_list_of_spin_expands_alike() {
    let mut count = 0;
    for case in cases("allowed_hosts_expand") {
        count += 1;
        let parsed = AllowedHosts::parse(&resolved(&case).unwrap(), &texts(&case["component_ids"]));
        match case.get("hosts") {
            Some(hosts) => {
                let entries: Vec<Value> = parsed.unwrap().entries().iter().map(as_json).collect();
                assert_eq!(Value::from(entries), *hosts, "{case}");
            }
            None => assert_eq!(messages(parsed)[0], message(&case["config_error"]), "{case}"),
        }
    }
    assert_eq!(count, 8);
}

#[test]
fn every_list_of_spin_is_valid_alike_at_load_time() {
    let (mut count, mut of_templates) = (0, 0);
    for case in cases("allowed_hosts_validate") {
        count += 1;
        // A list whose variables have no value yet cannot be read here.
        let Some(list) = resolved(&case) else {
            of_templates += 1;
            continue;
        };
        assert_eq!(case["valid"], AllowedHosts::parse::<_, &str>(&list, &[]).is_ok(), "{case}");
    }
    assert_eq!((count, of_templates), (10, 2));
}

#[test]
fn every_url_of_spin_is_allowed_or_refused_alike() {
    let (mut lists, mut urls, mut config_errors) = (0, 0, 0);
    for case in cases("allowed_hosts_allow") {
        lists += 1;
        let parsed = resolved(&case).map(|list| AllowedHosts::parse(&list, &texts(&case["component_ids"])));
        if case.get("config_error").is_some() {
            config_errors += 1;
            assert!(parsed.is_none_or(|parsed| parsed.is_err()), "{case}");
            continue;
        }
        let hosts = parsed.unwrap().unwrap();
        assert_eq!(case["relative_http_allowed"], hosts.allows_relative(), "{case}");
        for check in case["checks"].as_array().unwrap() {
            urls += 1;
            let url = OutboundUrl::parse(text(&check["url"]), text(&check["default_scheme"]));
            assert_eq!(check["allowed"], url.is_ok_and(|url| hosts.allows(&url)), "{check} in {case}");
        }
    }
    assert_eq!((lists, urls, config_errors), (26, 106, 3));
}

#[test]
fn every_address_of_spin_names_the_same_destination_or_none() {
    // Spin reads a host out of these that nobody wrote: the scheme, or the first part of a path.
    let doubtful = ["/x", "http://a b/", "mysql://u:p/w@host/db"];
    let (mut count, mut refused) = (0, 0);
    for case in cases("outbound_url_parse") {
        count += 1;
        let input = text(&case["url"]);
        let parsed = OutboundUrl::parse(input, text(&case["default_scheme"]));
        if case.get("error").is_some() || doubtful.contains(&input) {
            refused += 1;
            assert!(parsed.is_err(), "{case}");
            continue;
        }
        let url = parsed.unwrap();
        assert_eq!((url.scheme(), url.authority().as_str()), (text(&case["scheme"]), text(&case["authority"])), "{case}");
    }
    assert_eq!((count, refused), (18, 4));
}

#[test]
fn a_url_in_parts_names_the_same_destination_as_in_text() {
    let hosts = [
        "example.com",
        "EXAMPLE.com:8080",
        "[::1]:80",
        "127.0.0.1:443",
        "127.1",
        "0x7f.1",
        "a..b",
        "x.",
        "1.2.3.4.",
        "u:p@h:1",
        "xn--r8jz45g.jp",
        "例え.jp",
        "[::ffff:127.0.0.1]",
        "a_b-c.d",
        "h:",
        "ab--c.d",
        "1.example",
        "example.1x",
    ];
    for host in hosts {
        for scheme in ["http", "https"] {
            let whole = format!("{scheme}://{host}/path");
            let (parts, text) = (OutboundUrl::of(scheme, host), OutboundUrl::parse(&whole, "http"));
            assert_eq!(parts.as_ref().ok(), text.as_ref().ok(), "{whole}");
            if let Ok(url) = parts {
                assert!(url.port().is_some() && !url.authority().is_empty());
            }
        }
    }
    for host in ["", ":80", "a b", "[::1", "h:x", "h:+1", "h:65536", "xn--example-.com", "a/b", "a?b", "a#b"] {
        assert!(OutboundUrl::of("http", host).is_err(), "{host}");
    }
}

#[test]
fn a_socket_is_checked_by_its_address() {
    let hosts = |entry: &str| AllowedHosts::parse::<_, &str>(&[entry], &[]).unwrap();
    let address = |text: &str| text.parse().unwrap();
    let network = hosts("tcp://10.0.0.0/8:5432");
    assert!(network.allows_socket("tcp", address("10.1.2.3:5432")));
    assert!(!network.allows_socket("tcp", address("10.1.2.3:5433")));
    assert!(!network.allows_socket("udp", address("10.1.2.3:5432")));
    assert!(!network.allows_socket("tcp", address("11.1.2.3:5432")));
    assert!(!network.allows_socket("tcp", address("[::ffff:10.1.2.3]:5432")));
    assert!(hosts("*://[::1]:*").allows_socket("udp", address("[::1]:9")));
    assert!(!hosts("tcp://localhost:7").allows_socket("tcp", address("127.0.0.1:7")));
    assert!(!AllowedHosts::default().allows_socket("tcp", address("127.0.0.1:7")));
}

#[test]
fn names_that_a_socket_may_reach_are_those_of_its_scheme_and_port() {
    let list =
        ["tcp://db.example:5432", "*://*.example:*", "udp://dns.example:53", "*://any.example:*", "tcp://a.spin.internal:1"];
    let hosts = AllowedHosts::parse(&list, &["a"]).unwrap();
    assert_eq!(hosts.socket_names("tcp", 5432).collect::<Vec<_>>(), ["db.example", "any.example"]);
    assert_eq!(hosts.socket_names("udp", 53).collect::<Vec<_>>(), ["dns.example", "any.example"]);
}

#[test]
fn service_chaining_is_recognised_as_in_spin() {
    let mut count = 0;
    for case in cases("service_chaining_host") {
        count += 1;
        if let Some(url) = case["url"].as_str() {
            let authority = url.split("://").nth(1).unwrap().split('/').next().unwrap();
            assert_eq!(case["component"].as_str(), chaining_target(authority), "{case}");
        } else {
            assert_eq!(case["is_chained"], chaining_target(text(&case["host_header"])).is_some(), "{case}");
        }
    }
    assert_eq!(count, 12);
}

#[test]
fn all_bad_entries_are_named_at_once() {
    let problems = AllowedHosts::parse::<_, &str>(&["a.b", "http://ok", "ftp://x", "insecure:allow-all"], &[]).unwrap_err();
    let values: Vec<&str> = problems.iter().map(|problem| problem.value.as_str()).collect();
    assert_eq!(values, ["a.b", "ftp://x", "insecure:allow-all"]);
}

#[test]
fn a_denial_says_spins_two_sentences_and_its_remedy_allows_it() {
    let url = OutboundUrl::of("https", "x:8443").unwrap();
    let denial = Denial::of(&url);
    assert_eq!(
        denial.to_string(),
        "A component tried to make an outbound network connection to disallowed destination 'https://x:8443'.\n\
         To allow this request, add 'allowed_outbound_hosts = [\"https://x:8443\"]' to the manifest component section."
    );
    assert!(AllowedHosts::parse::<_, &str>(&[denial.pattern()], &[]).unwrap().allows(&url));
    let own = Denial::of_own_app("http");
    assert_eq!(own.sentence(), "A component tried to make an HTTP request to its own app but it does not have permission.");
    assert!(AllowedHosts::parse::<_, &str>(&[own.pattern()], &[]).unwrap().allows_relative());
}

#[test]
fn an_address_that_some_client_reads_otherwise_names_no_destination() {
    let hosts = [
        "127.0.0.1.",
        "0x7f.1.",
        "a.b,c.allowed.example",
        "a.b;c.allowed.example",
        "host=a.b",
        "a.b\t.allowed.example",
        "a.b\\.allowed.example",
    ];
    for host in hosts {
        assert!(OutboundUrl::parse(&format!("postgres://{host}/db"), "postgres").is_err(), "{host}");
        assert!(OutboundUrl::of("https", host).is_err(), "{host}");
    }
    for number in ["0x", "0x7f.1", "127.1", "2130706433"] {
        assert!(OutboundUrl::parse(&format!("redis://{number}:6379"), "redis").is_err(), "{number}");
    }
    assert!(OutboundUrl::parse("redis://127.0.0.1:6379", "redis").is_ok());
    assert!(OutboundUrl::parse("host=a.b\nuser=c.allowed.example", "postgres").is_err());
}
