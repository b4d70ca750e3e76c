//! Streams and futures of the app's own interface: the path says what is done, and the answer what came of it.
mod hostile;

use acme::feed::feed::{self, Reading};
use std::cell::Cell;
use std::rc::Rc;
use wasip3::clocks::monotonic_clock;
use wasip3::http::types::{ErrorCode, Fields, Request, Response};
use wasip3::wit_bindgen::{self, StreamReader};

wasip3::wit_bindgen::generate!({ path: "wit", world: "imports", runtime_path: "wasip3::wit_bindgen::rt" });

struct Handler;

wasip3::http::service::export!(Handler);

impl wasip3::exports::http::handler::Guest for Handler {
    async fn handle(request: Request) -> Result<Response, ErrorCode> {
        let path = request.get_path_with_query().unwrap_or_default();
        let (path, number) = path.split_once('?').unwrap_or((&path, ""));
        let number = number.parse().unwrap_or(0);
        Ok(match path {
            "/inverted" => inverted(request).await,
            "/sums" => text(format!("{:?}", feed::sums(counted(number)).await.collect().await)),
            "/readings" => text(format!("{:?}", feed::readings(number).await.collect().await)),
            "/some" => text(format!("{:?}", some(feed::readings(1_000).await, number).await)),
            "/longest" => text(format!("{:?}", feed::longest(readings(number)).await)),
            "/first" => text(first(number).await),
            "/download" => text(download(number).await),
            "/gauges" => text(gauges(number).await),
            "/greeting" => text(greeting(number).await),
            "/ticks" => text(ticks(number).await),
            // Far beyond the memory, and at a place that is not aligned.
            "/hostile/write" => text(hostile::written(0xffff_fff0, number as usize)),
            "/hostile/write-between" => text(hostile::written(6, number as usize)),
            "/hostile/read" => text(hostile::asked(0xffff_fff0, number as usize).await),
            "/hostile/read-between" => text(hostile::asked(6, number as usize).await),
            "/gone" => gone().await,
            _ => text(format!("there is no {path}")),
        })
    }
}

fn text(words: String) -> Response {
    let (mut writer, reader) = wasip3::wit_stream::new();
    wit_bindgen::spawn(async move {
        writer.write_all(words.into_bytes()).await;
    });
    let (_none, trailers) = wasip3::wit_future::new(|| Ok(None));
    Response::new(Fields::new(), Some(reader), trailers).0
}

/// 1, 2, 3 … in portions of a thousand.
fn counted(most: u32) -> StreamReader<u32> {
    let (mut writer, reader) = wit_stream::new();
    wit_bindgen::spawn(async move {
        for start in (1..=most).step_by(1_000) {
            writer.write_all((start..=most.min(start + 999)).collect()).await;
        }
    });
    reader
}

fn readings(count: u32) -> StreamReader<Reading> {
    let (mut writer, reader) = wit_stream::new();
    let reading = |number: u32| Reading {
        place: "x".repeat(number as usize % 100),
        value: (number % 2 == 0).then_some(f64::from(number)),
        tags: vec![number.to_string()],
    };
    wit_bindgen::spawn(async move {
        writer.write_all((1..=count).map(reading).collect()).await;
    });
    reader
}

/// The first so many; the others are not read.
async fn some(mut stream: StreamReader<Reading>, count: u32) -> Vec<String> {
    let mut places = Vec::new();
    while places.len() < count as usize {
        let Some(reading) = stream.next().await else { break };
        places.push(reading.place);
    }
    places
}

async fn inverted(request: Request) -> Response {
    let (consumed, result) = wasip3::wit_future::new(|| Ok(()));
    let (body, trailers) = Request::consume_body(request, result);
    let (response, sent) = Response::new(Fields::new(), Some(feed::inverted(body).await), trailers);
    // The sender of the result must outlive the body: its end says that nobody reads on.
    wit_bindgen::spawn(async move {
        let outcome = sent.await;
        let _ = consumed.write(outcome).await;
    });
    response
}

/// The host takes some bytes of an endless stream, and its writer is told that nobody reads on.
async fn first(count: u32) -> String {
    let (mut writer, reader) = wit_stream::new();
    let told = Rc::new(Cell::new(false));
    let tell = told.clone();
    wit_bindgen::spawn(async move {
        while writer.write_all(b"0123456789".repeat(1_000)).await.is_empty() {}
        tell.set(true);
    });
    let taken = feed::first(reader, count).await;
    while !told.get() {
        monotonic_clock::wait_for(1_000_000).await;
    }
    taken.len().to_string()
}

async fn download(size: u32) -> String {
    let (data, ended) = feed::download(size);
    let bytes = data.collect().await;
    format!("{} {:?}", bytes.len(), ended.await)
}

async fn gauges(count: u32) -> String {
    let places: Vec<_> = (0..count).map(|number| number.to_string()).collect();
    let gauges = feed::gauges(&places).collect().await;
    gauges.iter().map(|gauge| gauge.place()).collect::<Vec<_>>().join(" ")
}

async fn greeting(number: u32) -> String {
    let (writer, reader) = wit_future::new(String::new);
    wit_bindgen::spawn(async move {
        let _ = writer.write(format!("number {number}")).await;
    });
    feed::greeting(reader).await.await
}

async fn ticks(count: u32) -> String {
    let (signal, reader) = wit_future::new(|| ());
    wit_bindgen::spawn(async move {
        let _ = signal.write(()).await;
    });
    feed::ticks(reader, count).await.collect().await.len().to_string()
}

/// Ends in a trap while the host reads what it sends.
async fn gone() -> Response {
    let (mut writer, reader) = wit_stream::new();
    wit_bindgen::spawn(async move {
        writer.write_all(vec![1, 2, 3]).await;
        panic!("as asked");
    });
    text(format!("{:?}", feed::sums(reader).await.collect().await))
}
