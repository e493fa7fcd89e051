//! Where in the frames a peer's bytes have come to.

use std::sync::atomic::Ordering;

use h2::Reason;

use super::{Fault, Sight};

/// Walks over frames.
#[derive(Debug)]
pub(super) struct Scan {
    /// The head of the frame that is being read, or as much of it as has come.
    head: [u8; HEAD],
    have: usize,
    /// Bytes of the frame that are still to come.
    rest: usize,
    /// Of a frame whose payload is looked at, what came before the last read.
    payload: Vec<u8>,
    /// Bytes of the header block that is being read, and how many it may have.
    block: u32,
    max_block: u32,
    ended: bool,
}

impl Scan {
    pub(super) fn new(max_block: u32) -> Self {
        let (head, payload) = ([0; HEAD], Vec::new());
        Self { head, have: 0, rest: 0, payload, block: 0, max_block, ended: false }
    }

    /// How many of the bytes are to be heeded: all, or those up to the end of the frame after which the connection is over.
    pub(super) fn read(&mut self, read: &[u8], sight: &Sight) -> usize {
        let mut bytes = read;
        while !bytes.is_empty() && !self.ended {
            let is_head = self.have < HEAD;
            let wanted = if is_head { HEAD - self.have } else { self.rest };
            let (part, after) = bytes.split_at(wanted.min(bytes.len()));
            bytes = after;
            if is_head {
                self.begin(part, sight);
            } else {
                self.go_on(part, sight);
            }
            if self.have == HEAD && self.rest == 0 {
                self.have = 0;
                if sight.over().is_some() {
                    return read.len() - bytes.len();
                }
            }
        }
        read.len()
    }

    fn begin(&mut self, part: &[u8], sight: &Sight) {
        let room = self.head.get_mut(self.have..).unwrap_or_default();
        room.iter_mut().zip(part).for_each(|(to, from)| *to = *from);
        self.have += part.len();
        if self.have < HEAD {
            return;
        }
        if self.head.starts_with(b"HTTP/") {
            sight.speaks_http1.store(true, Ordering::Relaxed);
            self.ended = true;
            return;
        }
        let [a, b, c, kind, flags, ..] = self.head;
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

    fn go_on(&mut self, part: &[u8], sight: &Sight) {
        self.rest -= part.len();
        let [_, _, _, kind, ..] = self.head;
        if !matches!(kind, HEADERS | SETTINGS | GOAWAY) {
            return;
        }
        if self.rest == 0 && self.payload.is_empty() {
            return self.end(part, sight);
        }
        self.payload.extend_from_slice(part);
        if self.rest == 0 {
            let payload = std::mem::take(&mut self.payload);
            self.end(&payload, sight);
        }
    }

    /// All of a frame's payload is there. One that is too short, or of a stream where it may not be, is none: h2 ends the
    /// connection for it.
    fn end(&mut self, payload: &[u8], sight: &Sight) {
        let [_, _, _, kind, flags, ..] = self.head;
        match kind {
            GOAWAY if self.stream() == 0 => {
                if let ([last, why, ..], _) = payload.as_chunks() {
                    sight.went_away(u32::from_be_bytes(*last) & !RESERVED, u32::from_be_bytes(*why).into());
                }
            }
            SETTINGS if self.stream() == 0 && flags & ACK == 0 => {
                if let (settings, []) = payload.as_chunks()
                    && settings.contains(&MAY_PUSH)
                {
                    sight.end(Reason::PROTOCOL_ERROR);
                }
            }
            HEADERS if says_101(flags, payload) => sight.found(self.stream(), Fault::Switching),
            _ => {}
        }
    }

    fn stream(&self) -> u32 {
        let [_, _, _, _, _, stream @ ..] = self.head;
        u32::from_be_bytes(stream) & !RESERVED
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
const HEADERS: u8 = 1;
const SETTINGS: u8 = 4;
const GOAWAY: u8 = 7;
const CONTINUATION: u8 = 9;
const ACK: u8 = 1;
const END_HEADERS: u8 = 4;
const PADDED: u8 = 8;
const PRIORITY: u8 = 32;
/// The bit of a stream's number that says nothing.
const RESERVED: u32 = 1 << 31;
/// `SETTINGS_ENABLE_PUSH` of 1. No server may say so (RFC 9113, 6.5.2); h2 minds only what is neither 0 nor 1.
const MAY_PUSH: [u8; 6] = [0, 2, 0, 0, 0, 1];
