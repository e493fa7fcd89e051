//! Dials, and what comes of them.

use std::hash::Hash;
use std::time::{Duration, Instant};

use super::arena::Id;
use super::effect::{CloseReason, Effect, Effects, Reject};
use super::limits::Capacity;
use super::list::{Link, List};
use super::registry::Pool;
use super::slot::{Place, Slot};
use super::token::{DialId, OriginId, Permit, SlotId, WaiterId};

#[derive(Debug)]
pub(super) struct Dial {
    pub(super) origin: Id,
    /// The request that it was made for; whoever is first takes the connection.
    pub(super) waiter: Option<Id>,
    /// Its ticket: requests that came before it began have lesser ones.
    pub(super) began: u64,
    /// Whether it was given up, and its permit is on the way back.
    pub(super) is_abandoned: bool,
}

impl Dial {
    /// A dial that no request in the queue stands behind.
    pub(super) fn for_nobody(origin: Id, began: u64) -> Self {
        Self { origin, waiter: None, began, is_abandoned: false }
    }
}

impl<K: Clone + Eq + Hash> Pool<K> {
    pub(super) fn start_dial(&mut self, id: Id, now: Instant, fx: &mut Effects) {
        let Some(origin) = self.origins.get_mut(id) else { return };
        let waiter = origin.undialled.or_else(|| origin.waiters.front());
        origin.undialled = origin.undialled.and_then(|first| List::next(&self.waiters, first));
        origin.dialling.rise();
        origin.begin_turn(now);
        self.dialling.rise();
        let began = self.take_ticket();
        let dial = self.dials.insert(Dial { origin: id, waiter, began, is_abandoned: false });
        fx.push(Effect::Connect(Permit { dial: DialId(dial), origin: OriginId(id) }));
    }

    /// The request that a dial is made for, while it waits.
    pub fn waiter(&self, permit: &Permit) -> Option<WaiterId> {
        self.dials.get(permit.dial.0).and_then(|dial| dial.waiter).map(WaiterId)
    }

    /// Whether a dial was given up before it began.
    pub fn is_abandoned(&self, permit: &Permit) -> bool {
        self.dials.get(permit.dial.0).is_some_and(|dial| dial.is_abandoned)
    }

    /// A dial succeeded. The new connection serves those that wait, then is idle.
    ///
    /// The returned id is to be known before the effects are carried out: they may grant it, or close it.
    pub fn connected(
        &mut self,
        permit: Permit,
        capacity: Capacity,
        now: Instant,
        fx: &mut Effects,
    ) -> SlotId {
        let OriginId(id) = permit.origin();
        let slot = self.established(permit, capacity, now);
        if self.destroyed {
            self.close(slot, CloseReason::Destroyed, fx);
        } else {
            self.serve(slot, fx);
            self.place(slot, now, fx);
        }
        self.settle(id);
        self.feed(now, fx);
        SlotId(slot)
    }

    /// A dial failed: the request that it was made for is rejected, if it still waits, and the others get dials
    /// of their own.
    ///
    /// If the origin has no open connection, though, a dead host would take its queue one connect timeout at a
    /// time. Then no new dial begins before the others under way have their verdict; when the last of them fails,
    /// everyone who came before it began is rejected with it, and those who came later are dialled for once.
    pub fn connect_failed(&mut self, permit: Permit, now: Instant, fx: &mut Effects) {
        let Some(Dial { origin: id, waiter, began, is_abandoned }) = self.end_dial(permit) else { return };
        if is_abandoned {
            // It says nothing of its origin.
            self.settle(id);
            return self.feed(now, fx);
        }
        self.dial_cools(id, now);
        self.cancel_order(id);
        // Sent on to another origin meanwhile, it waits for that one's dials.
        let waiter =
            waiter.filter(|waiter| self.waiters.get(*waiter).is_some_and(|known| known.origin == id));
        if let Some(waiter) = waiter {
            self.reject(waiter, Reject::ConnectFailed, fx);
        }
        if let Some(origin) = self.origins.get_mut(id)
            && origin.open.get() == 0
        {
            origin.suspect = true;
            if origin.dialling.get() == 0 {
                self.reject_before(id, began, Reject::ConnectFailed, fx);
            }
        }
        self.settle(id);
        self.feed(now, fx);
    }

    pub(super) fn established(&mut self, permit: Permit, capacity: Capacity, now: Instant) -> Id {
        let OriginId(id) = permit.origin();
        self.end_dial(permit);
        self.open(id, capacity, now)
    }

    pub(super) fn end_dial(&mut self, permit: Permit) -> Option<Dial> {
        let dial = self.dials.remove(permit.spend())?;
        self.dialling.fall();
        if let Some(origin) = self.origins.get_mut(dial.origin) {
            origin.dialling.fall();
            if dial.is_abandoned {
                origin.abandoned.fall();
                self.abandoned.fall();
            }
        }
        Some(dial)
    }

    pub(super) fn open(&mut self, id: Id, Capacity { streams, settled }: Capacity, now: Instant) -> Id {
        let mut retire_at = None;
        let mut keep_for = Duration::MAX;
        let mut usable = streams;
        let mut settled = settled;
        if let Some(origin) = self.origins.get_mut(id) {
            origin.open.rise();
            usable = origin.limits.usable(streams);
            // What its peer may still tell makes no difference where one is used.
            settled |= !origin.limits.keep_alive;
            if settled {
                origin.told(usable, false);
            } else {
                origin.unsettled.rise();
            }
            origin.suspect = false;
            keep_for = origin.limits.idle_timeout;
            let lifetime = origin.limits.max_lifetime;
            retire_at = lifetime.and_then(|span| now.checked_add(self.jitter.around(span)));
        }
        self.open.rise();
        self.totals.opened(self.open.get());
        let slot = self.slots.insert(Slot {
            origin: id,
            streams: usable,
            told: usable,
            unsettled: !settled,
            promising: false,
            used: 0,
            served: 0,
            place: Place::Out,
            draining: None,
            idle_since: now,
            quiet_since: now,
            hint: None,
            keep_for,
            retire_at,
            armed: None,
            in_origin: Link::default(),
            in_pool: Link::default(),
        });
        self.settle_promise(slot);
        self.arm(slot);
        slot
    }
}
