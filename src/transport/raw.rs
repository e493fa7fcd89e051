//! A connection whose bytes somebody else writes and understands: what an agent's virtual socket stands on.
//!
//! The driver owns the bytes for as long as the connection is raw, leased or idle. Leased, it writes what is queued and
//! reads as long as the user has room. Idle, it is the watcher: an end, an error or a byte that nobody asked for ends it.

mod driver;
mod face;
mod intake;
mod outlet;
mod parting;
mod proof;

use std::collections::VecDeque;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use bytes::Bytes;
use parking_lot::Mutex;

pub use self::driver::RawDriver;
pub use self::face::Face;
use self::outlet::Outlet;
pub use self::proof::Proof;
use super::io::Io;
use super::socket::Socket;
use crate::error::Error;

/// Who uses a raw connection. Called on the driver's thread and under no lock.
pub trait User: Send + Sync {
    /// Ready once more bytes may be read.
    fn poll_room(&self, cx: &mut Context<'_>) -> Poll<()>;
    /// Bytes of the peer; never empty.
    fn data(&self, bytes: Bytes);
    /// The peer has said that no more bytes come.
    fn ended(self: Arc<Self>);
    /// The kernel has taken so many of the bytes written since the lease began. `news`: the user may be waiting for it.
    fn taken(&self, bytes: u64, news: bool);
    /// The connection is no more; without an error it was cut from this side.
    fn died(self: Arc<Self>, error: Option<Error>);
}

/// A raw connection, from its user's side.
#[derive(Debug)]
pub struct Raw {
    shared: Arc<Shared>,
}

struct Shared {
    socket: Arc<Socket>,
    face: Arc<Face>,
    state: Mutex<State>,
}

impl std::fmt::Debug for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Shared").field("socket", &self.socket).finish_non_exhaustive()
    }
}

#[derive(Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is set once, in any order")]
struct State {
    user: Option<Arc<dyn User>>,
    queue: VecDeque<Bytes>,
    /// Bytes written and taken since the lease began.
    written: u64,
    taken: u64,
    /// Of those taken, what was told as news.
    told: u64,
    /// Bytes that were handed to the user since the lease began, or are just being.
    given: u64,
    /// What is yet to be known of it before anything is written.
    proof: Proof,
    /// Say that no more bytes come, once all are written.
    fin: bool,
    /// The user has no room, and the driver waits for nothing else.
    stalled: bool,
    /// The peer has said so.
    ended: bool,
    /// The bytes are to be given back to whoever drives the connection next.
    yielding: bool,
    /// Nobody holds the other side any more.
    abandoned: bool,
    dead: bool,
    waker: Option<Waker>,
}

impl State {
    /// What is queued goes to the outlet, unless something is yet to be known. Whether there is anything to write.
    fn fill(&mut self, outlet: &mut Outlet) -> bool {
        self.proof == Proof::None && outlet.fill(&mut self.queue)
    }

    /// Whether nothing is read until a user has room, if it is still his.
    fn stalls(&mut self, full: Option<&Arc<dyn User>>) -> bool {
        self.stalled = full.is_some_and(|user| self.is_of(user));
        self.stalled
    }

    fn is_of(&self, user: &Arc<dyn User>) -> bool {
        self.user.as_ref().is_some_and(|now| Arc::ptr_eq(user, now))
    }

    fn wake(&mut self) {
        if let Some(waker) = self.waker.take() {
            waker.wake();
        }
    }
}

/// Makes an idle connection raw.
pub fn raw(io: Io) -> (Raw, RawDriver) {
    let shared = Arc::new(Shared {
        socket: Arc::clone(io.socket()),
        face: Arc::new(Face::of(&io)),
        state: Mutex::default(),
    });
    let driver = RawDriver::new(io, Arc::clone(&shared));
    (Raw { shared }, driver)
}

impl Raw {
    /// The socket under the connection.
    pub fn socket(&self) -> &Arc<Socket> {
        &self.shared.socket
    }

    /// By which it is told from others.
    pub fn number(&self) -> u32 {
        self.shared.face.number
    }

    /// What its TLS settled on.
    pub fn face(&self) -> Arc<Face> {
        Arc::clone(&self.shared.face)
    }

    /// Whether it is over, or can at least carry nothing more.
    pub fn is_closed(&self) -> bool {
        let state = self.shared.state.lock();
        state.dead || state.ended
    }

    /// Begins a lease. False: the connection is over. Where `proof` is needed, an end or bytes that are there before the
    /// first one is written end it: they answer nothing.
    pub fn attach(&self, user: Arc<dyn User>, proof: Proof) -> bool {
        let mut state = self.shared.state.lock();
        if state.dead {
            return false;
        }
        (state.written, state.taken, state.told, state.given) = (0, 0, 0, 0);
        state.proof = proof;
        self.shared.socket.begin_message();
        state.user = Some(user);
        // The first bytes written wake the driver; until then it has nothing to do.
        true
    }

    /// Ends a lease of which the user has written and read so many bytes. True: all of them were taken by the kernel, no
    /// others came, and neither side has said that no more come.
    pub fn detach(&self, written: u64, read: u64) -> bool {
        let mut state = self.shared.state.lock();
        state.user = None;
        if state.stalled {
            // Nobody reads: from now on an end or a byte too many is to be noticed.
            state.wake();
        }
        let open = !state.dead && !state.ended && !state.fin;
        open && (state.written, state.taken, state.given) == (written, written, read)
    }

    /// Ends a lease whose connection is of no more use.
    pub fn let_go(&self) {
        self.shared.state.lock().user = None;
    }

    /// Queues bytes.
    pub fn write(&self, bytes: Bytes) {
        let mut state = self.shared.state.lock();
        state.written += bytes.len() as u64;
        if !bytes.is_empty() {
            state.queue.push_back(bytes);
            state.wake();
        }
    }

    /// No more bytes come from this side.
    pub fn finish(&self) {
        let mut state = self.shared.state.lock();
        state.fin = true;
        state.wake();
    }

    /// Whether the kernel has taken any of the bytes written under this lease.
    pub fn has_begun(&self) -> bool {
        self.shared.state.lock().taken > 0
    }

    /// Whether it is over.
    pub fn is_dead(&self) -> bool {
        self.shared.state.lock().dead
    }

    /// Whether the peer has said that no more bytes come.
    pub fn peer_ended(&self) -> bool {
        self.shared.state.lock().ended
    }

    /// Makes the driver end with the connection's bytes. Only between leases.
    pub fn give_back(self) {
        let mut state = self.shared.state.lock();
        state.yielding = true;
        state.wake();
    }
}

impl Drop for Raw {
    fn drop(&mut self) {
        let mut state = self.shared.state.lock();
        state.abandoned = true;
        state.wake();
    }
}
