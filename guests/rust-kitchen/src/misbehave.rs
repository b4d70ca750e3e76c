//! What a bad or broken guest does.
use crate::reply::Reply;
use wasip2::http::types::{ErrorCode, ResponseOutparam};

pub fn or_not_found(path: &str, outparam: ResponseOutparam) {
    match path {
        "/spin" => spin(),
        "/memory" => fill_memory(),
        "/panic" => panic!("as asked"),
        "/recurse" => drop(recurse(1)),
        "/error" => ResponseOutparam::set(outparam, Err(ErrorCode::InternalError(Some("as asked".into())))),
        "/silent" => drop(outparam),
        "/exit" => std::process::exit(3),
        "/abort" => {
            let mut reply = Reply::start(outparam, 200);
            reply.write(b"the beginning");
            panic!("after the headers");
        }
        "/late-abort" => {
            let mut reply = Reply::start(outparam, 200);
            reply.write(b"the beginning");
            let begun = std::time::Instant::now();
            while begun.elapsed().as_millis() < 30 {
                std::hint::spin_loop();
            }
            panic!("long after the headers");
        }
        "/flood" => loop {
            println!("{}", "words ".repeat(100));
        },
        "/endless" => {
            let mut reply = Reply::start(outparam, 200);
            loop {
                reply.write(&[b'x'; 4096]);
            }
        }
        _ => Reply::start(outparam, 404).finish_text("no such path\n"),
    }
}

fn spin() {
    loop {
        std::hint::spin_loop();
    }
}

fn fill_memory() {
    let mut kept: Vec<Vec<u8>> = Vec::new();
    loop {
        kept.push(std::hint::black_box(vec![1; 1 << 20]));
    }
}

#[inline(never)]
#[expect(unconditional_recursion)]
fn recurse(depth: u64) -> u64 {
    let frame = std::hint::black_box([depth; 64]);
    recurse(depth + 1) + frame[(depth % 64) as usize]
}
