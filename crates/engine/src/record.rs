//! A message for the logs that says how much it matters, and where in the guest it comes from.

use std::fmt;

/// How much a message matters, from the least.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    Trace,
    Debug,
    Info,
    Warn,
    Error,
    Critical,
}

impl Level {
    /// The number that OpenTelemetry gives it.
    pub fn severity(self) -> u8 {
        match self {
            Self::Trace => 1,
            Self::Debug => 5,
            Self::Info => 9,
            Self::Warn => 13,
            Self::Error => 17,
            Self::Critical => 21,
        }
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Trace => "trace",
            Self::Debug => "debug",
            Self::Info => "info",
            Self::Warn => "warn",
            Self::Error => "error",
            Self::Critical => "critical",
        })
    }
}

/// One message.
#[derive(Clone, Copy, Debug)]
pub struct Record<'a> {
    pub level: Level,
    /// Whatever the guest groups its messages by; may be empty.
    pub context: &'a str,
    pub message: &'a str,
}

impl<'a> Record<'a> {
    /// Bytes of all it says, its level as text included.
    pub fn size(&self) -> u64 {
        // Two separators and a line's end.
        (self.level.to_string().len() + self.context.len() + self.message.len()) as u64 + 4
    }

    /// As much of it as `most` bytes hold, the message's end cut first.
    #[must_use]
    pub fn cut(self, most: u64) -> Self {
        let most = usize::try_from(most).unwrap_or(usize::MAX);
        let context = beginning(self.context, most);
        Self { context, message: beginning(self.message, most - context.len()), ..self }
    }

    /// For logs without fields.
    pub fn text(&self) -> String {
        match self.context {
            "" => format!("{}: {}", self.level, self.message),
            context => format!("{} {context}: {}", self.level, self.message),
        }
    }
}

fn beginning(text: &str, most: usize) -> &str {
    &text[..text.floor_char_boundary(most)]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record<'a>(context: &'a str, message: &'a str) -> Record<'a> {
        Record { level: Level::Warn, context, message }
    }

    #[test]
    fn a_message_is_text_with_its_level_and_context() {
        assert_eq!(record("shop", "sold out").text(), "warn shop: sold out");
        assert_eq!(record("", "sold out").text(), "warn: sold out");
    }

    #[test]
    fn what_is_cut_stays_text() {
        assert_eq!(record("shop", "sold out").cut(8).text(), "warn shop: sold");
        assert_eq!(record("shop", "é").cut(5).text(), "warn shop: ");
        assert_eq!(record("shop", "x").cut(2).text(), "warn sh: ");
        assert_eq!(record("a", "b").cut(u64::MAX).text(), "warn a: b");
    }
}
