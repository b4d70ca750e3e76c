//! A component's own sections: those of what is nested in it stay unread.

use atoll_engine::{Problem, guest};
use wasmparser::{Chunk, Parser, Payload};

/// Hand each section to `take`, in their order.
pub(crate) fn sections<'a>(component: &'a [u8], mut take: impl FnMut(Payload<'a>) -> Result<(), Problem>) -> Result<(), Problem> {
    let cut_off = || guest::invalid(&"it ends too soon");
    let (mut parser, mut rest) = (Parser::new(0), component);
    loop {
        let Chunk::Parsed { payload, consumed } = parser.parse(rest, true).map_err(|error| guest::invalid(&error))? else {
            return Err(cut_off());
        };
        rest = &rest[consumed..];
        match &payload {
            Payload::End(_) => return Ok(()),
            Payload::ModuleSection { unchecked_range, .. } | Payload::ComponentSection { unchecked_range, .. } => {
                rest = rest.get(unchecked_range.len()..).ok_or_else(cut_off)?;
            }
            _ => {}
        }
        take(payload)?;
    }
}
