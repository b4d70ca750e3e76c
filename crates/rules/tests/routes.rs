//! Routes answer as Spin's do.
#![allow(clippy::unwrap_used)]

mod table;

use atoll_rules::routes::{Declared, ROUTE_INVALID, Route, Router};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use table::{cases, text};

/// Only the root is reachable from a manifest as base.
const OTHER_BASE: &str = "/base";

fn declared(case: &Value) -> Result<Vec<(String, String)>, String> {
    let routes = case["routes"].as_array().unwrap().iter().map(|route| {
        let component = text(&route["component"]).to_owned();
        Ok(match Declared::read(&route["route"]).map_err(|problem| problem.message)? {
            Declared::Path(path) => Some((path, component)),
            Declared::Private => None,
        })
    });
    routes.filter_map(Result::transpose).collect()
}

#[test]
fn every_table_of_spin_gives_the_same_listing_and_the_same_answers() {
    let (mut tables, mut paths, mut refused, mut skipped) = (0, 0, 0, 0);
    for case in cases("routes") {
        tables += 1;
        if case["base"] == OTHER_BASE {
            skipped += case["requests"].as_array().unwrap().len();
            continue;
        }
        let panics = case["requests"].as_array().into_iter().flatten().any(|request| request["panics"] == true);
        let built = declared(&case).and_then(|routes| Router::build(routes).map_err(|problems| problems[0].message.clone()));
        // A wildcard that is not last makes Spin panic when it is matched; it is refused when the app is loaded.
        if case.get("error").is_some() || panics {
            refused += 1;
            assert!(built.is_err(), "{case}");
            continue;
        }
        let (router, duplicates) = built.unwrap();
        check_listing(&case, &router);
        check_duplicates(&case, &router, &duplicates);
        for request in case["requests"].as_array().unwrap() {
            paths += 1;
            assert_eq!(answer(&router, text(&request["path"])), *request, "{case}");
        }
    }
    assert_eq!((tables, refused, paths, skipped), (44, 4, 122, 3));
}

fn check_listing(case: &Value, router: &Router<String>) {
    let listed: Vec<Value> = router
        .entries()
        .iter()
        .map(|entry| {
            let listing = entry.route.listing();
            json!({"display": listing.to_string(), "path": listing.path, "wildcard": listing.wildcard, "component": entry.value})
        })
        .collect();
    assert_eq!(case["listed"], Value::from(listed));
    let reserved = router.entries().iter().any(|entry| entry.route.is_reserved());
    assert_eq!(case["contains_reserved_route"], reserved, "{case}");
}

fn check_duplicates(case: &Value, router: &Router<String>, duplicates: &[atoll_rules::routes::Duplicate<String>]) {
    let effective = |route: &str| router.entries().iter().find(|entry| entry.route.raw() == route).unwrap().value.clone();
    let found: Vec<Value> = duplicates
        .iter()
        .map(|twice| json!({"route": twice.route, "replaced": twice.replaced, "effective": effective(&twice.route)}))
        .collect();
    assert_eq!(case["duplicates"], Value::from(found));
}

fn answer(router: &Router<String>, path: &str) -> Value {
    let Some(found) = router.find(path) else { return json!({"path": path, "component": null}) };
    let named: BTreeMap<&str, &str> = found.captures().collect();
    json!({
        "path": path,
        "component": found.value(),
        "matched_route": found.route().matched(),
        "raw_route": found.route().raw(),
        "component_route": found.route().component_route(),
        "path_info": found.path_info(),
        "named": named,
    })
}

#[test]
fn a_bad_route_is_named_with_its_code_and_a_hint_and_all_are_named_at_once() {
    let problems = Router::build([("/a/*/b", ()), ("/ok", ()), ("/a/:", ()), ("/*name", ())]).unwrap_err();
    let values: Vec<&str> = problems.iter().map(|problem| problem.value.as_str()).collect();
    assert_eq!(values, ["/a/*/b", "/a/:", "/*name"]);
    assert!(problems.iter().all(|problem| problem.code == ROUTE_INVALID && problem.hint.is_some()));
    assert_eq!(problems[0].message, "the route `/a/*/b` is invalid: a wildcard must be the last part of a route");
}

#[test]
fn a_dot_that_begins_a_segment_is_text_and_beats_a_wildcard_in_either_order() {
    for routes in [["/...", "/.well-known/x"], ["/.well-known/x", "/..."]] {
        let (router, _) = Router::build(routes.map(|route| (route, route))).unwrap();
        assert_eq!(router.find("/.well-known/x").unwrap().value(), &"/.well-known/x");
        assert_eq!(router.find("/.well-known/y").unwrap().value(), &"/...");
    }
    let (router, _) = Router::build([("/a/.b", ())]).unwrap();
    assert!(router.find("/a/.b").is_some());
    assert!(router.find("/a.b").is_none());
}

#[test]
fn a_wildcard_inside_a_segment_takes_the_rest() {
    let (router, _) = Router::build([("/a.*", ())]).unwrap();
    assert_eq!(router.find("/a.b/c/").unwrap().path_info(), "/b/c/");
    assert!(router.find("/b.b").is_none());
}

#[test]
fn text_that_is_not_ascii_neither_matches_elsewhere_nor_panics() {
    let (router, _) = Router::build([("/é/:x.é", 1), ("/é/...", 2)]).unwrap();
    assert_eq!(*router.find("/é/ü.é").unwrap().value(), 1);
    assert_eq!(*router.find("/é/ü/é").unwrap().value(), 2);
    assert!(router.find("/e/ü").is_none());
}

/// The router that Spin itself uses, on random tables. Left out are what ours answers differently on purpose (dots that
/// begin a path segment) and tables of more than eleven routes, where its order depends on the shape of a search tree.
#[test]
fn random_tables_are_answered_as_by_the_router_that_spin_uses() {
    let mut random = table::Random(11);
    let (mut checked, mut hits) = (0, 0);
    for _ in 0..1_000 {
        let mut routes: Vec<String> = Vec::new();
        for _ in 0..random.below(11) + 1 {
            let route = random_route(&mut random);
            if !routes.contains(&route) {
                routes.push(route);
            }
        }
        let (ours, _) = Router::build(routes.iter().map(|route| (route.as_str(), ()))).unwrap();
        let mut theirs = routefinder::Router::new();
        for route in &routes {
            theirs.add(Route::parse(route).unwrap().matched().replace("/...", "/*"), route.clone()).unwrap();
        }
        for _ in 0..30 {
            let path = random_path(&mut random);
            let (mine, expected) = (ours.find(&path), theirs.best_match(&path));
            checked += 1;
            hits += usize::from(mine.is_some());
            assert_eq!(
                mine.as_ref().map(|found| found.route().raw()),
                expected.as_ref().map(|found| found.handler().as_str()),
                "{path} in {routes:?}"
            );
            let (Some(mine), Some(expected)) = (mine, expected) else { continue };
            let captures = expected.captures();
            let names: Vec<(&str, &str)> = captures.params().iter().map(|param| (param.name(), param.value())).collect();
            assert_eq!(mine.captures().collect::<Vec<_>>(), names, "{path} in {routes:?}");
        }
    }
    assert_eq!(checked, 30_000);
    assert!(hits > 8_000, "only {hits} paths matched anything");
}

fn random_route(random: &mut table::Random) -> String {
    let mut route = String::new();
    for _ in 0..random.below(4) {
        route += random.pick(&["/a", "/b", "/a.b", "/:x", "/:y", "/:z.b", "/:x.:y", "/a.:y", "/c."]);
    }
    route + random.pick(&["", "", "/...", "/*", "/", "/a.*"])
}

fn random_path(random: &mut table::Random) -> String {
    let mut path = String::new();
    for _ in 0..random.below(5) {
        path += random.pick(&["/a", "/b", "/a.b", "/a.c", "/q.b", "/c.", "/ab", "/", "/q.b.b"]);
    }
    path + random.pick(&["", "/", "//"])
}
