//! Where in the frames a peer's bytes have come to.

use std::collections::BTreeSet;
use std::sync::atomic::Ordering;

use h2::Reason;

use super::fields::{Status, Table};
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
    /// What has come of the header block that is being read, of which h2 takes no more than so many frames; how many bytes it
    /// has, and how many it may have.
    block: Vec<u8>,
    size: u32,
    max_size: u32,
    /// Whether it is the last of its stream.
    is_last: bool,
    table: Table,
    headed: Headed,
    /// Frames since the last that brought a request on.
    fruitless: u32,
    ended: bool,
    /// Streams that are over by what was read last, and whether by their own end.
    pub(super) closed: Vec<(u32, bool)>,
}

impl Scan {
    /// Header blocks of more than `max_size` bytes are found to be too large.
    pub(super) fn new(max_size: u32) -> Self {
        Self {
            head: [0; HEAD],
            have: 0,
            rest: 0,
            payload: Vec::new(),
            block: Vec::new(),
            size: 0,
            max_size,
            is_last: false,
            table: Table::new(),
            headed: Headed::default(),
            fruitless: 0,
            ended: false,
            closed: Vec::new(),
        }
    }

    /// How many of the bytes are to be heeded: all, or those before the frame with which the connection is over. h2 would wait
    /// until it can answer that; but a GOAWAY, which also says what may be sent again, it must see.
    pub(super) fn read(&mut self, read: &[u8], sight: &Sight) -> usize {
        let mut bytes = read;
        let mut heeded = 0;
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
                let [_, _, _, kind, flags, ..] = self.head;
                let ends_block = matches!(kind, HEADERS | CONTINUATION) && flags & END_HEADERS != 0;
                let is_end = (kind == DATA && flags & END_STREAM != 0) || (ends_block && self.is_last);
                if is_end || kind == RST_STREAM {
                    self.closed.push((self.stream(), is_end));
                }
                let is_over = sight.over().is_some();
                if kind == GOAWAY || !is_over {
                    heeded = read.len() - bytes.len();
                }
                if is_over {
                    return heeded;
                }
            }
        }
        read.len()
    }

    fn begin(&mut self, part: &[u8], sight: &Sight) {
        if let Some(head) = part.first_chunk() {
            self.head = *head;
        } else {
            let room = self.head.get_mut(self.have..).unwrap_or_default();
            room.iter_mut().zip(part).for_each(|(to, from)| *to = *from);
        }
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
            let before = if kind == HEADERS { 0 } else { self.size };
            self.size = before.saturating_add(length);
            if before <= self.max_size && self.size > self.max_size {
                sight.found(self.stream(), Fault::Overflow);
            }
        }
        self.count(kind == DATA && length > 0, sight);
        let is_end = (kind == DATA && flags & END_STREAM != 0) || kind == RST_STREAM;
        if is_end {
            self.headed.ended(self.stream());
        }
        if self.rest == 0 {
            self.go_on(&[], sight);
        }
    }

    fn go_on(&mut self, part: &[u8], sight: &Sight) {
        self.rest -= part.len();
        let [_, _, _, kind, ..] = self.head;
        if !matches!(kind, HEADERS | CONTINUATION | SETTINGS | GOAWAY) {
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
                if let (settings, []) = payload.as_chunks() {
                    heed(settings, sight);
                }
            }
            HEADERS => {
                self.is_last = flags & END_STREAM != 0;
                self.fragment(unpadded(flags, payload), sight);
            }
            CONTINUATION => self.fragment(payload, sight),
            _ => {}
        }
    }

    fn fragment(&mut self, fragment: &[u8], sight: &Sight) {
        let [_, _, _, _, flags, ..] = self.head;
        let is_whole = flags & END_HEADERS != 0;
        if is_whole && self.block.is_empty() {
            return self.judge(fragment, sight);
        }
        self.block.extend_from_slice(fragment);
        if is_whole {
            let block = std::mem::take(&mut self.block);
            self.judge(&block, sight);
        }
    }

    fn judge(&mut self, block: &[u8], sight: &Sight) {
        let stream = self.stream();
        let pseudo = self.table.read(block);
        let is_head = !self.headed.has(stream);
        let fault = match (is_head, pseudo.status, pseudo.foreign) {
            (true, Some(Status::Switching), _) => Some(Fault::Switching),
            (true, _, true) => Some(Fault::Malformed),
            (false, Some(_), _) | (false, _, true) => Some(Fault::Trailers),
            (_, _, false) => None,
        };
        if let Some(fault) = fault {
            sight.found(stream, fault);
        }
        if pseudo.status == Some(Status::Final) {
            self.count(true, sight);
        }
        if self.is_last {
            self.headed.ended(stream);
        } else if pseudo.status == Some(Status::Final) {
            self.headed.began(stream);
        }
    }

    /// A peer may say what leads to nothing as often as it likes, as long as something else happens at times.
    fn count(&mut self, is_fruit: bool, sight: &Sight) {
        self.fruitless = if is_fruit { 0 } else { self.fruitless.saturating_add(1) };
        if self.fruitless > MOST_FRUITLESS {
            self.fruitless = 0;
            if !sight.moved.swap(false, Ordering::Relaxed) {
                sight.end(Reason::ENHANCE_YOUR_CALM);
            }
        }
    }

    fn stream(&self) -> u32 {
        let [_, _, _, _, _, stream @ ..] = self.head;
        u32::from_be_bytes(stream) & !RESERVED
    }
}

/// Streams of whose reply the head has come and the end has not.
#[derive(Debug, Default)]
struct Headed {
    /// 0: none. Most replies end before another begins.
    newest: u32,
    others: BTreeSet<u32>,
}

impl Headed {
    fn has(&self, stream: u32) -> bool {
        self.newest == stream || self.others.contains(&stream)
    }

    fn began(&mut self, stream: u32) {
        let before = std::mem::replace(&mut self.newest, stream);
        if before != 0 {
            self.others.insert(before);
        }
        // Those that we have cancelled may have no end.
        if self.others.len() > MOST_HEADED {
            self.others.pop_first();
        }
    }

    fn ended(&mut self, stream: u32) {
        if self.newest == stream {
            self.newest = 0;
        } else {
            self.others.remove(&stream);
        }
    }
}

/// What h2 passes over in a peer's settings.
fn heed(settings: &[[u8; 6]], sight: &Sight) {
    if settings.contains(&MAY_PUSH) {
        sight.end(Reason::PROTOCOL_ERROR);
    }
    for setting in settings {
        if let [0, MAX_HEADER_LIST_SIZE, size @ ..] = setting {
            sight.max_request.store(u32::from_be_bytes(*size), Ordering::Relaxed);
        }
    }
}

/// The fragment of a header block in a frame (RFC 9113, 6.2).
fn unpadded(flags: u8, payload: &[u8]) -> &[u8] {
    let (padding, rest) = match payload {
        [padding, rest @ ..] if flags & PADDED != 0 => (usize::from(*padding), rest),
        _ => (0, payload),
    };
    let priority = if flags & PRIORITY != 0 { 5 } else { 0 };
    let end = rest.len().saturating_sub(padding);
    rest.get(priority..end).unwrap_or_default()
}

const HEAD: usize = 9;
const DATA: u8 = 0;
const HEADERS: u8 = 1;
const RST_STREAM: u8 = 3;
const SETTINGS: u8 = 4;
const GOAWAY: u8 = 7;
const CONTINUATION: u8 = 9;
const ACK: u8 = 1;
const END_STREAM: u8 = 1;
const END_HEADERS: u8 = 4;
const PADDED: u8 = 8;
const PRIORITY: u8 = 32;
/// The bit of a stream's number that says nothing.
const RESERVED: u32 = 1 << 31;
/// `SETTINGS_ENABLE_PUSH` of 1. No server may say so (RFC 9113, 6.5.2); h2 minds only what is neither 0 nor 1.
const MAY_PUSH: [u8; 6] = [0, 2, 0, 0, 0, 1];
/// How large a request's head may be.
const MAX_HEADER_LIST_SIZE: u8 = 6;
const MOST_HEADED: usize = 1_024;
/// A server that sends a PING each second while it thinks comes to so many after a day.
const MOST_FRUITLESS: u32 = 100_000;
