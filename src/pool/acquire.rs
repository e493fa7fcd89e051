//! A request comes, or gives up.

use std::hash::Hash;
use std::time::{Duration, Instant};

use super::arena::Id;
use super::effect::{Acquired, Asks, CloseReason, Effect, Effects, Refusal};
use super::registry::Pool;
use super::token::{Lease, OriginId, SlotId, WaiterId};

impl<K: Clone + Eq + Hash> Pool<K> {
    /// Asks for the use of a connection to `origin`.
    ///
    /// `queue_timeout` replaces the pool's own: `None` keeps that one, `Duration::MAX` waits without end.
    pub fn acquire(
        &mut self,
        origin: OriginId,
        queue_timeout: Option<Duration>,
        now: Instant,
        fx: &mut Effects,
    ) -> Acquired {
        self.acquire_as(Asks::First, origin, queue_timeout, now, fx)
    }

    /// As [`Pool::acquire`], for a request that may have been let in before.
    pub fn acquire_as(
        &mut self,
        asks: Asks,
        origin: OriginId,
        queue_timeout: Option<Duration>,
        now: Instant,
        fx: &mut Effects,
    ) -> Acquired {
        if self.destroyed {
            return Acquired::Refused(Refusal::Destroyed);
        }
        let OriginId(id) = origin;
        if self.origins.get(id).is_none() {
            return Acquired::Forgotten;
        }
        while let Some(slot) = self.origins.get(id).and_then(super::origin::Origin::candidate) {
            if self.is_fit(slot, now)
                && let Some(lease) = self.lend(slot)
            {
                self.place(slot, now, fx);
                if self.origins.get(id).is_some_and(|origin| origin.warmth.is_some()) {
                    self.settle_warmth(id);
                    self.warm_up(now, fx);
                }
                return Acquired::Granted(lease);
            }
            self.expire(slot, now, fx);
        }
        self.queue(asks, id, queue_timeout, now, fx)
    }

    /// A request gives up its place in the queue. Nothing happens if a grant or a rejection came first: a lease
    /// that comes with the grant is given back as `Release::Unused`.
    ///
    /// A dial made for it goes on, and serves another or becomes an idle connection.
    pub fn cancelled(&mut self, waiter: WaiterId, now: Instant, fx: &mut Effects) {
        if let Some(waiter) = self.dequeue(waiter.0) {
            self.settle(waiter.origin);
            self.feed(now, fx);
        }
    }

    /// Whether time has not run out for a connection since the deadlines were last looked at.
    pub(super) fn is_fit(&self, slot: Id, now: Instant) -> bool {
        self.slots.get(slot).is_some_and(|slot| slot.due().is_none_or(|due| now < due))
    }

    fn queue(
        &mut self,
        asks: Asks,
        id: Id,
        timeout: Option<Duration>,
        now: Instant,
        fx: &mut Effects,
    ) -> Acquired {
        let own = self.origins.get(id).and_then(|origin| origin.limits.queue_timeout);
        let deadline = timeout.or(own).and_then(|timeout| now.checked_add(timeout));
        let waiter = self.enqueue(id, deadline, now);
        self.settle(id);
        self.feed(now, fx);
        // I4: what still wants a dial now is held back by a limit.
        let exhausted = self.origins.get(id).is_some_and(super::origin::Origin::wants_dial);
        if exhausted {
            let is_full = self.limits.max_queued.is_some_and(|most| self.queued.get() >= most);
            if is_full && asks == Asks::First {
                self.dequeue(waiter);
                self.settle(id);
                return Acquired::Refused(Refusal::QueueFull);
            }
            self.count_queued(waiter);
        }
        self.totals.waited(self.waiters.len());
        Acquired::Queued { waiter: WaiterId(waiter), exhausted }
    }

    fn count_queued(&mut self, waiter: Id) {
        if let Some(waiter) = self.waiters.get_mut(waiter) {
            waiter.exhausted = true;
            self.queued.rise();
            self.totals.exhausted();
        }
    }

    /// Takes a stream of a connection that has room. The caller puts it where it then belongs.
    pub(super) fn lend(&mut self, id: Id) -> Option<Lease> {
        let slot = self.slots.get_mut(id).filter(|slot| slot.has_room())?;
        let origin = self.origins.get_mut(slot.origin)?;
        let reused = slot.served > 0;
        slot.used = slot.used.saturating_add(1);
        slot.served = slot.served.saturating_add(1);
        let last = origin.limits.max_requests.is_some_and(|most| slot.served >= most);
        origin.turn_requests = origin.turn_requests.saturating_add(1);
        let origin = slot.origin;
        if last {
            slot.draining = Some(CloseReason::MaxRequests);
            self.settle_capacity(id);
        }
        Some(Lease { slot: SlotId(id), origin: OriginId(origin), reused })
    }

    /// Hands a connection to those that wait for it, first come first served, while it has room.
    pub(super) fn serve(&mut self, id: Id, fx: &mut Effects) {
        while let Some(slot) = self.slots.get(id).filter(|slot| slot.has_room())
            && let Some(waiter) = self.origins.get(slot.origin).and_then(|origin| origin.waiters.front())
            && let Some(lease) = self.lend(id)
        {
            self.dequeue(waiter);
            fx.push(Effect::Grant { waiter: WaiterId(waiter), lease });
        }
    }
}
