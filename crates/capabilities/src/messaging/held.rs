//! The messages that one call holds: the host's memory, so that they are bounded in number and in bytes.

use super::Message;
use crate::table::{CAPACITY, Table};
use wasmtime::error::Context;

/// Bytes of all messages of a call together.
const MOST: usize = 128 << 20;

#[derive(Default)]
pub(super) struct Held {
    messages: Table<Message>,
    bytes: usize,
}

impl Held {
    /// The message's number. Ends the call where it holds too much: the interface has no way to say so.
    pub(super) fn add(&mut self, message: Message) -> wasmtime::Result<u32> {
        self.grow(0, message.size())?;
        let full = || format!("the call holds more than {CAPACITY} messages");
        self.messages.add(message).with_context(full)
    }

    pub(super) fn get(&self, number: u32) -> wasmtime::Result<&Message> {
        self.messages.get(number).context("the message is gone")
    }

    pub(super) fn change(&mut self, number: u32, change: impl FnOnce(&mut Message)) -> wasmtime::Result<()> {
        let message = self.messages.get_mut(number).context("the message is gone")?;
        let before = message.size();
        change(message);
        let after = message.size();
        self.grow(before, after)
    }

    pub(super) fn take(&mut self, number: u32) -> wasmtime::Result<Message> {
        let message = self.messages.remove(number).context("the message is gone")?;
        self.bytes -= message.size();
        Ok(message)
    }

    fn grow(&mut self, before: usize, after: usize) -> wasmtime::Result<()> {
        let bytes = self.bytes - before + after;
        if bytes > MOST {
            return Err(wasmtime::Error::msg(format!("the call holds more than {MOST} bytes of messages")));
        }
        self.bytes = bytes;
        Ok(())
    }
}
