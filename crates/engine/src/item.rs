//! A value of any type as the item of a stream or future.
//!
//! The engine reckons with items whose size is known when this is compiled. This one says it takes no room, and finds the places of
//! all items itself; that holds as whatever one write or read has is taken at once.

use std::mem::MaybeUninit;
use wasmtime::component::__internal::{CanonicalAbiInfo, ComponentTypes, InstanceType, InterfaceType, LiftContext, LowerContext};
use wasmtime::component::{ComponentType, Lift, Lower, Val, WasmList};
use wasmtime::{Result, ValRaw, bail};

pub struct Item(pub Val);

// SAFETY: what is lowered is a list of no raw values. Whatever the type, memory is read and written through `Val`, which checks it.
unsafe impl ComponentType for Item {
    type Lower = [ValRaw; 0];
    const ABI: CanonicalAbiInfo = CanonicalAbiInfo::ZERO;

    fn typecheck(_: &InterfaceType, _: &InstanceType<'_>) -> Result<()> {
        Ok(())
    }
}

// SAFETY: all reads are of slices of the guest's memory.
unsafe impl Lift for Item {
    fn linear_lift_from_flat(_: &mut LiftContext<'_>, _: InterfaceType, _: &Self::Lower) -> Result<Self> {
        not_alone()
    }

    fn linear_lift_from_memory(_: &mut LiftContext<'_>, _: InterfaceType, _: &[u8]) -> Result<Self> {
        not_alone()
    }

    fn linear_lift_into_from_memory(
        cx: &mut LiftContext<'_>,
        list: &WasmList<Self>,
        items: &mut impl Extend<Self>,
    ) -> Result<()> {
        let places = Places::new(cx.types, &list.elem, list.ptr)?;
        for index in 0..list.len() {
            let place = places.of(index);
            let Some(bytes) = cx.memory().get(place..).and_then(|bytes| bytes.get(..places.size)) else { return out_of_bounds() };
            items.extend([Self(Val::load(cx, list.elem, bytes)?)]);
        }
        Ok(())
    }
}

// SAFETY: all writes are to slices of the guest's memory, and all that is written was initialized.
unsafe impl Lower for Item {
    fn linear_lower_to_flat<T>(
        &self,
        _: &mut LowerContext<'_, T>,
        _: InterfaceType,
        _: &mut MaybeUninit<Self::Lower>,
    ) -> Result<()> {
        not_alone()
    }

    fn linear_lower_to_memory<T>(&self, _: &mut LowerContext<'_, T>, _: InterfaceType, _: usize) -> Result<()> {
        not_alone()
    }

    fn linear_store_list_to_memory<T>(
        cx: &mut LowerContext<'_, T>,
        ty: InterfaceType,
        start: usize,
        items: &[Self],
    ) -> Result<()> {
        let places = Places::new(cx.types, &ty, start)?;
        if cx.as_slice_mut().get(start..places.of(items.len())).is_none() {
            return out_of_bounds();
        }
        items.iter().enumerate().try_for_each(|(index, Self(val))| val.store(cx, ty, places.of(index)))
    }
}

/// Where items of one type lie, one behind the other.
struct Places {
    start: usize,
    size: usize,
}

impl Places {
    fn new(types: &ComponentTypes, of: &InterfaceType, start: usize) -> Result<Self> {
        let abi = types.canonical_abi(of);
        if !start.is_multiple_of(usize::try_from(abi.align32)?) {
            bail!("the items of a stream or future are not aligned");
        }
        Ok(Self { start, size: usize::try_from(abi.size32)? })
    }

    fn of(&self, index: usize) -> usize {
        self.start.saturating_add(self.size.saturating_mul(index))
    }
}

fn out_of_bounds<T>() -> Result<T> {
    bail!("the items of a stream or future lie outside of the memory")
}

fn not_alone<T>() -> Result<T> {
    bail!("an item of a stream or future is no value of its own")
}
