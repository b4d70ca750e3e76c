//! Pages of a provider as the stream that WASI 0.3 knows, and the future that says how it ended.

use crate::answer::{Failure, Pages};
use futures::{Stream, StreamExt};
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use tokio::sync::oneshot;
use wasmtime::StoreContextMut;
use wasmtime::component::{Destination, StreamProducer, StreamResult, VecBuffer};

/// How the pages ended: none where the guest stopped reading.
pub(crate) type Ended<E = Failure> = oneshot::Receiver<E>;

/// Gives a guest the items page by page, and asks for the next page when the guest has taken the last.
pub(crate) struct Produced<T, E = Failure> {
    pages: Pages<T, E>,
    failed: Option<oneshot::Sender<E>>,
}

impl<T, E> Produced<T, E> {
    pub(crate) fn new(pages: Pages<T, E>) -> (Self, Ended<E>) {
        let (failed, ended) = oneshot::channel();
        (Self { pages, failed: Some(failed) }, ended)
    }

    fn poll_page(&mut self, cx: &mut Context<'_>) -> Poll<Option<Vec<T>>> {
        loop {
            return Poll::Ready(match ready!(Pin::new(&mut self.pages).poll_next(cx)) {
                Some(Ok(page)) if page.is_empty() => continue,
                Some(Ok(page)) => Some(page),
                Some(Err(failure)) => {
                    if let Some(failed) = self.failed.take() {
                        // The guest may not ask how it ended.
                        let _ = failed.send(failure);
                    }
                    None
                }
                None => None,
            });
        }
    }
}

impl<T: Send + Sync + Unpin + 'static, E: Send + 'static, D> StreamProducer<D> for Produced<T, E> {
    type Item = T;
    type Buffer = VecBuffer<T>;

    fn poll_produce<'a>(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        mut store: StoreContextMut<'a, D>,
        mut destination: Destination<'a, T, VecBuffer<T>>,
        finish: bool,
    ) -> Poll<wasmtime::Result<StreamResult>> {
        // A guest that only waits for the stream to be readable reads nothing yet.
        if destination.remaining(&mut store) == Some(0) {
            return Poll::Ready(Ok(StreamResult::Completed));
        }
        match self.poll_page(cx) {
            Poll::Ready(Some(page)) => {
                destination.set_buffer(page.into());
                Poll::Ready(Ok(StreamResult::Completed))
            }
            Poll::Ready(None) => Poll::Ready(Ok(StreamResult::Dropped)),
            Poll::Pending if finish => Poll::Ready(Ok(StreamResult::Cancelled)),
            Poll::Pending => Poll::Pending,
        }
    }
}

/// All items at once, for interfaces without streams; no more than `most` bytes of them.
pub(crate) async fn collect<T>(mut pages: Pages<T>, most: usize, size: fn(&T) -> usize) -> Result<Vec<T>, Failure> {
    let mut all = Vec::new();
    let mut bytes = 0;
    while let Some(page) = pages.next().await {
        let page = page?;
        bytes += page.iter().map(size).sum::<usize>();
        if bytes > most {
            return Err(Failure::other(format!("the answer is larger than {most} bytes; ask for it as a stream")));
        }
        all.extend(page);
    }
    Ok(all)
}
