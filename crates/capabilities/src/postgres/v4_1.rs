//! `spin:postgres@4.1`, and what it has of 4.0, for guests without tasks.

use super::builder::builders;
use crate::sql::{connections, rich, rows};
use atoll_bindings::postgres::spin::postgres4_1_0::postgres as v4;

rich!(v4);
rows!(v4);
connections!(v4, v4, v4::Error, |count| count => u64);
builders!(v4);

impl v4::Host for super::Guest<'_> {}
