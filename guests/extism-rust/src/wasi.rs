//! What a plug-in can do through preview 1. An export takes the place of the function of libc that has its name, so none has one.
use std::{env, fs, process, thread, time};

use extism_pdk::*;

#[plugin_fn]
pub fn try_read(path: String) -> FnResult<Vec<u8>> {
    Ok(fs::read(path)?)
}

/// Writes `PATH TEXT`, then reads it.
#[plugin_fn]
pub fn try_write(asked: String) -> FnResult<Vec<u8>> {
    let (path, text) = asked.split_once(' ').unwrap_or((&asked, ""));
    fs::write(path, text)?;
    Ok(fs::read(path)?)
}

#[plugin_fn]
pub fn list(path: String) -> FnResult<String> {
    let mut names = fs::read_dir(path)?.map(|entry| Ok(entry?.file_name())).collect::<std::io::Result<Vec<_>>>()?;
    names.sort();
    Ok(names.iter().map(|name| name.to_string_lossy()).collect::<Vec<_>>().join(" "))
}

#[plugin_fn]
pub fn print_both(text: String) -> FnResult<()> {
    println!("{text} out");
    eprintln!("{text} err");
    Ok(())
}

/// Its environment and arguments.
#[plugin_fn]
pub fn surroundings() -> FnResult<String> {
    let variables = env::vars().map(|(name, value)| format!("{name}={value}"));
    Ok(format!("{:?} {:?}", variables.collect::<Vec<_>>(), env::args().collect::<Vec<_>>()))
}

#[plugin_fn]
pub fn sleep_for(milliseconds: String) -> FnResult<String> {
    let before = time::Instant::now();
    thread::sleep(time::Duration::from_millis(milliseconds.trim().parse()?));
    Ok((before.elapsed().as_millis() > 0).to_string())
}

/// Exits in the middle of a call, after it answered.
#[plugin_fn]
pub fn exit_with(code: String) -> FnResult<()> {
    output("answered")?;
    process::exit(code.trim().parse()?)
}

#[plugin_fn]
pub fn do_panic(text: String) -> FnResult<()> {
    panic!("{text}")
}
