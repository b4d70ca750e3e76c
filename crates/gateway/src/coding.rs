//! Content codings: an answer's bytes compressed as they come, by the libraries of zstd, Brotli and gzip.
//!
//! What the guest has written is never held back: where it pauses, all that was compressed is sent. An answer that breaks off breaks off
//! here, too: its coding is not ended, so that nobody takes the part for the whole.

use atoll_engine::error::Code;
use atoll_engine::observe::Failure;
use atoll_engine::settle::{Answer, BrokenOff};
use bytes::Bytes;
use flate2::write::GzEncoder;
use http_body::{Body, Frame};
use std::collections::VecDeque;
use std::io::{self, Write};
use std::pin::Pin;
use std::task::{Context, Poll};

/// Bytes that are compressed in one go. The thread serves others, too.
const SLICE: usize = 16 << 10;
/// Slices before the others have their turn.
const SLICES: usize = 8;
/// Compressed bytes that are sent without waiting for more.
const ENOUGH: usize = 16 << 10;
/// Levels that compress faster than most networks send.
const ZSTD_LEVEL: i32 = 3;
/// How far zstd and Brotli look back, as a power of two: it is also what each answer costs in memory.
const WINDOW: u32 = 18;
const BROTLI_QUALITY: u32 = 4;
const BROTLI_BUFFER: usize = 4 << 10;
const GZIP_LEVEL: flate2::Compression = flate2::Compression::new(5);

/// A content coding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Coding {
    Zstd,
    Brotli,
    Gzip,
}

impl Coding {
    /// What costs least comes first.
    pub(crate) const ALL: [Self; 3] = [Self::Zstd, Self::Brotli, Self::Gzip];

    /// Its name in `content-encoding`.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Zstd => "zstd",
            Self::Brotli => "br",
            Self::Gzip => "gzip",
        }
    }

    /// Its names in `accept-encoding`.
    pub(crate) fn names(self) -> &'static [&'static str] {
        match self {
            Self::Zstd => &["zstd"],
            Self::Brotli => &["br"],
            Self::Gzip => &["gzip", "x-gzip"],
        }
    }
}

enum Encoder {
    Zstd(zstd::stream::write::Encoder<'static, Vec<u8>>),
    Brotli(Box<brotli::CompressorWriter<Vec<u8>>>),
    Gzip(GzEncoder<Vec<u8>>),
}

impl Encoder {
    fn new(coding: Coding) -> io::Result<Self> {
        Ok(match coding {
            Coding::Zstd => {
                let mut encoder = zstd::stream::write::Encoder::new(Vec::new(), ZSTD_LEVEL)?;
                encoder.window_log(WINDOW)?;
                Self::Zstd(encoder)
            }
            Coding::Brotli => {
                Self::Brotli(Box::new(brotli::CompressorWriter::new(Vec::new(), BROTLI_BUFFER, BROTLI_QUALITY, WINDOW)))
            }
            Coding::Gzip => Self::Gzip(GzEncoder::new(Vec::new(), GZIP_LEVEL)),
        })
    }

    fn writer(&mut self) -> &mut dyn Write {
        match self {
            Self::Zstd(encoder) => encoder,
            Self::Brotli(encoder) => encoder,
            Self::Gzip(encoder) => encoder,
        }
    }

    fn output(&mut self) -> &mut Vec<u8> {
        match self {
            Self::Zstd(encoder) => encoder.get_mut(),
            Self::Brotli(encoder) => encoder.get_mut(),
            Self::Gzip(encoder) => encoder.get_mut(),
        }
    }

    fn finish(self) -> io::Result<Vec<u8>> {
        match self {
            Self::Zstd(encoder) => encoder.finish(),
            Self::Brotli(encoder) => Ok(encoder.into_inner()),
            Self::Gzip(encoder) => encoder.finish(),
        }
    }
}

/// An answer that is here, compressed at once; as it was where that does not make it shorter.
pub(crate) fn at_once(coding: Coding, answer: Answer) -> Result<Answer, Answer> {
    let Answer::Whole(frames) = answer else { return Err(answer) };
    let compress = || -> io::Result<(Vec<u8>, usize)> {
        let mut encoder = Encoder::new(coding)?;
        let mut length = 0;
        for data in frames.iter().filter_map(Frame::data_ref) {
            encoder.writer().write_all(data)?;
            length += data.len();
        }
        Ok((encoder.finish()?, length))
    };
    match compress() {
        Ok((packed, length)) if packed.len() < length => Ok(Answer::Whole(VecDeque::from([Frame::data(packed.into())]))),
        _ => Err(Answer::Whole(frames)),
    }
}

/// An answer that is compressed while it is sent.
pub(crate) struct Packed {
    answer: Answer,
    /// None once the coding has ended.
    encoder: Option<Encoder>,
    /// Not compressed yet.
    waiting: Bytes,
    /// Whether something was compressed that the client has not got.
    held: bool,
    trailers: Option<Frame<Bytes>>,
    /// Why the answer ended early, and whether the connection had a turn to send what came before.
    broken: Option<(BrokenOff, bool)>,
}

type Polled = Poll<Option<Result<Frame<Bytes>, BrokenOff>>>;

impl Packed {
    /// As it was where the library refuses.
    pub(crate) fn new(coding: Coding, answer: Answer) -> Result<Self, Answer> {
        match Encoder::new(coding) {
            Ok(encoder) => {
                Ok(Self { answer, encoder: Some(encoder), waiting: Bytes::new(), held: false, trailers: None, broken: None })
            }
            Err(_) => Err(answer),
        }
    }

    pub(crate) fn poll(&mut self, cx: &mut Context<'_>) -> Polled {
        match self.broken.take() {
            Some((broken, true)) => return Poll::Ready(Some(Err(broken))),
            Some((broken, false)) => {
                // An error drops what is not sent yet.
                self.broken = Some((broken, true));
                cx.waker().wake_by_ref();
                return Poll::Pending;
            }
            None => {}
        }
        for _ in 0..SLICES {
            let Some(encoder) = &mut self.encoder else {
                return Poll::Ready(self.trailers.take().map(Ok));
            };
            if !self.waiting.is_empty() {
                let slice = self.waiting.split_to(self.waiting.len().min(SLICE));
                self.held = true;
                if let Err(error) = encoder.writer().write_all(&slice) {
                    return failed(&error);
                }
                if encoder.output().len() >= ENOUGH {
                    return send(encoder.output());
                }
                continue;
            }
            match Pin::new(&mut self.answer).poll_frame(cx) {
                Poll::Pending => return self.pause(),
                Poll::Ready(Some(Err(broken))) => return self.break_off(broken),
                Poll::Ready(Some(Ok(frame))) => match frame.into_data() {
                    Ok(data) => self.waiting = data,
                    Err(trailers) => self.trailers = Some(trailers),
                },
                Poll::Ready(None) => return self.end(),
            }
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    }

    /// The guest pauses: the client gets all that it has written.
    fn pause(&mut self) -> Polled {
        let Some(encoder) = self.encoder.as_mut().filter(|_| std::mem::take(&mut self.held)) else { return Poll::Pending };
        if let Err(error) = encoder.writer().flush() {
            return failed(&error);
        }
        // Who pauses is polled again: what comes next finds the answer's own waker.
        if encoder.output().is_empty() { Poll::Pending } else { send(encoder.output()) }
    }

    /// What came before is the client's, as it would be without a coding.
    fn break_off(&mut self, broken: BrokenOff) -> Polled {
        match self.pause() {
            Poll::Pending => Poll::Ready(Some(Err(broken))),
            last => {
                self.broken = Some((broken, false));
                last
            }
        }
    }

    fn end(&mut self) -> Polled {
        let Some(encoder) = self.encoder.take() else { return Poll::Ready(None) };
        match encoder.finish() {
            Ok(mut rest) => send(&mut rest),
            Err(error) => failed(&error),
        }
    }
}

fn send(output: &mut Vec<u8>) -> Polled {
    Poll::Ready(Some(Ok(Frame::data(std::mem::take(output).into()))))
}

fn failed(error: &io::Error) -> Polled {
    Poll::Ready(Some(Err(BrokenOff(Failure::new(Code::EngineFailed, format!("the answer cannot be compressed: {error}"))))))
}
