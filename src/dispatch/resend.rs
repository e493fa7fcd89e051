//! May a request whose connection died be sent a second time?
//!
//! Only if its connection was reused, so that the death is the keep-alive race and not the server's answer,
//! and no byte of a reply came. Then if it is idempotent or keyed, or if it provably never reached the peer:
//! no byte of it was handed to the kernel, or the peer's FIN arrived while its TCP had acknowledged none of
//! the request's bytes. A reset is never proof: the peer may have read the request and died of it.

use crate::error::{Error, Kind};

use super::lease::Lease;
use super::request::Request;

/// What the peer can have seen of a failed request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Seen {
    /// Nothing, provably.
    Nothing,
    /// It may have read and processed it.
    Perhaps,
}

/// What the peer can have seen of the request that this lease carried.
pub(super) fn seen(lease: &Lease) -> Seen {
    let moved = lease.moved();
    let closed_before = moved.received == 0
        && lease.socket().is_some_and(crate::transport::socket::Socket::saw_eof)
        && lease.nothing_acknowledged() == Some(true);
    if moved.written == 0 || closed_before { Seen::Nothing } else { Seen::Perhaps }
}

/// Whether the request may be sent again after this failure.
pub(super) fn allowed(request: &Request, lease: &Lease, error: &Error, seen: Seen) -> bool {
    // Protocol faults and refusals are answers; only the death of the connection is not.
    let connection_died = matches!(error.kind(), Kind::System(_));
    connection_died
        && lease.reused()
        && lease.moved().received == 0
        && (request.is_idempotent() || seen == Seen::Nothing)
}
