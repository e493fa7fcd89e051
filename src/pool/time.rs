//! What happens by the passing of time alone.
//!
//! A waiter stands among the deadlines under its exact time. A connection stands there at most once and not always
//! under its own time but under an earlier one: it is put back when that comes. So using a connection over and
//! over costs nothing here, and the pool may be woken once an idle timeout without anything to do.

use std::hash::Hash;
use std::time::Instant;

use super::arena::Id;
use super::effect::{CloseReason, Effects, Reject};
use super::registry::Pool;

impl<K: Clone + Eq + Hash> Pool<K> {
    /// When `on_time` wants to be called. May change with every transition.
    pub fn next_deadline(&self) -> Option<Instant> {
        let waiter = self.waiter_deadlines.first().map(|(at, _)| *at);
        let slot = self.slot_deadlines.first().map(|(at, _)| *at);
        [waiter, slot, self.surplus_deadline(), self.warm_deadline()].into_iter().flatten().min()
    }

    /// Time has passed: rejects those that have waited too long, and closes what is too old or too much. Calling
    /// it late or for nothing does no harm.
    pub fn on_time(&mut self, now: Instant, fx: &mut Effects) {
        while let Some(&(at, id)) = self.waiter_deadlines.first()
            && at <= now
            && let Some(waiter) = self.waiters.get(id)
        {
            let origin = waiter.origin;
            self.reject(id, Reject::QueueTimeout, fx);
            self.settle(origin);
        }
        while let Some(&(at, id)) = self.slot_deadlines.first()
            && at <= now
        {
            self.slot_deadlines.pop_first();
            self.slot_is_due(id, now, fx);
        }
        self.shed_surplus(now, fx);
        self.feed(now, fx);
    }

    /// Sees to it that a connection stands among the deadlines at or before its own.
    pub(super) fn arm(&mut self, id: Id) {
        let Some(slot) = self.slots.get_mut(id) else { return };
        let Some(due) = slot.due() else { return };
        if slot.armed.is_none_or(|armed| due < armed) {
            if let Some(armed) = slot.armed.replace(due) {
                self.slot_deadlines.remove(&(armed, id));
            }
            self.slot_deadlines.insert((due, id));
        }
    }

    fn slot_is_due(&mut self, id: Id, now: Instant, fx: &mut Effects) {
        let Some(slot) = self.slots.get_mut(id) else { return };
        slot.armed = None;
        if slot.due().is_none_or(|due| now < due) {
            self.arm(id);
        } else {
            self.expire(id, now, fx);
        }
    }

    /// Lets go of a connection that is due, unless it is to be kept ready.
    pub(super) fn expire(&mut self, id: Id, now: Instant, fx: &mut Effects) {
        let old = self.slots.get(id).is_some_and(|slot| slot.past_lifetime(now));
        if !old && self.keep_warm(id, now) {
            return;
        }
        self.end_cools(id, now);
        self.retire(id, if old { CloseReason::Lifetime } else { CloseReason::IdleTimeout }, fx);
    }
}
