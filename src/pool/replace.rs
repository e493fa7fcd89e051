//! A connection that is given up for a new one in its place.
//!
//! A request that is sent again wants a connection that no peer can have closed while it was idle. It asks as
//! any other, waits its turn, and swaps what it gets: the room stays taken throughout, so that no limit is
//! asked and nobody is overtaken.

use std::hash::Hash;
use std::time::Instant;

use super::dial::Dial;
use super::effect::{CloseReason, Effects, Release};
use super::limits::Capacity;
use super::registry::Pool;
use super::token::{DialId, Lease, OriginId, Permit, SlotId};

impl<K: Clone + Eq + Hash> Pool<K> {
    /// Closes the connection of a lease under which nothing was sent, and gives the right to dial another.
    ///
    /// `None` if there is nothing to swap: the connection is gone already, or others use it as well. The lease is
    /// spent either way.
    pub fn replaced(&mut self, lease: Lease, now: Instant, fx: &mut Effects) -> Option<Permit> {
        let slot = self.slots.get(lease.slot().0)?;
        let id = slot.origin;
        if slot.used > 1 {
            self.released(lease, Release::Unused, now, fx);
            return None;
        }
        self.close(lease.spend(), CloseReason::Replaced, fx);
        let origin = self.origins.get_mut(id)?;
        origin.dialling.rise();
        self.dialling.rise();
        let dial = self.dials.insert(Dial::for_nobody(id, self.next_ticket));
        self.settle(id);
        Some(Permit { dial: DialId(dial), origin: OriginId(id) })
    }

    /// A dial succeeded whose connection is its caller's before it is anybody's. No lease: the pool was destroyed
    /// meanwhile.
    ///
    /// The returned id is to be known before the effects are carried out.
    pub fn connected_leased(
        &mut self,
        permit: Permit,
        capacity: Capacity,
        now: Instant,
        fx: &mut Effects,
    ) -> (SlotId, Option<Lease>) {
        let OriginId(id) = permit.origin();
        let slot = self.established(permit, capacity, now);
        let lease = if self.destroyed {
            self.close(slot, CloseReason::Destroyed, fx);
            None
        } else {
            let lease = self.lend(slot);
            self.serve(slot, fx);
            self.place(slot, now, fx);
            lease
        };
        self.settle(id);
        self.feed(now, fx);
        (SlotId(slot), lease)
    }
}
