//! Batches of submission records, as the I/O thread reads them: whoever asks is answered to the end, once, and nobody else.
#![no_main]

use std::collections::{HashMap, HashSet};
use std::sync::OnceLock;

use libfuzzer_sys::fuzz_target;
use rag_connection_pool::fuzzing::Submissions;

/// Between two batches of one input.
const SEAM: &[u8] = b"~~~~";

/// Words before a record's payload.
const HEADER: usize = 6;
/// The words of the header; the length counts the header's bytes too.
const KIND: usize = 0;
const HANDLE: usize = 1;
const LENGTH: usize = 2;
const FIRST: usize = 3;

// Of what JavaScript says.
const REQUEST: u32 = 1;
const ORIGIN: u32 = 6;
const FORGET: u32 = 7;
const PRECONNECT: u32 = 8;
const CLOSE: u32 = 9;
/// The pool's number.
const POOL: u32 = 1;
/// A request's flag: its body follows.
const STREAMED: u32 = 4;

// Of what it is told.
const FAIL: u32 = 7;
const ROOM: u32 = 8;
const CLOSED: u32 = 19;

/// What was asked under one handle, by however many records.
#[derive(Debug, Default)]
struct Asked {
    requests: usize,
    preconnects: usize,
    /// Requests whose body may be given room.
    streams: usize,
}

fuzz_target!(|bytes: &[u8]| {
    static RING: OnceLock<Submissions> = OnceLock::new();
    let ring = RING.get_or_init(|| Submissions::new().expect("an engine"));
    let batches = batches(bytes);
    let asked = read(&batches);
    let answers = ring.serve(batches);
    let mut told: HashMap<u32, Vec<u32>> = HashMap::new();
    for (handle, kind) in answers.records {
        told.entry(handle).or_default().push(kind);
    }
    for (handle, kinds) in &told {
        let asked =
            asked.get(handle).unwrap_or_else(|| panic!("{handle} never asked, and is told {kinds:?}"));
        hold(*handle, asked, kinds);
    }
    for handle in asked.keys() {
        assert!(told.contains_key(handle), "{handle} is never answered");
    }
    let requests: usize = asked.values().map(|asked| asked.requests).sum();
    assert_eq!(answers.settled, requests, "the process is held open too long, or not long enough");
});

/// Nobody can be reached: every request fails, once. Connections ahead fail too, or none were wanted.
fn hold(handle: u32, asked: &Asked, kinds: &[u32]) {
    let count = |wanted: u32| kinds.iter().filter(|kind| **kind == wanted).count();
    let (failed, closed, rooms) = (count(FAIL), count(CLOSED), count(ROOM));
    assert_eq!(failed + closed + rooms, kinds.len(), "{handle} is told what it never asked for: {kinds:?}");
    assert_eq!(failed + closed, asked.requests + asked.preconnects, "{handle}: {asked:?} end as {kinds:?}");
    assert!(closed <= asked.preconnects, "{handle}: a request that failed ends without a word: {kinds:?}");
    assert!(rooms <= asked.streams, "{handle}: room for a body that nobody sends: {asked:?}, {kinds:?}");
    assert_ne!(kinds.last(), Some(&ROOM), "{handle} is told something behind its end: {kinds:?}");
}

fn batches(mut rest: &[u8]) -> Vec<&[u8]> {
    let mut batches = Vec::new();
    while let Some(at) = rest.windows(SEAM.len()).position(|window| window == SEAM) {
        batches.push(&rest[..at]);
        rest = &rest[at + SEAM.len()..];
    }
    batches.push(rest);
    batches
}

/// What is asked by the layout alone. A request to an origin that was never named, or whose pool is closed, is refused.
fn read(batches: &[&[u8]]) -> HashMap<u32, Asked> {
    let mut asked: HashMap<u32, Asked> = HashMap::new();
    let (mut named, mut closed) = (HashSet::new(), false);
    for record in batches.iter().flat_map(|batch| records(batch)) {
        let (handle, first) = (record[HANDLE], record[FIRST]);
        match record[KIND] {
            REQUEST => {
                let asked = asked.entry(handle).or_default();
                asked.requests += 1;
                let is_streamed = record.get(HEADER).is_some_and(|flags| flags & STREAMED != 0);
                asked.streams += usize::from(is_streamed && !closed && named.contains(&first));
            }
            PRECONNECT => asked.entry(handle).or_default().preconnects += 1,
            ORIGIN if first == POOL => {
                named.insert(handle);
            }
            FORGET => {
                named.remove(&handle);
            }
            CLOSE if handle == POOL => closed = true,
            _ => {}
        }
    }
    asked
}

/// The records of a batch in words, up to the first that does not fit.
fn records(batch: &[u8]) -> Vec<Vec<u32>> {
    let words: Vec<_> =
        batch.chunks_exact(4).map(|word| u32::from_ne_bytes(word.try_into().unwrap())).collect();
    let (mut rest, mut records) = (&words[..], Vec::new());
    while let Some(length) = rest.get(LENGTH).map(|length| *length as usize) {
        if !length.is_multiple_of(4) || length / 4 < HEADER || length / 4 > rest.len() {
            break;
        }
        let (record, behind) = rest.split_at(length / 4);
        records.push(record.to_vec());
        rest = behind;
    }
    records
}
