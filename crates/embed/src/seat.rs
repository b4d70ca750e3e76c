//! What one call has at a time, in the order in which calls came. As long as nobody waits, taking it is a lock and two moves.

use futures::channel::oneshot;
use std::collections::VecDeque;
use std::ops::{Deref, DerefMut};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// None once it was taken away for good.
pub(crate) struct Seat<T>(Mutex<Inner<T>>);

struct Inner<T> {
    /// None while somebody has it, too.
    free: Option<T>,
    is_taken: bool,
    waiting: VecDeque<oneshot::Sender<()>>,
}

impl<T> Default for Seat<T> {
    fn default() -> Self {
        Self(Mutex::new(Inner { free: None, is_taken: false, waiting: VecDeque::new() }))
    }
}

impl<T> Seat<T> {
    /// It, or what is left of it, once it is this call's turn.
    pub(crate) async fn take(&self) -> Taken<'_, T> {
        let turn = {
            let mut inner = self.lock();
            if !inner.is_taken {
                inner.is_taken = true;
                return Taken { seat: self, had: inner.free.take() };
            }
            let (told, turn) = oneshot::channel();
            inner.waiting.push_back(told);
            turn
        };
        let mut waiter = Waiter { seat: self, turn };
        // Nobody gives up the turn but by telling the next.
        let _ = (&mut waiter.turn).await;
        waiter.has_ended()
    }

    /// It, where nobody has it; for nobody to come.
    pub(crate) fn close(&self) -> Option<T> {
        let mut inner = self.lock();
        if inner.is_taken { None } else { inner.free.take() }
    }

    /// Whether somebody has it.
    pub(crate) fn is_taken(&self) -> bool {
        self.lock().is_taken
    }

    fn give_back(&self, had: Option<T>) {
        let mut inner = self.lock();
        inner.free = had;
        while let Some(next) = inner.waiting.pop_front() {
            if next.send(()).is_ok() {
                return;
            }
        }
        inner.is_taken = false;
    }

    fn lock(&self) -> MutexGuard<'_, Inner<T>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Gives its turn to the next if it leaves before it was told of it.
struct Waiter<'a, T> {
    seat: &'a Seat<T>,
    turn: oneshot::Receiver<()>,
}

impl<'a, T> Waiter<'a, T> {
    fn has_ended(self) -> Taken<'a, T> {
        let seat = self.seat;
        std::mem::forget(self);
        let had = seat.lock().free.take();
        Taken { seat, had }
    }
}

impl<T> Drop for Waiter<'_, T> {
    fn drop(&mut self) {
        self.turn.close();
        if matches!(self.turn.try_recv(), Ok(Some(()))) {
            let had = self.seat.lock().free.take();
            self.seat.give_back(had);
        }
    }
}

/// The turn of one call.
pub(crate) struct Taken<'a, T> {
    seat: &'a Seat<T>,
    had: Option<T>,
}

impl<T> Deref for Taken<'_, T> {
    type Target = Option<T>;

    fn deref(&self) -> &Option<T> {
        &self.had
    }
}

impl<T> DerefMut for Taken<'_, T> {
    fn deref_mut(&mut self) -> &mut Option<T> {
        &mut self.had
    }
}

impl<T> Drop for Taken<'_, T> {
    fn drop(&mut self) {
        self.seat.give_back(self.had.take());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::FutureExt;
    use futures::executor::block_on;

    fn seat() -> Seat<u32> {
        let seat = Seat::default();
        *block_on(seat.take()) = Some(1);
        seat
    }

    #[test]
    fn it_passes_on_in_the_order_of_those_who_wait() {
        let seat = seat();
        let first = block_on(seat.take());
        let (mut second, mut third) = (Box::pin(seat.take()), Box::pin(seat.take()));
        assert!(second.as_mut().now_or_never().is_none() && third.as_mut().now_or_never().is_none());
        drop(first);
        assert!(third.as_mut().now_or_never().is_none());
        let taken = second.as_mut().now_or_never().unwrap();
        assert_eq!(*taken, Some(1));
        drop(taken);
        assert_eq!(*block_on(third), Some(1));
    }

    #[test]
    fn whoever_leaves_holds_up_nobody() {
        let seat = seat();
        let first = block_on(seat.take());
        let (mut second, mut third, mut fourth) = (Box::pin(seat.take()), Box::pin(seat.take()), Box::pin(seat.take()));
        assert!(second.as_mut().now_or_never().is_none());
        assert!(third.as_mut().now_or_never().is_none());
        assert!(fourth.as_mut().now_or_never().is_none());
        drop(second);
        drop(first);
        // It was told, and leaves without having looked.
        drop(third);
        assert_eq!(*block_on(fourth), Some(1));
        assert!(!seat.is_taken());
        assert_eq!(seat.close(), Some(1));
        assert_eq!(*block_on(seat.take()), None);
    }
}
