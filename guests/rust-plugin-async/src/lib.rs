//! Waits for its host, and lets what it makes flow while it is made: no call stands in another's way.
use acme::later::host;
use exports::acme::later::jobs::Guest;
use futures::future::join;
use std::cell::Cell;
use wit_bindgen::{FutureReader, StreamReader, StreamWriter, spawn_local};

wit_bindgen::generate!({ path: "wit", world: "later" });

const CHUNK: usize = 65_536;

struct Later;

export!(Later);

thread_local! {
    static BEGUN: Cell<u32> = const { Cell::new(0) };
    static UNDER_WAY: Cell<u32> = const { Cell::new(0) };
}

/// One that is under way: it ends with its task, however that ends.
struct Nap;

impl Nap {
    fn begin() -> Self {
        BEGUN.set(BEGUN.get() + 1);
        UNDER_WAY.set(UNDER_WAY.get() + 1);
        Self
    }
}

impl Drop for Nap {
    fn drop(&mut self) {
        UNDER_WAY.set(UNDER_WAY.get() - 1);
    }
}

impl Guest for Later {
    async fn lookup(key: String) -> Result<String, String> {
        host::fetch(key).await
    }

    async fn both(a: String, b: String) -> Vec<String> {
        let (a, b) = join(host::fetch(a), host::fetch(b)).await;
        [a, b].map(|fetched| fetched.unwrap_or_else(|error| error)).into()
    }

    async fn nap(ms: u32) -> u32 {
        let _nap = Nap::begin();
        let together = UNDER_WAY.get();
        host::wait(ms).await;
        together
    }

    fn count() -> u32 {
        BEGUN.get()
    }

    fn ask(n: u32) -> u32 {
        host::plain(n)
    }

    async fn numbers(upto: u32) -> StreamReader<u32> {
        let (writer, reader) = wit_stream::new();
        spawn_local(write(writer, 1..=upto));
        reader
    }

    async fn chunks(total: u32) -> StreamReader<u8> {
        let (writer, reader) = wit_stream::new();
        spawn_local(write(writer, (0..total).map(|number| number as u8)));
        reader
    }

    async fn total(mut bytes: StreamReader<u8>) -> u64 {
        let mut total = 0;
        let mut buffer = Vec::with_capacity(CHUNK);
        loop {
            let (result, read) = bytes.read(buffer).await;
            total += read.len() as u64;
            let wit_bindgen::StreamResult::Complete(_) = result else { return total };
            buffer = read;
            buffer.clear();
        }
    }

    async fn sum(mut numbers: StreamReader<u32>) -> u64 {
        let mut sum = 0;
        while let Some(number) = numbers.next().await {
            sum += u64::from(number);
        }
        sum
    }

    async fn double(value: FutureReader<u32>) -> FutureReader<u32> {
        let (writer, reader) = wit_future::new(|| 0);
        spawn_local(async move {
            let doubled = value.await.wrapping_mul(2);
            // Nobody may want it any more.
            let _ = writer.write(doubled).await;
        });
        reader
    }

    async fn upper(mut lines: StreamReader<String>) -> StreamReader<String> {
        let (mut writer, reader) = wit_stream::new();
        spawn_local(async move {
            while let Some(line) = lines.next().await {
                if writer.write_one(line.to_uppercase()).await.is_some() {
                    return;
                }
            }
        });
        reader
    }
}

/// In chunks, until all is written or nobody reads on.
async fn write<T: 'static>(mut writer: StreamWriter<T>, mut items: impl Iterator<Item = T> + 'static) {
    loop {
        let chunk: Vec<T> = items.by_ref().take(CHUNK).collect();
        if chunk.is_empty() || !writer.write_all(chunk).await.is_empty() {
            return;
        }
    }
}
