//! Addresses in another module's memory that a module knows as it starts: globals, of which the compiler writes down the value.

use std::ops::Range;
use wasmparser::{Global, GlobalSectionReader, Operator, ValType};

/// Of this size, each is four bytes in wasm as in the compiler's notes, and few numbers else are.
const SIZES: Range<i32> = 1 << 20..1 << 27;
const BYTES: usize = 4;
/// What the compiler notes of a global's value: that it is an `i32`, then the number.
const NOTE: usize = BYTES + 1;

pub(super) struct Address {
    value: u32,
    /// The bytes of the number in the component.
    place: Range<usize>,
}

/// The addresses among these globals. None where they cannot be read.
pub(super) fn among(globals: GlobalSectionReader<'_>) -> Option<Vec<Address>> {
    globals.into_iter().filter_map(|global| global.map(|global| Address::of(&global)).transpose()).collect::<Result<_, _>>().ok()
}

impl Address {
    fn of(global: &Global<'_>) -> Option<Self> {
        if !global.ty.mutable || global.ty.content_type != ValType::I32 {
            return None;
        }
        let mut operators = global.init_expr.get_operators_reader();
        let Ok(Operator::I32Const { value }) = operators.read() else { return None };
        let whole = global.init_expr.get_binary_reader().range();
        // Around the number: `i32.const` and `end`.
        let place = whole.start + 1..whole.end - 1;
        (SIZES.contains(&value) && place.len() == BYTES).then_some(Self { value: value.cast_unsigned(), place })
    }

    /// Where the compiler's note of it lies in the code: at one place, or none can be told.
    pub(super) fn find(&self, code: &[u8]) -> Option<usize> {
        let note = self.note();
        let mut places = code.windows(NOTE).enumerate().filter(|(_, bytes)| *bytes == note).map(|(at, _)| at);
        places.next().filter(|_| places.next().is_none())
    }

    pub(super) fn put(&self, code: &mut [u8], at: usize) -> Option<()> {
        code.get_mut(at..)?.get_mut(..NOTE)?.copy_from_slice(&self.note());
        Some(())
    }

    /// As `postcard` writes it: seven bits a byte, signed numbers zigzag.
    fn note(&self) -> [u8; NOTE] {
        let zigzag = self.value << 1;
        let part = |number: u32| (zigzag >> (7 * number) & 0x7f) as u8;
        [0, part(0) | 0x80, part(1) | 0x80, part(2) | 0x80, part(3)]
    }
}

/// The bytes of a section without the addresses in it.
pub(super) fn without(wasm: &[u8], section: Range<usize>, addresses: &[Address]) -> Vec<u8> {
    let mut rest = wasm[section.clone()].to_vec();
    for Address { place, .. } in addresses {
        rest[place.start - section.start..place.end - section.start].fill(0);
    }
    rest
}
