//! Whatever frames a server of HTTP/2 sends, the next request gets its own reply.
//!
//! The whole engine runs, by prior knowledge. The first connection of an input says what the fuzzer wants as soon as it has a
//! request; every later one answers as it should.
#![no_main]

#[path = "../stage.rs"]
mod stage;

use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::sync::{Mutex, OnceLock, mpsc};

use http::Method;
use libfuzzer_sys::fuzz_target;
use rag_connection_pool::key::Speaks;

use stage::{BODY, PATIENCE, Script, Stage};

/// What a client begins with (RFC 9113, 3.4).
const PREFACE: usize = 24;
const DATA: u8 = 0;
const HEADERS: u8 = 1;
const SETTINGS: u8 = 4;
const PING: u8 = 6;
const ACK: u8 = 1;
const END_STREAM: u8 = 1;
const END_HEADERS: u8 = 4;
/// `:status: 299`, named by the static table and not indexed (RFC 7541, 6.2.2).
const STATUS_FIELD: &[u8] = &[8, 3, b'2', b'9', b'9'];

fuzz_target!(|bytes: &[u8]| {
    static STAGE: OnceLock<Mutex<Stage>> = OnceLock::new();
    let [choice, said @ ..] = bytes else { return };
    let stage = STAGE.get_or_init(|| Mutex::new(Stage::new(Speaks::Http2, serve))).lock().unwrap();
    let pieces = 1 + usize::from(choice >> 1 & 3);
    let method = [Method::GET, Method::HEAD, Method::POST, Method::GET][usize::from(choice >> 3 & 3)].clone();
    // The client asks for nothing before it has the server's settings.
    let plain = (frame(SETTINGS, 0, 0, &[]), said.to_vec());
    let (greeting, said) = if choice >> 5 & 1 == 1 { (said.to_vec(), Vec::new()) } else { plain };
    stage.play(Script { greeting, said, pieces, closes: choice & 1 == 1 }, method);
});

/// Waits for a request, says what is to be said and goes; or answers whatever comes.
fn serve(mut stream: UnixStream, script: Option<Script>, written: &mpsc::Sender<()>) {
    let mut preface = [0; PREFACE];
    let is_greeted = stream.read_exact(&mut preface).is_ok();
    let Some(script) = script else {
        if is_greeted && stream.write_all(&frame(SETTINGS, 0, 0, &[])).is_ok() {
            answer_all(&mut stream);
        }
        return;
    };
    let is_met = is_greeted && stream.write_all(&script.greeting).is_ok();
    if script.said.is_empty() {
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
    }
    let mut frames = std::iter::from_fn(|| read_frame(&mut stream));
    let is_asked = is_met && frames.any(|(kind, ..)| kind == HEADERS);
    let is_said = is_asked && script.say(&mut stream);
    drop(written.send(()));
    if is_said {
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        while read_frame(&mut stream).is_some() {}
    }
}

fn answer_all(stream: &mut UnixStream) {
    while let Some((kind, flags, number, payload)) = read_frame(stream) {
        let said = match kind {
            SETTINGS if flags & ACK == 0 => frame(SETTINGS, ACK, 0, &[]),
            PING if flags & ACK == 0 => frame(PING, ACK, 0, &payload),
            HEADERS => {
                [frame(HEADERS, END_HEADERS, number, STATUS_FIELD), frame(DATA, END_STREAM, number, BODY)]
                    .concat()
            }
            _ => continue,
        };
        if stream.write_all(&said).is_err() {
            return;
        }
    }
}

fn frame(kind: u8, flags: u8, number: u32, payload: &[u8]) -> Vec<u8> {
    let [_, length @ ..] = u32::try_from(payload.len()).unwrap().to_be_bytes();
    [&length[..], &[kind, flags], &number.to_be_bytes(), payload].concat()
}

/// The next frame: its type, flags, stream and payload; none at the end.
fn read_frame(stream: &mut UnixStream) -> Option<(u8, u8, u32, Vec<u8>)> {
    let mut head = [0; 9];
    stream.read_exact(&mut head).ok()?;
    let [a, b, c, kind, flags, number @ ..] = head;
    let mut payload = vec![0; usize::try_from(u32::from_be_bytes([0, a, b, c])).ok()?];
    stream.read_exact(&mut payload).ok()?;
    Some((kind, flags, u32::from_be_bytes(number) & 0x7fff_ffff, payload))
}
