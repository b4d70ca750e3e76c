//! Listening and accepting: a socket that came from the parent process, or one of our own.

use crate::connection::{self, Front};
use crate::logs::Logs;
use crate::settings::Settings;
use crate::socket::Listener;
use atoll_engine::error::{Code, Problem};
use socket2::{Domain, Protocol, Socket, Type};
use std::io;
use std::net::ToSocketAddrs;
use std::os::fd::{BorrowedFd, OwnedFd, RawFd};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::Semaphore;

/// A little longer than a burst of new connections may be.
const BACKLOG: i32 = 1_024;
/// Without a free descriptor the next accept waits: until a connection has closed it would only fail again.
const ACCEPT_PAUSE: Duration = Duration::from_millis(20);

/// The listening socket of `settings` and its address, as `host:port` or `unix:path`.
pub(crate) fn bind(settings: &Settings) -> Result<(Socket, String), Problem> {
    let failed = |error: &dyn std::fmt::Display| {
        Problem::new(Code::ListenFailed, format!("cannot listen on {}: {error}", settings.listen))
            .hint("choose another address with `--listen`, or let `--find-free-port` choose a port")
            .at("listen", settings.listen.clone())
    };
    let listening = || {
        let socket = match settings.listen_fd {
            Some(fd) => inherited(fd)?,
            None => own(settings)?,
        };
        socket.set_nonblocking(true)?;
        let address = named(&socket)?;
        Ok((socket, address))
    };
    listening().map_err(|error: io::Error| failed(&error))
}

/// The parent goes on holding its own descriptor: what waits in the queue outlives this process.
fn inherited(fd: RawFd) -> io::Result<Socket> {
    if fd < 0 {
        return Err(io::ErrorKind::InvalidInput.into());
    }
    // SAFETY: whoever wrote the settings holds the descriptor open while this process starts; a wrong number is an error of `dup`.
    let owned: OwnedFd = unsafe { BorrowedFd::borrow_raw(fd) }.try_clone_to_owned()?;
    let socket = Socket::from(owned);
    if !socket.is_listener()? {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "the descriptor is no listening socket"));
    }
    Ok(socket)
}

fn own(settings: &Settings) -> io::Result<Socket> {
    let address = settings.listen.to_socket_addrs()?.next().ok_or(io::ErrorKind::NotFound)?;
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    socket.set_reuse_address(true)?;
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    Ok(socket)
}

fn named(socket: &Socket) -> io::Result<String> {
    let address = socket.local_addr()?;
    Ok(match (address.as_socket(), address.as_pathname()) {
        (Some(address), _) => address.to_string(),
        (None, Some(path)) => format!("unix:{}", path.display()),
        (None, None) => "unix:".into(),
    })
}

/// Serve connections until the server is to stop, then let those that are open end within `drain`.
pub(crate) async fn accept(socket: Socket, front: Arc<Front>, logs: &Arc<Logs>, drain: Duration, most: usize) {
    let Ok(listener) = Listener::new(socket) else { return };
    follow_certificate(&front, logs);
    let mut stopping = front.stopping.clone();
    let places = Arc::new(Semaphore::new(most));
    loop {
        // At the limit new connections wait in the kernel's queue.
        let place = tokio::select! {
            biased;
            _ = stopping.changed() => break,
            place = places.clone().acquire_owned() => place,
        };
        let accepted = tokio::select! {
            biased;
            _ = stopping.changed() => break,
            accepted = listener.accept() => accepted,
        };
        match (accepted, place) {
            (Ok((stream, address)), Ok(place)) => {
                let served = connection::serve(front.clone(), stream, address);
                tokio::spawn(async move {
                    served.await;
                    drop(place);
                });
            }
            (Err(error), _) if !is_exhausted(&error) => {}
            _ => tokio::time::sleep(ACCEPT_PAUSE).await,
        }
    }
    drop(listener);
    let all = u32::try_from(most).unwrap_or(u32::MAX);
    let until = Instant::now() + drain;
    // All places free: every connection has ended.
    let _ = tokio::time::timeout_at(until.into(), places.acquire_many(all)).await;
}

/// A client that left before it was accepted is no reason to wait; everything else may last.
fn is_exhausted(error: &io::Error) -> bool {
    !matches!(error.kind(), io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset | io::ErrorKind::Interrupted)
}

fn follow_certificate(front: &Arc<Front>, logs: &Arc<Logs>) {
    if front.tls.is_none() {
        return;
    }
    let (front, logs) = (front.clone(), logs.clone());
    tokio::spawn(async move {
        if let Some(tls) = &front.tls {
            tls.follow_files(&logs).await;
        }
    });
}
