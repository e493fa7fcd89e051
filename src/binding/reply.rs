//! A reply on its way to JavaScript: dispatch's calls as completions of the ring.

use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::HeaderMap;

use crate::dispatch::clock::now;
use crate::dispatch::{Head, Reply, Settled};
use crate::error::{Error, Kind, Phase};

use super::failure::describe;
use super::ring::{Completion, Ring};
use super::stream::Stream;

/// The head of a reply as JavaScript reads it: `reason\nname\nvalue…`, latin1.
#[derive(Debug)]
pub(super) struct Block {
    pub(super) status: u16,
    pub(super) text: Bytes,
}

/// The consumer of one handle's reply. Dropped before its final record, by an abort or a panic, it sends one,
/// so that JavaScript never waits for a handle that nobody serves.
#[derive(Debug)]
pub(super) struct RingReply {
    ring: Arc<Ring>,
    stream: Arc<Stream>,
    settled: bool,
}

impl RingReply {
    pub(super) fn new(ring: Arc<Ring>, stream: Arc<Stream>) -> Self {
        super::linger::begun();
        Self { ring, stream, settled: false }
    }

    fn settle(&mut self, completion: Completion) {
        self.settled = true;
        // Before it waits: what is in flight and what waits are held against each other.
        super::linger::settled();
        self.stream.tell_last(|| self.ring.push(completion));
    }
}

impl Reply for RingReply {
    fn whole(&mut self, head: Head, body: Bytes, settled: Settled) {
        let ascii = body.is_ascii();
        let mut text = text(&head, body.len());
        let length = text.len();
        let body = if body.len() <= MOST_PACKED {
            text.extend_from_slice(&body);
            Bytes::new()
        } else {
            body
        };
        let block = Block { status: head.status.as_u16(), text: text.into() };
        self.settle(Completion::Reply {
            handle: self.stream.handle,
            block,
            head: length,
            body,
            ascii,
            settled,
        });
    }

    fn head(&mut self, head: Head) {
        self.ring.push(Completion::Head { handle: self.stream.handle, head: block(&head) });
    }

    fn poll_room(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        self.stream.poll_room(cx, now)
    }

    fn overflow(&mut self) -> bool {
        self.stream.overflow()
    }

    fn poll_dumped(&mut self, cx: &mut Context<'_>) -> Poll<bool> {
        self.stream.poll_discarding(cx)
    }

    fn data(&mut self, bytes: Bytes) {
        self.ring.push_data(&self.stream, bytes, 1);
    }

    fn end(&mut self, trailers: Option<HeaderMap>, settled: Settled) {
        let trailers = trailers.map(|fields| lines(&fields, Vec::new())).unwrap_or_default();
        self.settle(Completion::End { handle: self.stream.handle, trailers, settled });
    }

    fn fail(&mut self, error: Error) {
        let handle = self.stream.handle;
        self.settle(Completion::Fail { handle, text: describe(&error) });
    }
}

impl Drop for RingReply {
    fn drop(&mut self) {
        if !self.settled {
            self.fail(given_up());
        }
    }
}

/// What a request that is given up comes to, whether or not it has begun.
pub(super) fn given_up() -> Error {
    Error::new(Kind::Aborted, Phase::Queue, "the request was given up")
}

/// Who waits for connections that are opened ahead. He holds the process open himself, as long as he sees fit, so that this is
/// counted as no request. Dropped, it tells of a fault.
#[derive(Debug)]
pub(super) struct Ahead {
    ring: Arc<Ring>,
    handle: u32,
    told: bool,
}

impl Ahead {
    pub(super) fn new(ring: Arc<Ring>, handle: u32) -> Self {
        Self { ring, handle, told: false }
    }

    pub(super) fn tell(mut self, outcome: &Result<(), Error>) {
        self.settle(outcome);
    }

    fn settle(&mut self, outcome: &Result<(), Error>) {
        self.told = true;
        let failure = outcome.as_ref().err().map(describe);
        self.ring.push(Completion::Ahead { handle: self.handle, failure });
    }
}

impl Drop for Ahead {
    fn drop(&mut self) {
        if !self.told {
            self.settle(&Err(Error::new(Kind::Internal, Phase::Queue, "the engine lost those who waited")));
        }
    }
}

fn block(head: &Head) -> Block {
    Block { status: head.status.as_u16(), text: text(head, 0).into() }
}

/// The head as text, with room for so many bytes behind it, if that are few.
fn text(head: &Head, room: usize) -> Vec<u8> {
    let reason = match &head.reason {
        Some(reason) => reason.as_ref(),
        None => head.status.canonical_reason().unwrap_or("").as_bytes(),
    };
    let mut text = Vec::with_capacity(if room <= MOST_PACKED { HEAD_GUESS + room } else { HEAD_GUESS });
    text.extend_from_slice(reason);
    lines(&head.headers, text)
}

const HEAD_GUESS: usize = 256;
/// Bytes of a body up to which it is copied behind its head. On this thread they were just touched, on JavaScript's they
/// are cold: there one block is read faster than two, and the buffer into which the peer's bytes were read stays here.
const MOST_PACKED: usize = 2048;

/// `name\nvalue` for each field. No value holds a newline: http::HeaderValue refuses it.
fn lines(fields: &HeaderMap, mut text: Vec<u8>) -> Vec<u8> {
    for (name, value) in fields {
        text.push(b'\n');
        text.extend_from_slice(name.as_str().as_bytes());
        text.push(b'\n');
        text.extend_from_slice(value.as_bytes());
    }
    text
}
