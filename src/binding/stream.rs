//! The body of one reply on its way to JavaScript, under a window of credits.
//!
//! Bytes count against the window from the moment they are read off the connection until the consumer gives
//! credit for them. A full window stops the reading, and with it the peer.
//!
//! With its last record a handle is free for the next request, or with its release where there is no record. What tells of it on
//! another thread, or in another task, may come behind that, and is then told to nobody: it would be taken for the next one's.

use std::collections::VecDeque;
use std::task::{Context, Poll, Waker};
use std::time::Instant;

use bytes::Bytes;

use super::sync::Mutex;
use super::window::{LEAST, SPARE, Spare, Window};

/// Bytes of one body that are worth a wake: half the least window, so that there is still room for what is read while JavaScript
/// wakes and gives credit for the first.
const MUCH: usize = LEAST / 2;

/// Bytes beyond its window that a body has while others wait for its connection and nobody has begun to read it; a step at a time.
const MOST_OVERFLOW: usize = 4 * 1024 * 1024;
const OVERFLOW_STEP: usize = 512 * 1024;

/// Up to so many bytes are copied out of the buffer of 8 KiB into which they were read: while they wait for JavaScript it
/// would be held, and another taken to read on.
const SMALL: usize = 2 * 1024;

/// A body under way.
#[derive(Debug)]
pub(super) struct Stream {
    pub(super) handle: u32,
    state: Mutex<State>,
    told: Mutex<Told>,
}

/// What was told of a handle, beside the bytes of its body.
#[derive(Debug, Default)]
struct Told {
    /// Its last record.
    last: bool,
    /// Any.
    any: bool,
    /// No record of it is on its way.
    free: bool,
}

/// What bytes that were appended ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Appended {
    /// A `Data` completion has to be queued for them.
    pub(super) is_news: bool,
    /// So much waits that JavaScript is better woken at once.
    pub(super) is_much: bool,
    /// More has come than a window holds at least, since the peer was sent anything: a transfer, for which nobody stays awake.
    pub(super) is_transfer: bool,
}

/// What a taking came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "what is left is announced by nobody else"]
pub(super) struct Taken {
    pub(super) bytes: usize,
    pub(super) more: bool,
}

#[derive(Debug)]
struct State {
    window: Window,
    /// Bytes that may be between beyond the window; none any more once the consumer has read.
    overflow: Option<usize>,
    chunks: VecDeque<Bytes>,
    /// Bytes in `chunks`.
    held: usize,
    /// Bytes read and not yet credited; never below `held`.
    outstanding: usize,
    /// Bytes that have come since the peer was sent anything.
    come: usize,
    /// Bytes of the request, of a raw lease's, that the kernel has taken.
    taken: u64,
    /// A `Data` completion for this stream is queued, so that bytes which arrive meanwhile ride with it.
    announced: bool,
    /// Nobody reads: bytes are to be counted and dropped.
    discarding: bool,
    leaked: bool,
    waiting: Option<Waker>,
}

impl Stream {
    pub(super) fn new(handle: u32) -> Self {
        Self::sharing(handle, &SPARE)
    }

    fn sharing(handle: u32, spare: &'static Spare) -> Self {
        let state = State {
            window: Window::new(spare),
            overflow: Some(0),
            chunks: VecDeque::new(),
            held: 0,
            outstanding: 0,
            come: 0,
            taken: 0,
            announced: false,
            discarding: false,
            leaked: false,
            waiting: None,
        };
        Self { handle, state: Mutex::new(state), told: Mutex::default() }
    }

    /// Tells something of the handle, unless its last was told.
    pub(super) fn tell(&self, tell: impl FnOnce()) {
        let mut told = self.told.lock();
        if !told.last {
            told.any = true;
            tell();
        }
    }

    /// As [`Stream::tell`], of bytes of the body.
    pub(super) fn tell_bytes(&self, tell: impl FnOnce()) {
        let told = self.told.lock();
        if !told.last {
            tell();
        }
    }

    /// Tells the last of the handle.
    pub(super) fn tell_last(&self, tell: impl FnOnce()) {
        let mut told = self.told.lock();
        told.last = true;
        tell();
        self.state.lock().window.end(0);
    }

    /// As [`Stream::tell_last`], to who knows that it is the last and needs to hear only when the handle is free: at once, unless
    /// something else was told of it, or bytes of it wait, or he `is_reading` what may be of it.
    pub(super) fn release(&self, is_reading: bool, tell: impl FnOnce()) {
        let mut told = self.told.lock();
        let mut state = self.state.lock();
        told.last = true;
        told.free = !told.any && !state.announced && !is_reading;
        if !told.free {
            tell();
        }
        state.window.end(0);
    }

    /// Whether no record of the handle is on its way, nor will be.
    pub(super) fn is_free(&self) -> bool {
        self.told.lock().free
    }

    /// The kernel has taken so many bytes of the request.
    pub(super) fn took(&self, bytes: u64) {
        self.state.lock().taken = bytes;
    }

    /// Something is sent to the peer: what comes from here on may be an answer to that.
    pub(super) fn spoken(&self) {
        let State { window, outstanding, come, .. } = &mut *self.state.lock();
        window.end(*outstanding);
        *come = 0;
    }

    /// Ready once bytes may be read off the connection. The clock is read only if they may not.
    pub(super) fn poll_room(&self, cx: &mut Context<'_>, now: impl FnOnce() -> Instant) -> Poll<()> {
        let mut state = self.state.lock();
        if state.discarding || state.outstanding < state.window.size() + state.overflow.unwrap_or(0) {
            return Poll::Ready(());
        }
        state.window.filled(now);
        state.waiting = Some(cx.waker().clone());
        Poll::Pending
    }

    /// Makes room beyond the window for a body that nobody has begun to read. False: somebody has, or there is none left.
    pub(super) fn overflow(&self) -> bool {
        let mut state = self.state.lock();
        let Some(overflow) = state.overflow.as_mut().filter(|bytes| **bytes < MOST_OVERFLOW) else {
            return false;
        };
        *overflow += OVERFLOW_STEP;
        true
    }

    /// Takes bytes.
    pub(super) fn append(&self, bytes: Bytes) -> Appended {
        let mut state = self.state.lock();
        state.outstanding = state.outstanding.saturating_add(bytes.len());
        state.held = state.held.saturating_add(bytes.len());
        state.come = state.come.saturating_add(bytes.len());
        state.chunks.push_back(if bytes.len() <= SMALL { Bytes::copy_from_slice(&bytes) } else { bytes });
        let is_news = !std::mem::replace(&mut state.announced, true);
        Appended { is_news, is_much: state.held >= MUCH, is_transfer: state.come > LEAST }
    }

    /// The consumer read so many bytes. More than were handed out is not believed.
    pub(super) fn credit(&self, bytes: usize, now: impl FnOnce() -> Instant) {
        let mut state = self.state.lock();
        state.overflow = None;
        let State { window, outstanding, held, .. } = &mut *state;
        let left = outstanding.saturating_sub(bytes).max(*held);
        window.credited(*outstanding - left, left, now);
        *outstanding = left;
        wake(&mut state);
    }

    /// Nobody wants the rest.
    pub(super) fn discard(&self, leaked: bool) {
        let mut state = self.state.lock();
        state.discarding = true;
        state.leaked |= leaked;
        state.chunks.clear();
        state.held = 0;
        state.window.end(0);
        wake(&mut state);
    }

    /// Ready once nobody wants the rest: true when that was found out by the garbage collector.
    pub(super) fn poll_discarding(&self, cx: &mut Context<'_>) -> Poll<bool> {
        let mut state = self.state.lock();
        if state.discarding {
            return Poll::Ready(state.leaked);
        }
        state.waiting = Some(cx.waker().clone());
        Poll::Pending
    }

    /// Bytes that wait for JavaScript; and those of the request, of a raw lease's, that the kernel has taken.
    pub(super) fn standing(&self) -> (usize, u64) {
        let state = self.state.lock();
        (state.held, state.taken)
    }

    /// Copies up to `place.len()` bytes out. Once everything was taken, what arrives next is announced anew;
    /// what is left, because it arrived since the caller asked how much there was, is the caller's to queue.
    pub(super) fn take(&self, place: &mut [u8]) -> Taken {
        let mut rest = place;
        let mut bytes = 0;
        loop {
            // Copied outside the lock: to copy much takes longer than to read more of it, for which the other thread needs the lock.
            let (piece, more) = self.cut(rest.len());
            let (here, behind) = rest.split_at_mut(piece.len());
            here.copy_from_slice(&piece);
            bytes += piece.len();
            rest = behind;
            if !more || rest.is_empty() {
                return Taken { bytes, more };
            }
        }
    }

    /// The next piece, of up to so many bytes; and whether more is left.
    fn cut(&self, most: usize) -> (Bytes, bool) {
        let mut state = self.state.lock();
        let piece = match state.chunks.front_mut() {
            Some(front) if front.len() > most => front.split_to(most),
            _ => state.chunks.pop_front().unwrap_or_default(),
        };
        state.held = state.held.saturating_sub(piece.len());
        state.announced = state.held > 0;
        (piece, state.announced)
    }
}

fn wake(state: &mut State) {
    if let Some(waker) = state.waiting.take() {
        waker.wake();
    }
}

// loom has its own, for which this file lies elsewhere.
#[cfg(all(test, not(loom)))]
mod tests;
