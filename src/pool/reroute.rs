//! A dial that came up with a connection of another kind than was hoped for.
//!
//! Who wants many streams of a host dials for them; if the host has but one stream a connection, what came of the dial
//! is a connection of that kind, and all who wait go where such connections are shared by everybody. It is an
//! origin of its own, so that who can use no other kind is never given one.
//!
//! A server may also say later, on a connection of the one kind, that it wants the other (RFC 9113, 7:
//! HTTP_1_1_REQUIRED).

use std::hash::Hash;
use std::time::{Duration, Instant};

use super::arena::Id;
use super::effect::Effects;
use super::limits::Capacity;
use super::origin::Standing;
use super::registry::Pool;
use super::token::{OriginId, Permit, SlotId};

impl<K: Clone + Eq + Hash> Pool<K> {
    /// A dial succeeded, and its connection belongs to origin `to`, where from now on those wait who waited here, in
    /// the order in which they came.
    ///
    /// The returned id is to be known before the effects are carried out. `None`: there is no room for the connection
    /// there, and the caller closes it.
    pub fn rerouted(
        &mut self,
        permit: Permit,
        to: OriginId,
        capacity: Capacity,
        now: Instant,
        fx: &mut Effects,
    ) -> Option<SlotId> {
        let permit_origin = permit.origin();
        let (OriginId(from), OriginId(to)) = (permit_origin, to);
        self.end_dial(permit);
        self.send_on(from, to, now);
        let has_room = !self.destroyed && self.origins.get(to).is_some_and(super::origin::Origin::may_dial);
        let slot = has_room.then(|| {
            let slot = self.open(to, capacity, now);
            self.serve(slot, fx);
            self.place(slot, now, fx);
            SlotId(slot)
        });
        self.use_what_rests(to, now, fx);
        // Kept ready there, where requests go from now on.
        self.let_cool(permit_origin);
        self.settle(from);
        self.settle(to);
        self.feed(now, fx);
        slot
    }

    /// The server wants the requests of an origin by another, where from now on those wait who waited here. What is under
    /// way here goes on.
    pub fn moved(&mut self, origin: OriginId, to: OriginId, now: Instant, fx: &mut Effects) {
        if self.destroyed || origin == to {
            return;
        }
        self.send_on(origin.0, to.0, now);
        self.use_what_rests(to.0, now, fx);
        self.let_cool(origin);
        self.settle(origin.0);
        self.settle(to.0);
        self.feed(now, fx);
    }

    /// Where a request had better go: to where those of its origin were last sent on, for a while and as long as anything
    /// is there. After that the question is open again, and a dial will tell.
    pub fn successor(&self, origin: OriginId, now: Instant) -> Option<OriginId> {
        let (to, since) = self.origins.get(origin.0)?.rerouted?;
        let standing = self.origins.get(to)?.standing;
        let holds = standing != Standing::Vacant || now.saturating_duration_since(since) < HOLDS_FOR;
        holds.then_some(OriginId(to))
    }

    /// Whether a connection to the origin could be had at once.
    pub fn is_at_hand(&self, origin: OriginId) -> bool {
        self.origins.get(origin.0).is_some_and(|origin| origin.candidate().is_some())
    }

    fn send_on(&mut self, from: Id, to: Id, now: Instant) {
        self.move_waiters(from, to);
        if let Some(origin) = self.origins.get_mut(from) {
            origin.rerouted = Some((to, now));
            origin.suspect = false;
        }
    }

    /// Those who came from elsewhere may find connections idle (I3).
    fn use_what_rests(&mut self, id: Id, now: Instant, fx: &mut Effects) {
        while let Some(origin) = self.origins.get(id)
            && !origin.waiters.is_empty()
            && let Some(slot) = origin.candidate()
        {
            if self.is_fit(slot, now) {
                self.serve(slot, fx);
                self.place(slot, now, fx);
            } else {
                self.expire(slot, now, fx);
            }
        }
    }

    fn move_waiters(&mut self, from: Id, to: Id) {
        let mut all: Vec<(u64, Id)> = Vec::new();
        for id in [from, to] {
            let Some(origin) = self.origins.get_mut(id) else { return };
            while let Some(waiter) = origin.waiters.front() {
                origin.waiters.remove(&mut self.waiters, waiter);
                all.extend(self.waiters.get(waiter).map(|known| (known.ticket, waiter)));
            }
        }
        all.sort_unstable();
        // Those who came from elsewhere have no dial here. Who stands behind the first of them may be dialled for a
        // second time before another is for the first; how many dials there are is decided by their number alone.
        let undialled = self.origins.get_mut(to).and_then(|origin| origin.undialled.take());
        if let Some(origin) = self.origins.get_mut(from) {
            origin.undialled = None;
        }
        for (_, id) in all {
            let Some(waiter) = self.waiters.get_mut(id) else { continue };
            let is_new = std::mem::replace(&mut waiter.origin, to) != to;
            let Some(origin) = self.origins.get_mut(to) else { return };
            origin.waiters.push_back(&mut self.waiters, id);
            if is_new || undialled == Some(id) {
                origin.undialled.get_or_insert(id);
            }
        }
    }
}

/// A server that speaks but one kind does so for longer than this; a queue that had to learn it anew after each pause would
/// wait for two dials instead of one.
const HOLDS_FOR: Duration = Duration::from_secs(600);
