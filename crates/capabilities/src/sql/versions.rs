//! The versions of the interfaces have types of their own for the same things.

/// Parameters, values and columns whose types need no more than their names. Columns and values of other types are `other` and
/// unsupported.
macro_rules! plain {
    ($wit:ident: $($case:ident)*) => {
        impl From<$wit::ParameterValue> for crate::sql::Value {
            fn from(parameter: $wit::ParameterValue) -> Self {
                match parameter {
                    $($wit::ParameterValue::$case(value) => Self::$case(value),)*
                    $wit::ParameterValue::DbNull => Self::Null,
                }
            }
        }

        impl From<crate::sql::Value> for $wit::DbValue {
            fn from(value: crate::sql::Value) -> Self {
                match value {
                    $(crate::sql::Value::$case(value) => Self::$case(value),)*
                    crate::sql::Value::Null => Self::DbNull,
                    _ => Self::Unsupported,
                }
            }
        }

        impl From<crate::sql::Column> for $wit::Column {
            fn from(column: crate::sql::Column) -> Self {
                let data_type = match column.kind {
                    $(crate::sql::Kind::$case => $wit::DbDataType::$case,)*
                    _ => $wit::DbDataType::Other,
                };
                Self { name: column.name, data_type }
            }
        }
    };
}
pub(crate) use plain;

/// A whole result, in the version's own types.
macro_rules! rows {
    ($wit:ident) => {
        impl From<crate::sql::RowSet> for $wit::RowSet {
            fn from(found: crate::sql::RowSet) -> Self {
                Self {
                    columns: found.columns.into_iter().map(Into::into).collect(),
                    rows: found.rows.into_iter().map(|row| row.into_iter().map(Into::into).collect()).collect(),
                }
            }
        }
    };
}
pub(crate) use rows;

/// Errors that are no more than a case and a sentence.
macro_rules! told_plainly {
    ($error:ty: $other:ident) => {
        impl From<crate::sql::Error> for $error {
            fn from(error: crate::sql::Error) -> Self {
                let crate::answer::Failure { case, message } = error.failure;
                match case.as_str() {
                    "connection-failed" => Self::ConnectionFailed(message),
                    "bad-parameter" => Self::BadParameter(message),
                    "query-failed" => Self::QueryFailed(message),
                    "value-conversion-failed" => Self::ValueConversionFailed(message),
                    _ => Self::$other(message),
                }
            }
        }
    };
}
pub(crate) use told_plainly;

/// The resource `connection` of an interface without asynchronous functions. `$counted` makes of a number of rows what the
/// interface says of it.
macro_rules! connections {
    ($wit:ident, $rows:ident, $error:ty, $counted:expr => $count:ty) => {
        type Answered<T> = wasmtime::Result<Result<T, $error>>;
        type Connection = wasmtime::component::Resource<$wit::Connection>;

        fn told<T>(answered: Result<T, crate::sql::Error>) -> Answered<T> {
            Ok(answered.map_err(Into::into))
        }

        impl $wit::HostConnection for super::Guest<'_> {
            async fn open(&mut self, address: String) -> Answered<Connection> {
                let opened = super::connect(self.granted, address).await;
                let opened = opened.and_then(|session| Ok(self.opens(session)?));
                told(opened.map(wasmtime::component::Resource::new_own))
            }

            async fn query(
                &mut self,
                connection: Connection,
                statement: String,
                parameters: Vec<$rows::ParameterValue>,
            ) -> Answered<$rows::RowSet> {
                let (_, session) = self.opened(connection.rep())?;
                let parameters = parameters.into_iter().map(Into::into).collect();
                let found = session.query(statement, parameters, crate::sql::MOST_BUFFERED).await;
                told(found.map(Into::into))
            }

            async fn execute(
                &mut self,
                connection: Connection,
                statement: String,
                parameters: Vec<$rows::ParameterValue>,
            ) -> Answered<$count> {
                let (_, session) = self.opened(connection.rep())?;
                let parameters = parameters.into_iter().map(Into::into).collect();
                told(session.execute(statement, parameters).await.map($counted))
            }

            async fn drop(&mut self, connection: Connection) -> wasmtime::Result<()> {
                self.close(connection.rep());
                Ok(())
            }
        }
    };
}
pub(crate) use connections;

/// What asynchronous functions of `connection` do, under whatever names.
macro_rules! asynchronous {
    ($wit:ident, $room:ident, $counted:expr => $count:ty) => {
        type Host = wasmtime::component::Accessor<atoll_engine::State, $room>;
        type Rows = (
            Vec<$wit::Column>,
            wasmtime::component::StreamReader<$wit::Row>,
            wasmtime::component::FutureReader<Result<(), $wit::Error>>,
        );

        fn session(host: &Host, connection: &Connection) -> wasmtime::Result<crate::sql::Session> {
            host.with(|mut access| Ok(access.get().opened(connection.rep())?.1))
        }

        fn kept(host: &Host, opened: Result<crate::sql::Session, crate::sql::Error>) -> Answered<Connection> {
            let kept = opened.and_then(|session| Ok(host.with(|mut access| access.get().opens(session))?));
            told(kept.map(wasmtime::component::Resource::new_own))
        }

        async fn open(host: &Host, address: String) -> Answered<Connection> {
            let granted = host.with(|mut access| access.get().granted.clone());
            kept(host, super::connect(&granted, address).await)
        }

        async fn query(host: &Host, connection: Connection, statement: String, parameters: Parameters) -> Answered<Rows> {
            let session = session(host, &connection)?;
            let parameters = parameters.into_iter().map(Into::into).collect();
            let streamed = match session.stream(statement, parameters, crate::sql::MOST_BUFFERED).await {
                Ok(streamed) => streamed,
                Err(error) => return told(Err(error)),
            };
            // A guest may drop the connection and read on.
            let pages = futures::StreamExt::map(streamed.rows, move |page| {
                let _kept = &session;
                page.map(|rows| rows.into_iter().map(|row| row.into_iter().map(Into::into).collect()).collect())
            });
            let (produced, ended) = crate::stream::Produced::new(Box::pin(pages));
            let how = async move { told(ended.await.map_or(Ok(()), Err)) };
            host.with(|mut access| {
                let rows = wasmtime::component::StreamReader::new(&mut access, produced)?;
                let how = wasmtime::component::FutureReader::new(&mut access, how)?;
                Ok(Ok((streamed.columns.into_iter().map(Into::into).collect(), rows, how)))
            })
        }

        async fn execute(host: &Host, connection: Connection, statement: String, parameters: Parameters) -> Answered<$count> {
            let session = session(host, &connection)?;
            let parameters = parameters.into_iter().map(Into::into).collect();
            told(session.execute(statement, parameters).await.map($counted))
        }

        type Parameters = Vec<$wit::ParameterValue>;
    };
}
pub(crate) use asynchronous;
