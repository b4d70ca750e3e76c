//! Values of databases, for all versions of the interfaces.

/// What the interfaces call a type of a column, and a value by itself.
macro_rules! kinds {
    ($($case:ident($of:ty) = $name:literal,)*) => {
        /// A type as WIT names it.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Kind {
            $($case,)*
        }

        /// A value with its type; `Other` is in the server's own encoding.
        #[derive(Clone, Debug)]
        pub enum Value {
            Null,
            $($case($of),)*
        }

        impl Kind {
            /// The kind of this name; unknown ones are `Other`.
            pub fn named(name: &str) -> Self {
                match name {
                    $($name => Self::$case,)*
                    _ => Self::Other,
                }
            }
        }

        impl Value {
            /// The case's name in WIT.
            pub fn kind(&self) -> &'static str {
                match self {
                    Self::Null => "db-null",
                    $(Self::$case(_) => $name,)*
                }
            }
        }
    };
}

kinds! {
    Boolean(bool) = "boolean",
    Int8(i8) = "int8",
    Int16(i16) = "int16",
    Int32(i32) = "int32",
    Int64(i64) = "int64",
    Uint8(u8) = "uint8",
    Uint16(u16) = "uint16",
    Uint32(u32) = "uint32",
    Uint64(u64) = "uint64",
    Floating32(f32) = "floating32",
    Floating64(f64) = "floating64",
    Str(String) = "str",
    Binary(Vec<u8>) = "binary",
    Date((i32, u8, u8)) = "date",
    Time((u8, u8, u8, u32)) = "time",
    Datetime((i32, u8, u8, u8, u8, u8, u32)) = "datetime",
    Timestamp(i64) = "timestamp",
    Uuid(String) = "uuid",
    Jsonb(Vec<u8>) = "jsonb",
    Decimal(String) = "decimal",
    RangeInt32(Range<i32>) = "range-int32",
    RangeInt64(Range<i64>) = "range-int64",
    RangeDecimal(Range<String>) = "range-decimal",
    ArrayInt32(Vec<Option<i32>>) = "array-int32",
    ArrayInt64(Vec<Option<i64>>) = "array-int64",
    ArrayDecimal(Vec<Option<String>>) = "array-decimal",
    ArrayStr(Vec<Option<String>>) = "array-str",
    Interval(Interval) = "interval",
    Other(Vec<u8>) = "other",
}

/// Lower and upper end, none where it has none.
pub type Range<T, B = Bound> = (Option<(T, B)>, Option<(T, B)>);

/// Whether an end belongs to its range.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bound {
    Inclusive,
    Exclusive,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Interval {
    pub micros: i64,
    pub days: i32,
    pub months: i32,
}

/// The values of a row, in the order of the columns.
pub type Row = Vec<Value>;
