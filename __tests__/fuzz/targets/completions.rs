//! Bodies of server-sent events over slabs of every size: wherever they are cut, they arrive whole and in order.
#![no_main]

use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;
use rag_connection_pool::fuzzing::{Body, Crossing};

#[derive(Arbitrary, Debug)]
struct Input {
    slab: u16,
    streams: Vec<Stream>,
}

#[derive(Arbitrary, Debug)]
struct Stream {
    head: Vec<u8>,
    pieces: Vec<(Vec<u8>, u8)>,
}

/// No record is smaller, and some payload must fit.
const LEAST: usize = 32;

fuzz_target!(|input: Input| {
    let slab = LEAST.max(input.slab.into()) & !3;
    let bodies: Vec<_> = input.streams.iter().take(8).map(body).collect();
    let crossing = Crossing::carry(&bodies, slab);
    for (handle, body) in (0..).zip(&bodies) {
        let (head, arrived) = crossing.arrived.get(&handle).expect("a stream got lost");
        assert_eq!(head, &body.head);
        assert_eq!(arrived, &body.pieces.concat());
    }
});

/// A piece and how often it comes, so that bodies grow past the slab and past what is read in bulk.
fn body(stream: &Stream) -> Body {
    let pieces = stream.pieces.iter().take(16).map(|(bytes, times)| bytes.repeat(usize::from(*times) + 1));
    Body { head: stream.head.clone(), pieces: pieces.collect() }
}
