//! `spin:postgres@4.x`, whose versions differ in their functions and not in their types.

use super::Range;

/// A range with another version's ends.
pub(crate) fn converted<T, A, B: From<A>>(range: Range<T, A>) -> Range<T, B> {
    let end = |end: Option<(T, A)>| end.map(|(value, bound)| (value, bound.into()));
    (end(range.0), end(range.1))
}

/// Types of 4.x: `$plain` need no more than their names, `$range` have ends.
macro_rules! rich {
    ($wit:ident) => {
        crate::sql::rich!($wit:
            Boolean Int8 Int16 Int32 Int64 Floating32 Floating64 Str Binary Date Time Datetime Timestamp Uuid Jsonb Decimal
            ArrayInt32 ArrayInt64 ArrayDecimal ArrayStr;
            RangeInt32 RangeInt64 RangeDecimal
        );
    };
    ($wit:ident: $($plain:ident)*; $($range:ident)*) => {
        impl From<$wit::ParameterValue> for crate::sql::Value {
            fn from(parameter: $wit::ParameterValue) -> Self {
                match parameter {
                    $($wit::ParameterValue::$plain(value) => Self::$plain(value),)*
                    $($wit::ParameterValue::$range(value) => Self::$range(crate::sql::converted(value)),)*
                    $wit::ParameterValue::Interval($wit::Interval { micros, days, months }) => {
                        Self::Interval(crate::sql::Interval { micros, days, months })
                    }
                    $wit::ParameterValue::DbNull => Self::Null,
                }
            }
        }

        impl From<crate::sql::Value> for $wit::DbValue {
            fn from(value: crate::sql::Value) -> Self {
                use crate::sql::Value;
                match value {
                    $(Value::$plain(value) => Self::$plain(value),)*
                    $(Value::$range(value) => Self::$range(crate::sql::converted(value)),)*
                    Value::Interval(crate::sql::Interval { micros, days, months }) => {
                        Self::Interval($wit::Interval { micros, days, months })
                    }
                    Value::Null => Self::DbNull,
                    Value::Other(bytes) => Self::Unsupported(bytes),
                    // PostgreSQL has no unsigned integers.
                    Value::Uint8(_) | Value::Uint16(_) | Value::Uint32(_) | Value::Uint64(_) => Self::Unsupported(Vec::new()),
                }
            }
        }

        impl From<crate::sql::Column> for $wit::Column {
            fn from(column: crate::sql::Column) -> Self {
                let data_type = match column.kind {
                    $(crate::sql::Kind::$plain => $wit::DbDataType::$plain,)*
                    $(crate::sql::Kind::$range => $wit::DbDataType::$range,)*
                    crate::sql::Kind::Interval => $wit::DbDataType::Interval,
                    _ => $wit::DbDataType::Other(column.type_name),
                };
                Self { name: column.name, data_type }
            }
        }

        impl From<$wit::RangeBoundKind> for crate::sql::Bound {
            fn from(bound: $wit::RangeBoundKind) -> Self {
                match bound {
                    $wit::RangeBoundKind::Inclusive => Self::Inclusive,
                    $wit::RangeBoundKind::Exclusive => Self::Exclusive,
                }
            }
        }

        impl From<crate::sql::Bound> for $wit::RangeBoundKind {
            fn from(bound: crate::sql::Bound) -> Self {
                match bound {
                    crate::sql::Bound::Inclusive => Self::Inclusive,
                    crate::sql::Bound::Exclusive => Self::Exclusive,
                }
            }
        }

        impl From<crate::sql::Error> for $wit::Error {
            fn from(error: crate::sql::Error) -> Self {
                let crate::answer::Failure { case, message } = error.failure;
                match case.as_str() {
                    "connection-failed" => Self::ConnectionFailed(message),
                    "bad-parameter" => Self::BadParameter(message),
                    "query-failed" => Self::QueryFailed(match error.said {
                        Some(said) => $wit::QueryError::DbError((*said).into()),
                        None => $wit::QueryError::Text(message),
                    }),
                    "value-conversion-failed" => Self::ValueConversionFailed(message),
                    _ => Self::Other(message),
                }
            }
        }

        impl From<crate::sql::Said> for $wit::DbError {
            fn from(said: crate::sql::Said) -> Self {
                let crate::sql::Said { as_text, severity, code, message, detail, extras } = said;
                Self { as_text, severity, code, message, detail, extras }
            }
        }
    };
}
pub(crate) use rich;
