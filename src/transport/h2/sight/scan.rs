//! Where in the frames a peer's bytes have come to.

use std::sync::atomic::Ordering;

use super::{Fault, Sight};

/// Where in the frames the peer's bytes have come to.
#[derive(Debug)]
pub(super) struct Scan {
    /// The head of the frame that is being read, and the first bytes of its payload.
    seen: [u8; SEEN],
    have: usize,
    /// Bytes of the frame that are still to come.
    rest: usize,
    /// Bytes of the header block that is being read, and how many it may have.
    block: u32,
    max_block: u32,
    ended: bool,
}

impl Scan {
    pub(super) fn new(max_block: u32) -> Self {
        Self { seen: [0; SEEN], have: 0, rest: 0, block: 0, max_block, ended: false }
    }

    /// How many of the bytes are to be heeded: all, or those up to the end of the frame after which the connection is over.
    pub(super) fn read(&mut self, read: &[u8], sight: &Sight) -> usize {
        let mut bytes = read;
        while !bytes.is_empty() && !self.ended {
            let wanted = if self.have < HEAD { HEAD - self.have } else { self.rest };
            let (part, after) = bytes.split_at(wanted.min(bytes.len()));
            bytes = after;
            let room = self.seen.get_mut(self.have..).unwrap_or_default();
            let kept = room.len().min(part.len());
            room.iter_mut().zip(part).for_each(|(to, from)| *to = *from);
            let is_head = self.have < HEAD;
            self.have += kept;
            if !is_head {
                self.rest -= part.len();
            } else if self.have == HEAD {
                self.begin(sight);
            }
            if self.have >= HEAD && self.rest == 0 {
                self.end(sight);
                self.have = 0;
                if sight.over().is_some() {
                    return read.len() - bytes.len();
                }
            }
        }
        read.len()
    }

    fn begin(&mut self, sight: &Sight) {
        if self.seen.starts_with(b"HTTP/") {
            sight.speaks_http1.store(true, Ordering::Relaxed);
            self.ended = true;
            return;
        }
        let [a, b, c, kind, flags, ..] = self.seen;
        let length = u32::from_be_bytes([0, a, b, c]);
        self.rest = length as usize;
        if kind == HEADERS || kind == CONTINUATION {
            let before = if kind == HEADERS { 0 } else { self.block };
            self.block = before.saturating_add(length);
            if before <= self.max_block && self.block > self.max_block {
                sight.found(self.stream(), Fault::Overflow);
            }
            if flags & END_HEADERS != 0 {
                self.block = 0;
            }
        }
    }

    /// All of a frame has been seen, or as much of it as is looked at.
    fn end(&mut self, sight: &Sight) {
        let (head, payload) = self.seen.get(..self.have).unwrap_or_default().split_at(HEAD);
        match (head.get(3), head.get(4), payload) {
            // One that is too short or of a stream is none: h2 ends the connection for it.
            (Some(&GOAWAY), _, payload) if self.stream() == 0 => {
                if let ([last, why, ..], _) = payload.as_chunks() {
                    sight.went_away(u32::from_be_bytes(*last) & !RESERVED, u32::from_be_bytes(*why).into());
                }
            }
            (Some(&HEADERS), Some(flags), block) if says_101(*flags, block) => {
                sight.found(self.stream(), Fault::Switching);
            }
            _ => {}
        }
    }

    fn stream(&self) -> u32 {
        let [_, _, _, _, _, a, b, c, d, ..] = self.seen;
        u32::from_be_bytes([a, b, c, d]) & !RESERVED
    }
}

/// Whether a header block begins with the status 101, which stands in no static table and so is written out (RFC 7541, 6.2), at
/// least the first time.
fn says_101(flags: u8, mut block: &[u8]) -> bool {
    let padding = usize::from(flags & PADDED != 0);
    let priority = if flags & PRIORITY != 0 { 5 } else { 0 };
    block = block.get(padding + priority..).unwrap_or_default();
    // Changes of the table's size come first.
    while let [size, rest @ ..] = block
        && size & 0xe0 == 0x20
    {
        let more = if size & 0x1f == 0x1f {
            rest.iter().take_while(|byte| **byte & 0x80 != 0).count() + 1
        } else {
            0
        };
        block = rest.get(more..).unwrap_or_default();
    }
    let [field, value @ ..] = block else { return false };
    // `:status`, by its index or in full, with or without a place in the dynamic table.
    let value = match (field & 0xf0, field & 0x0f) {
        (0x40 | 0x00 | 0x10, 8..15) => Some(value),
        (0x40 | 0x00 | 0x10, 0) => value.strip_prefix(b"\x07:status"),
        _ => None,
    };
    value.is_some_and(|value| value.starts_with(b"\x03101") || value.starts_with(HUFFMAN_101))
}

const HUFFMAN_101: &[u8] = &[0x82, 0x08, 0x03];
const HEAD: usize = 9;
/// The head of a frame, and of its payload what the longest beginning takes: padding, priority, sizes of the table, a status.
const SEEN: usize = HEAD + 24;
const HEADERS: u8 = 1;
const GOAWAY: u8 = 7;
const CONTINUATION: u8 = 9;
const END_HEADERS: u8 = 4;
const PADDED: u8 = 8;
const PRIORITY: u8 = 32;
/// The bit of a stream's number that says nothing.
const RESERVED: u32 = 1 << 31;
