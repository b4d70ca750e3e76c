//! Counts lines, words and bytes of each file, or of standard input.
use std::io::{self, Read};
use std::process::ExitCode;
use std::{env, fs};

fn main() -> ExitCode {
    let names: Vec<String> = env::args().skip(1).collect();
    let counted = if names.is_empty() { count_input() } else { names.iter().try_for_each(|name| count_file(name)) };
    match counted {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn count_input() -> Result<(), String> {
    let mut text = Vec::new();
    io::stdin().read_to_end(&mut text).map_err(|error| error.to_string())?;
    report("-", &text);
    Ok(())
}

fn count_file(name: &str) -> Result<(), String> {
    let text = fs::read(name).map_err(|error| format!("{name}: {error}"))?;
    report(name, &text);
    Ok(())
}

fn report(name: &str, text: &[u8]) {
    let lines = text.iter().filter(|byte| **byte == b'\n').count();
    let words = text.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty()).count();
    println!("{lines} {words} {} {name}", text.len());
}
