//! What `spin:postgres@4.1` has beyond its predecessors: more types, and a connection that trusts one authority.
use super::postgres::v4::{Connection, ConnectionBuilder, Interval, ParameterValue as Value, RangeBoundKind::*};
use crate::Outcome;

/// One value of each type goes there and back; the answer names those that came back as something else.
pub fn trips(address: &str) -> Outcome {
    let connection = Connection::open(address).map_err(|error| format!("{error:?}"))?;
    let mut wrong = Vec::new();
    for (name, value) in values() {
        let statement = format!("SELECT $1::{name}");
        let found = connection.query(&statement, std::slice::from_ref(&value)).map_err(|error| format!("{name}: {error:?}"))?;
        let sent = format!("[[{value:?}]]").replace("ParameterValue", "DbValue");
        if format!("{:?}", found.rows) != sent {
            wrong.push(format!("{name}: {sent} came back as {:?}", found.rows));
        }
    }
    Ok(Some(wrong.join("\n").into_bytes()))
}

fn values() -> Vec<(&'static str, Value)> {
    let text = |text: &str| Some(text.to_owned());
    vec![
        ("boolean", Value::Boolean(true)),
        ("int2", Value::Int16(-7)),
        ("int4", Value::Int32(i32::MIN)),
        ("int8", Value::Int64(i64::MAX)),
        ("float4", Value::Floating32(-1.5)),
        ("float8", Value::Floating64(0.1)),
        ("text", Value::Str("Grüße 🌊".into())),
        ("bytea", Value::Binary((0..=255).collect())),
        ("date", Value::Date((-43, 3, 15))),
        ("time", Value::Time((23, 59, 59, 999_999_000))),
        ("timestamp", Value::Datetime((2024, 2, 29, 1, 2, 3, 4_000))),
        ("uuid", Value::Uuid("00112233-4455-6677-8899-aabbccddeeff".into())),
        ("jsonb", Value::Jsonb(br#"{"a": [1, 2]}"#.to_vec())),
        ("numeric", Value::Decimal("-123456789012345678901234567890.50".into())),
        ("int4range", Value::RangeInt32((Some((1, Inclusive)), Some((5, Exclusive))))),
        ("int8range", Value::RangeInt64((None, Some((5, Exclusive))))),
        ("numrange", Value::RangeDecimal((Some(("1.5".into(), Exclusive)), Some(("2.50".into(), Inclusive))))),
        ("int4[]", Value::ArrayInt32(vec![Some(1), None, Some(-3)])),
        ("int8[]", Value::ArrayInt64(vec![Some(1 << 40)])),
        ("numeric[]", Value::ArrayDecimal(vec![text("1.50"), None])),
        ("text[]", Value::ArrayStr(vec![text("a,b"), None, text("NULL")])),
        ("interval", Value::Interval(Interval { micros: 1, days: -2, months: 3 })),
        ("int4", Value::DbNull),
    ]
}

/// Whether the connection is encrypted that trusts this authority.
pub fn trusting(address: &str, authority: &str) -> Outcome {
    let builder = ConnectionBuilder::new(address);
    builder.set_ca_root(authority).map_err(|error| format!("{error:?}"))?;
    let connection = builder.build().map_err(|error| format!("{error:?}"))?;
    let found = connection.query("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()", &[]);
    crate::told(found.map(|found| format!("{:?}", found.rows)))
}
