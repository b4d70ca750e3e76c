//! MySQL, to be asked at addresses that the component may connect to: `fermyon:spin/mysql` in two versions, `spin:mysql`.

mod v1;
mod v2;
mod v3;

use crate::outbound::{Grant, Sessions};
use crate::sql::{Error, Servers, Session, query_at};
use crate::{outbound, rooms};
use atoll_bindings::mysql as wit;
use atoll_engine::State;
use wasmtime::component::{HasData, Linker};

pub(crate) const INTERFACES: &[&str] = &["fermyon:spin/mysql", "spin:mysql/mysql"];

/// What one component may do.
pub type Granted = Grant<dyn Servers>;
/// What one call has open.
pub(crate) type Open = Sessions<Session>;

/// One host call.
pub(crate) type Guest<'a> = outbound::Guest<'a, dyn Servers, Session>;

pub(crate) struct Room;

impl HasData for Room {
    type Data<'a> = Guest<'a>;
}

fn guest(state: &mut State) -> Guest<'_> {
    let (granted, call, asking) = rooms::asking(state);
    Guest::new(&granted.mysql, &mut call.mysql, asking)
}

pub(crate) fn link(linker: &mut Linker<State>, many_tasks: bool) -> wasmtime::Result<()> {
    wit::fermyon::spin::mysql::add_to_linker::<_, Room>(linker, guest)?;
    wit::fermyon::spin2_0_0::mysql::add_to_linker::<_, Room>(linker, guest)?;
    if many_tasks {
        wit::spin::mysql::mysql::add_to_linker::<_, Room>(linker, guest)?;
    }
    Ok(())
}

async fn connect(granted: &Granted, address: String) -> Result<Session, Error> {
    query_at(granted, address, "mysql").await
}
