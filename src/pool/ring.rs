//! Fairness between origins when the total limit is reached.
//!
//! The rule, in full:
//!
//! 1. Room for a connection goes to the origins that are short of one and hold none, in the order in which they
//!    fell short; then to those that hold some, one dial each in turn.
//! 2. If there is no room, the longest idle connection is closed for it. (An origin with an idle connection has no
//!    waiter, so it is always another's, or one whose peer allows no streams.)
//! 3. If none is idle either, a dial that nobody waits for any more is given up for it: see [`Pool::abandon_dials`].
//!    And a connection changes hands when a request on it ends: when its origin holds at least
//!    two more than the first origin in the ring, or when that one holds none and the turn of the connection's
//!    origin is over. A turn begins with an origin's latest dial and lasts eight requests or a second. Without
//!    it an origin whose queue never empties would keep its connection for ever; without the quantum two origins
//!    on one socket would dial for every request.
//! 4. An origin with some that is passed over in 3 goes to the end of the ring, so that none hides another.

use std::hash::Hash;
use std::time::Instant;

use super::arena::Id;
use super::effect::{CloseReason, Effects};
use super::origin::Standing;
use super::registry::Pool;

impl<K: Clone + Eq + Hash> Pool<K> {
    /// Puts an origin where its state says it belongs. To be called when its connections, dials or waiters have
    /// changed; one that stays in its list keeps its place.
    pub(super) fn settle(&mut self, id: Id) {
        let Some(origin) = self.origins.get_mut(id) else { return };
        let standing = if origin.is_vacant() {
            // Nobody waits on the suspicion any more, and the next burst should not pay for it.
            origin.suspect = false;
            Standing::Vacant
        } else if !origin.wants_dial() || !origin.may_dial() {
            Standing::Content
        } else if origin.held() == 0 {
            Standing::Starving
        } else {
            Standing::Hungry
        };
        let keeps_warm = origin.warmth.is_some();
        let overdials = origin.has_dials_to_spare();
        match (std::mem::replace(&mut origin.overdials, overdials), overdials) {
            (false, true) => self.overdialling.rise(),
            (true, false) => self.overdialling.fall(),
            (false, false) | (true, true) => {}
        }
        if standing != origin.standing {
            self.stand(id, standing);
            self.trim_vacant();
        }
        if keeps_warm {
            self.settle_warmth(id);
        }
    }

    /// Moves an origin to the end of the list of `standing`.
    pub(super) fn stand(&mut self, id: Id, standing: Standing) {
        let Some(origin) = self.origins.get_mut(id) else { return };
        let before = std::mem::replace(&mut origin.standing, standing);
        match before {
            Standing::Content => {}
            Standing::Starving => self.starving.remove(&mut self.origins, id),
            Standing::Hungry => self.hungry.remove(&mut self.origins, id),
            Standing::Vacant => self.vacant.remove(&mut self.origins, id),
        }
        match standing {
            Standing::Content => {}
            Standing::Starving => self.starving.push_back(&mut self.origins, id),
            Standing::Hungry => self.hungry.push_back(&mut self.origins, id),
            Standing::Vacant => self.vacant.push_back(&mut self.origins, id),
        }
    }

    /// Dials for the ring while there is room, then for what is ordered and what is to be kept ready. Ends every
    /// transition that may have made some (I4).
    pub(super) fn feed(&mut self, now: Instant, fx: &mut Effects) {
        loop {
            while let Some(next) = self.starving.front().or_else(|| self.hungry.front()) {
                if !self.make_room(fx) {
                    return self.abandon_dials(fx);
                }
                self.stand(next, Standing::Content);
                self.start_dial(next, now, fx);
                self.settle(next);
            }
            // One at a time: what is closed for it may be what kept another from dialling.
            if !self.fill_order(fx) {
                break;
            }
        }
        self.warm_up(now, fx);
    }

    fn make_room(&mut self, fx: &mut Effects) -> bool {
        if self.total() < self.limits.max_sockets {
            return true;
        }
        let Some(longest_idle) = self.longest_idle() else { return false };
        let origin = self.close(longest_idle, CloseReason::Evicted, fx);
        if let Some(origin) = origin {
            self.settle(origin);
        }
        origin.is_some()
    }

    /// Whether a connection of `id`, a request on which has just ended, is to change hands.
    pub(super) fn must_yield(&mut self, id: Id, now: Instant) -> bool {
        if self.is_seen_to() {
            return false;
        }
        if self.hungry.front() == Some(id) {
            self.stand(id, Standing::Hungry);
        }
        let Some(first) = self.starving.front().or_else(|| self.hungry.front()).filter(|first| *first != id)
        else {
            return false;
        };
        let (Some(owner), Some(heir)) = (self.origins.get(id), self.origins.get(first)) else { return false };
        let unequal = heir.held().saturating_add(1) < owner.held();
        let turn = heir.held() == 0 && owner.turn_is_over(now);
        if !unequal && heir.standing == Standing::Hungry {
            self.stand(first, Standing::Hungry);
        }
        unequal || turn
    }

    /// Whether there is room on its way for each in the ring: a connection that drains for one, or a dial given up.
    pub(super) fn is_seen_to(&self) -> bool {
        let in_ring = self.starving.len().saturating_add(self.hungry.len());
        in_ring <= self.yielding.get().saturating_add(self.abandoned.get())
    }

    /// Connections, those being dialled included.
    pub(super) fn total(&self) -> u32 {
        self.open.get().saturating_add(self.dialling.get())
    }
}
