//! A command that says what it was granted; the first argument is the verb.
use std::io::{self, Read, Write};
use std::{env, fs, process};

fn main() {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match run(&words) {
        Ok(code) => process::exit(code),
        Err(refused) => {
            eprintln!("{refused}");
            process::exit(1);
        }
    }
}

fn run(words: &[&str]) -> io::Result<i32> {
    match words {
        ["env"] => env::vars().for_each(|(name, value)| println!("{name}={value}")),
        ["stdin"] => {
            let mut text = Vec::new();
            io::stdin().read_to_end(&mut text)?;
            io::stdout().write_all(&text)?;
        }
        ["read", path] => io::stdout().write_all(&fs::read(path)?)?,
        ["write", path, text] => fs::write(path, text)?,
        ["list", path] => {
            let mut names = fs::read_dir(path)?.map(|entry| Ok(entry?.file_name())).collect::<io::Result<Vec<_>>>()?;
            names.sort();
            names.iter().for_each(|name| println!("{}", name.display()));
        }
        ["exit", code] => return Ok(code.parse().unwrap_or(2)),
        ["panic"] => panic!("as asked"),
        ["burn"] => loop {
            std::hint::spin_loop();
        },
        others => others.iter().for_each(|word| println!("{word}")),
    }
    Ok(0)
}
