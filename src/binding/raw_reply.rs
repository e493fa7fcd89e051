//! What a raw lease comes to, as records of the ring.

use std::net::SocketAddr;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use serde_json::{Value, json};

use crate::dispatch::RawReply;
use crate::dispatch::clock::now;
use crate::error::Error;
use crate::transport::connect::Reached;
use crate::transport::socket::Socket;

use super::failure::describe;
use super::raw::address;
use super::records::completion as record;
use super::ring::{Completion, Ring};
use super::stream::Stream;

/// What Node's client does with a reply takes as long as JavaScript's part in several of `pool.request`.
const WEIGHT: usize = 4;

/// The user of one handle's lease. JavaScript ends it on its own thread while the connection is read and written on another.
#[derive(Debug)]
pub(super) struct RingRaw {
    ring: Arc<Ring>,
    stream: Arc<Stream>,
    /// The lease's.
    number: u32,
}

impl RingRaw {
    pub(super) fn new(ring: &Arc<Ring>, stream: &Arc<Stream>, number: u32) -> Self {
        Self { ring: Arc::clone(ring), stream: Arc::clone(stream), number }
    }

    fn handle(&self) -> u32 {
        self.stream.handle
    }

    fn tell(&self, completion: impl FnOnce() -> Completion) {
        self.stream.tell(|| self.push(completion()));
    }

    fn tell_step(&self, record: u32, told: &Value) {
        let text = told.to_string().into_bytes();
        self.tell(|| Completion::Reached { handle: self.handle(), record, text });
    }

    fn push(&self, completion: Completion) {
        self.ring.push(completion);
        // On the I/O thread the end of its turn wakes JavaScript; a call on another is nobody's turn.
        self.ring.nudge();
    }

    fn settle(&self, completion: Completion) {
        super::linger::settled();
        self.ring.raws.lock().remove(&self.number);
        self.stream.tell_last(|| self.push(completion));
    }
}

impl Reached for RingRaw {
    fn found(&self, addresses: &[SocketAddr]) {
        let all: Vec<_> = addresses.iter().map(|address| address.ip().to_string()).collect();
        self.tell_step(record::FOUND, &json!(all));
    }

    fn reached(&self, socket: &Socket) {
        let ends =
            json!({ "local": socket.local_addr().map(address), "remote": socket.peer_addr().map(address) });
        self.tell_step(record::REACHED, &ends);
    }
}

impl RawReply for RingRaw {
    fn leased(&self, reused: bool) {
        self.tell(|| Completion::Leased { handle: self.handle(), reused });
    }

    fn moved(&self) {
        self.tell(|| Completion::Moved { handle: self.handle() });
    }

    fn poll_room(&self, cx: &mut Context<'_>) -> Poll<()> {
        self.stream.poll_room(cx, now)
    }

    fn data(&self, bytes: Bytes) {
        self.stream.tell_bytes(|| {
            if !self.ring.push_data(&self.stream, bytes, WEIGHT).is_transfer {
                super::linger::told();
            }
        });
    }

    fn ended(&self) {
        self.tell(|| Completion::PeerEnd { handle: self.handle() });
    }

    fn taken(&self, bytes: u64, news: bool) {
        // What is no news goes along with the next bytes of the reply.
        self.stream.took(bytes);
        if news {
            self.tell(|| Completion::Taken { handle: self.handle(), bytes });
        }
    }

    fn fail(&self, error: Error) {
        self.settle(Completion::Fail { handle: self.handle(), text: describe(&error) });
    }

    fn closed(&self) {
        self.settle(Completion::Closed { handle: self.handle() });
    }

    fn released(&self) {
        super::linger::settled_elsewhere();
        let is_reading = self.ring.home.lock().is_reading;
        // It only frees the handle, behind what was told of it before. What JavaScript is reading may be of it, too.
        self.stream
            .release(is_reading, || self.ring.push_quietly(Completion::Released { handle: self.handle() }));
    }
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;

    use super::super::home::Home;
    use super::*;

    fn told_after(last: impl FnOnce(&RingRaw)) -> VecDeque<Completion> {
        let ring = Arc::new(Ring::new(Home::default()));
        let reply = RingRaw::new(&ring, &Arc::new(Stream::new(7)), 1);
        last(&reply);
        reply.ended();
        reply.leased(true);
        reply.data(Bytes::from_static(b"of the exchange before"));
        reply.taken(1, false);
        reply.taken(2, true);
        let mut told = VecDeque::new();
        ring.collect(&mut told);
        told
    }

    #[test]
    fn nothing_is_told_of_a_lease_behind_its_release() {
        let told = told_after(RawReply::released);
        assert!(told.is_empty(), "{told:?}");
    }

    #[test]
    fn a_release_is_told_behind_what_was_told_before_it() {
        let told = told_after(|reply| {
            reply.leased(false);
            reply.released();
        });
        let is_last = matches!(
            told.as_slices().0,
            [Completion::Leased { handle: 7, .. }, Completion::Released { handle: 7 }]
        );
        assert!(is_last, "{told:?}");
    }

    #[test]
    fn what_the_kernel_took_is_told_for_itself_only_as_news() {
        let ring = Arc::new(Ring::new(Home::default()));
        let stream = Arc::new(Stream::new(7));
        let reply = RingRaw::new(&ring, &stream, 1);
        reply.taken(1, false);
        assert_eq!(ring.waiting(), 0);
        reply.taken(2, true);
        assert_eq!((ring.waiting(), stream.standing()), (1, (0, 2)));
    }

    #[test]
    fn nothing_is_told_of_a_lease_behind_its_end() {
        let told = told_after(RawReply::closed);
        assert!(matches!(told.as_slices().0, [Completion::Closed { handle: 7 }]), "{told:?}");
    }
}
