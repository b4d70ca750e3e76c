//! `fermyon:spin/mysql@2.0.0`.

use crate::sql::connections;
use atoll_bindings::mysql::fermyon::spin2_0_0::mysql as v2;
use atoll_bindings::rdbms::fermyon::spin2_0_0::rdbms_types as types;

connections!(v2, types, types::Error, drop => ());

impl v2::Host for super::Guest<'_> {}
