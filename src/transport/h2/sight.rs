//! What hyper and h2 see in the frames of a peer and do not tell.
//!
//! Four things: that the peer does not speak HTTP/2 at all; up to which stream one that goes away has taken requests, where the
//! connection dies of something else after that; that a reply begins with 101, which HTTP/2 does not know (RFC 9113, 8.6) and
//! h2 takes for a head that others follow; and that a header block is larger than it may be, which h2 calls by the name of
//! every fault. Of each frame its first bytes are looked at and nothing is kept.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::task::{Context, Poll, ready};

use parking_lot::Mutex;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::sync::Notify;

use super::super::io::Io;

/// What is wrong with the reply of a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// It begins with 101.
    Switching,
    /// A header block of it is larger than it may be.
    Overflow,
}

/// What was seen of a connection.
#[derive(Debug, Default)]
pub(super) struct Sight {
    /// Streams begun by us: the nth has the number 2n + 1.
    begun: AtomicU32,
    speaks_http1: AtomicBool,
    /// One more than the last stream that a GOAWAY names; 0: there was none.
    beyond: AtomicU32,
    faults: Mutex<Vec<(u32, Fault)>>,
    found: Notify,
}

impl Sight {
    /// The number of the next stream. To be called as the requests reach h2, which counts them in that order.
    pub(super) fn begin(&self) -> u32 {
        self.begun.fetch_add(1, Ordering::Relaxed).wrapping_mul(2).wrapping_add(1)
    }

    /// Whether what the peer says begins as HTTP/1 does.
    pub(super) fn speaks_http1(&self) -> bool {
        self.speaks_http1.load(Ordering::Relaxed)
    }

    /// Whether a peer that goes away has said that it may have processed a stream. `None`: it has said nothing.
    pub(super) fn may_have_taken(&self, stream: u32) -> Option<bool> {
        let beyond = self.beyond.load(Ordering::Relaxed);
        (beyond > 0).then_some(stream < beyond)
    }

    pub(super) fn fault(&self, stream: u32) -> Option<Fault> {
        self.faults.lock().iter().find(|(other, _)| *other == stream).map(|(_, fault)| *fault)
    }

    /// Resolves once a reply begins with 101.
    pub(super) async fn switching(&self, stream: impl Fn() -> Option<u32>) {
        loop {
            let mut found = std::pin::pin!(self.found.notified());
            found.as_mut().enable();
            if stream().and_then(|stream| self.fault(stream)) == Some(Fault::Switching) {
                return;
            }
            found.await;
        }
    }

    fn went_away(&self, last: u32) {
        let beyond = last.saturating_add(1);
        let before = self.beyond.load(Ordering::Relaxed);
        if before == 0 || beyond < before {
            self.beyond.store(beyond, Ordering::Relaxed);
        }
    }

    fn found(&self, stream: u32, fault: Fault) {
        let mut faults = self.faults.lock();
        // A peer without measure is ended elsewhere; here it only takes no memory.
        if faults.len() < MOST_FAULTS {
            faults.push((stream, fault));
        }
        drop(faults);
        self.found.notify_waiters();
    }
}

const MOST_FAULTS: usize = 1_024;

/// A connection whose frames are looked at.
#[derive(Debug)]
pub(super) struct Watched {
    io: Io,
    scan: Scan,
    sight: Arc<Sight>,
}

impl Watched {
    pub(super) fn new(io: Io, max_head: u32, sight: Arc<Sight>) -> Self {
        Self { io, scan: Scan::new(max_head), sight }
    }
}

impl AsyncRead for Watched {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let before = buffer.filled().len();
        ready!(Pin::new(&mut this.io).poll_read(cx, buffer))?;
        this.scan.read(buffer.filled().get(before..).unwrap_or_default(), &this.sight);
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Watched {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().io).poll_write(cx, bytes)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().io).poll_write_vectored(cx, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().io).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().io).poll_shutdown(cx)
    }
}

/// Where in the frames the peer's bytes have come to.
#[derive(Debug)]
struct Scan {
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
    fn new(max_block: u32) -> Self {
        Self { seen: [0; SEEN], have: 0, rest: 0, block: 0, max_block, ended: false }
    }

    fn read(&mut self, mut bytes: &[u8], sight: &Sight) {
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
            }
        }
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
            (Some(&GOAWAY), _, [a, b, c, d, _, _, _, _, ..]) if self.stream() == 0 => {
                sight.went_away(u32::from_be_bytes([*a, *b, *c, *d]) & !RESERVED);
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
