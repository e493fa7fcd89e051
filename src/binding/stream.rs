//! The body of one reply on its way to JavaScript, under a window of credits.
//!
//! Bytes count against the window from the moment they are read off the connection until the consumer gives
//! credit for them. A full window stops the reading, and with it the peer.
//!
//! With its last record a handle is free for the next request. What tells of it on another thread, or in another task, may
//! come behind that, and is then told to nobody: it would be taken for the next one's.

use std::collections::VecDeque;
use std::task::{Context, Poll, Waker};

use bytes::Bytes;

use super::sync::Mutex;

/// Bytes of one body that may stand between the connection and its consumer.
pub(super) const WINDOW: usize = 256 * 1024;

/// Bytes of one body that are worth a wake: half the window, so that there is still room for what is read while JavaScript wakes
/// and gives credit for the first.
const MUCH: usize = WINDOW / 2;

/// Up to so many bytes are copied out of the buffer of 8 KiB into which they were read: while they wait for JavaScript it
/// would be held, and another taken to read on.
const SMALL: usize = 2 * 1024;

/// A body under way.
#[derive(Debug)]
pub(super) struct Stream {
    pub(super) handle: u32,
    state: Mutex<State>,
    /// The last record of the handle is told.
    over: Mutex<bool>,
}

/// What bytes that were appended ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Appended {
    /// A `Data` completion has to be queued for them.
    pub(super) is_news: bool,
    /// So much waits that JavaScript is better woken at once.
    pub(super) is_much: bool,
}

/// What a taking came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "what is left is announced by nobody else"]
pub(super) struct Taken {
    pub(super) bytes: usize,
    pub(super) more: bool,
}

#[derive(Debug, Default)]
struct State {
    chunks: VecDeque<Bytes>,
    /// Bytes in `chunks`.
    held: usize,
    /// Bytes read and not yet credited; never below `held`.
    outstanding: usize,
    /// A `Data` completion for this stream is queued, so that bytes which arrive meanwhile ride with it.
    announced: bool,
    /// Nobody reads: bytes are to be counted and dropped.
    discarding: bool,
    leaked: bool,
    waiting: Option<Waker>,
}

impl Stream {
    pub(super) fn new(handle: u32) -> Self {
        Self { handle, state: Mutex::default(), over: Mutex::default() }
    }

    /// Tells something of the handle, unless its last was told.
    pub(super) fn tell(&self, tell: impl FnOnce()) {
        let over = self.over.lock();
        if !*over {
            tell();
        }
    }

    /// Tells the last of the handle.
    pub(super) fn tell_last(&self, tell: impl FnOnce()) {
        let mut over = self.over.lock();
        *over = true;
        tell();
    }

    /// Ready once bytes may be read off the connection.
    pub(super) fn poll_room(&self, cx: &mut Context<'_>) -> Poll<()> {
        let mut state = self.state.lock();
        if state.discarding || state.outstanding < WINDOW {
            return Poll::Ready(());
        }
        state.waiting = Some(cx.waker().clone());
        Poll::Pending
    }

    /// Takes bytes.
    pub(super) fn append(&self, bytes: Bytes) -> Appended {
        let mut state = self.state.lock();
        state.outstanding = state.outstanding.saturating_add(bytes.len());
        state.held = state.held.saturating_add(bytes.len());
        state.chunks.push_back(if bytes.len() <= SMALL { Bytes::copy_from_slice(&bytes) } else { bytes });
        let is_news = !std::mem::replace(&mut state.announced, true);
        Appended { is_news, is_much: state.held >= MUCH }
    }

    /// The consumer read so many bytes. More than were handed out is not believed.
    pub(super) fn credit(&self, bytes: usize) {
        let mut state = self.state.lock();
        state.outstanding = state.outstanding.saturating_sub(bytes).max(state.held);
        wake(&mut state);
    }

    /// Nobody wants the rest.
    pub(super) fn discard(&self, leaked: bool) {
        let mut state = self.state.lock();
        state.discarding = true;
        state.leaked |= leaked;
        state.chunks.clear();
        state.held = 0;
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

    /// Bytes that wait for JavaScript.
    pub(super) fn held(&self) -> usize {
        self.state.lock().held
    }

    /// Copies up to `place.len()` bytes out. Once everything was taken, what arrives next is announced anew;
    /// what is left, because it arrived since the caller asked how much there was, is the caller's to queue.
    pub(super) fn take(&self, place: &mut [u8]) -> Taken {
        let mut state = self.state.lock();
        let bytes = copy_front(&mut state.chunks, place);
        state.held = state.held.saturating_sub(bytes);
        state.announced = state.held > 0;
        Taken { bytes, more: state.announced }
    }
}

/// Moves bytes from the front of `chunks` into `place`; gives how many.
pub(super) fn copy_front(chunks: &mut VecDeque<Bytes>, place: &mut [u8]) -> usize {
    let mut at = 0;
    while at < place.len() {
        let Some(front) = chunks.front_mut() else { break };
        let size = front.len().min(place.len() - at);
        let piece = front.split_to(size);
        if let Some(target) = place.get_mut(at..at + size) {
            target.copy_from_slice(&piece);
        }
        at += size;
        if front.is_empty() {
            chunks.pop_front();
        }
    }
    at
}

fn wake(state: &mut State) {
    if let Some(waker) = state.waiting.take() {
        waker.wake();
    }
}

#[cfg(test)]
mod tests {
    use std::task::{Context, Poll, Waker};

    use bytes::Bytes;

    use super::{MUCH, Stream, Taken, WINDOW};

    fn has_room(stream: &Stream) -> bool {
        stream.poll_room(&mut Context::from_waker(Waker::noop())) == Poll::Ready(())
    }

    #[test]
    fn a_full_window_stops_the_reading_until_credit_comes() {
        let stream = Stream::new(1);
        assert!(stream.append(Bytes::from(vec![0; WINDOW])).is_news);
        assert!(!has_room(&stream));
        let mut place = vec![0; WINDOW];
        assert_eq!(stream.take(&mut place), Taken { bytes: WINDOW, more: false });
        assert!(!has_room(&stream), "delivery alone gives no room");
        stream.credit(1);
        assert!(has_room(&stream));
    }

    #[test]
    fn credit_for_bytes_never_handed_out_is_not_believed() {
        let stream = Stream::new(1);
        stream.append(Bytes::from(vec![0; WINDOW]));
        stream.credit(usize::MAX);
        assert!(!has_room(&stream));
    }

    #[test]
    fn chunks_that_arrive_together_are_announced_once() {
        let stream = Stream::new(1);
        assert!(stream.append(Bytes::from_static(b"a")).is_news);
        assert!(!stream.append(Bytes::from_static(b"b")).is_news);
        assert_eq!(stream.take(&mut [0; 8]).bytes, 2);
        assert!(stream.append(Bytes::from_static(b"c")).is_news);
    }

    #[test]
    fn half_the_window_is_much_however_it_came() {
        let stream = Stream::new(1);
        let much = [MUCH - 1, 1, 1].map(|size| stream.append(Bytes::from(vec![0; size])).is_much);
        assert_eq!(much, [false, true, true]);
        let _ = stream.take(&mut vec![0; MUCH]);
        assert!(!stream.append(Bytes::from_static(b"a")).is_much, "what was taken counts no more");
    }

    #[test]
    fn what_arrives_between_the_question_and_the_taking_is_left_to_the_taker() {
        let stream = Stream::new(1);
        stream.append(Bytes::from_static(b"ab"));
        let asked = stream.held();
        assert!(!stream.append(Bytes::from_static(b"c")).is_news, "its announcement is still under way");
        assert_eq!(stream.take(&mut vec![0; asked]), Taken { bytes: 2, more: true });
        assert_eq!(stream.take(&mut [0; 8]), Taken { bytes: 1, more: false });
    }

    #[test]
    fn a_discarded_stream_has_room_and_holds_nothing() {
        let stream = Stream::new(1);
        stream.append(Bytes::from(vec![0; WINDOW]));
        stream.discard(true);
        assert!(has_room(&stream));
        assert_eq!(stream.take(&mut [0; 8]).bytes, 0);
        let verdict = stream.poll_discarding(&mut Context::from_waker(Waker::noop()));
        assert_eq!(verdict, Poll::Ready(true));
    }
}
