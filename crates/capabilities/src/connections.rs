//! How many connections guests may have at the same time: of one kind, and of all kinds together.

use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// How long an HTTP request waits for another's connection to come free.
pub(crate) const PATIENCE: Duration = Duration::from_secs(3);
/// How long a connection that nobody uses is kept where others may wait for it.
pub(crate) const IDLE: Duration = Duration::from_secs(1);

/// Held as long as a connection is.
#[derive(Debug)]
pub struct Permit {
    _kind: Option<OwnedSemaphorePermit>,
    _total: Option<OwnedSemaphorePermit>,
}

/// The permits of one kind of connection. Without limits there is always one more.
#[derive(Clone, Debug, Default)]
pub struct Permits {
    kind: Option<Arc<Semaphore>>,
    total: Option<Arc<Semaphore>>,
}

impl Permits {
    /// A permit, if one is free.
    pub fn take(&self) -> Option<Permit> {
        let one = |all: &Option<Arc<Semaphore>>| all.clone().map(Semaphore::try_acquire_owned).transpose().ok();
        Some(Permit { _kind: one(&self.kind)?, _total: one(&self.total)? })
    }

    /// A permit, once one is free. That of the kind comes first: whoever waits for it keeps no other kind from connecting.
    pub(crate) async fn wait(&self) -> Option<Permit> {
        if self.kind.is_none() && self.total.is_none() {
            return self.take();
        }
        let both = async { Some(Permit { _kind: one_of(&self.kind).await?, _total: one_of(&self.total).await? }) };
        tokio::time::timeout(PATIENCE, both).await.ok().flatten()
    }

    pub(crate) fn is_limited(&self) -> bool {
        self.kind.is_some() || self.total.is_some()
    }
}

/// None where permits are no longer given.
async fn one_of(all: &Option<Arc<Semaphore>>) -> Option<Option<OwnedSemaphorePermit>> {
    match all {
        Some(all) => all.clone().acquire_owned().await.ok().map(Some),
        None => Some(None),
    }
}

/// The limits of a process.
#[derive(Clone, Copy, Debug, Default)]
pub struct Most {
    pub http: Option<usize>,
    pub sockets: Option<usize>,
    pub total: Option<usize>,
}

/// The permits of a process, by kind.
#[derive(Clone, Debug, Default)]
pub struct Connections {
    http: Permits,
    pub(crate) sockets: Permits,
    /// Of the connections that rooms hold open for guests.
    pub(crate) sessions: Permits,
}

impl Connections {
    pub fn new(most: Most) -> Self {
        let permits = |count: Option<usize>| count.map(|count| Arc::new(Semaphore::new(count.min(Semaphore::MAX_PERMITS))));
        let total = permits(most.total);
        let of = |kind| Permits { kind: permits(kind), total: total.clone() };
        Self { http: of(most.http), sockets: of(most.sockets), sessions: of(None) }
    }

    pub fn http(&self) -> Permits {
        self.http.clone()
    }
}
