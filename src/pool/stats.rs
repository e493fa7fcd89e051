//! What the pool counts.

use std::hash::Hash;
use std::time::Instant;

use super::effect::CloseReason;
use super::origin::{Origin, Standing};
use super::registry::Pool;
use super::token::{OriginId, SlotId};

/// The pool at one moment. Always: `created − destroyed − detached = open`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    /// Connections, those being dialled included: what `max_sockets` bounds.
    pub total: u32,
    /// Open connections: `active + idle`.
    pub open: u32,
    /// Those that carry a request.
    pub active: u32,
    /// Those that carry none.
    pub idle: u32,
    /// Dials under way.
    pub connecting: u32,
    /// Requests that wait.
    pub waiting: u32,
    /// Connections opened since the beginning.
    pub created: u64,
    /// Connections closed since the beginning, by whichever side.
    pub destroyed: u64,
    /// Connections handed over to their users.
    pub detached: u64,
    /// The most that were open at a time.
    pub peak: u32,
    /// The most requests that waited at a time.
    pub peak_waiting: u32,
    /// Requests that had to wait because a limit was reached.
    pub queued_total: u64,
}

/// One origin at one moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OriginStats {
    /// Connections that carry a request.
    pub active: u32,
    /// Connections that carry none.
    pub idle: u32,
    /// Dials under way.
    pub connecting: u32,
    /// Requests that wait.
    pub waiting: u32,
    /// When the one that has waited longest began to.
    pub oldest_wait: Option<Instant>,
}

/// Counts that only grow.
#[derive(Debug, Default)]
pub(super) struct Totals {
    created: u64,
    destroyed: u64,
    detached: u64,
    queued: u64,
    peak: u32,
    peak_waiting: u32,
}

impl Totals {
    pub(super) fn opened(&mut self, open: u32) {
        self.created = self.created.saturating_add(1);
        self.peak = self.peak.max(open);
    }

    pub(super) fn destroyed(&mut self) {
        self.destroyed = self.destroyed.saturating_add(1);
    }

    pub(super) fn detached(&mut self) {
        self.detached = self.detached.saturating_add(1);
    }

    pub(super) fn exhausted(&mut self) {
        self.queued = self.queued.saturating_add(1);
    }

    pub(super) fn waited(&mut self, waiting: usize) {
        self.peak_waiting = self.peak_waiting.max(u32::try_from(waiting).unwrap_or(u32::MAX));
    }
}

impl<K: Clone + Eq + Hash> Pool<K> {
    /// The pool now. O(1).
    pub fn stats(&self) -> Stats {
        let idle = self.young.len().saturating_add(self.aged.len());
        Stats {
            total: self.total(),
            open: self.open.get(),
            active: self.open.get().saturating_sub(idle),
            idle,
            connecting: self.dialling.get(),
            waiting: u32::try_from(self.waiters.len()).unwrap_or(u32::MAX),
            created: self.totals.created,
            destroyed: self.totals.destroyed,
            detached: self.totals.detached,
            peak: self.totals.peak,
            peak_waiting: self.totals.peak_waiting,
            queued_total: self.totals.queued,
        }
    }

    /// Whether somebody waits and no dial is under way for him, whom a connection to this origin would help: he waits at its own
    /// limit, or at that of all.
    pub fn is_wanted(&self, origin: OriginId) -> bool {
        let own = self.origins.get(origin.0).is_some_and(Origin::wants_dial);
        own || !self.starving.is_empty() || !self.hungry.is_empty()
    }

    /// Whether a connection is open and to stay so: not yet told to close.
    pub fn is_open(&self, slot: SlotId) -> bool {
        self.slots.get(slot.0).is_some_and(|slot| slot.draining.is_none())
    }

    /// Why a connection takes no more requests, while it is still open for the last of them.
    pub fn leaving(&self, slot: SlotId) -> Option<CloseReason> {
        self.slots.get(slot.0)?.draining
    }

    /// Every origin that has a connection, a dial or a waiter now.
    pub fn origins(&self) -> impl Iterator<Item = (&K, OriginStats)> {
        self.origins
            .iter()
            .filter(|(_, origin)| origin.standing != Standing::Vacant)
            .map(|(_, origin)| (&origin.key, self.origin_stats(origin)))
    }

    fn origin_stats(&self, origin: &Origin<K>) -> OriginStats {
        let first = origin.waiters.front().and_then(|first| self.waiters.get(first));
        OriginStats {
            active: origin.open.get().saturating_sub(origin.at_rest()),
            idle: origin.at_rest(),
            connecting: origin.dialling.get(),
            waiting: origin.waiters.len(),
            oldest_wait: first.map(|first| first.since),
        }
    }
}
