//! Idle connections: where they are listed, and how many are kept.

use std::hash::Hash;
use std::time::Instant;

use super::arena::Id;
use super::effect::{CloseReason, Effects};
use super::origin::Origin;
use super::registry::Pool;
use super::slot::Place;

impl<K: Clone + Eq + Hash> Pool<K> {
    /// Lists a connection where its state says it belongs, or closes it if it is idle and none is kept.
    pub(super) fn place(&mut self, id: Id, now: Instant, fx: &mut Effects) {
        let Some(slot) = self.slots.get(id) else { return };
        let target = match (slot.has_room(), slot.used) {
            _ if slot.draining.is_some() => Place::Out,
            (_, 0) => Place::Young,
            (true, _) => Place::Partial,
            (false, _) => Place::Out,
        };
        if target == slot.place || (target == Place::Young && slot.is_idle()) {
            return;
        }
        if slot.place != Place::Out {
            self.unlist(id);
        }
        match target {
            Place::Young | Place::Aged => self.park(id, now, fx),
            Place::Partial => {
                if let Some(slot) = self.slots.get_mut(id) {
                    slot.place = Place::Partial;
                    if let Some(origin) = self.origins.get_mut(slot.origin) {
                        origin.partial.push_front(&mut self.slots, id);
                    }
                }
            }
            Place::Out => {}
        }
    }

    pub(super) fn unlist(&mut self, id: Id) {
        let Some(slot) = self.slots.get_mut(id) else { return };
        let place = std::mem::replace(&mut slot.place, Place::Out);
        let is_blocked = slot.is_blocked();
        let Some(origin) = self.origins.get_mut(slot.origin) else { return };
        let resting = if is_blocked { &mut origin.blocked } else { &mut origin.idle };
        match place {
            Place::Young => {
                resting.remove(&mut self.slots, id);
                self.young.remove(&mut self.slots, id);
            }
            Place::Aged => {
                resting.remove(&mut self.slots, id);
                self.aged.remove(&mut self.slots, id);
            }
            Place::Partial => origin.partial.remove(&mut self.slots, id),
            Place::Out => {}
        }
    }

    fn park(&mut self, id: Id, now: Instant, fx: &mut Effects) {
        let Some(slot) = self.slots.get_mut(id) else { return };
        let Some(origin) = self.origins.get_mut(slot.origin) else { return };
        let allowed = slot.hint.unwrap_or(origin.limits.idle_timeout);
        slot.keep_for = origin
            .learner
            .as_ref()
            .and_then(|learner| learner.keep_for(now))
            .map_or(allowed, |learned| learned.min(allowed));
        if slot.keep_for.is_zero() {
            self.end_cools(id, now);
            self.close(id, CloseReason::IdleTimeout, fx);
        } else if self.limits.max_idle == 0 {
            self.close(id, CloseReason::Surplus, fx);
        } else {
            slot.place = Place::Young;
            slot.idle_since = now;
            let resting = if slot.is_blocked() { &mut origin.blocked } else { &mut origin.idle };
            resting.push_back(&mut self.slots, id);
            self.young.push_back(&mut self.slots, id);
            self.arm(id);
        }
    }

    pub(super) fn longest_idle(&self) -> Option<Id> {
        self.aged.front().or_else(|| self.young.front())
    }

    /// Moves those idle for longer than the grace to where they count, and closes what is too many there.
    pub(super) fn shed_surplus(&mut self, now: Instant, fx: &mut Effects) {
        while let Some(id) = self.young.front()
            && self.surplus_from(id).is_some_and(|from| from <= now)
        {
            self.young.remove(&mut self.slots, id);
            self.aged.push_back(&mut self.slots, id);
            if let Some(slot) = self.slots.get_mut(id) {
                slot.place = Place::Aged;
            }
        }
        while self.aged.len() > self.limits.max_idle
            && let Some(id) = self.most_superfluous()
            && let Some(origin) = self.close(id, CloseReason::Surplus, fx)
        {
            self.settle(origin);
        }
    }

    /// The longest idle of those that their origin does not keep ready, if there is one.
    fn most_superfluous(&self) -> Option<Id> {
        let is_needed = |id: &Id| {
            let origin = self.slots.get(*id).and_then(|slot| self.origins.get(slot.origin));
            origin.is_some_and(Origin::needs_all_idle)
        };
        self.aged.iter(&self.slots).find(|id| !is_needed(id)).or_else(|| self.aged.front())
    }

    /// When the surplus may next have to be shed. `None`: no more are idle than are kept.
    pub(super) fn surplus_deadline(&self) -> Option<Instant> {
        let idle = self.young.len().saturating_add(self.aged.len());
        if idle > self.limits.max_idle { self.surplus_from(self.young.front()?) } else { None }
    }

    fn surplus_from(&self, id: Id) -> Option<Instant> {
        self.slots.get(id)?.idle_since.checked_add(self.limits.surplus_grace)
    }
}
