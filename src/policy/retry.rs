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

use std::fmt::Debug;

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
    /// What passed through the connection.
    pub trace: Trace,
}

/// What follows a failed attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// Its failure is the request's.
    Fail,
    /// The request goes out as if for the first time.
    Anew,
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
        if !attempt.died || !attempt.rested {
            Next::Fail
        } else if attempt.unsent {
            Next::Anew
        } else if attempt.replayable && attempt.trace.allows(attempt.idempotent) {
            Next::Again
        } else {
            Next::Fail
        }
    }
}
