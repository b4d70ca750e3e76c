//! Components that differ in nothing but the data of a memory have the same machine code.
//!
//! Those of interpreters do: a changed line of Python is a changed memory, and to compile CPython anew takes seconds. Code that was
//! compiled before, the donor, is taken instead, with the other data in the place of its own. Other modules of the component may know
//! an address in that memory, as an adapter knows its stack: such globals are exchanged, too.

mod address;

use address::Address;
use std::borrow::Cow;
use std::ops::Range;
use wasmparser::{DataKind, DataSectionReader, Operator, Parser, Payload};

/// A smaller component is compiled at once.
const SMALLEST: usize = 1 << 20;
/// Images of memories begin and end with a page of the machine.
const PAGE: usize = if cfg!(target_arch = "aarch64") { 1 << 16 } else { 1 << 12 };

/// Images up to this size have gaps of any size.
const DENSE: usize = 1 << 24;

/// A component in two parts: all but the data of one memory, by its digest, and those data as they lie in the memory, with the addresses
/// that other modules know.
pub(crate) struct Shape {
    digest: blake3::Hash,
    image: Vec<u8>,
    addresses: Vec<Address>,
}

/// Where a component's own lie in its code: the image, then each address.
pub(crate) type Places = Vec<usize>;

impl Shape {
    /// None where there is nothing to be gained, or where the data are laid out while the guest starts. What is wrong with a
    /// component is the compiler's to say.
    pub(crate) fn of(wasm: &[u8]) -> Option<Self> {
        if wasm.len() < SMALLEST || !Parser::is_component(wasm) {
            return None;
        }
        let data = largest(wasm)?;
        let place = data.range();
        let (start, image) = image(data, wasm.len())?;
        let (mut hasher, mut addresses, mut module) = (blake3::Hasher::new(), Vec::new(), 0..0);
        for payload in Parser::new(0).parse_all(wasm) {
            let payload = payload.ok()?;
            if let Payload::ModuleSection { unchecked_range, .. } = &payload {
                module = unchecked_range.clone();
            }
            let Some((id, range)) = section(&payload) else { continue };
            let bytes = match payload {
                _ if range == place => Cow::Borrowed(&[][..]),
                Payload::GlobalSection(globals) if !module.contains(&place.start) => {
                    let found = address::among(globals)?;
                    let without = address::without(wasm, range, &found);
                    addresses.extend(found);
                    Cow::Owned(without)
                }
                _ => Cow::Borrowed(&wasm[range]),
            };
            hasher.update(&[id]).update(&bytes.len().to_le_bytes()).update(&bytes);
        }
        for word in [start, image.len()] {
            hasher.update(&word.to_le_bytes());
        }
        Some(Self { digest: hasher.finalize(), image, addresses })
    }

    /// The digest of all but the data.
    pub(crate) fn digest(&self) -> &[u8; 32] {
        self.digest.as_bytes()
    }

    /// Where its data lie in its own code: each at one place, or none can be told.
    pub(crate) fn find(&self, code: &[u8]) -> Option<Places> {
        let last = code.len().checked_sub(self.image.len())?;
        let mut found = (0..=last).step_by(PAGE).filter(|at| code[*at..].starts_with(&self.image));
        let image = found.next().filter(|_| found.next().is_none())?;
        let (before, behind) = (&code[..image], &code[image + self.image.len()..]);
        let mut places = vec![image];
        for address in &self.addresses {
            places.push(match (address.find(before), address.find(behind)) {
                (Some(at), None) => at,
                (None, Some(at)) => image + self.image.len() + at,
                _ => return None,
            });
        }
        Some(places)
    }

    /// The code of a component of the same digest becomes this one's.
    pub(crate) fn put(&self, code: &mut [u8], places: &[usize]) -> Option<()> {
        let (image, others) = places.split_first()?;
        code.get_mut(*image..)?.get_mut(..self.image.len())?.copy_from_slice(&self.image);
        (others.len() == self.addresses.len()).then_some(())?;
        self.addresses.iter().zip(others).try_for_each(|(address, at)| address.put(code, *at))
    }
}

fn largest(wasm: &[u8]) -> Option<DataSectionReader<'_>> {
    let data = Parser::new(0).parse_all(wasm).filter_map(|payload| match payload {
        Ok(Payload::DataSection(data)) => Some(data),
        _ => None,
    });
    data.max_by_key(|data| data.range().len())
}

/// What tells a component from others: sections, and where modules begin and end. The bytes of one that has sections of its own are theirs.
fn section(payload: &Payload<'_>) -> Option<(u8, Range<usize>)> {
    match payload {
        Payload::ModuleSection { .. } | Payload::ComponentSection { .. } | Payload::End(_) => Some((u8::MAX, 0..0)),
        Payload::Version { range, .. } => Some((u8::MAX, range.clone())),
        other => other.as_section(),
    }
}

/// Where a memory's data begin, and the data as the compiler lays them out: from the first byte that is not zero to the last, in whole
/// pages. Data that lie far apart are no image for the compiler either.
fn image(data: DataSectionReader<'_>, size: usize) -> Option<(usize, Vec<u8>)> {
    let segments = data.into_iter().map(|segment| active(segment.ok()?)).collect::<Option<Vec<_>>>()?;
    let start = segments.iter().map(|(at, _)| *at).min()?;
    let end = segments.iter().map(|(at, bytes)| at + bytes.len()).max()?;
    if end - start > DENSE.max(2 * size) {
        return None;
    }
    let base = start / PAGE * PAGE;
    let mut image = vec![0; (end - base).next_multiple_of(PAGE)];
    for (at, bytes) in segments {
        image[at - base..][..bytes.len()].copy_from_slice(bytes);
    }
    let first = image.iter().position(|byte| *byte != 0)? / PAGE * PAGE;
    let last = image.iter().rposition(|byte| *byte != 0)?;
    image.truncate((last + 1).next_multiple_of(PAGE));
    image.drain(..first);
    Some((base + first, image))
}

/// The place of a segment that is written into the first memory when the guest starts, and its bytes.
fn active(segment: wasmparser::Data<'_>) -> Option<(usize, &[u8])> {
    let DataKind::Active { memory_index: 0, offset_expr } = segment.kind else { return None };
    let mut operators = offset_expr.get_operators_reader();
    let Ok(Operator::I32Const { value }) = operators.read() else { return None };
    matches!(operators.read(), Ok(Operator::End)).then_some((value.cast_unsigned() as usize, segment.data))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compile::Wanted;
    use crate::engine::EngineSettings;
    use crate::translate::translate;

    const BULK: usize = SMALLEST;

    /// A component whose memory has these segments, and so many bytes that make it large enough.
    fn component(segments: &[(u32, &str)], rest: &str) -> Vec<u8> {
        let bulk: String = (0..BULK).map(|at| char::from(b'a' + (at % 23) as u8)).collect();
        let data: String = segments.iter().map(|(at, text)| format!("(data (i32.const {at}) \"{text}\")")).collect();
        let text = format!(
            "(component (core module (memory 40) (func (export \"a\") (result i32) i32.const 8 i32.load) \
             (data (i32.const 8192) \"{bulk}\") {data} {rest}) (core module (func (export \"b\") unreachable)))"
        );
        wat::parse_str(text).unwrap()
    }

    fn code(wasm: &[u8]) -> Vec<u8> {
        translate(&EngineSettings::default(), wasm, &Wanted::default()).unwrap().1
    }

    #[test]
    fn code_with_the_other_data_is_what_the_compiler_makes_of_the_other() {
        let first = component(&[(4100, "one"), (9000, "two")], "");
        let Some(shape) = Shape::of(&first) else { panic!("no shape") };
        let given = code(&first);
        let at = shape.find(&given).unwrap();
        for segments in [
            [(4100, "One"), (9000, "Two")],
            // One over the other, and one that is left out because it is zero.
            [(4200, "one"), (4201, "\\00")],
            [(5000, "abc"), (5001, "xyz")],
        ] {
            let other = component(&segments, "");
            let shape_of_other = Shape::of(&other).unwrap();
            assert_eq!(shape_of_other.digest(), shape.digest());
            let mut made = given.clone();
            shape_of_other.put(&mut made, &at).unwrap();
            let compiled = code(&other);
            assert!(shape_of_other.find(&compiled).as_ref() == Some(&at) && made.len() == compiled.len());
            if other.len() == first.len() {
                assert!(made == compiled);
            }
        }
    }

    #[test]
    fn whatever_else_differs_is_another_component() {
        let shape = |segments: &[(u32, &str)], rest: &str| Shape::of(&component(segments, rest)).map(|found| found.digest);
        let one = shape(&[(4100, "one")], "");
        assert!(one.is_some());
        // Other pages, a function, a global, a section of its own, names.
        assert_ne!(one, shape(&[(100, "one")], ""));
        assert_ne!(one, shape(&[(4100, "one")], "(func)"));
        assert_ne!(one, shape(&[(4100, "one")], "(global i32 (i32.const 1))"));
        assert_ne!(one, shape(&[(4100, "one")], "(@custom \"c\" \"x\")"));
        assert_ne!(one, shape(&[(4100, "one")], "(func $named)"));
    }

    #[test]
    fn data_that_the_guest_lays_out_have_no_shape() {
        assert!(Shape::of(&component(&[], "(data \"passive\")")).is_none());
        assert!(Shape::of(&component(&[], "(global $at i32 (i32.const 9)) (data (global.get $at) \"x\")")).is_none());
        assert!(Shape::of(&component(&[(u32::MAX - 9, "far away")], "")).is_none());
        assert!(Shape::of(&component(&[], "")[..BULK]).is_none());
        assert!(Shape::of(b"(component)").is_none());
    }

    #[test]
    fn addresses_that_other_modules_know_are_exchanged() {
        let knows = |address: u32| {
            let text = format!(
                "(component (core module (memory 40) (func (export \"a\") (result i32) i32.const 8 i32.load) \
                 (data (i32.const 8192) \"{}\")) (core module (global $at (mut i32) (i32.const {address})) \
                 (global (mut i32) (i32.const 0)) (func (export \"b\") (result i32) global.get $at)))",
                "x".repeat(BULK)
            );
            wat::parse_str(text).unwrap()
        };
        let (first, other) = (knows(12_020_544), knows(11_999_952));
        let (shape, shape_of_other) = (Shape::of(&first).unwrap(), Shape::of(&other).unwrap());
        assert_eq!(shape.digest(), shape_of_other.digest());
        let mut made = code(&first);
        let places = shape.find(&made).unwrap();
        assert_eq!(places.len(), 2);
        shape_of_other.put(&mut made, &places).unwrap();
        assert!(made == code(&other));
        assert!(shape.put(&mut made, &places[..1]).is_none());
        // Smaller numbers are many; those are part of what is the same.
        assert_ne!(shape.digest(), Shape::of(&knows(1 << 19)).unwrap().digest());
    }

    #[test]
    fn data_that_lie_at_two_places_are_not_exchanged() {
        let shape = Shape::of(&component(&[], "")).unwrap();
        assert_eq!(shape.find(&[vec![1; PAGE], shape.image.clone()].concat()), Some(vec![PAGE]));
        assert_eq!(shape.find(&shape.image.repeat(2)), None);
        assert_eq!(shape.find(&shape.image[1..]), None);
        assert!(shape.put(&mut [0; 9], &[0]).is_none());
    }
}
