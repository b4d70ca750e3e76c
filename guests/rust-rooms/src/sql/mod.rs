//! PostgreSQL and MySQL, in the versions that have no asynchronous functions. The body is a statement, and a parameter each line.
mod mysql;
mod postgres;
mod rich;

use crate::Outcome;
use crate::query::Query;

/// What a guest asks: of which server, and what.
struct Asked {
    address: String,
    count: u64,
    statement: String,
    /// Kind and value.
    parameters: Vec<(String, String)>,
}

impl Asked {
    fn of(query: &Query, body: Vec<u8>) -> Self {
        let body = String::from_utf8_lossy(&body).into_owned();
        let mut lines = body.split('\n').map(str::to_owned);
        let statement = lines.next().unwrap_or_default();
        let parameters = lines.map(|line| match line.split_once(' ') {
            Some((kind, value)) => (kind.to_owned(), value.to_owned()),
            None => (line, String::new()),
        });
        // Clients write a space as a plus.
        Self { address: query.text("address").replace('+', " "), count: query.number("count", 1), statement, parameters: parameters.collect() }
    }
}

pub fn done(room: &str, version: &str, what: &str, query: &Query, body: Vec<u8>) -> Outcome {
    match (room, version, what) {
        ("postgres", "v4", "trips") => rich::trips(&query.text("address")),
        ("postgres", "v4", "trusting") => rich::trusting(&query.text("address"), &String::from_utf8_lossy(&body)),
        ("postgres", ..) => postgres::done(version, what, Asked::of(query, body)),
        _ => mysql::done(version, what, Asked::of(query, body)),
    }
}

/// The kinds that all versions have.
macro_rules! parameters {
    ($wit:ident) => {
        fn parameter((kind, value): &(String, String)) -> Result<$wit::ParameterValue, String> {
            let wrong = |_| format!("{value} is no {kind}");
            Ok(match kind.as_str() {
                "boolean" => $wit::ParameterValue::Boolean(value == "true"),
                "int8" => $wit::ParameterValue::Int8(value.parse().map_err(wrong)?),
                "int16" => $wit::ParameterValue::Int16(value.parse().map_err(wrong)?),
                "int32" => $wit::ParameterValue::Int32(value.parse().map_err(wrong)?),
                "int64" => $wit::ParameterValue::Int64(value.parse().map_err(wrong)?),
                "floating32" => $wit::ParameterValue::Floating32(value.parse().map_err(|_| kind.clone())?),
                "floating64" => $wit::ParameterValue::Floating64(value.parse().map_err(|_| kind.clone())?),
                "str" => $wit::ParameterValue::Str(value.clone()),
                "binary" => $wit::ParameterValue::Binary(value.clone().into_bytes()),
                _ => $wit::ParameterValue::DbNull,
            })
        }

        fn parameters(asked: &crate::sql::Asked) -> Result<Vec<$wit::ParameterValue>, String> {
            asked.parameters.iter().map(parameter).collect()
        }
    };
}
use parameters;

/// A version with connections.
macro_rules! connections {
    ($module:ident, $wit:path, $rows:path) => {
        mod $module {
            use $wit as wit;
            #[allow(unused_imports)]
            use $rows as rows;

            crate::sql::parameters!(rows);

            pub fn done(what: &str, asked: crate::sql::Asked) -> crate::Outcome {
                let open = || wit::Connection::open(&asked.address).map_err(|error| format!("{error:?}"));
                let parameters = parameters(&asked)?;
                let connection = open()?;
                match what {
                    "open" => Ok(Some(Vec::new())),
                    "query" => crate::told(connection.query(&asked.statement, &parameters).map(|found| {
                        let rows = found.rows.iter().map(|row| format!("{row:?}")).collect::<Vec<_>>();
                        format!("{:?}\n{}", found.columns, rows.join("\n"))
                    })),
                    "execute" => {
                        crate::told(connection.execute(&asked.statement, &parameters).map(|count| format!("{count:?}")))
                    }
                    // Statements one after the other, of which the last has rows.
                    "session" => {
                        let mut rows = String::new();
                        for statement in asked.statement.split("; ") {
                            let found = connection.query(statement, &[]).map_err(|error| format!("{error:?}"))?;
                            rows = format!("{:?}", found.rows);
                        }
                        Ok(Some(rows.into_bytes()))
                    }
                    "times" => {
                        for _ in 0..asked.count {
                            connection.query("SELECT 1", &[]).map_err(|error| format!("{error:?}"))?;
                        }
                        Ok(Some(Vec::new()))
                    }
                    // Opens so many, one beside the other.
                    "many" => {
                        let mut held = vec![connection];
                        for _ in 1..asked.count {
                            match open() {
                                Ok(another) => held.push(another),
                                Err(error) => return Err(format!("{} {error}", held.len())),
                            }
                        }
                        Ok(Some(held.len().to_string().into_bytes()))
                    }
                    // Begins what it does not end.
                    "leave" => {
                        connection.execute("BEGIN", &[]).map_err(|error| format!("{error:?}"))?;
                        crate::nothing(connection.execute(&asked.statement, &parameters).map(|_| ()))
                    }
                    _ => Err(format!("there is no {what}")),
                }
            }
        }
    };
}
use connections;

/// The first version names the address each time.
macro_rules! addressed {
    ($module:ident, $wit:path, $rows:path) => {
        mod $module {
            use $wit as wit;
            use $rows as rows;

            crate::sql::parameters!(rows);

            pub fn done(what: &str, asked: crate::sql::Asked) -> crate::Outcome {
                let parameters = parameters(&asked)?;
                match what {
                    "query" => crate::told(wit::query(&asked.address, &asked.statement, &parameters).map(|found| {
                        let rows = found.rows.iter().map(|row| format!("{row:?}")).collect::<Vec<_>>();
                        format!("{:?}\n{}", found.columns, rows.join("\n"))
                    })),
                    "execute" => crate::told(
                        wit::execute(&asked.address, &asked.statement, &parameters).map(|count| format!("{count:?}")),
                    ),
                    _ => Err(format!("there is no {what}")),
                }
            }
        }
    };
}
use addressed;
