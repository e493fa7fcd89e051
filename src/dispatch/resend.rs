//! May a request whose connection died be sent a second time?
//!
//! Only if its connection had been open for a while, so that the death is the keep-alive race and not the
//! server's answer, and no byte of a reply came. Then if it is idempotent or keyed, or if it provably never
//! reached the peer: no byte of it was handed to the kernel, or the peer's FIN arrived while its TCP had
//! acknowledged none of the request's bytes. A reset is never proof: the peer may have read the request and
//! died of it.
//!
//! A request of an agent that was provably never seen goes out again from a fresh connection too (`raw/attempts`): that is
//! no second sending.

use crate::error::{Error, Kind};

use super::lease::Lease;

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
    let (meter, moved) = (lease.meter(), lease.moved());
    let closed_before = moved.received == 0 && meter.saw_eof() && meter.acknowledged() == Some(0);
    if moved.written == 0 || closed_before { Seen::Nothing } else { Seen::Perhaps }
}

/// Whether the connection died. Protocol faults and refusals are answers.
pub(super) fn is_death(error: &Error) -> bool {
    matches!(error.kind(), Kind::System(_))
}

/// Whether a request whose rested connection died under it may be sent again. Bytes that came before one of its own left
/// answer something else.
pub(super) fn allowed(idempotent: bool, lease: &Lease, seen: Seen) -> bool {
    let moved = lease.moved();
    moved.written == 0 || moved.received == 0 && (idempotent || seen == Seen::Nothing)
}
