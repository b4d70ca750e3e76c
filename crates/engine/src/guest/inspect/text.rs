//! The text form of a file, in pieces: it may be many times as long as the file.

use super::look::look;
use crate::error::Problem;
use crate::guest::{binary, invalid};
use std::io;
use wasmprinter::{Config, Print};

/// Bytes of one piece.
const PIECE: usize = 1 << 16;

/// The binary form of `wasm`, binary or text, if it is valid to its end.
pub fn valid(wasm: &[u8]) -> Result<Vec<u8>, Problem> {
    let wasm = binary(wasm)?;
    look(&wasm)?;
    Ok(wasm.into_owned())
}

/// Hand the text form of a valid file to `write`, piece by piece; it ends early where that fails. It is ASCII.
pub fn wat(valid: &[u8], write: &mut dyn FnMut(&str) -> io::Result<()>) -> Result<(), Problem> {
    let mut pieces = Pieces { waiting: String::new(), write };
    Config::new().print(valid, &mut pieces).map_err(|error| invalid(&format!("{error:#}")))?;
    pieces.flush().map_err(|error| invalid(&error))
}

struct Pieces<'w> {
    waiting: String,
    write: &'w mut dyn FnMut(&str) -> io::Result<()>,
}

impl Pieces<'_> {
    fn flush(&mut self) -> io::Result<()> {
        (self.write)(&self.waiting)?;
        self.waiting.clear();
        Ok(())
    }
}

impl Print for Pieces<'_> {
    fn write_str(&mut self, text: &str) -> io::Result<()> {
        self.waiting.push_str(text);
        if self.waiting.len() < PIECE { Ok(()) } else { self.flush() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn printed(wasm: &[u8]) -> Vec<String> {
        let mut pieces = Vec::new();
        wat(wasm, &mut |piece| {
            pieces.push(piece.to_owned());
            Ok(())
        })
        .unwrap();
        pieces
    }

    #[test]
    fn what_is_printed_is_the_same_file_again() {
        let wasm = wat::parse_str(r#"(component (import "a" (func)) (core module $m (func $f (export "é\n") nop)))"#).unwrap();
        let text = printed(&wasm).concat();
        assert!(text.is_ascii());
        assert_eq!(wat::parse_str(&text).unwrap(), wasm);
    }

    #[test]
    fn a_long_text_comes_in_pieces_and_ends_where_nobody_reads_on() {
        let wasm = wat::parse_str(format!("(module {})", "(func unreachable nop nop nop)".repeat(5_000))).unwrap();
        assert!(printed(&wasm).len() > 2);
        let mut count = 0;
        let ended = wat(&wasm, &mut |_| {
            count += 1;
            Err(io::ErrorKind::BrokenPipe.into())
        });
        assert_eq!((ended.is_err(), count), (true, 1));
    }

    #[test]
    fn only_what_is_valid_is_printed() {
        assert!(valid(b"(module (func drop))").is_err());
        assert_eq!(valid(b"(module)").unwrap(), wat::parse_str("(module)").unwrap());
    }
}
