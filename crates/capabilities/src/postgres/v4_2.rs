//! `spin:postgres@4.2.0`: asynchronous beside what 4.1 has, and rows come as a stream.

use super::Room;
use super::builder::builders;
use crate::sql::{asynchronous, connections, rich, rows};
use atoll_bindings::postgres::spin::postgres4_2_0::postgres as v4;
use atoll_engine::State;

rich!(v4);
rows!(v4);
connections!(v4, v4, v4::Error, |count| count => u64);
builders!(v4);
asynchronous!(v4, Room, |count| count => u64);

impl v4::Host for super::Guest<'_> {}

impl v4::HostConnectionWithStore<State> for Room {
    async fn open_async(host: &Host, address: String) -> Answered<Connection> {
        open(host, address).await
    }

    async fn query_async(host: &Host, connection: Connection, statement: String, parameters: Parameters) -> Answered<Rows> {
        query(host, connection, statement, parameters).await
    }

    async fn execute_async(host: &Host, connection: Connection, statement: String, parameters: Parameters) -> Answered<u64> {
        execute(host, connection, statement, parameters).await
    }
}

impl v4::HostConnectionBuilderWithStore<State> for Room {
    async fn build_async(host: &Host, builder: Builder) -> Answered<Connection> {
        let (granted, builder) = host.with(|mut access| {
            let guest = access.get();
            guest.builder(builder.rep()).map(|builder| (guest.granted.clone(), builder))
        })?;
        kept(host, super::build(&granted, builder).await)
    }
}
