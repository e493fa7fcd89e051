//! A connection whose bytes somebody else writes and understands: what an agent's virtual socket stands on.
//!
//! The driver owns the bytes for as long as the connection is raw, leased or idle. Leased, it writes what is queued and
//! reads as long as the user has room. Idle, it is the watcher: an end, an error or a byte that nobody asked for ends it.

use std::collections::VecDeque;
use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use bytes::{Buf, Bytes, BytesMut};
use parking_lot::Mutex;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::errno;
use super::io::{Io, TlsVersion};
use super::socket::{Look, Socket};
use crate::error::{Error, Phase};

/// Who uses a raw connection. Called on the driver's thread and under no lock.
pub trait User: Send + Sync {
    /// Ready once more bytes may be read.
    fn poll_room(&self, cx: &mut Context<'_>) -> Poll<()>;
    /// Bytes of the peer; never empty.
    fn data(&self, bytes: Bytes);
    /// The peer has said that no more bytes come.
    fn ended(&self);
    /// The kernel has taken so many of the bytes written since the lease began.
    fn taken(&self, bytes: u64);
    /// The connection is no more; without an error it was cut from this side.
    fn died(&self, error: Option<Error>);
}

/// A raw connection, from its user's side.
#[derive(Debug)]
pub struct Raw {
    shared: Arc<Shared>,
}

/// The future that carries the connection's bytes. Dropping it closes the connection.
#[must_use = "a connection does nothing unless its driver is polled"]
pub struct RawDriver {
    io: Option<Io>,
    shared: Arc<Shared>,
    buffer: BytesMut,
    /// Bytes were handed to TLS that the kernel may not have taken yet.
    unflushed: u64,
    fin_sent: bool,
}

/// What a connection's TLS settled on; nothing in clear.
#[derive(Debug, Default)]
pub struct Face {
    /// The protocol that ALPN settled on.
    pub alpn: Option<String>,
    /// `TLSv1.2` or `TLSv1.3`.
    pub version: Option<&'static str>,
    /// The cipher suite by its IANA name.
    pub cipher: Option<&'static str>,
    /// Whether an earlier session was resumed.
    pub resumed: bool,
    /// Why the peer would have been refused, had `rejectUnauthorized` not been false.
    pub authorization_error: Option<&'static str>,
    /// The peer's certificates in DER, its own first.
    pub certificates: Vec<Vec<u8>>,
}

impl Face {
    fn of(io: &Io) -> Self {
        Self {
            alpn: io.alpn().map(|name| String::from_utf8_lossy(name).into_owned()),
            version: io.tls_version().map(|version| match version {
                TlsVersion::V1_2 => "TLSv1.2",
                TlsVersion::V1_3 => "TLSv1.3",
            }),
            cipher: io.cipher(),
            resumed: io.resumed(),
            authorization_error: io.authorization_error(),
            certificates: io.peer_certificates().iter().map(|der| der.to_vec()).collect(),
        }
    }
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
    /// Bytes that were handed to the user since the lease began, or are just being.
    given: u64,
    /// It rested until this lease, and nobody has looked yet whether bytes came meanwhile.
    unproved: bool,
    /// Say that no more bytes come, once all are written.
    fin: bool,
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
    fn wake(&mut self) {
        if let Some(waker) = self.waker.take() {
            waker.wake();
        }
    }
}

impl std::fmt::Debug for RawDriver {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RawDriver").field("shared", &self.shared).finish_non_exhaustive()
    }
}

/// Makes an idle connection raw.
pub fn raw(io: Io) -> (Raw, RawDriver) {
    let shared = Arc::new(Shared {
        socket: Arc::clone(io.socket()),
        face: Arc::new(Face::of(&io)),
        state: Mutex::default(),
    });
    let driver = RawDriver {
        io: Some(io),
        shared: Arc::clone(&shared),
        buffer: BytesMut::new(),
        unflushed: 0,
        fin_sent: false,
    };
    (Raw { shared }, driver)
}

impl Raw {
    /// The socket under the connection.
    pub fn socket(&self) -> &Arc<Socket> {
        &self.shared.socket
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

    /// Begins a lease. False: the connection is over. `rested`: it was idle until now, so that bytes which are there before
    /// the first one is written answer nothing, and end it.
    pub fn attach(&self, user: Arc<dyn User>, rested: bool) -> bool {
        let mut state = self.shared.state.lock();
        if state.dead {
            return false;
        }
        (state.written, state.taken, state.given) = (0, 0, 0);
        state.unproved = rested;
        state.user = Some(user);
        state.wake();
        true
    }

    /// Ends a lease of which the user has written and read so many bytes. True: all of them were taken by the kernel, no
    /// others came, and neither side has said that no more come.
    pub fn detach(&self, written: u64, read: u64) -> bool {
        let mut state = self.shared.state.lock();
        state.user = None;
        state.wake();
        let open = !state.dead && !state.ended && !state.fin;
        open && state.queue.is_empty()
            && (state.written, state.taken, state.given) == (written, written, read)
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

impl RawDriver {
    fn write(&mut self, cx: &mut Context<'_>) -> io::Result<()> {
        let Some(io) = self.io.as_mut() else { return Ok(()) };
        let mut io = Pin::new(io);
        loop {
            let next = self.shared.state.lock().queue.pop_front();
            let Some(mut bytes) = next else { break };
            while !bytes.is_empty() {
                match io.as_mut().poll_write(cx, &bytes)? {
                    Poll::Ready(0) => return Err(io::ErrorKind::WriteZero.into()),
                    Poll::Ready(count) => {
                        bytes.advance(count);
                        self.unflushed += count as u64;
                    }
                    Poll::Pending => {
                        self.shared.state.lock().queue.push_front(bytes);
                        return self.flush(cx);
                    }
                }
            }
        }
        self.flush(cx)
    }

    fn flush(&mut self, cx: &mut Context<'_>) -> io::Result<()> {
        let Some(io) = self.io.as_mut() else { return Ok(()) };
        if self.unflushed > 0 && Pin::new(&mut *io).poll_flush(cx)?.is_ready() {
            let (user, taken) = {
                let mut state = self.shared.state.lock();
                state.taken += std::mem::take(&mut self.unflushed);
                (state.user.clone(), state.taken)
            };
            if let Some(user) = user {
                user.taken(taken);
            }
        }
        let done = {
            let state = self.shared.state.lock();
            state.fin && state.queue.is_empty() && state.taken == state.written
        };
        if done && !self.fin_sent {
            self.fin_sent = Pin::new(io).poll_shutdown(cx)?.is_ready();
        }
        Ok(())
    }

    /// Reads until the peer pauses or the user has no room. `false`: the connection is over.
    fn read(&mut self, cx: &mut Context<'_>) -> io::Result<bool> {
        loop {
            let (user, ended) = {
                let state = self.shared.state.lock();
                (state.user.clone(), state.ended)
            };
            if ended {
                // A peer that has only half-closed still takes what is written; nobody's connection is no use.
                return Ok(user.is_some());
            }
            if user.as_ref().is_some_and(|user| user.poll_room(cx).is_pending()) {
                return Ok(true);
            }
            let Some(bytes) = self.read_once(cx)? else { return Ok(true) };
            // An end, or bytes that nobody asked for: who gets the connection next must not take them for a reply.
            let Some(user) = self.book(user, bytes.len()) else { return Ok(false) };
            if bytes.is_empty() {
                user.ended();
            } else {
                user.data(bytes);
            }
        }
    }

    /// Enters what was read into the account of him for whom it was read; none if his lease has ended meanwhile. Before he
    /// is told, so that a lease which ends at this moment does not pass for clean.
    fn book(&self, user: Option<Arc<dyn User>>, bytes: usize) -> Option<Arc<dyn User>> {
        let mut state = self.shared.state.lock();
        let user = user.filter(|user| state.user.as_ref().is_some_and(|now| Arc::ptr_eq(user, now)))?;
        state.given += bytes as u64;
        state.ended = bytes == 0;
        Some(user)
    }

    /// Whether nothing has come to a connection that rested. Not yet known, it is asked again when the socket has news.
    fn prove(&mut self, cx: &mut Context<'_>) -> io::Result<Poll<bool>> {
        if !self.shared.state.lock().unproved {
            return Ok(Poll::Ready(true));
        }
        if self.read_once(cx)?.is_some() {
            return Ok(Poll::Ready(false));
        }
        // The runtime hears of bytes later than the kernel. In clear the look before the lease has seen to it; under TLS
        // only what comes out above it tells a ticket from a byte too many.
        let news = self.io.as_ref().is_some_and(Io::is_tls) && self.shared.socket.look() != Look::Alive;
        if news {
            return Ok(Poll::Pending);
        }
        self.shared.state.lock().unproved = false;
        Ok(Poll::Ready(true))
    }

    /// What is there; empty at the end of the stream, nothing when it is not there yet.
    fn read_once(&mut self, cx: &mut Context<'_>) -> io::Result<Option<Bytes>> {
        let Some(io) = self.io.as_mut() else { return Ok(None) };
        self.buffer.reserve(CHUNK);
        let mut place = ReadBuf::uninit(self.buffer.spare_capacity_mut());
        if Pin::new(io).poll_read(cx, &mut place)?.is_pending() {
            return Ok(None);
        }
        let bytes = Bytes::copy_from_slice(place.filled());
        Ok(Some(bytes))
    }

    fn turn(&mut self, cx: &mut Context<'_>) -> Result<bool, Error> {
        let reading = |error: io::Error| errno::failure(&error, Phase::Head, "read", None);
        match self.prove(cx).map_err(reading)? {
            Poll::Ready(true) => {}
            Poll::Ready(false) => return Ok(false),
            Poll::Pending => return Ok(true),
        }
        self.write(cx).map_err(|error| errno::failure(&error, Phase::Head, "write", None))?;
        self.read(cx).map_err(reading)
    }

    fn die(&mut self, error: Option<Error>) {
        let user = {
            let mut state = self.shared.state.lock();
            if std::mem::replace(&mut state.dead, true) {
                return;
            }
            state.user.take()
        };
        // The connection is closed before its user hears of it.
        self.io = None;
        if let Some(user) = user {
            user.died(error);
        }
    }
}

impl Future for RawDriver {
    /// The connection's bytes after [`Raw::give_back`]; otherwise it has closed, with or without a fault.
    type Output = Result<Option<Io>, Error>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        {
            let mut state = self.shared.state.lock();
            state.waker = Some(cx.waker().clone());
            if state.yielding && state.user.is_none() {
                state.dead = true;
                drop(state);
                return Poll::Ready(Ok(self.io.take()));
            }
            if state.abandoned && state.user.is_none() {
                drop(state);
                if let Some(io) = self.io.as_mut() {
                    // A parting word, close_notify under TLS, if the kernel has room for it.
                    drop(Pin::new(io).poll_shutdown(cx));
                }
                self.die(None);
                return Poll::Ready(Ok(None));
            }
        }
        match self.turn(cx) {
            Ok(true) => Poll::Pending,
            Ok(false) => {
                self.die(None);
                Poll::Ready(Ok(None))
            }
            Err(error) => {
                self.die(Some(error.clone()));
                Poll::Ready(Err(error))
            }
        }
    }
}

impl Drop for RawDriver {
    fn drop(&mut self) {
        self.die(None);
    }
}

/// Bytes that one read makes room for.
const CHUNK: usize = 16 * 1024;
