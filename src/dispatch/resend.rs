//! May a request whose connection died be sent a second time?
//!
//! Only if its connection had been open for a while, so that the death is the keep-alive race and not the
//! server's answer, and no byte of a reply came. Then if it is idempotent or keyed, or if it provably never
//! reached the peer: no byte of it was handed to the kernel, or the peer's FIN arrived while its TCP had
//! acknowledged none of the request's bytes. A reset is never proof: the peer may have read the request and
//! died of it.
//!
//! Over HTTP/2 the peer may say itself that it has not processed a request: it refuses the stream, or goes away and names a
//! last one below it. Such a request goes out again whatever it is, and that is no second sending.
//!
//! A request of an agent that was provably never seen goes out again from a fresh connection too (`raw/attempts`): that is
//! no second sending.

use crate::error::{Error, Kind};

use crate::transport::h1::SendFailure;

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
    if lease.meter().reached_nobody() { Seen::Nothing } else { Seen::Perhaps }
}

/// How a request whose attempt failed goes out again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// The connection took none of it.
    Unsent,
    /// The peer has said that it has not processed it.
    Unprocessed,
    /// A second time.
    Once,
}

/// How often a peer may say that it has not processed a request before it is believed not to want it.
pub(super) const MOST_REFUSALS: u32 = 5;

/// `None`: it does not. `resent`: it went out a second time already.
pub(super) fn way(
    request: &Request,
    lease: &Lease,
    failure: &SendFailure,
    seen: Seen,
    resent: bool,
) -> Option<Way> {
    if failure.unprocessed {
        return request.is_kept().then_some(Way::Unprocessed);
    }
    if !is_death(&failure.error) {
        return None;
    }
    if failure.unsent.is_some() && lease.is_shared() {
        return Some(Way::Unprocessed);
    }
    if !lease.rested() {
        return None;
    }
    if failure.unsent.is_some() {
        return Some(Way::Unsent);
    }
    (!resent && request.is_kept() && allowed(request.is_idempotent(), lease, seen)).then_some(Way::Once)
}

/// Whether the connection died. Protocol faults and refusals are answers.
pub(super) fn is_death(error: &Error) -> bool {
    matches!(error.kind(), Kind::System(_))
}

/// Whether a request whose rested connection died under it may be sent again. Bytes that came before one of its own left
/// answer something else.
pub(super) fn allowed(idempotent: bool, lease: &Lease, seen: Seen) -> bool {
    seen == Seen::Nothing || idempotent && lease.moved().received == 0
}
