//! Streams and futures between a guest and whoever answers it.

use super::Fault;
use super::shape::Shape;
use super::value::{Value, lift, lower};
use crate::answer::{Answer, Pages};
use atoll_engine::State;
use atoll_engine::item::Item;
use futures::StreamExt;
use futures::channel::{mpsc, oneshot};
use futures::stream::once;
use std::marker::PhantomData;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::task::{Context, Poll, ready};
use wasmtime::component::{
    Destination, FutureAny, FutureConsumer, FutureProducer, FutureReader, Lift, Lower, Source, StreamAny, StreamConsumer,
    StreamProducer, StreamReader, StreamResult, VecBuffer,
};
use wasmtime::{Error, Result, StoreContextMut};

/// What items are; none where they say no more than that they came.
type Of = Option<Arc<Shape>>;
type Store<'a> = StoreContextMut<'a, State>;

/// How items of one kind become values. Bytes are one value a portion.
trait Items: Lift + Lower + Send + Sync + Unpin + 'static {
    /// So many are taken at once.
    const MOST: usize;
    fn values(store: &mut Store<'_>, of: &Of, items: Vec<Self>) -> Result<Vec<Value>>;
    fn items(store: &mut Store<'_>, of: &Of, values: Vec<Value>) -> Result<Vec<Self>>;
}

impl Items for u8 {
    const MOST: usize = 64 * 1024;

    fn values(_: &mut Store<'_>, _: &Of, items: Vec<Self>) -> Result<Vec<Value>> {
        Ok(vec![Value::Bytes(items.into())])
    }

    fn items(_: &mut Store<'_>, _: &Of, values: Vec<Value>) -> Result<Vec<Self>> {
        let portions = values.into_iter().map(|value| match value {
            Value::Bytes(portion) => Ok(portion),
            _ => Err(Error::msg("a stream of bytes was given something else")),
        });
        Ok(portions.collect::<Result<Vec<_>>>()?.concat())
    }
}

impl Items for () {
    const MOST: usize = 256;

    fn values(_: &mut Store<'_>, _: &Of, items: Vec<Self>) -> Result<Vec<Value>> {
        Ok(items.iter().map(|()| Value::Option(None)).collect())
    }

    fn items(_: &mut Store<'_>, _: &Of, values: Vec<Value>) -> Result<Vec<Self>> {
        Ok(values.iter().map(drop).collect())
    }
}

impl Items for Item {
    const MOST: usize = 256;

    fn values(store: &mut Store<'_>, of: &Of, items: Vec<Self>) -> Result<Vec<Value>> {
        let shape = known(of)?;
        items.iter().map(|Self(val)| lift(store, shape, val)).collect()
    }

    fn items(store: &mut Store<'_>, of: &Of, values: Vec<Value>) -> Result<Vec<Self>> {
        let shape = known(of)?;
        values.into_iter().map(|value| lower(store, shape, value).map(Self)).collect()
    }
}

fn known(of: &Of) -> Result<&Shape> {
    of.as_deref().ok_or_else(|| Error::msg("the stream or future has no items"))
}

/// What a guest sends, as it comes.
pub(super) fn lift_stream(store: &mut Store<'_>, of: &Of, stream: StreamAny) -> Result<Value> {
    let pages = match of.as_deref() {
        None => received::<()>(store, of, stream),
        Some(Shape::U8) => received::<u8>(store, of, stream),
        Some(_) => received::<Item>(store, of, stream),
    };
    pages.map(Value::Stream)
}

fn received<T: Items>(store: &mut Store<'_>, of: &Of, stream: StreamAny) -> Result<Pages<Value, Fault>> {
    // One portion waits for whoever reads; then the guest waits.
    let (portions, receiver) = mpsc::channel(0);
    let receiving = Receiving::<T> { portions, of: of.clone(), items: PhantomData };
    stream.try_into_stream_reader()?.pipe(&mut *store, receiving)?;
    let received = receiver.map(Ok);
    let Some(held) = store.data().held() else { return Ok(Box::pin(received)) };
    // Whoever reads keeps the instance that sends, and hears of its end.
    let (owner, is_broken) = (held.owner.upgrade(), held.is_broken.clone());
    let last = once(async move {
        let _owner = owner;
        is_broken.load(Relaxed).then(|| Err(ended("the guest ended before its stream did")))
    });
    Ok(Box::pin(received.chain(last.filter_map(std::future::ready))))
}

/// What a guest is sent.
pub(super) fn lower_stream(store: &mut Store<'_>, of: &Of, pages: Pages<Value, Fault>) -> Result<StreamAny> {
    match of.as_deref() {
        None => sent::<()>(store, of, pages),
        Some(Shape::U8) => sent::<u8>(store, of, pages),
        Some(_) => sent::<Item>(store, of, pages),
    }
}

fn sent<T: Items>(store: &mut Store<'_>, of: &Of, pages: Pages<Value, Fault>) -> Result<StreamAny> {
    let sending = Sending::<T> { pages, of: of.clone(), items: PhantomData };
    StreamReader::new(&mut *store, sending)?.try_into_stream_any(store)
}

/// What a guest promises.
pub(super) fn lift_future(store: &mut Store<'_>, of: &Of, future: FutureAny) -> Result<Value> {
    match of {
        None => awaited::<()>(store, of, future),
        Some(_) => awaited::<Item>(store, of, future),
    }
}

fn awaited<T: Items>(store: &mut Store<'_>, of: &Of, future: FutureAny) -> Result<Value> {
    let (kept, receiver) = oneshot::channel();
    let awaiting = Awaiting::<T> { kept: Some(kept), of: of.clone(), items: PhantomData };
    future.try_into_future_reader()?.pipe(&mut *store, awaiting)?;
    let owner = store.data().held().and_then(|held| held.owner.upgrade());
    Ok(Value::Future(Box::pin(async move {
        let _owner = owner;
        receiver.await.map_err(|_| ended("the guest ended and never sent it"))
    })))
}

/// What a guest is promised.
pub(super) fn lower_future(store: &mut Store<'_>, of: &Of, answer: Answer<Value, Fault>) -> Result<FutureAny> {
    match of {
        None => promised::<()>(store, of, answer),
        Some(_) => promised::<Item>(store, of, answer),
    }
}

fn promised<T: Items>(store: &mut Store<'_>, of: &Of, answer: Answer<Value, Fault>) -> Result<FutureAny> {
    let promising = Promising::<T> { answer, of: of.clone(), items: PhantomData };
    FutureReader::new(&mut *store, promising)?.try_into_future_any(store)
}

struct Receiving<T> {
    portions: mpsc::Sender<Vec<Value>>,
    of: Of,
    items: PhantomData<fn() -> T>,
}

impl<T: Items> StreamConsumer<State> for Receiving<T> {
    type Item = T;

    fn poll_consume(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        mut store: Store<'_>,
        mut source: Source<'_, T>,
        finish: bool,
    ) -> Poll<Result<StreamResult>> {
        match self.portions.poll_ready(cx) {
            Poll::Ready(Ok(())) => {}
            // Nobody reads any more.
            Poll::Ready(Err(_)) => return Poll::Ready(Ok(StreamResult::Dropped)),
            Poll::Pending if finish => return Poll::Ready(Ok(StreamResult::Cancelled)),
            Poll::Pending => return Poll::Pending,
        }
        let waiting = source.remaining(&mut store);
        if waiting > 0 {
            let mut items = Vec::with_capacity(waiting.min(T::MOST));
            source.read(&mut store, &mut items)?;
            let portion = T::values(&mut store, &self.of, items)?;
            // Whoever reads may have left just now; the next write is told so.
            let _ = self.portions.start_send(portion);
        }
        Poll::Ready(Ok(StreamResult::Completed))
    }
}

struct Sending<T> {
    pages: Pages<Value, Fault>,
    of: Of,
    items: PhantomData<fn() -> T>,
}

impl<T: Items> StreamProducer<State> for Sending<T> {
    type Item = T;
    type Buffer = VecBuffer<T>;

    fn poll_produce<'a>(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        mut store: Store<'a>,
        mut destination: Destination<'a, T, VecBuffer<T>>,
        finish: bool,
    ) -> Poll<Result<StreamResult>> {
        // A guest that only waits for the stream to be readable reads nothing yet.
        if destination.remaining(&mut store) == Some(0) {
            return Poll::Ready(Ok(StreamResult::Completed));
        }
        loop {
            let page = match self.pages.as_mut().poll_next(cx) {
                Poll::Ready(Some(page)) => page.map_err(|fault| failed("stream", fault))?,
                Poll::Ready(None) => return Poll::Ready(Ok(StreamResult::Dropped)),
                Poll::Pending if finish => return Poll::Ready(Ok(StreamResult::Cancelled)),
                Poll::Pending => return Poll::Pending,
            };
            let items = T::items(&mut store, &self.of, page)?;
            if !items.is_empty() {
                destination.set_buffer(items.into());
                return Poll::Ready(Ok(StreamResult::Completed));
            }
        }
    }
}

struct Awaiting<T> {
    kept: Option<oneshot::Sender<Value>>,
    of: Of,
    items: PhantomData<fn() -> T>,
}

impl<T: Items> FutureConsumer<State> for Awaiting<T> {
    type Item = T;

    fn poll_consume(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        mut store: Store<'_>,
        mut source: Source<'_, T>,
        _: bool,
    ) -> Poll<Result<()>> {
        let mut item = None;
        source.read(&mut store, &mut item)?;
        let value = T::values(&mut store, &self.of, item.into_iter().collect())?.pop();
        if let (Some(value), Some(kept)) = (value, self.kept.take()) {
            // Nobody may wait for it.
            let _ = kept.send(value);
        }
        Poll::Ready(Ok(()))
    }
}

struct Promising<T> {
    answer: Answer<Value, Fault>,
    of: Of,
    items: PhantomData<fn() -> T>,
}

impl<T: Items> FutureProducer<State> for Promising<T> {
    type Item = T;

    fn poll_produce(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        mut store: Store<'_>,
        finish: bool,
    ) -> Poll<Result<Option<T>>> {
        let answered = match self.answer.as_mut().poll(cx) {
            Poll::Pending if finish => return Poll::Ready(Ok(None)),
            answered => ready!(answered),
        };
        let value = answered.map_err(|fault| failed("future", fault))?;
        Poll::Ready(T::items(&mut store, &self.of, vec![value]).map(|mut items| items.pop()))
    }
}

/// As with a function, what is no value of a `result` ends the call.
fn failed(kind: &str, fault: Fault) -> Error {
    Fault { message: format!("a {kind} failed: {}", fault.message), ..fault }.into()
}

fn ended(why: &str) -> Fault {
    Fault { message: why.to_owned(), cause: None }
}
