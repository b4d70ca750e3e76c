//! PostgreSQL: the versions before 4, and what 4 shares with them.
use super::{Asked, addressed, connections};
use crate::Outcome;

wit_bindgen::generate!({
    path: [
        "../../wit/spin/deps/spin@unversioned",
        "../../wit/spin/deps/spin@2.0.0",
        "../../wit/spin/deps/spin-postgres@3.0.0",
        "../../wit/spin/deps/spin-postgres@4.1.0",
    ],
    generate_all,
    inline: "
        package atoll:guests;
        world postgres {
            import fermyon:spin/postgres;
            import fermyon:spin/postgres@2.0.0;
            import spin:postgres/postgres@3.0.0;
            import spin:postgres/postgres@4.1.0;
        }
    ",
});

pub use spin::postgres4_1_0::postgres as v4;

addressed!(first, super::fermyon::spin::postgres, super::fermyon::spin::rdbms_types);
connections!(second, super::fermyon::spin2_0_0::postgres, super::fermyon::spin2_0_0::rdbms_types);
connections!(third, super::spin::postgres3_0_0::postgres, super::spin::postgres3_0_0::postgres);
connections!(fourth, super::spin::postgres4_1_0::postgres, super::spin::postgres4_1_0::postgres);

pub fn done(version: &str, what: &str, asked: Asked) -> Outcome {
    match version {
        "v1" => first::done(what, asked),
        "v2" => second::done(what, asked),
        "v3" => third::done(what, asked),
        "v4" => fourth::done(what, asked),
        _ => Err(format!("there is no version {version}")),
    }
}
