//! The door: so many calls of a component at once, so many that wait, and the rest are turned away at once.

use crate::limits::Limits;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::time::Instant;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// The door of one component.
pub struct Door {
    permits: Arc<Semaphore>,
    waiting: AtomicU32,
    queue: u32,
}

/// The right to run one call; given back when dropped.
pub struct Permit {
    _component: OwnedSemaphorePermit,
    _process: OwnedSemaphorePermit,
}

impl Permit {
    /// The component's next call may come; the process still has this instance.
    pub(crate) fn into_process(self) -> OwnedSemaphorePermit {
        self._process
    }
}

/// Why a call was not let in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// The queue is full.
    Full,
    /// The deadline passed in the queue.
    Waited,
}

impl Door {
    pub fn new(limits: &Limits) -> Self {
        Self { permits: Arc::new(Semaphore::new(limits.concurrency as usize)), waiting: AtomicU32::new(0), queue: limits.queue }
    }

    /// A permit of this door and of the process, at once or from the queue.
    pub async fn enter(&self, process: &Arc<Semaphore>, deadline: Instant) -> Result<Permit, Refused> {
        if let (Ok(component), Ok(process)) = (self.permits.clone().try_acquire_owned(), process.clone().try_acquire_owned()) {
            return Ok(Permit { _component: component, _process: process });
        }
        let _place = self.place()?;
        let both = async {
            let component = self.permits.clone().acquire_owned().await.ok()?;
            let process = process.clone().acquire_owned().await.ok()?;
            Some(Permit { _component: component, _process: process })
        };
        match tokio::time::timeout_at(deadline.into(), both).await {
            Ok(Some(permit)) => Ok(permit),
            _ => Err(Refused::Waited),
        }
    }

    fn place(&self) -> Result<Place<'_>, Refused> {
        let before = self.waiting.fetch_add(1, Relaxed);
        let place = Place(&self.waiting);
        if before < self.queue { Ok(place) } else { Err(Refused::Full) }
    }
}

/// A place in the queue.
struct Place<'a>(&'a AtomicU32);

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn door(concurrency: u32, queue: u32) -> (Door, Arc<Semaphore>) {
        (Door::new(&Limits { concurrency, queue, ..Limits::default() }), Arc::new(Semaphore::new(100)))
    }

    #[tokio::test]
    async fn the_queue_is_bounded() {
        let (door, process) = door(1, 0);
        let soon = Instant::now() + Duration::from_secs(5);
        let _held = door.enter(&process, soon).await.ok().unwrap();
        assert_eq!(door.enter(&process, soon).await.err(), Some(Refused::Full));
    }

    #[tokio::test]
    async fn who_waits_too_long_is_turned_away_and_leaves_no_trace() {
        let (door, process) = door(1, 1);
        let held = door.enter(&process, Instant::now() + Duration::from_secs(5)).await.ok().unwrap();
        let refused = door.enter(&process, Instant::now() + Duration::from_millis(5)).await.err();
        assert_eq!(refused, Some(Refused::Waited));
        drop(held);
        assert!(door.enter(&process, Instant::now() + Duration::from_secs(5)).await.is_ok());
    }

    #[tokio::test]
    async fn a_full_process_turns_away_too() {
        let door = Door::new(&Limits { queue: 0, ..Limits::default() });
        let process = Arc::new(Semaphore::new(0));
        assert_eq!(door.enter(&process, Instant::now() + Duration::from_secs(1)).await.err(), Some(Refused::Full));
    }
}
