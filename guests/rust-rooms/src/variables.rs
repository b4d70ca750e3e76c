//! Variables, in the versions that have no asynchronous functions.
use crate::query::Query;
use crate::{Outcome, told};
use fermyon::spin::config;
use fermyon::spin2_0_0::variables;
use wasi::config::store;

wit_bindgen::generate!({
    path: [
        "../../wit/spin/deps/spin@unversioned",
        "../../wit/spin/deps/spin@2.0.0",
        "../../wit/spin/deps/wasi-runtime-config-2024-09-27",
    ],
    generate_all,
    inline: "
        package atoll:guests;
        world named {
            import fermyon:spin/config;
            import fermyon:spin/variables@2.0.0;
            import wasi:config/store@0.2.0-draft-2024-09-27;
        }
    ",
});

/// The name is the body where it does not fit into a query. With `times` it is asked so often.
pub fn done(version: &str, query: &Query, body: Vec<u8>) -> Outcome {
    let name = if body.is_empty() { query.text("name") } else { String::from_utf8_lossy(&body).into_owned() };
    for _ in 1..query.number("times", 1) {
        let _ = variables::get(&name);
    }
    match version {
        "v1" => told(config::get_config(&name)),
        "v2" => told(variables::get(&name)),
        "wasi" => match store::get(&name) {
            Ok(value) => Ok(value.map(String::into_bytes)),
            Err(error) => Err(format!("{error:?}")),
        },
        "all" => told(store::get_all().map(|all| format!("{all:?}"))),
        _ => Err(format!("there is no version {version}")),
    }
}
