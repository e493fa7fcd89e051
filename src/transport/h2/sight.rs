//! What hyper and h2 see in the frames of a peer and do not tell.
//!
//! Eleven things: that the peer does not speak HTTP/2 at all; up to which stream one that goes away has taken requests, where the
//! connection dies of something else after that; that it has gone away for an error, after which h2 waits for replies as if it
//! had not; that it is a server that allows pushes, which none may; that a reply begins with 101, which HTTP/2 does not know
//! (RFC 9113, 8.6) and h2 takes for a head that others follow; that a reply has pseudo fields where or as it may not; that a
//! header block is larger than it may be, which h2 calls by the name of every fault; that for very many frames nothing
//! comes of what the peer says; that a reply has come to its end, which h2 forgets if the stream dies before its request has;
//! how large a head the peer takes, for which h2 does not care; and by which fault of TLS the connection died, of which h2 keeps
//! the kind alone. Nothing is kept but the beginning of a frame, or of a header block, whose end has not come, and the numbers of
//! the last streams.

mod fields;
mod scan;
mod watched;

use std::collections::VecDeque;
use std::io;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock, Weak};

use h2::Reason;
use parking_lot::Mutex;
use tokio::sync::Notify;

pub(super) use self::watched::Watched;
use super::super::tls;
use super::doubt::Doubt;
use super::outgoing::Tally;
use crate::error::{Error, Phase};

/// What is wrong with the reply of a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// It begins with 101.
    Switching,
    /// A header block of it is larger than it may be.
    Overflow,
    /// It has a pseudo field that no reply has.
    Malformed,
    /// Its trailers have a pseudo field.
    Trailers,
}

/// What was seen of a connection.
#[derive(Debug)]
pub(super) struct Sight {
    /// Streams begun by us: the nth has the number 2n + 1.
    begun: AtomicU32,
    speaks_http1: AtomicBool,
    /// Whether anything was sent since a peer that says nothing of use was last asked for it.
    moved: AtomicBool,
    /// Bytes of the bodies of all streams that have gone out.
    uploaded: AtomicU64,
    /// One more than the last stream that a GOAWAY names; 0: there was none.
    beyond: AtomicU32,
    /// Why nothing more is read of the peer, though it may say more.
    over: OnceLock<Reason>,
    /// The fault of TLS by which reading or writing failed.
    tls: OnceLock<rustls::Error>,
    /// Bytes that the head of a request may have, as HTTP/2 counts them.
    max_request: AtomicU32,
    faults: Mutex<VecDeque<(u32, Fault)>>,
    /// Streams whose replies were over last, and whether by their own end.
    closed: Mutex<VecDeque<(u32, bool)>>,
    found: Notify,
    /// Of the request that hyper takes up, if it has a body.
    uploading: Mutex<Weak<Tally>>,
    doubt: Doubt,
}

impl Sight {
    pub(super) fn new() -> Self {
        Self {
            begun: AtomicU32::new(0),
            speaks_http1: AtomicBool::new(false),
            moved: AtomicBool::new(false),
            uploaded: AtomicU64::new(0),
            beyond: AtomicU32::new(0),
            over: OnceLock::new(),
            tls: OnceLock::new(),
            // Until the peer says otherwise (RFC 9113, 6.5.2).
            max_request: AtomicU32::new(u32::MAX),
            faults: Mutex::default(),
            closed: Mutex::default(),
            found: Notify::new(),
            uploading: Mutex::default(),
            doubt: Doubt::default(),
        }
    }

    /// How large the peer takes the head of a request.
    pub(super) fn max_request(&self) -> u32 {
        self.max_request.load(Ordering::Relaxed)
    }

    /// Whether the peer may be gone.
    pub(super) fn doubt(&self) -> &Doubt {
        &self.doubt
    }

    /// The number of the next stream. To be called as the requests reach h2, which counts them in that order.
    pub(super) fn begin(&self) -> u32 {
        self.sent();
        self.begun.fetch_add(1, Ordering::Relaxed).wrapping_mul(2).wrapping_add(1)
    }

    /// Something of a request has gone out.
    pub(super) fn sent(&self) {
        self.moved.store(true, Ordering::Relaxed);
    }

    /// So many bytes of a body have gone out.
    pub(super) fn uploads(&self, bytes: usize) {
        self.sent();
        self.uploaded.fetch_add(bytes as u64, Ordering::Relaxed);
    }

    pub(super) fn uploaded(&self) -> u64 {
        self.uploaded.load(Ordering::Relaxed)
    }

    /// hyper takes up a request: the tasks that it spawns before it takes up another are that request's.
    pub(super) fn begins_upload(&self, tally: Option<&Arc<Tally>>) {
        *self.uploading.lock() = tally.map(Arc::downgrade).unwrap_or_default();
    }

    pub(super) fn uploading(&self) -> Option<Arc<Tally>> {
        self.uploading.lock().upgrade()
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

    /// Why the connection is over, if not by its own end.
    pub(super) fn over(&self) -> Option<Reason> {
        self.over.get().copied()
    }

    /// The fault of TLS that ended the connection, if it was one: an alert of the peer's, or what makes no sense.
    pub(super) fn fault_of_tls(&self, phase: Phase) -> Option<Error> {
        self.tls.get().map(|fault| tls::broken(fault, phase))
    }

    pub(super) fn fault(&self, stream: u32) -> Option<Fault> {
        self.faults.lock().iter().find(|(other, _)| *other == stream).map(|(_, fault)| *fault)
    }

    /// Whether h2 has had the last of a reply, as far as that is remembered. What comes after a reset counts for nothing.
    pub(super) fn is_whole(&self, stream: u32) -> bool {
        self.closed.lock().iter().find(|(other, _)| *other == stream).is_some_and(|(_, is_whole)| *is_whole)
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

    fn end(&self, why: Reason) {
        let _first_counts = self.over.set(why);
    }

    /// The connection has failed by a read or a write.
    fn failed(&self, failure: &io::Error) {
        if let Some(fault) = tls::cause_of(failure) {
            let _first_counts = self.tls.set(fault.clone());
        }
    }

    /// After an error the peer owes nothing more (RFC 9113, 5.4.1), and some leave the connection as it is.
    fn went_away(&self, last: u32, why: Reason) {
        if why != Reason::NO_ERROR {
            self.end(why);
        }
        let beyond = last.saturating_add(1);
        let before = self.beyond.load(Ordering::Relaxed);
        if before == 0 || beyond < before {
            self.beyond.store(beyond, Ordering::Relaxed);
        }
    }

    fn found(&self, stream: u32, fault: Fault) {
        remember(&mut self.faults.lock(), (stream, fault));
        self.found.notify_waiters();
    }

    /// h2 has had all frames up to the ends of these streams.
    fn ended(&self, streams: &mut Vec<(u32, bool)>) {
        let mut last = self.closed.lock();
        streams.drain(..).for_each(|one| remember(&mut last, one));
    }
}

/// A peer without measure is ended elsewhere; here it only takes no memory.
fn remember<T>(last: &mut VecDeque<T>, one: T) {
    if last.len() == MOST_REMEMBERED {
        last.pop_front();
    }
    last.push_back(one);
}

const MOST_REMEMBERED: usize = 1_024;
