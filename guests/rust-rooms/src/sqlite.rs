//! SQLite databases, in the versions that need no asynchronous functions. Each line of the body is a statement with its parameters, or
//! something to do with the connection; each answer is told in lines of its own.
use crate::Outcome;
use crate::query::Query;
use fermyon::spin::sqlite as v1;
use fermyon::spin2_0_0::sqlite as v2;
use spin::sqlite::sqlite as v3;
use std::fmt::Write;

wit_bindgen::generate!({
    path: [
        "../../wit/spin/deps/spin@unversioned",
        "../../wit/spin/deps/spin@2.0.0",
        "../../wit/spin/deps/spin-sqlite@3.0.0",
    ],
    generate_all,
    inline: "
        package atoll:guests;
        world databases {
            import fermyon:spin/sqlite;
            import fermyon:spin/sqlite@2.0.0;
            import spin:sqlite/sqlite@3.0.0;
        }
    ",
});

/// Columns and rows, each cell as text that begins with its kind.
type Told = Result<(Vec<String>, Vec<Vec<String>>), String>;

/// A connection of any version.
trait Connection: Sized {
    fn open(label: &str) -> Result<Self, String>;
    fn execute(&self, statement: &str, parameters: &[&str]) -> Told;
    fn count(&self, statement: &str) -> Result<usize, String>;
    fn rowid(&self) -> i64;
    fn changes(&self) -> u64;
}

macro_rules! cells {
    ($version:ident) => {
        fn parameter(text: &str) -> $version::Value {
            let (kind, rest) = text.split_once(':').unwrap();
            match kind {
                "i" => $version::Value::Integer(rest.parse().unwrap()),
                "r" => $version::Value::Real(rest.parse().unwrap()),
                "t" => $version::Value::Text(rest.into()),
                "b" => $version::Value::Blob(rest.as_bytes().to_vec()),
                "zeros" => $version::Value::Blob(vec![0; rest.parse().unwrap()]),
                _ => $version::Value::Null,
            }
        }

        fn told(answer: Result<$version::QueryResult, $version::Error>) -> super::Told {
            let answer = answer.map_err(|error| format!("{error:?}"))?;
            let cell = |value: $version::Value| match value {
                $version::Value::Integer(integer) => format!("i:{integer}"),
                $version::Value::Real(real) => format!("r:{real:?}"),
                $version::Value::Text(text) => format!("t:{text}"),
                $version::Value::Blob(blob) => format!("b:{}", String::from_utf8_lossy(&blob)),
                $version::Value::Null => "n:".into(),
            };
            let rows = answer.rows.into_iter().map(|row| row.values.into_iter().map(cell).collect());
            Ok((answer.columns, rows.collect()))
        }
    };
}

mod first {
    use super::{Connection, Told, v1};
    cells!(v1);

    pub struct Handle(u32);

    impl Drop for Handle {
        fn drop(&mut self) {
            v1::close(self.0);
        }
    }

    impl Connection for Handle {
        fn open(label: &str) -> Result<Self, String> {
            v1::open(label).map(Self).map_err(|error| format!("{error:?}"))
        }

        fn execute(&self, statement: &str, parameters: &[&str]) -> Told {
            if statement == "@closed" {
                v1::close(self.0);
                return told(v1::execute(self.0, "SELECT 1", &[]));
            }
            let parameters: Vec<_> = parameters.iter().copied().map(parameter).collect();
            told(v1::execute(self.0, statement, &parameters))
        }

        fn count(&self, statement: &str) -> Result<usize, String> {
            v1::execute(self.0, statement, &[]).map(|answer| answer.rows.len()).map_err(|error| format!("{error:?}"))
        }

        fn rowid(&self) -> i64 {
            unreachable!("the first version has none")
        }

        fn changes(&self) -> u64 {
            unreachable!("the first version has none")
        }
    }
}

macro_rules! with_resources {
    ($module:ident, $version:ident, $rowid:expr, $changes:expr) => {
        mod $module {
            use super::{Connection, Told, $version};
            cells!($version);

            impl Connection for $version::Connection {
                fn open(label: &str) -> Result<Self, String> {
                    $version::Connection::open(label).map_err(|error| format!("{error:?}"))
                }

                fn execute(&self, statement: &str, parameters: &[&str]) -> Told {
                    let parameters: Vec<_> = parameters.iter().copied().map(parameter).collect();
                    told($version::Connection::execute(self, statement, &parameters))
                }

                fn count(&self, statement: &str) -> Result<usize, String> {
                    let answer = $version::Connection::execute(self, statement, &[]);
                    answer.map(|answer| answer.rows.len()).map_err(|error| format!("{error:?}"))
                }

                fn rowid(&self) -> i64 {
                    $rowid(self)
                }

                fn changes(&self) -> u64 {
                    $changes(self)
                }
            }
        }
    };
}

with_resources!(second, v2, |_: &v2::Connection| unreachable!(), |_: &v2::Connection| unreachable!());
with_resources!(third, v3, v3::Connection::last_insert_rowid, v3::Connection::changes);

pub fn done(version: &str, query: &Query, body: &[u8]) -> Outcome {
    let script = std::str::from_utf8(body).map_err(|error| error.to_string())?;
    let label = query.text("db");
    let told = match version {
        "v1" => all::<first::Handle>(&label, script)?,
        "v2" => all::<v2::Connection>(&label, script)?,
        "v3" => all::<v3::Connection>(&label, script)?,
        _ => return Err(format!("there is no version {version}")),
    };
    Ok(Some(told.into_bytes()))
}

fn all<C: Connection>(label: &str, script: &str) -> Result<String, String> {
    let mut connection = C::open(label)?;
    let mut other = None;
    let mut answer = String::new();
    for line in script.lines() {
        let (what, rest) = line.split_once(' ').unwrap_or((line, ""));
        match what {
            "@rowid" => tell(&mut answer, one(connection.rowid())),
            "@changes" => tell(&mut answer, one(connection.changes())),
            "@reopen" => {
                drop(connection);
                connection = C::open(label)?;
            }
            "@many" => {
                let open: Result<Vec<_>, _> = (0..rest.parse().unwrap()).map(|_| C::open(label)).collect();
                tell(&mut answer, open.and_then(|open| one(open.len())));
            }
            "@use" => {
                let open: Result<Vec<_>, _> = (0..rest.parse().unwrap()).map(|_| C::open(label)).collect();
                let used = open.and_then(|open| open.iter().map(|one| one.count("SELECT 1")).sum::<Result<usize, _>>());
                tell(&mut answer, used.and_then(one));
            }
            "@other" => {
                if other.is_none() {
                    other = Some(C::open(label)?);
                }
                tell(&mut answer, ran(other.as_ref().unwrap(), rest));
            }
            "@repeat" => {
                let (times, statement) = rest.split_once(' ').unwrap();
                let counts = (0..times.parse().unwrap()).map(|_| connection.count(statement));
                tell(&mut answer, counts.sum::<Result<usize, String>>().and_then(one));
            }
            _ => tell(&mut answer, ran(&connection, line)),
        }
    }
    Ok(answer)
}

fn ran<C: Connection>(connection: &C, line: &str) -> Told {
    let mut parts = line.split('\t');
    let statement = parts.next().unwrap();
    connection.execute(statement, &parts.collect::<Vec<_>>())
}

fn one(value: impl std::fmt::Display) -> Told {
    Ok((Vec::new(), vec![vec![format!("i:{value}")]]))
}

fn tell(answer: &mut String, told: Told) {
    match told {
        Err(error) => writeln!(answer, "error\t{error}").unwrap(),
        Ok((columns, rows)) => {
            writeln!(answer, "columns\t{}", columns.join("\t")).unwrap();
            for row in rows {
                writeln!(answer, "row\t{}", row.join("\t")).unwrap();
            }
        }
    }
}
