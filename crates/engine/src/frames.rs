//! Where a guest stood: functions by their demangled names, with file and line where the wasm has debug information.

use serde::Serialize;
use std::fmt;
use wasmtime::{FrameInfo, WasmBacktrace};

/// One call on a guest's stack; a function that was inlined has one of its own.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct Frame {
    pub function: String,
    pub place: Option<Place>,
}

/// Where the source of an instruction stands, as the compiler wrote it down.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct Place {
    pub file: String,
    pub line: u32,
    pub column: Option<u32>,
}

impl fmt::Display for Frame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.function)?;
        let Some(Place { file, line, column }) = &self.place else { return Ok(()) };
        write!(f, " at {file}:{line}")?;
        column.map_or(Ok(()), |column| write!(f, ":{column}"))
    }
}

/// The frames of a backtrace, innermost first.
pub fn frames(backtrace: &WasmBacktrace) -> Vec<Frame> {
    backtrace.frames().iter().flat_map(frames_of).collect()
}

/// The function at one instruction, behind those that were inlined there.
pub(crate) fn frames_of(frame: &FrameInfo) -> Vec<Frame> {
    let function = frame.func_name().map_or_else(|| unnamed(frame), demangled);
    if frame.symbols().is_empty() {
        return vec![Frame { function, place: None }];
    }
    let symbols = frame.symbols().iter().map(|symbol| Frame {
        function: symbol.name().map_or_else(|| function.clone(), demangled),
        place: symbol.file().zip(symbol.line()).map(|(file, line)| Place {
            file: file.to_owned(),
            line,
            column: symbol.column().filter(|column| *column > 0),
        }),
    });
    symbols.collect()
}

/// By its number; a component has several modules, of which some are named.
fn unnamed(frame: &FrameInfo) -> String {
    let number = format!("function {}", frame.func_index());
    frame.module().name().map_or_else(|| number.clone(), |module| format!("{number} of {module}"))
}

/// A function's name as its author wrote it, in Rust or C++; any other as it is.
pub fn demangled(name: &str) -> String {
    if let Ok(rust) = rustc_demangle::try_demangle(name) {
        return format!("{rust:#}");
    }
    let cpp = name.starts_with("_Z").then(|| cpp_demangle::Symbol::new(name).ok()).flatten();
    cpp.and_then(|symbol| symbol.demangle().ok()).unwrap_or_else(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_the_source() {
        let names = [
            ("_ZN3app6handle17h0123456789abcdefE", "app::handle"),
            ("_RNvC3app6handle", "app::handle"),
            ("_ZN3app6handleEi", "app::handle(int)"),
            ("main.handle", "main.handle"),
            ("_Z!", "_Z!"),
        ];
        for (mangled, name) in names {
            assert_eq!(demangled(mangled), name);
        }
    }

    #[test]
    fn a_frame_says_as_much_as_is_known() {
        let place = |column| Some(Place { file: "src/lib.rs".into(), line: 7, column });
        let frame = |place| Frame { function: "handle".into(), place }.to_string();
        assert_eq!(frame(None), "handle");
        assert_eq!(frame(place(None)), "handle at src/lib.rs:7");
        assert_eq!(frame(place(Some(3))), "handle at src/lib.rs:7:3");
    }
}
