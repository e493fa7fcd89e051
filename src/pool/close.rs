//! Connections are let go.

use std::hash::Hash;
use std::time::Instant;

use super::arena::Id;
use super::effect::{CloseReason, Effect, Effects, Reject};
use super::registry::Pool;
use super::slot::{Place, Slot};
use super::token::{OriginId, SlotId};

impl<K: Clone + Eq + Hash> Pool<K> {
    /// Closes every idle connection; says how many those were. Such as are kept ready are dialled anew.
    pub fn close_idle(&mut self, now: Instant, fx: &mut Effects) -> u32 {
        let idle = self.stats().idle;
        self.close_all_idle(CloseReason::CloseIdle, fx);
        self.feed(now, fx);
        idle
    }

    /// Closes the idle connection of an origin that would be lent next. Says whether there was one.
    pub fn close_one(&mut self, origin: OriginId, now: Instant, fx: &mut Effects) -> bool {
        let OriginId(id) = origin;
        let Some(slot) = self.origins.get(id).and_then(super::origin::Origin::candidate) else {
            return false;
        };
        let is_idle = self.slots.get(slot).is_some_and(|slot| slot.used == 0);
        if is_idle {
            self.retire(slot, CloseReason::CloseIdle, fx);
            self.feed(now, fx);
        }
        is_idle
    }

    /// Rejects all that wait and closes all that is idle. Busy connections close when their requests end, those
    /// being dialled when they are up. Idempotent; nothing is taken on afterwards.
    pub fn destroy(&mut self, now: Instant, fx: &mut Effects) {
        self.destroyed = true;
        for id in std::mem::take(&mut self.orders) {
            if let Some(origin) = self.origins.get_mut(id) {
                origin.ordered = 0;
            }
            self.settle(id);
        }
        for (_, id) in std::mem::take(&mut self.cold) {
            self.settle_warmth(id);
        }
        let waiting: Vec<(Id, Id)> = self.waiters.iter().map(|(id, waiter)| (waiter.origin, id)).collect();
        for (origin, waiter) in waiting {
            self.reject(waiter, Reject::Destroyed, fx);
            self.settle(origin);
        }
        self.close_all_idle(CloseReason::Destroyed, fx);
        let busy: Vec<Id> = self.slots.iter().map(|(id, _)| id).collect();
        for slot in busy {
            self.retire(slot, CloseReason::Destroyed, fx);
        }
        self.feed(now, fx);
    }

    /// Lets a connection take no more requests, and closes it as soon as it carries none.
    pub(super) fn retire(&mut self, id: Id, why: CloseReason, fx: &mut Effects) {
        let Some(slot) = self.slots.get_mut(id) else { return };
        let origin = slot.origin;
        if slot.used == 0 {
            self.close(id, why, fx);
            self.settle(origin);
            return;
        }
        // The first reason stands, but for the one that `Release::Unused` can take back.
        if matches!(slot.draining, None | Some(CloseReason::MaxRequests)) {
            slot.draining = Some(why);
            if why == CloseReason::Yielded {
                self.yielding.rise();
            }
        }
        self.unlist(id);
        // Nobody waits any longer for what its peer would have said.
        self.settle_capacity(id);
        self.settle_promise(id);
        self.settle(origin);
    }

    /// Closes a connection; says whose it was. The caller settles that origin.
    pub(super) fn close(&mut self, id: Id, why: CloseReason, fx: &mut Effects) -> Option<Id> {
        let slot = self.forget_slot(id)?;
        self.totals.destroyed();
        fx.push(Effect::Close { slot: SlotId(id), why });
        Some(slot.origin)
    }

    /// Takes a connection out of every list, deadline and gauge.
    pub(super) fn forget_slot(&mut self, id: Id) -> Option<Slot> {
        self.unlist(id);
        self.settle_capacity(id);
        let slot = self.slots.remove(id)?;
        debug_assert!(slot.place == Place::Out, "a listed connection was forgotten");
        if let Some(at) = slot.armed {
            self.slot_deadlines.remove(&(at, id));
        }
        if slot.draining == Some(CloseReason::Yielded) {
            self.yielding.fall();
        }
        self.open.fall();
        if let Some(origin) = self.origins.get_mut(slot.origin) {
            origin.open.fall();
            if slot.promising {
                origin.promising.fall();
            }
        }
        Some(slot)
    }

    fn close_all_idle(&mut self, why: CloseReason, fx: &mut Effects) {
        while let Some(id) = self.longest_idle()
            && let Some(origin) = self.close(id, why, fx)
        {
            self.settle(origin);
        }
    }
}
