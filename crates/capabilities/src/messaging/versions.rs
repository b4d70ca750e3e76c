//! `wasi:messaging@0.2.0-draft` and `wasmcloud:messaging@0.3.0`, which are the same but for their names.

use super::{Guest, Message, Waiting, request};
use crate::answer::Failure;
use atoll_bindings::messaging as wit;
use std::collections::HashMap;
use wasmtime::component::Resource;

macro_rules! version {
    ($name:ident, $($package:ident)::+) => {
        mod $name {
            use super::{Failure, Guest, Message, Resource, Waiting, request};
            use $($package)::+::request_reply::{self, RequestOptions};
            use $($package)::+::types::{self, Client, Error};
            use $($package)::+::producer;

            type Held = Resource<types::Message>;
            type Answered<T> = wasmtime::Result<Result<T, Error>>;

            impl From<Failure> for Error {
                fn from(failure: Failure) -> Self {
                    match failure.case.as_str() {
                        "timeout" => Self::Timeout,
                        "connection" => Self::Connection(failure.message),
                        "permission-denied" => Self::PermissionDenied(failure.message),
                        _ => Self::Other(failure.message),
                    }
                }
            }

            impl types::Host for Guest<'_> {}

            impl types::HostClient for Guest<'_> {
                fn connect(&mut self, name: String) -> Answered<Resource<Client>> {
                    Ok(Guest::connect(self, &name).map(Resource::new_own).map_err(Into::into))
                }

                fn disconnect(&mut self, client: Resource<Client>) -> Answered<()> {
                    Guest::disconnect(self, client.rep());
                    Ok(Ok(()))
                }

                fn drop(&mut self, client: Resource<Client>) -> wasmtime::Result<()> {
                    self.open.clients.remove(client.rep());
                    Ok(())
                }
            }

            impl types::HostMessage for Guest<'_> {
                fn new(&mut self, data: Vec<u8>) -> wasmtime::Result<Held> {
                    self.open.messages.add(Message { data, ..Message::default() }).map(Resource::new_own)
                }

                fn topic(&mut self, message: Held) -> wasmtime::Result<Option<String>> {
                    Ok(self.open.messages.get(message.rep())?.topic.clone())
                }

                fn content_type(&mut self, message: Held) -> wasmtime::Result<Option<String>> {
                    Ok(self.open.messages.get(message.rep())?.content_type.clone())
                }

                fn set_content_type(&mut self, message: Held, content_type: String) -> wasmtime::Result<()> {
                    self.open.messages.change(message.rep(), |message| message.content_type = Some(content_type))
                }

                fn data(&mut self, message: Held) -> wasmtime::Result<Vec<u8>> {
                    Ok(self.open.messages.get(message.rep())?.data.clone())
                }

                fn set_data(&mut self, message: Held, data: Vec<u8>) -> wasmtime::Result<()> {
                    self.open.messages.change(message.rep(), |message| message.data = data)
                }

                fn metadata(&mut self, message: Held) -> wasmtime::Result<Option<Vec<(String, String)>>> {
                    let metadata = &self.open.messages.get(message.rep())?.metadata;
                    Ok((!metadata.is_empty()).then(|| metadata.clone()))
                }

                fn add_metadata(&mut self, message: Held, key: String, value: String) -> wasmtime::Result<()> {
                    self.open.messages.change(message.rep(), |message| message.put(key, value))
                }

                fn set_metadata(&mut self, message: Held, meta: Vec<(String, String)>) -> wasmtime::Result<()> {
                    self.open.messages.change(message.rep(), |message| message.metadata = Message::each_once(meta))
                }

                fn remove_metadata(&mut self, message: Held, key: String) -> wasmtime::Result<()> {
                    self.open.messages.change(message.rep(), |message| message.metadata.retain(|(known, _)| *known != key))
                }

                fn drop(&mut self, message: Held) -> wasmtime::Result<()> {
                    self.open.messages.take(message.rep()).map(drop)
                }
            }

            impl producer::Host for Guest<'_> {
                async fn send(&mut self, client: Resource<Client>, topic: String, message: Held) -> Answered<()> {
                    let message = self.open.messages.take(message.rep())?;
                    let sent = match self.reached(client.rep(), &topic) {
                        Ok(broker) => broker.send(topic, message).await,
                        Err(failure) => Err(failure),
                    };
                    Ok(sent.map_err(Into::into))
                }
            }

            impl request_reply::HostRequestOptions for Guest<'_> {
                fn new(&mut self) -> wasmtime::Result<Resource<RequestOptions>> {
                    let number = self.open.waitings.add(Waiting::default());
                    number.map(Resource::new_own).ok_or_else(|| wasmtime::Error::msg("too many request options are open"))
                }

                fn set_timeout_ms(&mut self, options: Resource<RequestOptions>, timeout_ms: u32) -> wasmtime::Result<()> {
                    if let Some(waiting) = self.open.waitings.get_mut(options.rep()) {
                        waiting.timeout_ms = Some(timeout_ms);
                    }
                    Ok(())
                }

                fn set_expected_replies(&mut self, options: Resource<RequestOptions>, replies: u32) -> wasmtime::Result<()> {
                    if let Some(waiting) = self.open.waitings.get_mut(options.rep()) {
                        waiting.replies = Some(replies);
                    }
                    Ok(())
                }

                fn drop(&mut self, options: Resource<RequestOptions>) -> wasmtime::Result<()> {
                    self.open.waitings.remove(options.rep());
                    Ok(())
                }
            }

            impl request_reply::Host for Guest<'_> {
                async fn request(
                    &mut self,
                    client: Resource<Client>,
                    topic: String,
                    message: Held,
                    options: Option<Resource<RequestOptions>>,
                ) -> Answered<Vec<Held>> {
                    let message = self.open.messages.get(message.rep())?.clone();
                    let waiting = options.and_then(|options| self.open.waitings.remove(options.rep())).unwrap_or_default();
                    let replies = match self.reached(client.rep(), &topic) {
                        Ok(broker) => request(broker, topic, message, waiting).await,
                        Err(failure) => Err(failure),
                    };
                    match replies {
                        Ok(replies) => Ok(Ok(self.received(replies)?.into_iter().map(Resource::new_own).collect())),
                        Err(failure) => Ok(Err(failure.into())),
                    }
                }

                fn reply(&mut self, _reply_to: Held, message: Held) -> Answered<()> {
                    self.open.messages.take(message.rep())?;
                    Ok(Err(Failure::other("nobody waits for a reply: the message was not received from a topic").into()))
                }
            }
        }
    };
}

version!(wasi, super::wit::wasi::messaging);
version!(wasmcloud, super::wit::wasmcloud::messaging);

impl Message {
    fn put(&mut self, key: String, value: String) {
        match self.metadata.iter_mut().find(|(known, _)| *known == key) {
            Some((_, known)) => *known = value,
            None => self.metadata.push((key, value)),
        }
    }

    fn each_once(pairs: Vec<(String, String)>) -> Vec<(String, String)> {
        // The last of a key wins, at its first place.
        let mut places: HashMap<String, usize> = HashMap::new();
        let mut each: Vec<(String, String)> = Vec::with_capacity(pairs.len());
        for (key, value) in pairs {
            match places.get(&key) {
                Some(place) => each[*place].1 = value,
                None => {
                    places.insert(key.clone(), each.len());
                    each.push((key, value));
                }
            }
        }
        each
    }
}
