//! How many objects one call may read and write at the same time: each takes up some memory of the host.

use crate::answer::Failure;
use std::sync::Arc;

/// Each may hold up to two portions.
const MOST: usize = 32;

#[derive(Default)]
pub(crate) struct Places(Arc<()>);

/// Held for as long as an object is read or written.
pub(super) struct Place(#[expect(dead_code, reason = "what counts is that it is there")] Arc<()>);

impl Places {
    pub(super) fn take(&self) -> Result<Place, Failure> {
        if Arc::strong_count(&self.0) > MOST {
            return Err(Failure::other(format!("{MOST} objects are being read or written; finish or drop one first")));
        }
        Ok(Place(self.0.clone()))
    }
}
