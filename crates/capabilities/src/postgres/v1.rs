//! `fermyon:spin/postgres`, the first version: each call names the address. A connection serves one call.

use super::{Guest, connect};
use crate::sql::{Error, MOST_BUFFERED, told_plainly};
use atoll_bindings::postgres::fermyon::spin::postgres as v1;

type Answered<T> = wasmtime::Result<Result<T, v1::PgError>>;
type Parameters = Vec<v1::ParameterValue>;

told_plainly!(v1::PgError: OtherError);

fn told<T>(answered: Result<T, Error>) -> Answered<T> {
    Ok(answered.map_err(Into::into))
}

impl v1::Host for Guest<'_> {
    async fn query(&mut self, address: String, statement: String, parameters: Parameters) -> Answered<v1::RowSet> {
        let parameters = parameters.into_iter().map(Into::into).collect();
        let found = async {
            self.asking.call(1)?;
            connect(self.granted, address).await?.query(statement, parameters, MOST_BUFFERED).await
        };
        told(found.await.map(Into::into))
    }

    async fn execute(&mut self, address: String, statement: String, parameters: Parameters) -> Answered<u64> {
        let parameters = parameters.into_iter().map(Into::into).collect();
        told(
            async {
                self.asking.call(1)?;
                connect(self.granted, address).await?.execute(statement, parameters).await
            }
            .await,
        )
    }
}
