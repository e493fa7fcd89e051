//! May a request whose connection died be sent a second time?
//!
//! Only if its connection had been open for a while, so that the death is the keep-alive race and not the
//! server's answer, and no byte of a reply came. Then if it is idempotent or keyed, or if it provably never
//! reached the peer: no byte of it was handed to the kernel, or the peer's FIN arrived while its TCP had
//! acknowledged none of the request's bytes. A reset is never proof: the peer may have read the request and
//! died of it.
//!
//! Over HTTP/2 the peer may say itself that it has not processed a request: it refuses the stream, or goes away and names a
//! last one below it. Such a request goes out again whatever it is, and that is no second sending. A peer that says so
//! may have more to do than it can, and a request that came back at once, with all others of its kind, would keep it there: the
//! first may be sent at once where the peer was merely leaving, any other rests, twice as long each time. What the
//! request's own timeouts do not end is ended by a count.
//!
//! A request of an agent that was provably never seen goes out again from a fresh connection too, once (`raw/attempts`): that is
//! no second sending.

use std::fmt::Debug;
use std::time::Duration;

/// What the peer can have seen of a failed request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seen {
    /// Nothing, provably.
    Nothing,
    /// It may have read and processed it.
    Perhaps,
}

/// What passed through a connection for one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Trace {
    /// Bytes that the kernel took.
    pub written: u64,
    /// Bytes that came back.
    pub received: u64,
    /// Bytes that the peer's TCP has acknowledged. `None`: nobody can tell.
    pub acknowledged: Option<u64>,
    /// Whether the peer's FIN has been read.
    pub ended: bool,
}

impl Trace {
    /// What the peer can have seen of the request.
    pub fn seen(&self) -> Seen {
        let closed_before = self.received == 0 && self.ended && self.acknowledged == Some(0);
        if self.written == 0 || closed_before { Seen::Nothing } else { Seen::Perhaps }
    }

    /// Whether a request whose rested connection died under it may be sent again. Bytes that came before one of its own left
    /// answer something else.
    pub fn allows(&self, idempotent: bool) -> bool {
        self.written == 0 || self.received == 0 && (idempotent || self.seen() == Seen::Nothing)
    }
}

/// Why a request was provably not processed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Declined {
    /// Its connection was going away, or gone, for no fault.
    Leaving,
    /// The peer has too much to do, or finds fault: it refused the stream, or went away with an error.
    Shedding,
    /// The peer wants it by another protocol, by which it goes from now on.
    Elsewhere,
}

/// An attempt that failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
pub struct Attempt {
    /// The connection died. Protocol faults and refusals are answers.
    pub died: bool,
    /// The connection had been open for a while, so that its peer may have been closing it.
    pub rested: bool,
    /// The message came back whole: nothing of it was begun.
    pub unsent: bool,
    /// The message can be made once more.
    pub replayable: bool,
    /// Sending it twice does what sending it once does.
    pub idempotent: bool,
    /// The peer has said that it has not processed it, or the connection, which others shared, took none of it.
    pub declined: Option<Declined>,
    /// How often that was so before.
    pub refusals: u32,
    /// It was sent a second time already.
    pub resent: bool,
    /// What passed through the connection.
    pub trace: Trace,
}

/// How often a peer may say that it has not processed a request before it is believed not to want it: some eleven seconds,
/// in which a server restarts.
const MOST_REFUSALS: u32 = 10;
/// The rest after a first refusal.
const FIRST_PAUSE: Duration = Duration::from_millis(50);
/// The longest rest.
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

impl Declined {
    /// How long a request rests before it goes out again, after so many refusals before this one. Those of one burst rest
    /// equally long; the queue of their origin, and the streams that are used there after a refusal, spread them again.
    fn pause(self, refusals: u32) -> Duration {
        let doublings = match self {
            Self::Elsewhere => return Duration::ZERO,
            Self::Leaving if refusals == 0 => return Duration::ZERO,
            Self::Leaving => refusals.saturating_sub(1),
            Self::Shedding => refusals,
        };
        FIRST_PAUSE.saturating_mul(1 << doublings.min(8)).min(LONGEST_PAUSE)
    }
}

/// What follows a failed attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// Its failure is the request's.
    Fail,
    /// The request goes out as if for the first time.
    Anew {
        /// After so long a rest.
        after: Duration,
    },
    /// It is sent again, on a fresh connection.
    Again,
}

/// Says what follows a failed attempt.
pub trait Retry: Send + Sync + Debug {
    /// What does.
    fn after(&self, attempt: &Attempt) -> Next;
}

/// Sends again only what is safe to send again.
#[derive(Clone, Copy, Debug)]
pub struct SafeResend;

impl Retry for SafeResend {
    fn after(&self, attempt: &Attempt) -> Next {
        if let Some(declined) = attempt.declined {
            let possible = attempt.unsent || attempt.replayable;
            if possible && attempt.refusals < MOST_REFUSALS {
                Next::Anew { after: declined.pause(attempt.refusals) }
            } else {
                Next::Fail
            }
        } else if !attempt.died || !attempt.rested || attempt.resent {
            Next::Fail
        } else if attempt.unsent {
            Next::Anew { after: Duration::ZERO }
        } else if attempt.replayable && attempt.trace.allows(attempt.idempotent) {
            Next::Again
        } else {
            Next::Fail
        }
    }
}
