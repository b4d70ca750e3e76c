//! `spin:mysql@3.0.0`: asynchronous, and rows come as a stream.

use super::{Guest, Room};
use crate::sql::{asynchronous, plain, told_plainly};
use atoll_bindings::mysql::spin::mysql::mysql as v3;
use atoll_engine::State;
use wasmtime::component::Resource;

type Answered<T> = wasmtime::Result<Result<T, v3::Error>>;
type Connection = Resource<v3::Connection>;

plain!(v3:
    Boolean Int8 Int16 Int32 Int64 Uint8 Uint16 Uint32 Uint64 Floating32 Floating64 Str Binary
);
told_plainly!(v3::Error: Other);
asynchronous!(v3, Room, drop => ());

fn told<T>(answered: Result<T, crate::sql::Error>) -> Answered<T> {
    Ok(answered.map_err(Into::into))
}

impl v3::Host for Guest<'_> {}

impl v3::HostConnection for Guest<'_> {
    async fn drop(&mut self, connection: Connection) -> wasmtime::Result<()> {
        self.close(connection.rep());
        Ok(())
    }
}

impl v3::HostConnectionWithStore<State> for Room {
    async fn open(host: &Host, address: String) -> Answered<Connection> {
        open(host, address).await
    }

    async fn query(host: &Host, connection: Connection, statement: String, parameters: Parameters) -> Answered<Rows> {
        query(host, connection, statement, parameters).await
    }

    async fn execute(host: &Host, connection: Connection, statement: String, parameters: Parameters) -> Answered<()> {
        execute(host, connection, statement, parameters).await
    }
}
