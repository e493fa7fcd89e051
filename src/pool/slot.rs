//! One open connection.

use std::time::{Duration, Instant};

use super::arena::Id;
use super::effect::CloseReason;
use super::list::{Link, Linked};

/// The lists of one origin.
#[derive(Debug)]
pub(super) struct InOrigin;

/// The lists of the whole pool.
#[derive(Debug)]
pub(super) struct InPool;

/// Where a connection is listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// Idle, for less than the surplus grace when last looked at.
    Young,
    /// Idle for longer than the surplus grace.
    Aged,
    /// Busy with streams to spare.
    Partial,
    /// Full, or draining: it can take nothing and stands nowhere.
    Out,
}

#[derive(Debug)]
pub(super) struct Slot {
    pub(super) origin: Id,
    /// Streams that are used at a time: as many as its peer allows, or fewer after it has refused one.
    pub(super) streams: u32,
    /// Streams that its peer allows.
    pub(super) told: u32,
    /// Its peer has not told yet how many streams it allows, and may still do so in time for those that wait.
    pub(super) unsettled: bool,
    pub(super) used: u32,
    /// Its peer allows none for now and may still come to allow some: whether its origin counts on it.
    pub(super) promising: bool,
    /// Requests carried, those under way included.
    pub(super) served: u32,
    pub(super) place: Place,
    /// Set: takes no more requests and is closed, for this reason, when the last one is over.
    pub(super) draining: Option<CloseReason>,
    /// When it was last put among the idle ones: the order of the idle lists.
    pub(super) idle_since: Instant,
    /// When it last carried anything, which is what the peer's own timer runs from.
    pub(super) quiet_since: Instant,
    /// What the peer's last keep-alive hint allows.
    pub(super) hint: Option<Duration>,
    /// How long it may stay idle this time.
    pub(super) keep_for: Duration,
    pub(super) retire_at: Option<Instant>,
    /// The time under which it stands among the deadlines: at or before `due`, where there is one.
    pub(super) armed: Option<Instant>,
    pub(super) in_origin: Link,
    pub(super) in_pool: Link,
}

impl Slot {
    pub(super) fn is_idle(&self) -> bool {
        matches!(self.place, Place::Young | Place::Aged)
    }

    pub(super) fn has_room(&self) -> bool {
        self.draining.is_none() && self.used < self.streams
    }

    /// Whether its peer allows no streams for now.
    pub(super) fn is_blocked(&self) -> bool {
        self.streams == 0
    }

    /// Whether it may come to have room that it has not.
    pub(super) fn is_promising(&self) -> bool {
        self.is_blocked() && self.draining.is_none()
    }

    pub(super) fn past_lifetime(&self, now: Instant) -> bool {
        self.retire_at.is_some_and(|at| at <= now)
    }

    /// When the idle time that its last use began is over.
    pub(super) fn quiet_until(&self) -> Option<Instant> {
        self.quiet_since.checked_add(self.keep_for)
    }

    /// When it becomes unfit by the mere passing of time.
    pub(super) fn due(&self) -> Option<Instant> {
        let idle_until = if self.is_idle() { self.quiet_until() } else { None };
        match (idle_until, self.retire_at.filter(|_| self.draining.is_none())) {
            (Some(idle), Some(retire)) => Some(idle.min(retire)),
            (idle, retire) => idle.or(retire),
        }
    }
}

impl Linked<InOrigin> for Slot {
    fn link(&self) -> &Link {
        &self.in_origin
    }

    fn link_mut(&mut self) -> &mut Link {
        &mut self.in_origin
    }
}

impl Linked<InPool> for Slot {
    fn link(&self) -> &Link {
        &self.in_pool
    }

    fn link_mut(&mut self) -> &mut Link {
        &mut self.in_pool
    }
}
