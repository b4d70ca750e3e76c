//! `wasi:blobstore@0.2.0-draft`.

use super::incoming::Incoming;
use super::names::Names;
use super::outgoing::Outgoing;
use super::{Guest, Opened, between, full};
use crate::answer::Failure;
use atoll_bindings::blobstore::wasi::blobstore::{blobstore, container, types};
use wasmtime::component::Resource;
use wasmtime_wasi_io::streams::{DynInputStream, DynOutputStream};

/// The interface's error is a sentence.
type Answered<T> = wasmtime::Result<Result<T, String>>;
type Handle = Resource<container::Container>;

fn told<T>(answered: Result<T, Failure>) -> Answered<T> {
    Ok(answered.map_err(|failure| failure.message))
}

fn closed() -> wasmtime::Error {
    wasmtime::Error::msg("the handle was closed")
}

impl Guest<'_> {
    /// Of a resource, which the engine does not let a guest make up.
    fn held(&self, handle: &Handle) -> wasmtime::Result<Opened> {
        self.open.containers.get(handle.rep()).cloned().ok_or_else(closed)
    }

    async fn reading(&mut self, opened: Opened, name: String, start: u64, end: u64) -> Result<Incoming, Failure> {
        self.quota.key(&name)?;
        let place = self.open.places.take()?;
        if start > end {
            return Err(Failure::other(format!("the range starts at {start}, after its end {end}")));
        }
        // The guest's end is a byte of the range.
        let read = opened.container.read(name.clone(), start, end.saturating_add(1)).await?;
        Ok(Incoming::new(read.ok_or_else(|| between::missing(&name))?, place))
    }

    async fn metadata(&mut self, opened: Opened, name: String) -> Result<types::ObjectMetadata, Failure> {
        self.quota.key(&name)?;
        let object = opened.container.info(name.clone()).await?.ok_or_else(|| between::missing(&name))?;
        let container = opened.label.to_string();
        Ok(types::ObjectMetadata { name, container, created_at: object.created_at, size: object.size })
    }

    fn place_of(&self, id: types::ObjectId) -> Result<(Opened, String), Failure> {
        self.quota.key(&id.object)?;
        Ok((self.granted(&id.container)?, id.object))
    }

    /// All of an incoming value, if it may be held as a whole.
    async fn whole(&mut self, incoming: Incoming) -> Result<Vec<u8>, Failure> {
        let size = usize::try_from(incoming.size()).unwrap_or(usize::MAX);
        let hint = |failure: Failure| Failure::other(format!("{}; incoming-value-consume-async reads any size", failure.message));
        self.quota.value(size).map_err(hint)?;
        incoming.whole().await
    }
}

impl blobstore::Host for Guest<'_> {
    /// The containers are the operator's to make, so one that was granted is there.
    async fn create_container(&mut self, name: String) -> Answered<Handle> {
        told(self.opens(&name).map(Resource::new_own))
    }

    async fn get_container(&mut self, name: String) -> Answered<Handle> {
        told(self.opens(&name).map(Resource::new_own))
    }

    /// The objects are deleted; the container stays, as the operator has configured it.
    async fn delete_container(&mut self, name: String) -> Answered<()> {
        let opened = self.granted(&name);
        told(async move { between::clear(opened?.container).await }.await)
    }

    async fn container_exists(&mut self, name: String) -> Answered<bool> {
        told(self.granted(&name).map(|_| true))
    }

    async fn copy_object(&mut self, src: types::ObjectId, dest: types::ObjectId) -> Answered<()> {
        let (from, to) = (self.place_of(src), self.place_of(dest));
        told(async move { between::copy(from?, to?).await }.await)
    }

    async fn move_object(&mut self, src: types::ObjectId, dest: types::ObjectId) -> Answered<()> {
        let (from, to) = (self.place_of(src), self.place_of(dest));
        told(async move { between::rename(from?, to?).await }.await)
    }
}

impl container::Host for Guest<'_> {}

impl container::HostContainer for Guest<'_> {
    async fn name(&mut self, handle: Handle) -> Answered<String> {
        Ok(Ok(self.held(&handle)?.label.to_string()))
    }

    async fn info(&mut self, handle: Handle) -> Answered<container::ContainerMetadata> {
        let opened = self.held(&handle)?;
        let allowed = self.quota.call(1);
        let created_at = async {
            allowed?;
            opened.container.created_at().await
        };
        let name = opened.label.to_string();
        told(created_at.await.map(|created_at| container::ContainerMetadata { name, created_at }))
    }

    async fn get_data(&mut self, handle: Handle, name: String, start: u64, end: u64) -> Answered<Resource<types::IncomingValue>> {
        let opened = self.held(&handle)?;
        let read = self.reading(opened, name, start, end).await;
        told(read.and_then(|incoming| self.open.incoming.add(incoming).map(Resource::new_own).ok_or_else(full)))
    }

    async fn write_data(&mut self, handle: Handle, name: String, data: Resource<types::OutgoingValue>) -> Answered<()> {
        let opened = self.held(&handle)?;
        let outgoing = self.open.outgoing.get(data.rep()).cloned().ok_or_else(closed)?;
        let allowed = self.quota.key(&name);
        let begun = async {
            allowed?;
            outgoing.write_to(opened.container.as_ref(), name).await
        };
        told(begun.await)
    }

    async fn list_objects(&mut self, handle: Handle) -> Answered<Resource<container::StreamObjectNames>> {
        let opened = self.held(&handle)?;
        let listed = self.quota.call(1).map(|()| Names::new(opened.container.names()));
        told(listed.and_then(|names| self.open.names.add(names).map(Resource::new_own).ok_or_else(full)))
    }

    async fn delete_object(&mut self, handle: Handle, name: String) -> Answered<()> {
        self.delete_objects(handle, vec![name]).await
    }

    async fn delete_objects(&mut self, handle: Handle, names: Vec<String>) -> Answered<()> {
        let opened = self.held(&handle)?;
        let allowed = self.quota.keys(names.iter().map(String::as_str));
        let deleted = async {
            allowed?;
            opened.container.delete(names).await
        };
        told(deleted.await)
    }

    async fn has_object(&mut self, handle: Handle, name: String) -> Answered<bool> {
        let opened = self.held(&handle)?;
        let allowed = self.quota.key(&name);
        let found = async {
            allowed?;
            opened.container.info(name).await
        };
        told(found.await.map(|object| object.is_some()))
    }

    async fn object_info(&mut self, handle: Handle, name: String) -> Answered<container::ObjectMetadata> {
        let opened = self.held(&handle)?;
        told(self.metadata(opened, name).await)
    }

    async fn clear(&mut self, handle: Handle) -> Answered<()> {
        let opened = self.held(&handle)?;
        let allowed = self.quota.call(1);
        let cleared = async {
            allowed?;
            between::clear(opened.container).await
        };
        told(cleared.await)
    }

    async fn drop(&mut self, handle: Handle) -> wasmtime::Result<()> {
        self.open.containers.remove(handle.rep());
        Ok(())
    }
}

type NamesHandle = Resource<container::StreamObjectNames>;

impl container::HostStreamObjectNames for Guest<'_> {
    async fn read_stream_object_names(&mut self, handle: NamesHandle, len: u64) -> Answered<(Vec<String>, bool)> {
        told(self.open.names.get_mut(handle.rep()).ok_or_else(closed)?.read(len).await)
    }

    async fn skip_stream_object_names(&mut self, handle: NamesHandle, num: u64) -> Answered<(u64, bool)> {
        told(self.open.names.get_mut(handle.rep()).ok_or_else(closed)?.skip(num).await)
    }

    async fn drop(&mut self, handle: NamesHandle) -> wasmtime::Result<()> {
        self.open.names.remove(handle.rep());
        Ok(())
    }
}

impl types::Host for Guest<'_> {}

type OutgoingHandle = Resource<types::OutgoingValue>;

impl types::HostOutgoingValue for Guest<'_> {
    async fn new_outgoing_value(&mut self) -> wasmtime::Result<OutgoingHandle> {
        let outgoing = Outgoing::new(self.open.places.take());
        let number = self.open.outgoing.add(outgoing).ok_or_else(|| wasmtime::Error::msg(full().message))?;
        Ok(Resource::new_own(number))
    }

    async fn outgoing_value_write_body(
        &mut self,
        handle: OutgoingHandle,
    ) -> wasmtime::Result<Result<Resource<DynOutputStream>, ()>> {
        let outgoing = self.open.outgoing.get(handle.rep()).ok_or_else(closed)?;
        let Some(stream) = outgoing.stream() else { return Ok(Err(())) };
        Ok(Ok(self.streams.push(stream)?))
    }

    async fn finish(&mut self, handle: OutgoingHandle) -> Answered<()> {
        let outgoing = self.open.outgoing.remove(handle.rep()).ok_or_else(closed)?;
        let finished = outgoing.finish().await;
        outgoing.give_up();
        told(finished)
    }

    async fn drop(&mut self, handle: OutgoingHandle) -> wasmtime::Result<()> {
        if let Some(outgoing) = self.open.outgoing.remove(handle.rep()) {
            outgoing.give_up();
        }
        Ok(())
    }
}

type IncomingHandle = Resource<types::IncomingValue>;

impl types::HostIncomingValue for Guest<'_> {
    async fn incoming_value_consume_sync(&mut self, handle: IncomingHandle) -> Answered<Vec<u8>> {
        let incoming = self.open.incoming.remove(handle.rep()).ok_or_else(closed)?;
        told(self.whole(incoming).await)
    }

    async fn incoming_value_consume_async(&mut self, handle: IncomingHandle) -> Answered<Resource<DynInputStream>> {
        let incoming = self.open.incoming.remove(handle.rep()).ok_or_else(closed)?;
        let stream: DynInputStream = Box::new(incoming);
        Ok(Ok(self.streams.push(stream)?))
    }

    async fn size(&mut self, handle: IncomingHandle) -> wasmtime::Result<u64> {
        Ok(self.open.incoming.get(handle.rep()).ok_or_else(closed)?.size())
    }

    async fn drop(&mut self, handle: IncomingHandle) -> wasmtime::Result<()> {
        self.open.incoming.remove(handle.rep());
        Ok(())
    }
}
