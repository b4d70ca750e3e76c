//! What concerns two objects, or all of a container.

use super::Opened;
use super::container::Container;
use crate::answer::Failure;
use futures::StreamExt;
use std::sync::Arc;

/// Copy an object, whichever containers the two are in.
pub(super) async fn copy(from: (Opened, String), to: (Opened, String)) -> Result<(), Failure> {
    if Arc::ptr_eq(&from.0.container, &to.0.container) {
        return from.0.container.copy(from.1, to.1).await;
    }
    let value = from.0.container.read(from.1.clone(), 0, u64::MAX).await?.ok_or_else(|| missing(&from.1))?;
    let mut upload = to.0.container.write(to.1).await?;
    let (mut portions, mut copied) = (value.portions, 0);
    while let Some(portion) = portions.next().await {
        let portion = portion?;
        copied += portion.len() as u64;
        upload.write(portion).await?;
    }
    if copied != value.size {
        return Err(Failure::other("the object changed while it was copied"));
    }
    upload.finish().await
}

/// Copy an object and delete the one that it was copied from.
pub(super) async fn rename(from: (Opened, String), to: (Opened, String)) -> Result<(), Failure> {
    if Arc::ptr_eq(&from.0.container, &to.0.container) {
        return from.0.container.rename(from.1, to.1).await;
    }
    copy(from.clone(), to).await?;
    from.0.container.delete(vec![from.1]).await
}

/// Delete all objects that are there.
pub(super) async fn clear(container: Arc<dyn Container>) -> Result<(), Failure> {
    let mut pages = container.names();
    while let Some(page) = pages.next().await {
        container.delete(page?).await?;
    }
    Ok(())
}

pub(super) fn missing(name: &str) -> Failure {
    Failure::other(format!("there is no object {name:?}"))
}
