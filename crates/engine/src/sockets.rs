//! Raw sockets are counted: who grants the network says whether there may be one more, and hears when one is gone.
//!
//! WASI's own functions that make and drop a socket are replaced by ones that ask first.

use crate::network::{Held, Network};
use crate::runtime::Tasks;
use crate::state::State;
use std::collections::BTreeMap;
use std::sync::Arc;
use wasmtime::StoreContextMut;
use wasmtime::component::{Linker, LinkerInstance, Resource, ResourceType};
use wasmtime_wasi::p2::bindings::sockets::network::{ErrorCode, IpAddressFamily};
use wasmtime_wasi::p2::bindings::sockets::tcp_create_socket::Host as _;
use wasmtime_wasi::p2::bindings::sockets::udp_create_socket::Host as _;
use wasmtime_wasi::p3::bindings::sockets::types as p3;
use wasmtime_wasi::sockets::WasiSocketsView;
use wasmtime_wasi::{TrappableError, p2};

/// What one call has open.
pub(crate) struct Sockets {
    network: Arc<dyn Network>,
    held: BTreeMap<u32, Held>,
    /// Of connections whose streams may outlive their socket: they end with the instance.
    left: Vec<Held>,
}

impl Sockets {
    pub(crate) fn of(network: Arc<dyn Network>) -> Self {
        Self { network, held: BTreeMap::new(), left: Vec::new() }
    }
}

type Created<T, E> = wasmtime::Result<(Result<Resource<T>, E>,)>;

/// Keep `held` as long as the socket is.
fn created<T: 'static, E>(state: &mut State, held: Held, made: Result<Resource<T>, TrappableError<E>>) -> Created<T, E>
where
    TrappableError<E>: Into<wasmtime::Error>,
    E: std::error::Error + Send + Sync + 'static,
{
    match made {
        Ok(socket) => {
            state.sockets.held.insert(socket.rep(), held);
            Ok((Ok(socket),))
        }
        Err(error) => Ok((Err(error.downcast()?),)),
    }
}

fn closes<T: Send + 'static>(link: &mut LinkerInstance<'_, State>, name: &str, streams_stay: bool) -> wasmtime::Result<()> {
    link.resource(name, ResourceType::host::<T>(), move |mut store: StoreContextMut<'_, State>, rep| {
        let state = store.data_mut();
        state.table.delete(Resource::<T>::new_own(rep))?;
        let held = state.sockets.held.remove(&rep);
        state.sockets.left.extend(held.filter(|_| streams_stay));
        Ok(())
    })
}

/// Replaces what WASI put into the linker.
pub(crate) fn link(linker: &mut Linker<State>, tasks: Tasks) -> wasmtime::Result<()> {
    linker.allow_shadowing(true);
    link_p2(linker)?;
    if tasks == Tasks::Many {
        link_p3(&mut linker.instance("wasi:sockets/types@0.3.0")?)?;
    }
    linker.allow_shadowing(false);
    Ok(())
}

fn link_p2(linker: &mut Linker<State>) -> wasmtime::Result<()> {
    linker.instance("wasi:sockets/tcp-create-socket@0.2.12")?.func_wrap(
        "create-tcp-socket",
        |mut store: StoreContextMut<'_, State>, (family,): (IpAddressFamily,)| {
            let state = store.data_mut();
            let Some(held) = state.sockets.network.socket() else { return Ok((Err(ErrorCode::NewSocketLimit),)) };
            let made = state.sockets().create_tcp_socket(family);
            created::<p2::TcpSocket, _>(state, held, made)
        },
    )?;
    linker.instance("wasi:sockets/udp-create-socket@0.2.12")?.func_wrap_async(
        "create-udp-socket",
        |mut store: StoreContextMut<'_, State>, (family,): (IpAddressFamily,)| {
            Box::new(async move {
                let state = store.data_mut();
                let Some(held) = state.sockets.network.socket() else { return Ok((Err(ErrorCode::NewSocketLimit),)) };
                let made = state.sockets().create_udp_socket(family).await;
                created::<p2::UdpSocket, _>(state, held, made)
            })
        },
    )?;
    closes::<p2::TcpSocket>(&mut linker.instance("wasi:sockets/tcp@0.2.12")?, "tcp-socket", false)?;
    closes::<p2::UdpSocket>(&mut linker.instance("wasi:sockets/udp@0.2.12")?, "udp-socket", false)
}

fn link_p3(link: &mut LinkerInstance<'_, State>) -> wasmtime::Result<()> {
    link.func_wrap("[static]tcp-socket.create", |mut store: StoreContextMut<'_, State>, (family,): (p3::IpAddressFamily,)| {
        let state = store.data_mut();
        let Some(held) = state.sockets.network.socket() else { return Ok((Err(too_many()),)) };
        let made = p3::HostTcpSocket::create(&mut state.sockets(), family);
        created::<p3::TcpSocket, _>(state, held, made)
    })?;
    link.func_wrap_async(
        "[static]udp-socket.create",
        |mut store: StoreContextMut<'_, State>, (family,): (p3::IpAddressFamily,)| {
            Box::new(async move {
                let state = store.data_mut();
                let Some(held) = state.sockets.network.socket() else { return Ok((Err(too_many()),)) };
                let made = p3::HostUdpSocket::create(&mut state.sockets(), family).await;
                created::<p3::UdpSocket, _>(state, held, made)
            })
        },
    )?;
    closes::<p3::TcpSocket>(link, "tcp-socket", true)?;
    closes::<p3::UdpSocket>(link, "udp-socket", false)
}

/// The interface has no case for it.
fn too_many() -> p3::ErrorCode {
    p3::ErrorCode::Other(Some("there are as many sockets as may be".into()))
}
