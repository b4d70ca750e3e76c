//! Values of Spin's first two interfaces, which PostgreSQL and MySQL share.

use super::{plain, rows, told_plainly};
use atoll_bindings::rdbms::fermyon::spin::rdbms_types as v1;
use atoll_bindings::rdbms::fermyon::spin2_0_0::rdbms_types as v2;
use atoll_engine::State;
use wasmtime::component::{HasData, Linker};

plain!(v1:
    Boolean Int8 Int16 Int32 Int64 Uint8 Uint16 Uint32 Uint64 Floating32 Floating64 Str Binary
);
rows!(v1);
plain!(v2:
    Boolean Int8 Int16 Int32 Int64 Uint8 Uint16 Uint32 Uint64 Floating32 Floating64 Str Binary
);
rows!(v2);
told_plainly!(v2::Error: Other);

/// Nothing: there are only types.
struct Types;

impl v1::Host for Types {}
impl v2::Host for Types {}

struct Room;

impl HasData for Room {
    type Data<'a> = Types;
}

pub(crate) fn link(linker: &mut Linker<State>) -> wasmtime::Result<()> {
    v1::add_to_linker::<_, Room>(linker, |_| Types)?;
    v2::add_to_linker::<_, Room>(linker, |_| Types)
}
