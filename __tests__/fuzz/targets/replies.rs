//! Whatever a server sends for a reply, the next request gets its own.
//!
//! The whole engine runs: pool, hyper, relay and decompression. The first connection of an input says
//! what the fuzzer wants; every later one, and the first if it is used again, answers as it should.
#![no_main]

#[path = "../stage.rs"]
mod stage;

use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::sync::{Mutex, OnceLock, mpsc};

use http::Method;
use libfuzzer_sys::fuzz_target;

use rag_connection_pool::key::Speaks;
use stage::{PATIENCE, Script, Stage};

const SECOND: &[u8] = b"HTTP/1.1 299 Second\r\nContent-Length: 6\r\n\r\nsecond";

fuzz_target!(|bytes: &[u8]| {
    static STAGE: OnceLock<Mutex<Stage>> = OnceLock::new();
    let [choice, said @ ..] = bytes else { return };
    let stage = STAGE.get_or_init(|| Mutex::new(Stage::new(Speaks::Http1, serve))).lock().unwrap();
    let pieces = 1 + usize::from(choice >> 1 & 3);
    let method = [Method::GET, Method::HEAD, Method::POST, Method::GET][usize::from(choice >> 3 & 3)].clone();
    let closes = choice & 1 == 1;
    stage.play(Script { said: said.to_vec(), pieces, closes, ..Script::default() }, method);
});

/// Reads a head, says what is to be said, and answers what comes after it.
fn serve(mut stream: UnixStream, script: Option<Script>, written: &mpsc::Sender<()>) {
    if let Some(script) = script {
        let goes_on = read_head(&mut stream) && script.say(&mut stream);
        drop(written.send(()));
        if !goes_on {
            return;
        }
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
    }
    while read_head(&mut stream) {
        if stream.write_all(SECOND).is_err() {
            return;
        }
    }
}

fn read_head(stream: &mut UnixStream) -> bool {
    let (mut head, mut byte) = (Vec::new(), [0]);
    while !head.ends_with(b"\r\n\r\n") {
        match stream.read(&mut byte) {
            Ok(1) => head.push(byte[0]),
            _ => return false,
        }
    }
    true
}
