//! MySQL.
use super::{Asked, addressed, connections};
use crate::Outcome;

wit_bindgen::generate!({
    path: ["../../wit/spin/deps/spin@unversioned", "../../wit/spin/deps/spin@2.0.0"],
    generate_all,
    inline: "
        package atoll:guests;
        world mysql {
            import fermyon:spin/mysql;
            import fermyon:spin/mysql@2.0.0;
        }
    ",
});

addressed!(first, super::fermyon::spin::mysql, super::fermyon::spin::rdbms_types);
connections!(second, super::fermyon::spin2_0_0::mysql, super::fermyon::spin2_0_0::rdbms_types);

pub fn done(version: &str, what: &str, asked: Asked) -> Outcome {
    match version {
        "v1" => first::done(what, asked),
        "v2" => second::done(what, asked),
        _ => Err(format!("there is no version {version}")),
    }
}
