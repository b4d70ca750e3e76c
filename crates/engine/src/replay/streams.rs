//! Streams and futures between a guest and the recording: each read and write ends when, and as, it did then.

use super::player::{Moved, Shared, lock};
use super::values::{self, End};
use crate::item::Item;
use crate::recording::json::{self, FUTURE, STREAM};
use crate::state::State;
use serde_json::Value;
use std::marker::PhantomData;
use std::pin::Pin;
use std::task::{Context, Poll};
use wasmtime::component::{
    Destination, FutureAny, FutureConsumer, FutureProducer, FutureReader, Lift, Lower, Source, StreamAny, StreamConsumer,
    StreamProducer, StreamReader, StreamResult, Type, VecBuffer,
};
use wasmtime::{Error, Result, StoreContextMut};

type Store<'a> = StoreContextMut<'a, State>;

/// How the items of one kind come out of a recording.
trait Items: Lift + Lower + Send + Sync + Unpin + 'static {
    fn given(items: &[Value], ty: Option<&Type>, store: &mut Store<'_>, player: &Shared) -> Result<Vec<Self>>;
}

impl Items for u8 {
    fn given(items: &[Value], _: Option<&Type>, _: &mut Store<'_>, _: &Shared) -> Result<Vec<Self>> {
        items.first().map_or(Some(Vec::new()), json::bytes_of).ok_or_else(|| Error::msg("the recording has no bytes here"))
    }
}

impl Items for () {
    fn given(items: &[Value], _: Option<&Type>, _: &mut Store<'_>, _: &Shared) -> Result<Vec<Self>> {
        let count = items.first().and_then(Value::as_u64).unwrap_or_default();
        Ok(vec![(); usize::try_from(count)?])
    }
}

impl Items for Item {
    fn given(items: &[Value], ty: Option<&Type>, store: &mut Store<'_>, player: &Shared) -> Result<Vec<Self>> {
        let ty = ty.ok_or_else(|| Error::msg("the stream has no items"))?;
        items.iter().map(|item| values::given(item, ty, store, player).map(Self)).collect()
    }
}

/// A stream that the guest is given; `handle` is what it knew it by.
pub(super) fn stream(handle: u32, ty: Option<Type>, store: &mut Store<'_>, player: &Shared) -> Result<StreamAny> {
    match ty {
        None => sent::<()>(handle, None, store, player),
        Some(Type::U8) => sent::<u8>(handle, None, store, player),
        ty => sent::<Item>(handle, ty, store, player),
    }
}

fn sent<T: Items>(handle: u32, ty: Option<Type>, store: &mut Store<'_>, player: &Shared) -> Result<StreamAny> {
    let sending = Sending::<T> { handle, ty, player: player.clone(), items: PhantomData };
    StreamReader::new(&mut *store, sending)?.try_into_stream_any(store)
}

/// A future that the guest is given.
pub(super) fn future(handle: u32, ty: Option<Type>, store: &mut Store<'_>, player: &Shared) -> Result<FutureAny> {
    match ty {
        None => promised::<()>(handle, None, store, player),
        ty => promised::<Item>(handle, ty, store, player),
    }
}

fn promised<T: Items>(handle: u32, ty: Option<Type>, store: &mut Store<'_>, player: &Shared) -> Result<FutureAny> {
    let sending = Sending::<T> { handle, ty, player: player.clone(), items: PhantomData };
    FutureReader::new(&mut *store, sending)?.try_into_future_any(store)
}

/// Take what the guest sends through the ends that it passed, each with the number that it was recorded with.
pub(super) fn take(ends: impl Iterator<Item = (End, u32)>, store: &mut Store<'_>, player: &Shared) -> Result<()> {
    for (end, readable) in ends {
        // The guest writes to the other end. What it was given and passes on flows without it.
        let Some(handle) = lock(player).writable(readable) else { continue };
        let is_refused = lock(player).is_refused(handle);
        match end {
            End::Future(future) if is_refused => close(future, store)?,
            End::Stream(stream) => match stream.clone().try_into_stream_reader::<u8>() {
                Ok(bytes) => bytes.pipe(&mut *store, Receiving::<u8>::new(handle, player))?,
                Err(_) => match stream.clone().try_into_stream_reader::<()>() {
                    Ok(nothing) => nothing.pipe(&mut *store, Receiving::<()>::new(handle, player))?,
                    Err(_) => stream.try_into_stream_reader()?.pipe(&mut *store, Receiving::<Item>::new(handle, player))?,
                },
            },
            End::Future(future) => match future.clone().try_into_future_reader::<()>() {
                Ok(nothing) => nothing.pipe(&mut *store, Receiving::<()>::new(handle, player))?,
                Err(_) => future.try_into_future_reader()?.pipe(&mut *store, Receiving::<Item>::new(handle, player))?,
            },
        }
    }
    Ok(())
}

fn close(future: FutureAny, store: &mut Store<'_>) -> Result<()> {
    match future.clone().try_into_future_reader::<()>() {
        Ok(mut nothing) => nothing.close(store),
        Err(_) => future.try_into_future_reader::<Item>()?.close(store),
    }
}

/// The numbers of streams and futures in these values, in order.
pub(super) fn handles(recorded: &[Value]) -> Vec<u32> {
    let mut handles = Vec::new();
    recorded.iter().for_each(|value| find(value, &mut handles));
    handles
}

fn find(value: &Value, handles: &mut Vec<u32>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| find(item, handles)),
        Value::Object(fields) => {
            let end = fields.get(STREAM).or_else(|| fields.get(FUTURE)).and_then(Value::as_u64);
            match end.and_then(|end| u32::try_from(end).ok()).filter(|_| fields.len() == 1) {
                Some(end) => handles.push(end),
                None => fields.values().for_each(|value| find(value, handles)),
            }
        }
        _ => {}
    }
}

struct Sending<T> {
    handle: u32,
    ty: Option<Type>,
    player: Shared,
    items: PhantomData<fn() -> T>,
}

impl<T: Items> StreamProducer<State> for Sending<T> {
    type Item = T;
    type Buffer = VecBuffer<T>;

    fn poll_produce<'a>(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        mut store: Store<'a>,
        mut destination: Destination<'a, T, VecBuffer<T>>,
        finish: bool,
    ) -> Poll<Result<StreamResult>> {
        let moved = lock(&self.player).moved("stream.read", "stream-read", self.handle, cx);
        let Some(Moved { count, result, items }) = moved else {
            return if finish { Poll::Ready(Ok(StreamResult::Cancelled)) } else { Poll::Pending };
        };
        if count > 0 {
            let items = T::given(&items, self.ty.as_ref(), &mut store, &self.player)?;
            destination.set_buffer(items.into());
        }
        Poll::Ready(Ok(result))
    }
}

impl<T: Items> FutureProducer<State> for Sending<T> {
    type Item = T;

    fn poll_produce(self: Pin<&mut Self>, cx: &mut Context<'_>, mut store: Store<'_>, finish: bool) -> Poll<Result<Option<T>>> {
        let moved = lock(&self.player).moved("future.read", "future-read", self.handle, cx);
        let Some(Moved { items, .. }) = moved else {
            return if finish { Poll::Ready(Ok(None)) } else { Poll::Pending };
        };
        Poll::Ready(T::given(&items, self.ty.as_ref(), &mut store, &self.player).map(|mut items| items.pop()))
    }
}

struct Receiving<T> {
    handle: u32,
    player: Shared,
    items: PhantomData<fn() -> T>,
}

impl<T> Receiving<T> {
    fn new(handle: u32, player: &Shared) -> Self {
        Self { handle, player: player.clone(), items: PhantomData }
    }
}

impl<T: Items> StreamConsumer<State> for Receiving<T> {
    type Item = T;

    fn poll_consume(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        mut store: Store<'_>,
        mut source: Source<'_, T>,
        finish: bool,
    ) -> Poll<Result<StreamResult>> {
        let moved = lock(&self.player).moved("stream.write", "stream-write", self.handle, cx);
        let Some(Moved { count, result, .. }) = moved else {
            return if finish { Poll::Ready(Ok(StreamResult::Cancelled)) } else { Poll::Pending };
        };
        if count > 0 {
            let mut items = Vec::with_capacity(count);
            source.read(&mut store, &mut items)?;
        }
        Poll::Ready(Ok(result))
    }
}

impl<T: Items> FutureConsumer<State> for Receiving<T> {
    type Item = T;

    fn poll_consume(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        mut store: Store<'_>,
        mut source: Source<'_, T>,
        finish: bool,
    ) -> Poll<Result<()>> {
        if lock(&self.player).moved("future.write", "future-write", self.handle, cx).is_none() && !finish {
            return Poll::Pending;
        }
        let mut item = None;
        source.read(&mut store, &mut item)?;
        Poll::Ready(Ok(()))
    }
}
