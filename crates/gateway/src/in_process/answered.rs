//! An answer on its way out, and the call that gives it.

use super::asked::Asked;
use crate::dispatch::{Client, Dispatcher};
use atoll_engine::observe::Failure;
use atoll_engine::settle::Answer;
use bytes::Bytes;
use futures::channel::mpsc::{Receiver, Sender, channel};
use futures::{SinkExt, StreamExt};
use http::header::{CONNECTION, CONTENT_LENGTH, HeaderMap, HeaderName, HeaderValue, TRANSFER_ENCODING, UPGRADE};
use http::{Method, Request, Response, StatusCode};
use http_body::Body as _;
use http_body_util::BodyExt;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::task::{Context, Poll, Wake, Waker};
use std::time::{Duration, Instant};
use tokio::runtime::Handle;
use tokio::sync::Notify;
use tokio::task::AbortHandle;

/// Parts that wait to be taken. Guests write a few KiB at a time.
const ROOM: usize = 16;
/// How long a call may have the thread that asks. A guest that computes is set aside after a millisecond at the latest.
const MOMENT: Duration = Duration::from_micros(500);
/// Headers of a connection, which the program's own server has.
const CONNECTIONS: [HeaderName; 5] =
    [CONNECTION, TRANSFER_ENCODING, UPGRADE, HeaderName::from_static("keep-alive"), HeaderName::from_static("proxy-connection")];

/// An answer is its head, its data, perhaps trailers, and the end; or it breaks off before that.
pub enum Part {
    Head(Box<Head>),
    Data(Bytes),
    Trailers(HeaderMap),
    Broken(Failure),
    End,
}

/// How an answer begins.
pub struct Head {
    pub status: StatusCode,
    pub headers: HeaderMap,
    /// Whether trailers may follow.
    pub trailers: bool,
}

/// One call. Who drops it ends it.
pub struct Call {
    parts: Receiver<Part>,
    /// None where it has ended on the thread that asked.
    task: Option<AbortHandle>,
}

impl Call {
    pub(super) fn begin(
        dispatcher: Arc<Dispatcher>,
        request: Request<Asked>,
        client: Client,
        runtime: &Handle,
        leaving: &Arc<Notify>,
    ) -> Self {
        let (sender, parts) = channel(ROOM);
        let _entered = runtime.enter();
        let mut run: Pin<Box<dyn Future<Output = ()> + Send>> = Box::pin(answer(dispatcher, request, client, sender));
        if for_a_moment(run.as_mut()).is_ready() {
            return Self { parts, task: None };
        }
        let leaving = leaving.clone().notified_owned();
        let task = runtime.spawn(async move {
            tokio::select! {
                () = run => {}
                () = leaving => {}
            }
        });
        Self { parts, task: Some(task.abort_handle()) }
    }

    /// The next part; None where the call was ended before its answer.
    pub fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Option<Part>> {
        self.parts.poll_next_unpin(cx)
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        if let Some(task) = &self.task {
            task.abort();
        }
    }
}

/// Poll what can go on at once, until it has had its moment.
fn for_a_moment(mut run: Pin<&mut (dyn Future<Output = ()> + Send)>) -> Poll<()> {
    let again = Arc::<Again>::default();
    let waker = Waker::from(again.clone());
    let (mut cx, began) = (Context::from_waker(&waker), Instant::now());
    loop {
        if run.as_mut().poll(&mut cx).is_ready() {
            return Poll::Ready(());
        }
        if !again.0.swap(false, SeqCst) || began.elapsed() >= MOMENT {
            return Poll::Pending;
        }
    }
}

/// Whether what was polled wants to be polled again.
#[derive(Default)]
struct Again(AtomicBool);

impl Wake for Again {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.0.store(true, SeqCst);
    }
}

async fn answer(dispatcher: Arc<Dispatcher>, request: Request<Asked>, client: Client, mut parts: Sender<Part>) {
    let is_head = request.method() == Method::HEAD;
    let response = dispatcher.answer(request, &client).await;
    // From here on, the report of the call says that the app is in use.
    drop(dispatcher);
    // An error says that nobody wants the answer any more: then the body is dropped, and its guest with it.
    let _ = hand_over(response, is_head, &mut parts).await;
}

async fn hand_over(
    response: Response<Answer>,
    is_head: bool,
    parts: &mut Sender<Part>,
) -> Result<(), futures::channel::mpsc::SendError> {
    let (mut head, mut body) = response.into_parts();
    CONNECTIONS.iter().for_each(|name| drop(head.headers.remove(name)));
    let is_live = matches!(body, Answer::Live(_));
    let bodyless = is_head || matches!(head.status.as_u16(), 204 | 304);
    measure(&mut head, &body, is_head);
    let length = head.headers.get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok());
    let announced = head.headers.contains_key(http::header::TRAILER);
    let trailers = !bodyless && (announced || is_live);
    parts.send(Part::Head(Box::new(Head { status: head.status, headers: head.headers, trailers }))).await?;
    let mut sent = 0;
    // What a guest does behind the length that it promised, it does on its own.
    while !bodyless && (announced || length.is_none_or(|length: u64| sent < length)) {
        let Some(frame) = body.frame().await else { break };
        match frame.map(http_body::Frame::into_data) {
            Ok(Ok(data)) => {
                sent += data.len() as u64;
                parts.send(Part::Data(data)).await?;
            }
            Ok(Err(frame)) => {
                if let Ok(trailers) = frame.into_trailers() {
                    parts.send(Part::Trailers(trailers)).await?;
                }
            }
            Err(broken) => return parts.send(Part::Broken(broken.0)).await,
        }
    }
    parts.send(Part::End).await
}

/// Say the length of a body that is here, as the listener does.
fn measure(head: &mut http::response::Parts, body: &Answer, is_head: bool) {
    if head.headers.contains_key(CONTENT_LENGTH) || matches!(head.status.as_u16(), 204 | 304) {
        return;
    }
    match body.size_hint().exact() {
        Some(0) if is_head => {}
        Some(length) => drop(head.headers.insert(CONTENT_LENGTH, HeaderValue::from(length))),
        None => {}
    }
}
