//! Guest output on its way to the logs: whole lines, counted, each with its component and request.

use crate::record::Record;
use bytes::Bytes;
use std::borrow::Cow;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use tokio::io::AsyncWrite;
use wasmtime_wasi::cli::{IsTerminal, StdoutStream};
use wasmtime_wasi::p2::{OutputStream, Pollable, StreamResult};

/// Where a line came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    Stdout,
    Stderr,
}

/// Takes whole lines of guest output, without their line ends. Must not block for long.
pub trait Lines: Send + Sync {
    fn line(&self, component: &str, request: u64, source: Source, line: &[u8]);

    /// Takes a message that the guest gave a level, which is text where there are only lines.
    fn record(&self, component: &str, request: u64, record: &Record<'_>) {
        for line in record.text().as_bytes().chunks(LONGEST_LINE) {
            self.line(component, request, Source::Stderr, &printable(line));
        }
    }
}

/// Keeps nothing of what guests write.
pub struct Silence;

impl Lines for Silence {
    fn line(&self, _: &str, _: u64, _: Source, _: &[u8]) {}
}

/// Said once a call, when no more of its output is kept.
pub const LIMIT_REACHED: &[u8] =
    b"further output of this call is dropped: the log limit is reached; `tool.atoll.limits.log_bytes` raises it";
/// A line longer than this is cut into several.
const LONGEST_LINE: usize = 16 << 10;
/// What a guest may hand over at once.
const CHUNK: usize = 64 << 10;

/// Standard output or standard error of one call.
#[derive(Clone)]
pub struct GuestOutput(Arc<Mutex<Writer>>);

struct Writer {
    lines: Arc<dyn Lines>,
    component: Arc<str>,
    request: u64,
    source: Source,
    left: u64,
    pending: Vec<u8>,
}

impl GuestOutput {
    /// Output of one call that keeps the first `most` bytes and drops the rest, saying so once.
    pub fn new(lines: Arc<dyn Lines>, component: Arc<str>, request: u64, source: Source, most: u64) -> Self {
        Self(Arc::new(Mutex::new(Writer { lines, component, request, source, left: most, pending: Vec::new() })))
    }

    fn take(&self, bytes: &[u8]) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take(bytes);
    }
}

impl Writer {
    fn take(&mut self, bytes: &[u8]) {
        if self.left == 0 {
            return;
        }
        let kept = bytes.len().min(usize::try_from(self.left).unwrap_or(usize::MAX));
        self.left -= kept as u64;
        for part in bytes[..kept].split_inclusive(|byte| *byte == b'\n') {
            self.pending.extend_from_slice(part);
            if part.ends_with(b"\n") || self.pending.len() >= LONGEST_LINE {
                self.flush();
            }
        }
        if self.left == 0 {
            self.flush();
            self.lines.line(&self.component, self.request, Source::Stderr, LIMIT_REACHED);
        }
    }

    fn flush(&mut self) {
        let line = self.pending.strip_suffix(b"\n").unwrap_or(&self.pending);
        if !self.pending.is_empty() {
            self.lines.line(&self.component, self.request, self.source, &printable(line));
        }
        self.pending.clear();
    }
}

/// A guest must not steer the terminal of whoever reads its logs: control characters are spelt out.
fn printable(line: &[u8]) -> Cow<'_, [u8]> {
    let is_control = |byte: &u8| byte.is_ascii_control() && *byte != b'\t';
    if !line.iter().any(is_control) {
        return Cow::Borrowed(line);
    }
    let spelt = line.iter().flat_map(|byte| if is_control(byte) { byte.escape_ascii().collect() } else { vec![*byte] });
    Cow::Owned(spelt.collect())
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.flush();
    }
}

impl IsTerminal for GuestOutput {
    fn is_terminal(&self) -> bool {
        false
    }
}

impl StdoutStream for GuestOutput {
    fn p2_stream(&self) -> Box<dyn OutputStream> {
        Box::new(self.clone())
    }

    fn async_stream(&self) -> Box<dyn AsyncWrite + Send + Sync> {
        Box::new(self.clone())
    }
}

#[wasmtime_wasi::async_trait]
impl Pollable for GuestOutput {
    async fn ready(&mut self) {}
}

impl OutputStream for GuestOutput {
    fn write(&mut self, bytes: Bytes) -> StreamResult<()> {
        self.take(&bytes);
        Ok(())
    }

    fn flush(&mut self) -> StreamResult<()> {
        Ok(())
    }

    fn check_write(&mut self) -> StreamResult<usize> {
        Ok(CHUNK)
    }
}

impl AsyncWrite for GuestOutput {
    fn poll_write(self: Pin<&mut Self>, _: &mut Context<'_>, bytes: &[u8]) -> Poll<std::io::Result<usize>> {
        self.take(bytes);
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Default)]
    struct Kept(Mutex<Vec<String>>);

    impl Lines for Kept {
        fn line(&self, component: &str, request: u64, source: Source, line: &[u8]) {
            let text = String::from_utf8_lossy(line).into_owned();
            self.0.lock().unwrap().push(format!("{component} {request} {source:?} {text}"));
        }
    }

    fn written(most: u64, parts: &[&str]) -> Vec<String> {
        let kept = Arc::new(Kept::default());
        let output = GuestOutput::new(kept.clone(), "hello".into(), 7, Source::Stdout, most);
        parts.iter().for_each(|part| output.take(part.as_bytes()));
        drop(output);
        let lines = kept.0.lock().unwrap();
        lines.clone()
    }

    #[test]
    fn parts_become_lines_and_the_last_needs_no_end() {
        assert_eq!(
            written(100, &["a", "b\nc", "\n\nd"]),
            ["hello 7 Stdout ab", "hello 7 Stdout c", "hello 7 Stdout ", "hello 7 Stdout d"]
        );
    }

    #[test]
    fn control_characters_are_spelt_out() {
        assert_eq!(written(100, &["a\tb\r\x1b[2Jc\n"]), ["hello 7 Stdout a\tb\\r\\x1b[2Jc"]);
    }

    #[test]
    fn output_beyond_the_limit_is_dropped_and_said_once() {
        let lines = written(3, &["abcdef\n", "more\n"]);
        assert_eq!(lines[0], "hello 7 Stdout abc");
        assert!(lines[1].starts_with("hello 7 Stderr further output of this call is dropped"));
        assert_eq!(lines.len(), 2);
    }
}
