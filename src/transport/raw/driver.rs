//! The side of a raw connection that owns its bytes.

#[cfg(test)]
mod tests;

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use tokio::io::AsyncWrite;

use super::super::io::Io;
use super::super::last_words;
use super::super::socket::Look;
use super::intake::Intake;
use super::outlet::Outlet;
use super::parting::{Parting, unread, unwritten};
use super::proof::{Proof, Round};
use super::{Shared, User};
use crate::error::Error;

/// The future that carries the connection's bytes. Dropping it closes the connection.
#[must_use = "a connection does nothing unless its driver is polled"]
pub struct RawDriver {
    io: Option<Io>,
    shared: Arc<Shared>,
    intake: Intake,
    outlet: Outlet,
    /// Bytes were handed to TLS that the kernel may not have taken yet.
    unflushed: u64,
    fin_sent: bool,
    /// Why nothing more can be written, while what the peer said before is read (RFC 9112, section 9.5).
    failure: Option<Parting>,
    round: Round,
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
            intake: Intake::default(),
            outlet: Outlet::default(),
            unflushed: 0,
            fin_sent: false,
            failure: None,
            round: Round::default(),
        }
    }

    fn write(&mut self, cx: &mut Context<'_>) -> io::Result<()> {
        let Some(io) = self.io.as_mut() else { return Ok(()) };
        while self.shared.state.lock().fill(&mut self.outlet) {
            match self.outlet.write(io, cx)? {
                Poll::Ready(0) => return Err(io::ErrorKind::WriteZero.into()),
                Poll::Ready(count) => self.unflushed += count as u64,
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
            let (user, ended, is_proven) = {
                let state = self.shared.state.lock();
                (state.user.clone(), state.ended, state.proof == Proof::None)
            };
            // A lease has begun since this turn did: what is there by now is no reply to it.
            if !is_proven {
                cx.waker().wake_by_ref();
                return Ok(true);
            }
            if ended {
                // A peer that has only half-closed still takes what is written; nobody's connection is no use.
                return Ok(user.is_some() && self.failure.is_none());
            }
            // Of a peer that is gone no more comes than the kernel holds, and its user is to hear of its end.
            let has_end = self.failure.is_some();
            let full = user.as_ref().filter(|user| !has_end && user.poll_room(cx).is_pending());
            if self.shared.state.lock().stalls(full) {
                return Ok(true);
            }
            if full.is_some() {
                // He has gone since, and nobody wakes for him.
                continue;
            }
            let Some(bytes) = self.read_once(cx)? else { return Ok(true) };
            if bytes.is_empty() && self.failure.as_ref().is_some_and(|parting| !parting.has_ended) {
                return Ok(false);
            }
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
        let user = user.filter(|user| state.is_of(user))?;
        state.given += bytes as u64;
        state.ended = bytes == 0;
        Some(user)
    }

    /// Whether nothing has come to a connection that rested. Not yet known, it is asked again when the socket has news.
    fn prove(&mut self, cx: &mut Context<'_>) -> io::Result<Poll<bool>> {
        let (proof, is_due) = {
            let state = self.shared.state.lock();
            (state.proof, state.fin || !state.queue.is_empty())
        };
        if proof == Proof::None {
            return Ok(Poll::Ready(true));
        }
        if is_due && proof == Proof::Shared && self.round.poll(cx).is_pending() {
            return Ok(Poll::Pending);
        }
        if self.read_once(cx)?.is_some() {
            return Ok(Poll::Ready(false));
        }
        if !is_due {
            return Ok(Poll::Pending);
        }
        if proof == Proof::Own && self.shared.socket.look() != Look::Alive {
            // Under TLS only what comes out above it tells a ticket from a byte too many.
            let is_tls = self.io.as_ref().is_some_and(Io::is_tls);
            return Ok(if is_tls { Poll::Pending } else { Poll::Ready(false) });
        }
        self.shared.state.lock().proof = Proof::None;
        Ok(Poll::Ready(true))
    }

    fn read_once(&mut self, cx: &mut Context<'_>) -> io::Result<Option<Bytes>> {
        self.io.as_mut().map_or(Ok(None), |io| self.intake.read(io, cx))
    }

    fn turn(&mut self, cx: &mut Context<'_>) -> Result<bool, Error> {
        match self.prove(cx).map_err(|error| unread(&error))? {
            Poll::Ready(true) => {}
            Poll::Ready(false) => return Ok(false),
            Poll::Pending => return Ok(true),
        }
        self.carry(cx)
    }

    /// Writes and reads, for a lease of whose connection all is known that has to be.
    fn carry(&mut self, cx: &mut Context<'_>) -> Result<bool, Error> {
        let written = if self.failure.is_none() { self.write(cx) } else { Ok(()) };
        if let Err(error) = written {
            let why = unwritten(&error);
            // What is there to be read before any of a message has gone out is no reply to it.
            if !last_words::follow(&error) || !self.shared.socket.message_has_begun() {
                return Err(why);
            }
            self.failure = Some(Parting { why, has_ended: last_words::ended_before(&error) });
        }
        match (self.read(cx), &self.failure) {
            (Ok(false) | Err(_), Some(parting)) => Err(parting.why.clone()),
            (read, _) => read.map_err(|error| unread(&error)),
        }
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
                // What was written before its user went: Node would have handed that to the kernel by now.
                drop(self.write(cx));
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

/// Bytes taken from which on that is news: a quarter of what a virtual socket lets its writer be ahead at least.
const NEWS: u64 = 128 * 1024;
