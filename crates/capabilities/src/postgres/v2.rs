//! `fermyon:spin/postgres@2.0.0`.

use crate::sql::connections;
use atoll_bindings::postgres::fermyon::spin2_0_0::postgres as v2;
use atoll_bindings::rdbms::fermyon::spin2_0_0::rdbms_types as types;

connections!(v2, types, types::Error, |count| count => u64);

impl v2::Host for super::Guest<'_> {}
