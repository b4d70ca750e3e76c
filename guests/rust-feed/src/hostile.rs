//! What no binding does: items that lie outside of the memory, or between its words.
use super::Reading;
use super::acme::feed::feed;

#[link(wasm_import_module = "acme:feed/feed@1.0.0")]
unsafe extern "C" {
    #[link_name = "[stream-new-0]readings"]
    fn stream() -> u64;
    #[link_name = "[async-lower]longest"]
    fn longest(readings: u32, result: *mut u8) -> u32;
    #[link_name = "[async-lower][stream-write-0]readings"]
    fn write(writer: u32, items: usize, count: usize) -> u32;
    #[link_name = "[async-lower][stream-read-0]readings"]
    fn read(reader: u32, items: usize, count: usize) -> u32;
}

/// Hands over items that are said to be there.
pub fn written(items: usize, count: usize) -> String {
    let result = Box::leak(Box::new([0_u64; 8]));
    let ends = unsafe { stream() };
    unsafe { longest(ends as u32, result.as_mut_ptr().cast()) };
    format!("{:x}", unsafe { write((ends >> 32) as u32, items, count) })
}

/// Asks for items to be put there.
pub async fn asked(items: usize, count: usize) -> String {
    let readings: wasip3::wit_bindgen::StreamReader<Reading> = feed::readings(3).await;
    format!("{:x}", unsafe { read(readings.take_handle(), items, count) })
}
