//! `spin:postgres@3.0.0`: dates and times.

use crate::sql::{connections, plain, rows, told_plainly};
use atoll_bindings::postgres::spin::postgres3_0_0::postgres as v3;

plain!(v3:
    Boolean Int8 Int16 Int32 Int64 Floating32 Floating64 Str Binary Date Time Datetime Timestamp
);
rows!(v3);
told_plainly!(v3::Error: Other);
connections!(v3, v3, v3::Error, |count| count => u64);

impl v3::Host for super::Guest<'_> {}
