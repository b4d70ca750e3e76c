//! What a variable may be called; Spin's rules in Spin's words.

use crate::shown::shown;

/// A sentence where the name is none.
pub(super) fn check(name: &str) -> Result<(), String> {
    wrong(name).map_or(Ok(()), |why| Err(format!("invalid variable name: \"{}\": {why}", shown(name))))
}

fn wrong(name: &str) -> Option<String> {
    let allowed = |char: &char| char.is_ascii_lowercase() || char.is_ascii_digit() || *char == '_';
    let Some(first) = name.chars().next() else { return Some("must not be empty".into()) };
    if let Some(char) = name.chars().find(|char| !allowed(char)) {
        let may = "lower-case letters, numbers, and underscores";
        return Some(format!("invalid character '{char}'. Variable names may contain only {may}."));
    }
    if !first.is_ascii_lowercase() {
        return Some("must start with a lowercase ASCII letter".into());
    }
    if name.ends_with('_') {
        return Some("must end with a lowercase ASCII letter or digit".into());
    }
    name.contains("__").then(|| "must not contain multiple consecutive underscores".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_spin() {
        assert!(["a", "a1", "api_key", "a_1"].iter().all(|name| check(name).is_ok()));
        assert!(["", "A", "1a", "_a", "a_", "a__b", "a-b", "é"].iter().all(|name| check(name).is_err()));
    }
}
