//! What goes in and out of the transitions.

use std::collections::VecDeque;
use std::time::Duration;

use super::token::{DialId, Lease, Permit, SlotId, WaiterId};

/// The answer to `acquire`.
#[derive(Debug, PartialEq, Eq)]
#[must_use]
pub enum Acquired {
    /// A connection, now.
    Granted(Lease),
    /// A place in the queue; `Effect::Grant` or `Effect::Reject` will name it.
    Queued {
        /// The place.
        waiter: WaiterId,
        /// Whether it waits because a limit is reached, not merely for a dial that is under way.
        exhausted: bool,
    },
    /// Not taken on.
    Refused(Refusal),
    /// The origin is no longer remembered: intern its key again.
    Forgotten,
}

/// Whether a request has been let in before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asks {
    /// Where `max_queued` wait it is refused.
    First,
    /// The connection that it had was no use: it is never one too many.
    Again,
}

/// Why a request was not taken on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// `max_queued` requests wait already.
    QueueFull,
    /// The pool is destroyed.
    Destroyed,
}

/// Why a request waits no longer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reject {
    /// Its queue timeout has passed.
    QueueTimeout,
    /// The pool was destroyed.
    Destroyed,
    /// The dial made for it failed, or one did while its origin had nothing else.
    ConnectFailed,
}

/// How a lease comes back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Release {
    /// Nothing was sent; it does not count as a request, and the connection's idle time runs on.
    Unused,
    /// The exchange is over and the connection can carry another.
    Reusable {
        /// `n` seconds, when the reply said `Keep-Alive: timeout=n`; holds until another reply says otherwise.
        keep_alive_hint: Option<Duration>,
    },
    /// Its peer has not taken the request on, as one too many; others of the connection go on.
    Refused,
    /// The exchange is over and the connection is to take no other (`Connection: close`).
    Close,
    /// The connection is beyond use: closed now, whatever else it carries.
    Broken,
}

/// How a connection ended without being told to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Closed {
    /// The peer closed it. If it was idle, the pool learns from it.
    Peer,
    /// It failed.
    Error,
    /// It lives until its streams end and takes no more (GOAWAY).
    Draining,
}

/// Why the pool closes a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CloseReason {
    /// Idle for as long as it may be.
    IdleTimeout,
    /// More are idle than are kept.
    Surplus,
    /// Closed while idle to make room for another origin.
    Evicted,
    /// Taken from an origin above its share, or whose turn is over, for one that waits.
    Yielded,
    /// Past `max_lifetime`.
    Lifetime,
    /// Has carried `max_requests`.
    MaxRequests,
    /// `keep_alive` is off.
    KeepAliveOff,
    /// Its user asked for it.
    Requested,
    /// Its user found it broken.
    Broken,
    /// Its peer is going away.
    Draining,
    /// Given up for a new one in its place.
    Replaced,
    /// `close_idle` was called.
    CloseIdle,
    /// The pool is destroyed.
    Destroyed,
}

impl CloseReason {
    /// A word for events and logs.
    pub fn name(self) -> &'static str {
        match self {
            Self::IdleTimeout => "idle timeout",
            Self::Surplus => "surplus",
            Self::Evicted => "evicted",
            Self::Yielded => "yielded",
            Self::Lifetime => "lifetime",
            Self::MaxRequests => "max requests",
            Self::KeepAliveOff => "keep-alive off",
            Self::Requested => "requested",
            Self::Broken => "broken",
            Self::Draining => "draining",
            Self::Replaced => "replaced",
            Self::CloseIdle => "close idle",
            Self::Destroyed => "destroyed",
        }
    }
}

/// Something for the caller to do.
#[derive(Debug, PartialEq, Eq)]
pub enum Effect {
    /// Dial, then say `connected` or `connect_failed`.
    Connect(Permit),
    /// Break off a dial that nobody waits for, and give its permit back by `connect_failed`; by `connected`, if it has just
    /// succeeded.
    Abandon(DialId),
    /// Hand the lease to the waiter; if that one is gone, give it back as `Release::Unused`.
    Grant {
        /// Who waited.
        waiter: WaiterId,
        /// What for.
        lease: Lease,
    },
    /// Tell the waiter.
    Reject {
        /// Who waited.
        waiter: WaiterId,
        /// Why in vain.
        why: Reject,
    },
    /// Close the connection. The pool has forgotten it already.
    Close {
        /// Which.
        slot: SlotId,
        /// Why.
        why: CloseReason,
    },
}

/// Effects in the order in which they are to be carried out. Kept and reused by the caller.
#[derive(Debug, Default)]
pub struct Effects {
    queue: VecDeque<Effect>,
}

impl Effects {
    /// An empty buffer.
    pub fn new() -> Self {
        Self::default()
    }

    /// Whether nothing is to be done.
    pub fn is_empty(&self) -> bool {
        self.queue.is_empty()
    }

    /// Takes the next effect out.
    pub fn pop(&mut self) -> Option<Effect> {
        self.queue.pop_front()
    }

    /// Takes all effects out.
    pub fn drain(&mut self) -> impl Iterator<Item = Effect> + '_ {
        self.queue.drain(..)
    }

    pub(super) fn push(&mut self, effect: Effect) {
        self.queue.push_back(effect);
    }
}
