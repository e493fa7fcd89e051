//! The side of a raw connection that owns its bytes.

use std::collections::VecDeque;
use std::future::Future;
use std::io::{self, IoSlice};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::{Buf, Bytes, BytesMut};
use tokio::io::{AsyncReadExt, AsyncWrite};

use super::super::errno;
use super::super::io::Io;
use super::super::socket::Look;
use super::{Shared, User};
use crate::error::{Error, Phase};

/// The future that carries the connection's bytes. Dropping it closes the connection.
#[must_use = "a connection does nothing unless its driver is polled"]
pub struct RawDriver {
    io: Option<Io>,
    shared: Arc<Shared>,
    buffer: BytesMut,
    /// Bytes that `buffer` is made for.
    room: usize,
    /// What was queued, from where it goes on.
    writing: VecDeque<Bytes>,
    /// Bytes were handed to TLS that the kernel may not have taken yet.
    unflushed: u64,
    fin_sent: bool,
}

impl std::fmt::Debug for RawDriver {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RawDriver").field("shared", &self.shared).finish_non_exhaustive()
    }
}

impl RawDriver {
    pub(super) fn new(io: Io, shared: Arc<Shared>) -> Self {
        Self {
            io: Some(io),
            shared,
            buffer: BytesMut::new(),
            room: CHUNK,
            writing: VecDeque::new(),
            unflushed: 0,
            fin_sent: false,
        }
    }

    fn write(&mut self, cx: &mut Context<'_>) -> io::Result<()> {
        let Some(io) = self.io.as_mut() else { return Ok(()) };
        let mut io = Pin::new(io);
        loop {
            self.writing.append(&mut self.shared.state.lock().queue);
            if self.writing.is_empty() {
                break;
            }
            // Pieces that are there at once share a call and the records of TLS, however they were cut.
            let mut slices = [IoSlice::new(&[]); AT_ONCE];
            for (slice, bytes) in slices.iter_mut().zip(&self.writing) {
                *slice = IoSlice::new(bytes);
            }
            let slices = slices.get(..self.writing.len().min(AT_ONCE)).unwrap_or_default();
            match io.as_mut().poll_write_vectored(cx, slices)? {
                Poll::Ready(0) => return Err(io::ErrorKind::WriteZero.into()),
                Poll::Ready(count) => {
                    advance(&mut self.writing, count);
                    self.unflushed += count as u64;
                }
                Poll::Pending => break,
            }
        }
        self.flush(cx)
    }

    fn flush(&mut self, cx: &mut Context<'_>) -> io::Result<()> {
        let Some(io) = self.io.as_mut() else { return Ok(()) };
        if self.unflushed > 0 && Pin::new(&mut *io).poll_flush(cx)?.is_ready() {
            let (user, taken, news) = {
                let mut state = self.shared.state.lock();
                state.taken += std::mem::take(&mut self.unflushed);
                // Who writes more than a window, ends, or has his reply already, waits for it; a request that fits one hears
                // of it in time with its reply.
                let news = state.fin || state.given > 0 || state.taken - state.told >= NEWS;
                if news {
                    state.told = state.taken;
                }
                (state.user.clone(), state.taken, news)
            };
            if let Some(user) = user {
                user.taken(taken, news);
            }
        }
        let done = {
            let state = self.shared.state.lock();
            state.fin && state.taken == state.written
        };
        if done && !self.fin_sent {
            self.fin_sent = Pin::new(io).poll_shutdown(cx)?.is_ready();
        }
        if done {
            self.tell_last();
        }
        Ok(())
    }

    /// What was no news when it was taken is, once the user has ended.
    fn tell_last(&self) {
        let (user, taken) = {
            let mut state = self.shared.state.lock();
            if state.told == state.taken {
                return;
            }
            state.told = state.taken;
            (state.user.clone(), state.taken)
        };
        if let Some(user) = user {
            user.taken(taken, true);
        }
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
            let stalled = user.as_ref().is_some_and(|user| user.poll_room(cx).is_pending());
            self.shared.state.lock().stalled = stalled;
            if stalled {
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
        if self.buffer.capacity() < CHUNK {
            self.buffer.reserve(self.room);
        }
        let room = self.buffer.capacity();
        let Poll::Ready(length) = pin!(io.read_buf(&mut self.buffer)).poll(cx)? else {
            // A connection that waits holds no memory for what may come.
            self.buffer = BytesMut::new();
            self.room = CHUNK;
            return Ok(None);
        };
        if length == room {
            self.room = BLOCK;
        }
        if length > SMALL {
            return Ok(Some(self.buffer.split().freeze()));
        }
        let bytes = Bytes::copy_from_slice(&self.buffer);
        self.buffer.clear();
        Ok(Some(bytes))
    }

    fn turn(&mut self, cx: &mut Context<'_>) -> Result<bool, Error> {
        let reading = |error: io::Error| errno::failure(&error, Phase::Head, "read", None);
        match self.prove(cx).map_err(reading)? {
            Poll::Ready(true) => {}
            Poll::Ready(false) => return Ok(false),
            Poll::Pending => return Ok(true),
        }
        self.write(cx).map_err(|error| {
            // The kernel tells of a reset once, to whoever asks first; as with Node it is the reader's.
            let call = if error.kind() == io::ErrorKind::ConnectionReset { "read" } else { "write" };
            errno::failure(&error, Phase::Head, call, None)
        })?;
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

/// Lets go of so many bytes at the front.
fn advance(pieces: &mut VecDeque<Bytes>, mut count: usize) {
    while let Some(front) = pieces.front_mut().filter(|_| count > 0) {
        let length = front.len().min(count);
        front.advance(length);
        count -= length;
        if front.is_empty() {
            pieces.pop_front();
        }
    }
}

/// Pieces that go out in one call.
const AT_ONCE: usize = 16;

/// Bytes taken from which on that is news: a quarter of what a virtual socket lets its writer be ahead at least.
const NEWS: u64 = 128 * 1024;

/// Bytes that a read has room for at least, and once one has filled what it had.
const CHUNK: usize = 16 * 1024;
const BLOCK: usize = 64 * 1024;
/// Up to so many bytes are copied out, so that the rest of the room serves the next read.
const SMALL: usize = 2 * 1024;
