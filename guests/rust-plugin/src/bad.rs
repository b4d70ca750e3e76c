//! What a host must get over, and what reaches it through WASI.
use crate::Plugin;
use crate::exports::acme::plugin::bad::Guest;
use std::hint::black_box;
use std::time::Duration;

impl Guest for Plugin {
    fn trap() {
        core::arch::wasm32::unreachable()
    }

    fn panic(message: String) {
        panic!("{message}")
    }

    fn overflow() {
        deeper(0);
    }

    fn spin() {
        loop {}
    }

    fn spin_for(iterations: u64) -> u64 {
        // Xorshift: no compiler knows the value at the end without taking the steps.
        (0..iterations).fold(0x9e37_79b9_7f4a_7c15, |mut number, _| {
            number ^= number << 13;
            number ^= number >> 7;
            number ^ (number << 17)
        })
    }

    fn grow(bytes: u64) -> u64 {
        let mut block = vec![0_u8; size(bytes)];
        block.iter_mut().step_by(4096).for_each(|byte| *byte = 1);
        black_box(&block);
        core::arch::wasm32::memory_size(0) as u64 * 65_536
    }

    fn huge(bytes: u64) -> Vec<u8> {
        vec![b'x'; size(bytes)]
    }

    fn exit(code: u8) {
        std::process::exit(code.into())
    }

    fn sleep(ms: u32) {
        std::thread::sleep(Duration::from_millis(ms.into()));
    }

    fn print(line: String) {
        println!("{line}");
    }

    fn eprint(line: String) {
        eprintln!("{line}");
    }
}

/// More than an address can say is more than there is: the allocation fails, as it must.
fn size(bytes: u64) -> usize {
    bytes.try_into().unwrap_or(usize::MAX)
}

/// Looks at its frame after the call, so that it is neither a jump nor a loop.
#[allow(unconditional_recursion)]
fn deeper(depth: u64) -> u64 {
    let frame = black_box([depth; 16]);
    deeper(depth + 1) + frame[depth as usize % frame.len()]
}
