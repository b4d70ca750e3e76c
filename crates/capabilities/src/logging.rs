//! Messages for the component's log: `wasi:logging`. Every component has it, as it has standard error.

use crate::rooms;
use atoll_bindings::logging as wit;
use atoll_bindings::logging::wasi::logging::logging::{Host, Level};
use atoll_engine::State;
use atoll_engine::output::{LIMIT_REACHED, Lines, Source};
use atoll_engine::record::{self, Record};
use std::sync::Arc;
use wasmtime::component::{HasData, Linker};

pub(crate) const INTERFACES: &[&str] = &["wasi:logging/logging"];

/// Where one component's messages go. The default is nowhere.
#[derive(Clone, Default)]
pub struct Granted(Option<(Arc<str>, Arc<dyn Lines>)>);

impl Granted {
    pub fn new(component: Arc<str>, lines: Arc<dyn Lines>) -> Self {
        Self(Some((component, lines)))
    }
}

/// Bytes that the call has logged.
#[derive(Default)]
pub(crate) struct Open(u64);

/// One host call.
pub(crate) struct Guest<'a> {
    granted: &'a Granted,
    logged: &'a mut u64,
    request: u64,
    most: u64,
}

pub(crate) struct Room;

impl HasData for Room {
    type Data<'a> = Guest<'a>;
}

fn guest(state: &mut State) -> Guest<'_> {
    let (request, most) = (state.request(), state.log_bytes());
    let (granted, call) = rooms::of(state);
    Guest { granted: &granted.logging, logged: &mut call.logging.0, request, most }
}

pub(crate) fn link(linker: &mut Linker<State>, _many_tasks: bool) -> wasmtime::Result<()> {
    wit::wasi::logging::logging::add_to_linker::<_, Room>(linker, guest)
}

impl Host for Guest<'_> {
    fn log(&mut self, level: Level, context: String, message: String) {
        let Some((component, lines)) = &self.granted.0 else { return };
        let left = self.most.saturating_sub(*self.logged);
        if left == 0 {
            return;
        }
        let record = Record { level: named(level), context: &context, message: &message };
        lines.record(component, self.request, &record.cut(left));
        *self.logged += record.size();
        if *self.logged >= self.most {
            lines.line(component, self.request, Source::Stderr, LIMIT_REACHED);
        }
    }
}

fn named(level: Level) -> record::Level {
    match level {
        Level::Trace => record::Level::Trace,
        Level::Debug => record::Level::Debug,
        Level::Info => record::Level::Info,
        Level::Warn => record::Level::Warn,
        Level::Error => record::Level::Error,
        Level::Critical => record::Level::Critical,
    }
}
