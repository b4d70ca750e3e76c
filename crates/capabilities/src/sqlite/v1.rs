//! `fermyon:spin/sqlite`, the first version: handles are numbers.

use super::{Error, Guest};
use atoll_bindings::sqlite::fermyon::spin::sqlite as v1;

type Answered<T> = wasmtime::Result<Result<T, v1::Error>>;

impl v1::Host for Guest<'_> {
    async fn open(&mut self, database: String) -> Answered<u32> {
        Ok(self.opened(&database).await.map_err(Into::into))
    }

    async fn execute(&mut self, connection: u32, statement: String, parameters: Vec<v1::Value>) -> Answered<v1::QueryResult> {
        let parameters = parameters.into_iter().map(Into::into).collect();
        let rows = async { Ok::<_, Error>(self.connection(connection)?.execute(statement, parameters).await?) };
        Ok(rows.await.map(Into::into).map_err(Into::into))
    }

    fn close(&mut self, connection: u32) -> wasmtime::Result<()> {
        Guest::close(self, connection);
        Ok(())
    }
}
