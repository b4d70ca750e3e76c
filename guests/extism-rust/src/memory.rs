//! What a plug-in can do to the kernel's memory, rightly and wrongly; the numbers come in as text, parted by spaces.
use extism_pdk::*;

#[link(wasm_import_module = "extism:host/env")]
extern "C" {
    fn input_offset() -> u64;
    fn output_offset() -> u64;
    fn output_length() -> u64;
    fn input_set(offset: u64, length: u64);
    fn error_get() -> u64;
    fn memory_bytes() -> u64;
    fn reset();
}

fn numbers(text: &str) -> Result<Vec<u64>, Error> {
    Ok(text.split_whitespace().map(str::parse).collect::<Result<_, _>>()?)
}

/// Answers with the input, without copying it.
#[no_mangle]
pub extern "C" fn input_offset_is_output() -> i32 {
    unsafe { extism::output_set(input_offset(), extism::input_length()) };
    0
}

/// The input's block: whether its length is the input's, and that of one byte further.
#[plugin_fn]
pub fn input_block() -> FnResult<String> {
    let (offset, length) = unsafe { (input_offset(), extism::input_length()) };
    let (block, inside) = unsafe { (extism::length(offset), extism::length(offset + 1)) };
    Ok(format!("{} {} {inside}", offset > 0, block == length))
}

/// Reads on after the input's end.
#[plugin_fn]
pub fn input_beyond() -> FnResult<String> {
    let length = unsafe { extism::input_length() };
    let last = unsafe { extism::input_load_u64(length.saturating_sub(7)) };
    let far = unsafe { extism::input_load_u8(u64::MAX) };
    Ok(format!("{} {last} {far}", unsafe { extism::input_load_u8(length) }))
}

/// Frees the input, then looks at it.
#[plugin_fn]
pub fn input_freed() -> FnResult<String> {
    unsafe { extism::free(input_offset()) };
    Ok(unsafe { extism::input_length() }.to_string())
}

/// Makes so many blocks of so many bytes, frees every other one and makes them again; says whether all kept their bytes.
#[plugin_fn]
pub fn allocations(asked: String) -> FnResult<String> {
    let asked = numbers(&asked)?;
    let (count, bytes) = (asked[0], asked[1] as usize);
    let fill = |number: u64| vec![number as u8; bytes + number as usize % 32];
    let mut blocks = (0..count).map(|number| Memory::from_bytes(fill(number))).collect::<Result<Vec<_>, _>>()?;
    for number in (0..count as usize).step_by(2) {
        let freed = std::mem::replace(&mut blocks[number], Memory::null());
        freed.free();
    }
    for number in (0..count).step_by(2) {
        blocks[number as usize] = Memory::from_bytes(fill(number))?;
    }
    let whole = blocks.iter().zip(0..).filter(|(block, number)| block.to_vec() == fill(*number)).count();
    Ok(format!("{whole} of {count}"))
}

/// What `alloc` answers for these lengths: 0, or `block` and the block's length.
#[plugin_fn]
pub fn lengths(asked: String) -> FnResult<String> {
    let answers = numbers(&asked)?.into_iter().map(|length| match unsafe { extism::alloc(length) } {
        0 => "0".to_string(),
        block => format!("block {}", unsafe { extism::length(block) }),
    });
    Ok(answers.collect::<Vec<_>>().join(", "))
}

/// Frees what is no block, and a block twice; the block beside them stays.
#[plugin_fn]
pub fn free_wrongly() -> FnResult<String> {
    let (block, other) = (Memory::from_bytes(b"first")?, Memory::from_bytes(b"other")?);
    for offset in [0, 1, block.offset() + 1, other.offset() - 1, 1 << 32, u64::MAX, block.offset(), block.offset()] {
        unsafe { extism::free(offset) };
    }
    Ok(format!("{} {}", unsafe { extism::length(block.offset()) }, other.to_string()?))
}

/// Loads and stores far outside.
#[plugin_fn]
pub fn far_away() -> FnResult<String> {
    let far = [1 << 31, 1 << 32, 1 << 48, u64::MAX - 7, u64::MAX];
    far.iter().for_each(|offset| unsafe {
        extism::store_u8(*offset, 1);
        extism::store_u64(*offset, 1);
    });
    let sum: u64 = far.iter().map(|offset| unsafe { extism::load_u64(*offset) + u64::from(extism::load_u8(*offset)) }).sum();
    Ok(sum.to_string())
}

/// An output or input that is not in the memory is not taken.
#[plugin_fn]
pub fn ranges_far_away() -> FnResult<String> {
    let before = Memory::from_bytes(b"before")?;
    let offset = before.offset();
    before.set_output();
    for (start, length) in [(0, 0), (0, 8), (1 << 40, 8), (offset, 1 << 40)] {
        unsafe { extism::output_set(start, length) };
        unsafe { input_set(start, length) };
    }
    let (output, input) = unsafe { (output_length(), extism::input_length()) };
    let same = unsafe { output_offset() } == offset;
    Ok(format!("{same} {output} {input}"))
}

/// The guest may reset the kernel itself: its input is gone then.
#[plugin_fn]
pub fn reset_itself(text: String) -> FnResult<String> {
    unsafe { reset() };
    Ok(format!("{text} {} {}", unsafe { extism::input_length() }, unsafe { error_get() }))
}

/// How many pages the kernel's memory grows by for so many bytes.
#[plugin_fn]
pub fn kernel_grows(asked: String) -> FnResult<String> {
    let bytes = numbers(&asked)?[0];
    let before = unsafe { memory_bytes() };
    let block = unsafe { extism::alloc(bytes) };
    Ok(format!("{} {}", block > 0, (unsafe { memory_bytes() } - before) / 65536))
}

/// Takes so many bytes of its own memory and keeps them.
#[plugin_fn]
pub fn alloc_memory(asked: String) -> FnResult<String> {
    let bytes = numbers(&asked)?[0] as usize;
    let kept = vec![1u8; bytes].leak();
    Ok(kept.iter().step_by(65536).map(|byte| u64::from(*byte)).sum::<u64>().to_string())
}

/// What its own `memory.grow` says to so many pages.
#[plugin_fn]
pub fn grow(asked: String) -> FnResult<String> {
    let before = std::arch::wasm32::memory_grow::<0>(numbers(&asked)?[0] as usize);
    Ok((before != usize::MAX).to_string())
}
