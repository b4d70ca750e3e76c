//! What the versions have in common: values, rows and errors, and the synchronous functions of those with resources.

use super::provider::{Row, Rows, Value};
use super::{Error, Guest, trapped};
use atoll_bindings::sqlite as wit;
use wasmtime::component::Resource;

/// The versions' types are the same under other names.
macro_rules! same_types {
    ($version:path) => {
        const _: () = {
            use $version as version;

            impl From<version::Value> for Value {
                fn from(value: version::Value) -> Self {
                    match value {
                        version::Value::Integer(integer) => Self::Integer(integer),
                        version::Value::Real(real) => Self::Real(real),
                        version::Value::Text(text) => Self::Text(text),
                        version::Value::Blob(blob) => Self::Blob(blob),
                        version::Value::Null => Self::Null,
                    }
                }
            }

            impl From<Value> for version::Value {
                fn from(value: Value) -> Self {
                    match value {
                        Value::Integer(integer) => Self::Integer(integer),
                        Value::Real(real) => Self::Real(real),
                        Value::Text(text) => Self::Text(text),
                        Value::Blob(blob) => Self::Blob(blob),
                        Value::Null => Self::Null,
                    }
                }
            }

            impl From<Row> for version::RowResult {
                fn from(row: Row) -> Self {
                    Self { values: row.0.into_iter().map(Into::into).collect() }
                }
            }

            impl From<Rows> for version::QueryResult {
                fn from(rows: Rows) -> Self {
                    Self { columns: rows.columns, rows: rows.rows.into_iter().map(Into::into).collect() }
                }
            }

            impl From<Error> for version::Error {
                fn from(error: Error) -> Self {
                    match error {
                        // Spin's words: the interface has no case for it.
                        Error::TableFull => Self::Io("too many connections opened".into()),
                        Error::AccessDenied => Self::AccessDenied,
                        Error::InvalidConnection => Self::InvalidConnection,
                        Error::Provider(failure) => match failure.case.as_str() {
                            "no-such-database" => Self::NoSuchDatabase,
                            "access-denied" => Self::AccessDenied,
                            "invalid-connection" => Self::InvalidConnection,
                            "database-full" => Self::DatabaseFull,
                            _ => Self::Io(failure.message),
                        },
                    }
                }
            }
        };
    };
}

same_types!(wit::fermyon::spin::sqlite);
same_types!(wit::fermyon::spin2_0_0::sqlite);
same_types!(wit::spin::sqlite3_0_0::sqlite);
same_types!(wit::spin::sqlite3_1_0::sqlite);

/// Guests of these versions wait for each answer; `more` are functions that only some of them have.
macro_rules! same_functions {
    ($version:path, $($more:item)*) => {
        const _: () = {
            use $version as version;

            impl version::Host for Guest<'_> {}

            impl version::HostConnection for Guest<'_> {
                async fn open(&mut self, label: String) -> wasmtime::Result<Result<Resource<version::Connection>, version::Error>> {
                    Ok(self.opened(&label).await.map(Resource::new_own).map_err(Into::into))
                }

                async fn execute(
                    &mut self,
                    connection: Resource<version::Connection>,
                    statement: String,
                    parameters: Vec<version::Value>,
                ) -> wasmtime::Result<Result<version::QueryResult, version::Error>> {
                    let parameters = parameters.into_iter().map(Into::into).collect();
                    let rows = self.held(connection.rep())?.execute(statement, parameters).await;
                    Ok(rows.map(Into::into).map_err(|failure| Error::from(failure).into()))
                }

                $($more)*

                async fn drop(&mut self, connection: Resource<version::Connection>) -> wasmtime::Result<()> {
                    self.close(connection.rep());
                    Ok(())
                }
            }
        };
    };
}

same_functions!(wit::fermyon::spin2_0_0::sqlite,);
same_functions! {
    wit::spin::sqlite3_0_0::sqlite,
    async fn last_insert_rowid(&mut self, connection: Resource<version::Connection>) -> wasmtime::Result<i64> {
        self.held(connection.rep())?.last_insert_rowid().await.map_err(trapped)
    }
    async fn changes(&mut self, connection: Resource<version::Connection>) -> wasmtime::Result<u64> {
        self.held(connection.rep())?.changes().await.map_err(trapped)
    }
}
same_functions! {
    wit::spin::sqlite3_1_0::sqlite,
    async fn last_insert_rowid(&mut self, connection: Resource<version::Connection>) -> wasmtime::Result<i64> {
        self.held(connection.rep())?.last_insert_rowid().await.map_err(trapped)
    }
    async fn changes(&mut self, connection: Resource<version::Connection>) -> wasmtime::Result<u64> {
        self.held(connection.rep())?.changes().await.map_err(trapped)
    }
}
