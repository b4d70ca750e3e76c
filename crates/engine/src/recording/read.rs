//! Values as they pass between a guest and the host, read where they are: nothing is taken, and what is wrong is left to whoever takes it.

use super::json;
use serde_json::{Map, Value, json};
use wasmtime::ValRaw;
use wasmtime::component::__internal::wasmtime_environ::component::{StringEncoding, VariantInfo};
use wasmtime::component::__internal::{ComponentTypes, InterfaceType};
use wasmtime::component::watch::{Passed, Place, What};

/// More than this of one call is not recorded.
const MOST_ITEMS: usize = 1 << 20;

/// The top bit of a string's length, where its encoding goes by the string: it is UTF-16.
const UTF16: usize = 1 << 31;

/// The values, one after the other; None where the guest points beyond its memory or the values are too many.
pub(super) fn values(passed: &mut Passed<'_>) -> Option<Vec<Value>> {
    let (types, what, place) = (passed.types, passed.what, passed.place);
    let mut reader = Reader { items: 0, passed };
    match (what, place) {
        (What::Tuple(tuple), Place::Flat(raw)) => {
            let mut raw = raw.iter();
            types[tuple].types.iter().map(|ty| reader.flat(*ty, &mut raw)).collect()
        }
        (What::Tuple(tuple), Place::Memory(at)) => {
            let mut offset = 0;
            types[tuple].types.iter().map(|ty| reader.field(*ty, at, &mut offset)).collect()
        }
        (What::Items(None, count), _) => Some(vec![count.into()]),
        (What::Items(Some(InterfaceType::U8), count), Place::Memory(at)) => Some(vec![json::bytes(reader.bytes(at, count)?)]),
        (What::Items(Some(ty), count), Place::Memory(at)) => reader.listed(ty, at, count),
        (What::Items(..), Place::Flat(_)) => None,
    }
}

struct Reader<'a, 'b> {
    passed: &'a mut Passed<'b>,
    items: usize,
}

/// What is left of values in registers.
type Raw<'a> = std::slice::Iter<'a, ValRaw>;

impl<'b> Reader<'_, 'b> {
    fn types(&self) -> &'b ComponentTypes {
        self.passed.types
    }

    fn bytes(&self, at: usize, count: usize) -> Option<&'b [u8]> {
        self.passed.memory.get(at..)?.get(..count)
    }

    fn number(&self, at: usize, size: usize) -> Option<u64> {
        let mut number = [0; 8];
        number[..size].copy_from_slice(self.bytes(at, size)?);
        Some(u64::from_le_bytes(number))
    }

    /// The next field of a record at `at`.
    fn field(&mut self, ty: InterfaceType, at: usize, offset: &mut usize) -> Option<Value> {
        let here = self.types().canonical_abi(&ty).next_field32_size(offset);
        self.stored(ty, at.checked_add(here)?)
    }

    /// A value in memory.
    fn stored(&mut self, ty: InterfaceType, at: usize) -> Option<Value> {
        let types = self.types();
        Some(match ty {
            InterfaceType::Record(ty) => {
                let mut offset = 0;
                let fields =
                    types[ty].fields.iter().map(|field| Some((field.name.clone(), self.field(field.ty, at, &mut offset)?)));
                Value::Object(fields.collect::<Option<Map<_, _>>>()?)
            }
            InterfaceType::Tuple(ty) => {
                let mut offset = 0;
                types[ty].types.iter().map(|ty| self.field(*ty, at, &mut offset)).collect::<Option<Vec<_>>>()?.into()
            }
            InterfaceType::Variant(ty) => {
                let (name, payload) = types[ty].cases.get_index(self.discriminant(&types[ty].info, at)?)?;
                let payload = self.payload(*payload, &types[ty].info, at)?;
                json::case(name, payload)
            }
            InterfaceType::Option(ty) => {
                let some = self.discriminant(&types[ty].info, at)? == 1;
                json::option(if some { self.payload(Some(types[ty].ty), &types[ty].info, at)? } else { None })
            }
            InterfaceType::Result(ty) => {
                let is_error = self.discriminant(&types[ty].info, at)? == 1;
                let payload = if is_error { types[ty].err } else { types[ty].ok };
                json::result(is_error, self.payload(payload, &types[ty].info, at)?)
            }
            InterfaceType::Enum(ty) => types[ty].names.iter().nth(self.discriminant(&types[ty].info, at)?)?.as_str().into(),
            InterfaceType::Flags(ty) => {
                let words = types[ty].names.len().div_ceil(32);
                let size = types.canonical_abi(&InterfaceType::Flags(ty)).size32 as usize;
                let of = |word| self.number(at + 4 * word, size.min(4));
                let bits: Vec<u64> = (0..words).map(of).collect::<Option<_>>()?;
                json::flags(types[ty].names.iter(), |index| bits[index / 32] >> (index % 32) & 1 == 1)
            }
            InterfaceType::FixedLengthList(ty) => {
                let mut offset = 0;
                let (element, size) = (types[ty].element, types[ty].size);
                (0..size).map(|_| self.counted()?.field(element, at, &mut offset)).collect::<Option<Vec<_>>>()?.into()
            }
            InterfaceType::String | InterfaceType::List(_) | InterfaceType::Map(_) => {
                let pointer = usize::try_from(self.number(at, 4)?).ok()?;
                let length = usize::try_from(self.number(at + 4, 4)?).ok()?;
                self.pointed(ty, pointer, length)?
            }
            simple => {
                let size = types.canonical_abi(&simple).size32 as usize;
                let number = self.number(at, size)?;
                self.simple(simple, number)?
            }
        })
    }

    /// A value in registers.
    fn flat(&mut self, ty: InterfaceType, raw: &mut Raw<'_>) -> Option<Value> {
        let types = self.types();
        Some(match ty {
            InterfaceType::Record(ty) => {
                let fields = types[ty].fields.iter().map(|field| Some((field.name.clone(), self.flat(field.ty, raw)?)));
                Value::Object(fields.collect::<Option<Map<_, _>>>()?)
            }
            InterfaceType::Tuple(ty) => types[ty].types.iter().map(|ty| self.flat(*ty, raw)).collect::<Option<Vec<_>>>()?.into(),
            InterfaceType::FixedLengthList(ty) => {
                (0..types[ty].size).map(|_| self.counted()?.flat(types[ty].element, raw)).collect::<Option<Vec<_>>>()?.into()
            }
            InterfaceType::Variant(_) | InterfaceType::Option(_) | InterfaceType::Result(_) => {
                let count = usize::from(types.canonical_abi(&ty).flat_count?);
                let slots = raw.as_slice().get(..count)?;
                raw.nth(count.checked_sub(1)?);
                let mut slots = slots.iter();
                let case = slots.next()?.get_u32();
                self.flat_case(ty, usize::try_from(case).ok()?, &mut slots)?
            }
            InterfaceType::Enum(ty) => types[ty].names.iter().nth(raw.next()?.get_u32() as usize)?.as_str().into(),
            InterfaceType::Flags(ty) => {
                let words: Vec<u32> =
                    (0..types[ty].names.len().div_ceil(32)).map(|_| Some(raw.next()?.get_u32())).collect::<Option<_>>()?;
                json::flags(types[ty].names.iter(), |index| words[index / 32] >> (index % 32) & 1 == 1)
            }
            InterfaceType::String | InterfaceType::List(_) | InterfaceType::Map(_) => {
                let (pointer, length) = (raw.next()?.get_u32() as usize, raw.next()?.get_u32() as usize);
                self.pointed(ty, pointer, length)?
            }
            InterfaceType::S64 | InterfaceType::U64 | InterfaceType::Float64 => self.simple(ty, raw.next()?.get_u64())?,
            simple => self.simple(simple, raw.next()?.get_u32().into())?,
        })
    }

    fn flat_case(&mut self, ty: InterfaceType, case: usize, slots: &mut Raw<'_>) -> Option<Value> {
        let types = self.types();
        let mut payload = |reader: &mut Self, ty: Option<InterfaceType>| match ty {
            Some(ty) => reader.flat(ty, slots).map(Some),
            None => Some(None),
        };
        Some(match ty {
            InterfaceType::Variant(ty) => {
                let (name, ty) = types[ty].cases.get_index(case)?;
                json::case(name, payload(self, *ty)?)
            }
            InterfaceType::Option(ty) => json::option(if case == 1 { payload(self, Some(types[ty].ty))? } else { None }),
            InterfaceType::Result(ty) => {
                let of = if case == 1 { types[ty].err } else { types[ty].ok };
                json::result(case == 1, payload(self, of)?)
            }
            _ => return None,
        })
    }

    fn discriminant(&self, info: &VariantInfo, at: usize) -> Option<usize> {
        usize::try_from(self.number(at, info.size.into())?).ok()
    }

    fn payload(&mut self, ty: Option<InterfaceType>, info: &VariantInfo, at: usize) -> Option<Option<Value>> {
        match ty {
            Some(ty) => self.stored(ty, at.checked_add(info.payload_offset32 as usize)?).map(Some),
            None => Some(None),
        }
    }

    /// What a pointer and a length stand for.
    fn pointed(&mut self, ty: InterfaceType, pointer: usize, length: usize) -> Option<Value> {
        let types = self.types();
        match ty {
            InterfaceType::String => self.text(pointer, length),
            InterfaceType::List(ty) if types[ty].element == InterfaceType::U8 => Some(json::bytes(self.bytes(pointer, length)?)),
            InterfaceType::List(ty) => self.listed(types[ty].element, pointer, length).map(Value::from),
            InterfaceType::Map(ty) => {
                let map = &types[ty];
                let size = map.entry_abi.size32 as usize;
                let entries = (0..length).map(|index| {
                    let at = pointer.checked_add(index.checked_mul(size)?)?;
                    let key = self.counted()?.stored(map.key, at)?;
                    Some(json!([key, self.stored(map.value, at.checked_add(map.value_offset32 as usize)?)?]))
                });
                Some(entries.collect::<Option<Vec<_>>>()?.into())
            }
            _ => None,
        }
    }

    /// Values of one type, one behind the other.
    fn listed(&mut self, ty: InterfaceType, at: usize, count: usize) -> Option<Vec<Value>> {
        let size = self.types().canonical_abi(&ty).size32 as usize;
        (0..count).map(|index| self.counted()?.stored(ty, at.checked_add(index.checked_mul(size)?)?)).collect()
    }

    fn text(&self, pointer: usize, length: usize) -> Option<Value> {
        let utf16 = |count: usize| {
            let bytes = self.bytes(pointer, count.checked_mul(2)?)?;
            let units: Vec<u16> = bytes.chunks_exact(2).map(|unit| u16::from_le_bytes([unit[0], unit[1]])).collect();
            Some(String::from_utf16_lossy(&units))
        };
        Some(Value::String(match self.passed.encoding {
            StringEncoding::Utf8 => String::from_utf8_lossy(self.bytes(pointer, length)?).into_owned(),
            StringEncoding::Utf16 => utf16(length)?,
            StringEncoding::CompactUtf16 if length & UTF16 != 0 => utf16(length & !UTF16)?,
            StringEncoding::CompactUtf16 => self.bytes(pointer, length)?.iter().map(|byte| char::from(*byte)).collect(),
        }))
    }

    /// The bits of a number, or of a handle.
    #[expect(clippy::cast_possible_truncation, clippy::cast_possible_wrap, reason = "the lower bits are the value")]
    fn simple(&mut self, ty: InterfaceType, bits: u64) -> Option<Value> {
        Some(match ty {
            InterfaceType::Bool => (bits as u32 != 0).into(),
            InterfaceType::S8 => (bits as i8).into(),
            InterfaceType::U8 => (bits as u8).into(),
            InterfaceType::S16 => (bits as i16).into(),
            InterfaceType::U16 => (bits as u16).into(),
            InterfaceType::S32 => (bits as i32).into(),
            InterfaceType::U32 => (bits as u32).into(),
            InterfaceType::S64 => (bits as i64).into(),
            InterfaceType::U64 => bits.into(),
            InterfaceType::Float32 => json::float(f32::from_bits(bits as u32).into(), bits),
            InterfaceType::Float64 => json::float(f64::from_bits(bits), bits),
            InterfaceType::Char => char::from_u32(bits as u32)?.to_string().into(),
            InterfaceType::Own(ty) | InterfaceType::Borrow(ty) => json::handle(self.passed.representation(ty, bits as u32)?),
            InterfaceType::Stream(_) => json::end(json::STREAM, bits as u32),
            InterfaceType::Future(_) => json::end(json::FUTURE, bits as u32),
            // Error contexts say nothing that could be given again.
            _ => return None,
        })
    }

    fn counted(&mut self) -> Option<&mut Self> {
        self.items += 1;
        (self.items <= MOST_ITEMS).then_some(self)
    }
}
