//! What a wasm file consists of, gathered in one walk: sections, nested modules, functions, what tools left in it.
//!
//! A file may hold a million of anything: no list here is longer than `MOST`, and what it leaves out is counted.

mod names;
mod walk;

pub(super) use walk::Walk;

use super::cut;
use serde::Serialize;
use std::collections::BTreeMap;
use wasmparser::ProducersSectionReader;

#[derive(Debug, Default, Serialize)]
pub struct Anatomy {
    /// By name, over all nested modules and components; the largest first.
    pub sections: Vec<Sum>,
    /// The file itself, then what is nested in it, in its order.
    pub parts: Vec<Part>,
    pub functions: Functions,
    /// Bytes of DWARF.
    pub debug_info: usize,
    pub producers: Vec<Producer>,
    /// What the file calls itself.
    pub name: Option<String>,
    /// What it says about itself to registries.
    pub metadata: BTreeMap<String, String>,
    /// By name, the largest first.
    pub custom_sections: Vec<Sum>,
    /// How many entries each list leaves out.
    pub left_out: BTreeMap<&'static str, usize>,
}

/// Things of one name: how many, and their bytes together.
#[derive(Debug, Default, Serialize)]
pub struct Sum {
    pub name: String,
    pub count: usize,
    pub size: usize,
}

/// A module or component: the file, or one that is nested in it.
#[derive(Debug, Default, Serialize)]
pub struct Part {
    /// `module` or `component`
    pub kind: &'static str,
    /// The index of the part around it.
    pub parent: Option<usize>,
    /// How deep it is nested; the file itself is 0.
    pub depth: usize,
    pub name: Option<String>,
    /// Bytes, with what is nested in it.
    pub size: usize,
    /// Bytes of its own sections of these kinds.
    pub code: usize,
    pub data: usize,
    pub custom: usize,
    pub functions: usize,
}

#[derive(Debug, Default, Serialize)]
pub struct Functions {
    pub count: usize,
    /// Bytes of all bodies.
    pub size: usize,
    /// The largest first.
    pub biggest: Vec<Function>,
}

#[derive(Debug, Serialize)]
pub struct Function {
    /// Demangled; `function 7` where nothing names it.
    pub name: String,
    /// The index of its part.
    pub part: usize,
    /// Its index there.
    pub index: u32,
    pub size: usize,
}

/// A language, tool or SDK that the file was made with.
#[derive(Debug, PartialEq, Serialize)]
pub struct Producer {
    /// `language`, `processed-by` or `sdk`
    pub field: String,
    pub name: String,
    pub version: String,
}

impl Anatomy {
    pub(super) fn leave_out(&mut self, list: &'static str, count: usize) {
        if count > 0 {
            *self.left_out.entry(list).or_default() += count;
        }
    }

    fn produced(&mut self, producers: ProducersSectionReader<'_>) {
        for field in producers.into_iter().flatten() {
            for value in field.values.into_iter().flatten() {
                let producer = Producer { field: field.name.to_owned(), name: cut(value.name), version: cut(value.version) };
                if self.producers.contains(&producer) {
                    continue;
                }
                // A hundred tools are many; to compare each with a million others takes for ever.
                if self.producers.len() < 100 {
                    self.producers.push(producer);
                } else {
                    self.leave_out("producers", 1);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::guest::inspect::look::look;

    fn anatomy(text: &str) -> Anatomy {
        look(&wat::parse_str(text).unwrap()).unwrap().anatomy
    }

    #[test]
    fn a_component_names_the_parts_that_do_not_name_themselves() {
        let found = anatomy(
            r#"(component $shop
                (import "given" (core module $given))
                (core module $first (func))
                (component $inner (core module $deep))
                (core module $second (@custom "x" "")))"#,
        );
        let told: Vec<_> = found.parts.iter().map(|part| (part.kind, part.parent, part.name.as_deref().unwrap_or(""))).collect();
        assert_eq!(
            told,
            [
                ("component", None, "shop"),
                ("module", Some(0), "first"),
                ("component", Some(0), "inner"),
                ("module", Some(2), "deep"),
                ("module", Some(0), "second"),
            ]
        );
        assert_eq!(found.name.as_deref(), Some("shop"));
    }

    #[test]
    fn ten_functions_are_told_the_largest_first() {
        let bodies: String = (0..31).map(|size| format!("(func {})", "nop ".repeat(size * 7 % 31))).collect();
        let functions = anatomy(&format!("(module {bodies})")).functions;
        let sizes: Vec<usize> = functions.biggest.iter().map(|function| function.size).collect();
        assert_eq!((functions.count, sizes), (31, (23..33).rev().collect()));
        assert_eq!(functions.biggest[0].name, format!("function {}", functions.biggest[0].index));
    }

    #[test]
    fn what_a_custom_section_lies_about_names_nothing() {
        let found = anatomy(r#"(module (func nop) (@custom "name" "\01\ff\ff\ff\ff\0f") (@custom "producers" "\ff"))"#);
        assert_eq!(found.functions.biggest[0].name, "function 0");
        assert!(found.producers.is_empty() && found.name.is_none());
    }
}
