//! How many bytes of a connection one use of it accounts for.

use std::sync::Arc;

use crate::transport::socket::Socket;

use super::shared::Stream;
use super::speaker::Speaker;

/// What passes through the connection of one lease. It outlives the lease, for those who ask how far a request
/// came that is no more.
#[derive(Clone, Debug)]
pub(super) struct Meter {
    socket: Option<Arc<Socket>>,
    /// The socket's counts when the lease began.
    before: Counts,
    /// Of a connection that carries others at the same time.
    stream: Option<Arc<Stream>>,
}

/// Bytes through a socket.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Counts {
    pub(super) read: u64,
    pub(super) written: u64,
    /// Bytes above TLS: what a reply is made of, without tickets and alerts.
    pub(super) received: u64,
}

impl Counts {
    fn of(socket: &Socket) -> Self {
        Self { read: socket.read(), written: socket.written(), received: socket.received() }
    }
}

impl Meter {
    pub(super) fn of(speaker: Option<&Speaker>) -> Self {
        let socket = speaker.map(|speaker| Arc::clone(speaker.socket()));
        let stream = match speaker {
            Some(Speaker::Shared(stream)) => Some(Arc::clone(stream)),
            _ => None,
        };
        Self { before: socket.as_deref().map(Counts::of).unwrap_or_default(), socket, stream }
    }

    /// Bytes since the lease began; of a stream among others those of its fields, before compression, and its bodies.
    pub(super) fn moved(&self) -> Counts {
        match &self.stream {
            None => self.on_the_wire(),
            Some(stream) => {
                let (received, written) = (stream.tally.received(), stream.tally.written());
                Counts { read: received, written, received }
            }
        }
    }

    /// Bytes of the request that the peer had room for; of a stream among others those of its body alone.
    pub(super) fn uploaded(&self) -> u64 {
        self.stream.as_ref().map_or_else(|| self.on_the_wire().written, |stream| stream.tally.uploaded())
    }

    /// The same of all that the connection carries at the same time; 0 where that is nothing.
    pub(super) fn uploaded_by_all(&self) -> u64 {
        self.stream.as_ref().map_or(0, |stream| stream.shared.h2.uploaded())
    }

    /// Whether the connection may carry others at the same time.
    pub(super) fn is_of_a_stream(&self) -> bool {
        self.stream.is_some()
    }

    /// Bytes read and written that this exchange accounts for.
    pub(super) fn accounted(&self) -> (u64, u64) {
        if let (Some(stream), Some(socket)) = (&self.stream, &self.socket) {
            return stream.shared.account.take(socket);
        }
        let moved = self.on_the_wire();
        (moved.read, moved.written)
    }

    /// Bytes of this exchange that the peer's TCP has acknowledged. `None`: nobody can tell.
    pub(super) fn acknowledged(&self) -> Option<u64> {
        if self.stream.is_some() { None } else { self.acknowledged_in_all() }
    }

    pub(super) fn on_the_wire(&self) -> Counts {
        let now = self.socket.as_deref().map(Counts::of).unwrap_or_default();
        Counts {
            read: now.read.saturating_sub(self.before.read),
            written: now.written.saturating_sub(self.before.written),
            received: now.received.saturating_sub(self.before.received),
        }
    }

    pub(super) fn acknowledged_in_all(&self) -> Option<u64> {
        Some(self.socket.as_ref()?.acked()?.saturating_sub(self.before.written))
    }

    /// Whether the peer's FIN has been read.
    pub(super) fn saw_eof(&self) -> bool {
        self.socket.as_ref().is_some_and(|socket| socket.saw_eof())
    }
}
