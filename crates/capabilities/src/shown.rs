//! Names that guests made up, in sentences.

/// In bytes.
const MOST: usize = 256;

/// The name, no longer than any that a manifest has: a sentence must not multiply what a guest says.
pub(crate) fn shown(name: &str) -> &str {
    &name[..name.floor_char_boundary(MOST)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_shown_up_to_a_bound_and_never_cut_within_a_character() {
        assert_eq!(shown("llama2-chat"), "llama2-chat");
        assert_eq!(shown(&"é".repeat(1000)), "é".repeat(128));
        assert_eq!(shown(&format!("x{}", "é".repeat(1000))).len(), 255);
    }
}
