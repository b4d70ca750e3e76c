//! PostgreSQL, to be asked at addresses that the component may connect to: `fermyon:spin/postgres` in two versions, `spin:postgres`.

mod builder;
mod v1;
mod v2;
mod v3;
mod v4_1;
mod v4_2;

use crate::outbound::{Grant, Sessions};
use crate::sql::{Answer, Error, Servers, Session, permitted, query_at};
use crate::table::Table;
use crate::{outbound, rooms, sql};
use atoll_bindings::postgres as wit;
use atoll_engine::State;
use builder::Builder;
use std::ops::{Deref, DerefMut};
use std::sync::Arc;
use wasmtime::component::{HasData, Linker};

pub(crate) const INTERFACES: &[&str] = &["fermyon:spin/postgres", "fermyon:spin/rdbms-types", "spin:postgres/postgres"];

/// Whoever talks to PostgreSQL.
pub trait Postgres: Servers {
    /// As `open`, with this certificate (PEM) trusted and no other.
    fn open_trusting(&self, address: Arc<str>, ca_root: String) -> Answer<Arc<dyn sql::Connection>>;

    /// Whether that can be trusted at all: fails unless it is PEM with a certificate.
    fn check_ca_root(&self, ca_root: String) -> Answer<()>;
}

/// What one component may do.
pub type Granted = Grant<dyn Postgres>;

/// What one call has open.
#[derive(Default)]
pub(crate) struct Open {
    sessions: Sessions<Session>,
    builders: Table<Builder>,
}

type Outbound<'a> = outbound::Guest<'a, dyn Postgres, Session>;

/// One host call.
pub(crate) struct Guest<'a> {
    outbound: Outbound<'a>,
    builders: &'a mut Table<Builder>,
}

impl<'a> Deref for Guest<'a> {
    type Target = Outbound<'a>;

    fn deref(&self) -> &Self::Target {
        &self.outbound
    }
}

impl DerefMut for Guest<'_> {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.outbound
    }
}

pub(crate) struct Room;

impl HasData for Room {
    type Data<'a> = Guest<'a>;
}

fn guest(state: &mut State) -> Guest<'_> {
    let (granted, call, asking) = rooms::asking(state);
    let Open { sessions, builders } = &mut call.postgres;
    Guest { outbound: Outbound::new(&granted.postgres, sessions, asking), builders }
}

/// The types that the first versions share with MySQL are linked here, once.
///
/// 4.2 is all that 4.1 is where there may be many tasks; versions are matched as WIT has it.
pub(crate) fn link(linker: &mut Linker<State>, many_tasks: bool) -> wasmtime::Result<()> {
    sql::rdbms::link(linker)?;
    wit::fermyon::spin::postgres::add_to_linker::<_, Room>(linker, guest)?;
    wit::fermyon::spin2_0_0::postgres::add_to_linker::<_, Room>(linker, guest)?;
    wit::spin::postgres3_0_0::postgres::add_to_linker::<_, Room>(linker, guest)?;
    match many_tasks {
        true => wit::spin::postgres4_2_0::postgres::add_to_linker::<_, Room>(linker, guest),
        false => wit::spin::postgres4_1_0::postgres::add_to_linker::<_, Room>(linker, guest),
    }
}

async fn connect(granted: &Granted, address: String) -> Result<Session, Error> {
    query_at(granted, address, "postgres").await
}

async fn build(granted: &Granted, builder: Builder) -> Result<Session, Error> {
    let Builder { address, ca_root } = builder;
    let postgres = permitted(granted, &address, "postgres").await?;
    match ca_root {
        Some(ca_root) => postgres.open_trusting(address, ca_root).await,
        None => postgres.open(address).await,
    }
}
