//! Batches of submission records, as the I/O thread reads them.
#![no_main]

use std::sync::OnceLock;

use libfuzzer_sys::fuzz_target;
use rag_connection_pool::fuzzing::Submissions;

/// Between two batches of one input.
const SEAM: &[u8] = b"~~~~";

fuzz_target!(|bytes: &[u8]| {
    static RING: OnceLock<Submissions> = OnceLock::new();
    let ring = RING.get_or_init(|| Submissions::new().expect("an engine"));
    let mut batches = Vec::new();
    let mut rest = bytes;
    while let Some(at) = rest.windows(SEAM.len()).position(|window| window == SEAM) {
        batches.push(&rest[..at]);
        rest = &rest[at + SEAM.len()..];
    }
    batches.push(rest);
    let sent = ring.serve(batches.iter().copied());
    // A request has 24 bytes at least, and one final record at most.
    assert!(sent <= bytes.len() / 24, "more requests were answered than were submitted");
});
