//! A request is over with its connection, or the connection itself changes.

use std::hash::Hash;
use std::time::{Duration, Instant};

use super::arena::Id;
use super::effect::{CloseReason, Closed, Effects, Release};
use super::limits::Capacity;
use super::registry::Pool;
use super::token::{Lease, SlotId};

impl<K: Clone + Eq + Hash> Pool<K> {
    /// A lease comes back. Nothing happens if its connection is gone already.
    pub fn released(&mut self, lease: Lease, outcome: Release, now: Instant, fx: &mut Effects) {
        let id = lease.spend();
        let Some(slot) = self.slots.get_mut(id) else { return };
        let origin = slot.origin;
        debug_assert!(slot.used > 0, "a lease on a connection that counts none");
        slot.used = slot.used.saturating_sub(1);
        if matches!(outcome, Release::Reusable { .. } | Release::Close) {
            self.note_warmth(origin, now);
        }
        match outcome {
            Release::Unused => self.unserve(id, now, fx),
            Release::Reusable { keep_alive_hint } => self.note_use(id, keep_alive_hint, now, fx),
            Release::Refused => self.note_refusal(id, now, fx),
            Release::Close => self.retire(id, CloseReason::Requested, fx),
            Release::Broken => {
                self.close(id, CloseReason::Broken, fx);
            }
        }
        self.reassign(id, origin, now, fx);
    }

    /// The connection of this lease was upgraded or carries a tunnel: it is its user's own from now on and counts
    /// against no limit. Other leases on it go stale.
    pub fn detached(&mut self, lease: Lease, now: Instant, fx: &mut Effects) {
        if let Some(slot) = self.forget_slot(lease.spend()) {
            self.totals.detached();
            self.settle(slot.origin);
            self.feed(now, fx);
        }
    }

    /// A connection ended by itself, or is about to. Leases on one that has ended go stale: giving them back does
    /// nothing.
    pub fn closed(&mut self, slot: SlotId, how: Closed, now: Instant, fx: &mut Effects) {
        let Some(state) = self.slots.get(slot.0) else { return };
        let origin = state.origin;
        match how {
            Closed::Draining => self.retire(slot.0, CloseReason::Draining, fx),
            Closed::Peer => {
                self.learn_from(slot.0, now);
                self.end_cools(slot.0, now);
                self.discard(slot.0);
            }
            Closed::Error => {
                self.end_cools(slot.0, now);
                self.discard(slot.0);
            }
        }
        self.settle(origin);
        self.feed(now, fx);
    }

    /// The peer allows more or fewer streams. Those under way beyond a smaller number run on.
    pub fn capacity_changed(&mut self, slot: SlotId, capacity: Capacity, now: Instant, fx: &mut Effects) {
        self.settle_capacity(slot.0);
        let Some(state) = self.slots.get(slot.0) else { return };
        let (id, was_idle) = (state.origin, state.is_idle());
        let (was_blocked, is_draining) = (state.is_blocked(), state.draining.is_some());
        let Some(origin) = self.origins.get_mut(id) else { return };
        let streams = origin.limits.usable(capacity.streams);
        // One that takes no more requests says nothing of those to come.
        if !is_draining {
            origin.told(streams, was_blocked);
        }
        if was_idle && was_blocked != (streams == 0) {
            self.unlist(slot.0);
        }
        if let Some(state) = self.slots.get_mut(slot.0) {
            (state.streams, state.told) = (streams, streams);
        }
        self.settle_promise(slot.0);
        self.serve(slot.0, fx);
        self.place(slot.0, now, fx);
        self.settle(id);
        self.feed(now, fx);
    }

    /// Nothing more is to be waited for about how many streams a connection has. Gives its origin, which the caller
    /// settles, if anything was.
    pub(super) fn settle_capacity(&mut self, id: Id) -> Option<Id> {
        let slot = self.slots.get_mut(id).filter(|slot| slot.unsettled)?;
        slot.unsettled = false;
        let origin = slot.origin;
        self.origins.get_mut(origin)?.unsettled.fall();
        Some(origin)
    }

    /// Has an origin count on a connection, or no more.
    pub(super) fn settle_promise(&mut self, id: Id) {
        let Some(slot) = self.slots.get_mut(id) else { return };
        let Some(origin) = self.origins.get_mut(slot.origin) else { return };
        match (slot.promising, slot.is_promising()) {
            (false, true) => origin.promising.rise(),
            (true, false) => origin.promising.fall(),
            _ => {}
        }
        slot.promising = slot.is_promising();
    }

    /// Decides who has a connection next: nobody, another origin, or those of its own origin that wait.
    fn reassign(&mut self, id: Id, origin: Id, now: Instant, fx: &mut Effects) {
        if let Some((draining, used)) = self.slots.get(id).map(|slot| (slot.draining, slot.used)) {
            match draining {
                Some(why) if used == 0 => {
                    self.close(id, why, fx);
                }
                Some(_) => {}
                None if self.slots.get(id).is_some_and(|slot| slot.past_lifetime(now)) => {
                    self.retire(id, CloseReason::Lifetime, fx);
                }
                None if self.must_yield(origin, now) => self.retire(id, CloseReason::Yielded, fx),
                None => {
                    self.serve(id, fx);
                    self.place(id, now, fx);
                }
            }
        }
        self.settle(origin);
        self.feed(now, fx);
    }

    fn note_use(&mut self, id: Id, hint: Option<Duration>, now: Instant, fx: &mut Effects) {
        let Some(slot) = self.slots.get_mut(id) else { return };
        let Some(origin) = self.origins.get_mut(slot.origin) else { return };
        slot.quiet_since = now;
        // One that had refused is tried with more, one for each that it carries to its end.
        slot.streams = slot.told.min(slot.streams.saturating_add(1));
        if slot.streams > 0 {
            origin.blocks = 0;
        }
        slot.hint = hint.map(|hint| origin.limits.honour(hint)).or(slot.hint);
        if !origin.limits.keep_alive {
            self.retire(id, CloseReason::KeepAliveOff, fx);
        } else if slot.hint == Some(Duration::ZERO) {
            self.retire(id, CloseReason::IdleTimeout, fx);
        }
    }

    /// Its peer carries no more than what is left of its streams, whatever it has told. One is always tried: where
    /// nothing is under way nothing would ever show that it carries more.
    fn note_refusal(&mut self, id: Id, now: Instant, fx: &mut Effects) {
        let Some(slot) = self.slots.get_mut(id) else { return };
        slot.quiet_since = now;
        slot.streams = slot.streams.min(slot.used.max(1));
        if self.origins.get(slot.origin).is_some_and(|origin| !origin.limits.keep_alive) {
            self.retire(id, CloseReason::KeepAliveOff, fx);
        }
    }

    /// A request that was never sent is not counted, and does not use the connection up. Nor does it interrupt
    /// its idle time, which may have ended meanwhile.
    fn unserve(&mut self, id: Id, now: Instant, fx: &mut Effects) {
        let Some(slot) = self.slots.get_mut(id) else { return };
        slot.served = slot.served.saturating_sub(1);
        if slot.draining == Some(CloseReason::MaxRequests) {
            slot.draining = None;
            self.settle_promise(id);
        }
        let Some(slot) = self.slots.get(id) else { return };
        if slot.used == 0 && slot.quiet_until().is_some_and(|until| until <= now) {
            self.retire(id, CloseReason::IdleTimeout, fx);
        }
        // While it drained it had no time of its own.
        self.arm(id);
    }

    /// Only a connection that has carried a request shows the peer's idle timeout: others fall to the timer for
    /// a first request.
    fn learn_from(&mut self, id: Id, now: Instant) {
        if let Some(slot) = self.slots.get(id)
            && slot.is_idle()
            && slot.served > 0
            && let Some(origin) = self.origins.get_mut(slot.origin)
        {
            let learner = origin.learner.get_or_insert_default();
            learner.observe(now.saturating_duration_since(slot.quiet_since), now);
        }
    }

    fn discard(&mut self, id: Id) {
        if self.forget_slot(id).is_some() {
            self.totals.destroyed();
        }
    }
}
