//! `spin:sqlite@3.1.0`: asynchronous, and rows come as a stream.

use super::{Connection, Error, Room, trapped};
use crate::answer::Failure;
use crate::stream::{Ended, Produced};
use atoll_bindings::sqlite::spin::sqlite3_1_0::sqlite as v3;
use atoll_engine::State;
use futures::StreamExt;
use std::sync::Arc;
use wasmtime::component::{Accessor, FutureReader, Resource, StreamReader};

type Answered<T> = wasmtime::Result<Result<T, v3::Error>>;
type Host = Accessor<State, Room>;
type Streamed = (Vec<String>, StreamReader<v3::RowResult>, FutureReader<Result<(), v3::Error>>);

fn told(failure: Failure) -> v3::Error {
    Error::from(failure).into()
}

/// How the rows ended; the sender is gone where nothing failed.
async fn told_later(ended: Ended) -> Answered<()> {
    Ok(ended.await.map_or(Ok(()), |failure| Err(told(failure))))
}

fn held(host: &Host, connection: &Resource<v3::Connection>) -> wasmtime::Result<Arc<dyn Connection>> {
    host.with(|mut access| access.get().held(connection.rep()))
}

impl v3::HostConnectionWithStore<State> for Room {
    async fn open_async(host: &Host, label: String) -> Answered<Resource<v3::Connection>> {
        let opened = async {
            let database = host.with(|mut access| access.get().granted(&label))?;
            let connection = database.open().await?;
            host.with(|mut access| access.get().keep(connection))
        };
        Ok(opened.await.map(Resource::new_own).map_err(|error: Error| error.into()))
    }

    async fn execute_async(
        host: &Host,
        connection: Resource<v3::Connection>,
        statement: String,
        parameters: Vec<v3::Value>,
    ) -> Answered<Streamed> {
        let parameters = parameters.into_iter().map(Into::into).collect();
        let (columns, pages) = match held(host, &connection)?.stream(statement, parameters).await {
            Ok(streamed) => streamed,
            Err(failure) => return Ok(Err(told(failure))),
        };
        let pages = pages.map(|page| page.map(|rows| rows.into_iter().map(v3::RowResult::from).collect()));
        let (produced, ended) = Produced::new(Box::pin(pages));
        host.with(|mut access| {
            let rows = StreamReader::new(&mut access, produced)?;
            let how = FutureReader::new(&mut access, told_later(ended))?;
            Ok(Ok((columns, rows, how)))
        })
    }

    async fn last_insert_rowid_async(host: &Host, connection: Resource<v3::Connection>) -> wasmtime::Result<i64> {
        held(host, &connection)?.last_insert_rowid().await.map_err(trapped)
    }

    async fn changes_async(host: &Host, connection: Resource<v3::Connection>) -> wasmtime::Result<u64> {
        held(host, &connection)?.changes().await.map_err(trapped)
    }
}
