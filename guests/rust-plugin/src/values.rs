//! Gives back what it is given: what comes out other than it went in was changed on the way.
use crate::Plugin;
use crate::exports::acme::plugin::values::{Guest, Person, Point5, Rights, Role, Shape, Size};

macro_rules! echoes {
    ($($name:ident: $type:ty),* $(,)?) => {
        $(fn $name(value: $type) -> $type { value })*
    };
}

impl Guest for Plugin {
    echoes! {
        echo_bool: bool,
        echo_s8: i8,
        echo_s16: i16,
        echo_s32: i32,
        echo_s64: i64,
        echo_u8: u8,
        echo_u16: u16,
        echo_u32: u32,
        echo_u64: u64,
        echo_f32: f32,
        echo_f64: f64,
        echo_char: char,
        echo_string: String,
        echo_bytes: Vec<u8>,
        echo_strings: Vec<String>,
        echo_matrix: Vec<Vec<u32>>,
        echo_tuple: (u8, String, bool),
        echo_option: Option<u32>,
        echo_nested_option: Option<Option<u32>>,
        echo_result: Result<u32, String>,
        echo_result_in_tuple: (String, Result<u32, String>),
        echo_person: Person,
        echo_role: Role,
        echo_rights: Rights,
        echo_size: Size,
        echo_shape: Shape,
        echo_people: Vec<(Person, Option<Shape>)>,
        five: Point5,
    }

    fn many_params(
        a: bool,
        b: i8,
        c: i16,
        d: i32,
        e: i64,
        f: u8,
        g: u16,
        h: u32,
        i: u64,
        j: f32,
        k: f64,
        l: char,
        m: String,
        n: Vec<u8>,
        o: Vec<String>,
        p: (u8, String),
        q: Option<u32>,
        r: Role,
        s: Rights,
        t: Shape,
    ) -> String {
        format!("{a} {b} {c} {d} {e} {f} {g} {h} {i} {j} {k} {l} {m} {n:?} {o:?} {p:?} {q:?} {r:?} {s:?} {t:?}")
    }

    fn make_bytes(n: u32) -> Vec<u8> {
        (0..n).map(|number| number as u8).collect()
    }

    fn length(bytes: Vec<u8>) -> u32 {
        bytes.len() as u32
    }

    fn keywords(from: String, class: u32, is_ok: bool) -> String {
        format!("{from} {class} {is_ok}")
    }
}
