//! Connections that are opened before anybody needs them.
//!
//! An order is for so many connections to an origin as are missing. It waits for room as a request does, closing what
//! is idle to others; it makes each of its dials once, so that a peer that closes what it accepts ends it.

use std::hash::Hash;
use std::time::Instant;

use super::arena::Id;
use super::dial::Dial;
use super::effect::{CloseReason, Effect, Effects};
use super::registry::Pool;
use super::token::{DialId, OriginId, Permit};

impl<K: Clone + Eq + Hash> Pool<K> {
    /// Orders connections to an origin until it has `open` of them, those in use and being dialled included. Fewer than
    /// were ordered before change nothing. Whoever ordered watches [`Pool::stands`].
    pub fn preconnect(&mut self, origin: OriginId, open: u32, now: Instant, fx: &mut Effects) {
        let OriginId(id) = origin;
        let Some(state) = self.origins.get_mut(id).filter(|_| !self.destroyed) else { return };
        let missing = open.saturating_sub(state.held());
        if missing == 0 {
            return;
        }
        if state.ordered == 0 {
            self.orders.push(id);
        }
        state.ordered = state.ordered.max(missing);
        self.settle(id);
        self.feed(now, fx);
    }

    /// Connections to an origin that are open, and whether more are on their way.
    pub fn stands(&self, origin: OriginId) -> (u32, bool) {
        self.origins
            .get(origin.0)
            .map_or((0, false), |origin| (origin.open.get(), origin.ordered > 0 || origin.dialling.get() > 0))
    }

    /// Whether a limit holds back some of what was ordered there.
    pub fn holds_back(&self, origin: OriginId) -> bool {
        self.origins.get(origin.0).is_some_and(|origin| origin.ordered > 0)
    }

    /// Whether no more may wait where those whose orders are held back, `ordering` of them, wait beside the requests.
    pub fn is_queue_full(&self, ordering: usize) -> bool {
        let waiting = usize::try_from(self.queued.get()).unwrap_or(usize::MAX).saturating_add(ordering);
        self.limits.max_queued.is_some_and(|most| usize::try_from(most).is_ok_and(|most| waiting >= most))
    }

    /// Nobody waits for what is left of an order.
    pub fn withdraw(&mut self, origin: OriginId) {
        self.cancel_order(origin.0);
        self.settle(origin.0);
    }

    /// A dial failed: what is left of the order would fail as well.
    pub(super) fn cancel_order(&mut self, id: Id) {
        if let Some(origin) = self.origins.get_mut(id)
            && std::mem::take(&mut origin.ordered) > 0
        {
            self.orders.retain(|other| *other != id);
        }
    }

    /// Dials once for an order, if there is one and room for it.
    pub(super) fn fill_order(&mut self, fx: &mut Effects) -> bool {
        let Some(&id) = self.orders.iter().find(|id| self.can_fill(**id)) else { return false };
        if !self.room_for(id, fx) {
            return false;
        }
        self.dial_ahead(id, fx);
        let left = self.origins.get_mut(id).map_or(0, |origin| {
            origin.ordered = origin.ordered.saturating_sub(1);
            origin.ordered
        });
        if left == 0 {
            self.orders.retain(|other| *other != id);
        }
        true
    }

    fn can_fill(&self, id: Id) -> bool {
        self.origins.get(id).is_some_and(super::origin::Origin::may_dial)
    }

    /// Room for one more, made by closing what has been idle longest of all that is another's.
    fn room_for(&mut self, id: Id, fx: &mut Effects) -> bool {
        if self.total() < self.limits.max_sockets {
            return true;
        }
        let Some(longest) = self.longest_idle_elsewhere(id) else { return false };
        if let Some(other) = self.close(longest, CloseReason::Evicted, fx) {
            self.settle(other);
        }
        true
    }

    fn longest_idle_elsewhere(&self, id: Id) -> Option<Id> {
        let mut idle = self.aged.iter(&self.slots).chain(self.young.iter(&self.slots));
        idle.find(|slot| self.slots.get(*slot).is_some_and(|slot| slot.origin != id))
    }

    /// Dials for nobody who waits; whoever comes meanwhile may have the connection.
    pub(super) fn dial_ahead(&mut self, id: Id, fx: &mut Effects) {
        let Some(origin) = self.origins.get_mut(id) else { return };
        origin.dialling.rise();
        self.dialling.rise();
        let dial = self.dials.insert(Dial::for_nobody(id, self.next_ticket));
        fx.push(Effect::Connect(Permit { dial: DialId(dial), origin: OriginId(id) }));
        self.settle(id);
    }
}
