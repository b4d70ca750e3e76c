//! Rows that come in portions, as fast as the guest takes them.

use super::run::{Asked, Buffered, Sink, Stop};
use super::{Cancel, Held, MOST_BUFFERED, PAGE, Session, on, stopped};
use crate::answer::Failure;
use crate::sqlite::embedded::control::Pace;
use crate::sqlite::embedded::pool::Lease;
use crate::sqlite::provider::{Row, Streamed};
use futures::stream;
use tokio::sync::{mpsc, oneshot};

type Begun = oneshot::Sender<Result<Vec<String>, Failure>>;
type Pages = mpsc::Sender<Result<Vec<Row>, Failure>>;

/// Run the statement on a thread that waits for the guest to take the rows.
///
/// It reads on a connection of its own where that makes no difference, so that the guest can go on with its connection meanwhile.
pub(super) async fn streamed(session: Session, asked: Asked) -> Result<Streamed, Failure> {
    let held = session.held().await?;
    let apart = if held.as_ref().is_some_and(Lease::is_clean) { session.pool.one_more().await } else { None };
    let (begun, columns) = oneshot::channel();
    let (pages, mut received) = mpsc::channel(1);
    let cancel = Cancel::default();
    let pace = cancel.pace();
    let pool = session.pool;
    let job = move || pool.timed(&asked.statement, || flow(held, apart, &pace, &asked, Paged::new(begun, pages)));
    tokio::task::spawn_blocking(job);
    let columns = columns.await.map_err(|_| stopped())??;
    let pages = stream::poll_fn(move |cx| {
        // Whoever drops the stream ends the statement.
        let _until_then = &cancel;
        received.poll_recv(cx)
    });
    Ok((columns, Box::pin(pages)))
}

fn flow(mut held: Held, apart: Option<Lease>, pace: &Pace, asked: &Asked, mut paged: Paged) {
    let mut reads = false;
    let looked = on(&mut held, pace.clone(), |opened| {
        reads = opened.reads_only(asked);
        Ok(())
    });
    let ran = match (looked, reads, apart) {
        (Err(failure), ..) => Err(failure),
        // It has changed what it changes before the first row comes: that must not depend on who takes the rows.
        (Ok(()), false, _) => buffered(&mut held, pace, asked, &mut paged),
        (Ok(()), true, None) => on(&mut held, pace.clone(), |opened| opened.aside(asked, &mut paged)),
        (Ok(()), true, apart) => {
            drop(held);
            let mut apart = apart;
            on(&mut apart, pace.clone(), |opened| opened.aside(asked, &mut paged))
        }
    };
    paged.end(ran);
}

fn buffered(held: &mut Held, pace: &Pace, asked: &Asked, paged: &mut Paged) -> Result<(), Failure> {
    let mut kept = Buffered::new(MOST_BUFFERED);
    on(held, pace.clone(), |opened| opened.aside(asked, &mut kept))?;
    // Who asked may be gone.
    let _ = paged.columns(kept.rows.columns);
    paged.page = kept.rows.rows;
    Ok(())
}

struct Paged {
    begun: Option<Begun>,
    pages: Pages,
    page: Vec<Row>,
    bytes: usize,
}

impl Paged {
    fn new(begun: Begun, pages: Pages) -> Self {
        Self { begun: Some(begun), pages, page: Vec::new(), bytes: 0 }
    }

    fn turn(&mut self) -> Result<(), Stop> {
        self.bytes = 0;
        self.pages.blocking_send(Ok(std::mem::take(&mut self.page))).map_err(|_| Stop::Gone)
    }

    fn end(mut self, ran: Result<(), Failure>) {
        match (ran, self.begun.take()) {
            (Err(failure), Some(begun)) => drop(begun.send(Err(failure))),
            (Err(failure), None) => drop(self.pages.blocking_send(Err(failure))),
            (Ok(()), _) => drop(self.turn()),
        }
    }
}

impl Sink for Paged {
    fn columns(&mut self, columns: Vec<String>) -> Result<(), Stop> {
        self.begun.take().map_or(Ok(()), |begun| begun.send(Ok(columns)).map_err(|_| Stop::Gone))
    }

    fn row(&mut self, row: Row) -> Result<(), Stop> {
        self.bytes += row.bytes();
        self.page.push(row);
        if self.bytes < PAGE { Ok(()) } else { self.turn() }
    }
}
