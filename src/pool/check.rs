//! The invariants of [`super`], looked at from outside the transitions. For tests: O(everything).

use std::hash::Hash;

use super::arena::Id;
use super::list::{Linked, List};
use super::origin::{Origin, Standing};
use super::registry::Pool;
use super::slot::{Place, Slot};

fn ensure(holds: bool, broken: impl FnOnce() -> String) -> Result<(), String> {
    if holds { Ok(()) } else { Err(broken()) }
}

/// The elements of a list, which must be as many as it counts.
fn listed<By, T: Linked<By>>(list: &List<By>, of: &super::arena::Arena<T>) -> Result<Vec<Id>, String> {
    let ids: Vec<Id> = list.iter(of).take(of.len().saturating_add(1)).collect();
    ensure(u32::try_from(ids.len()) == Ok(list.len()), || {
        format!("I5: a list counts {} and holds {}", list.len(), ids.len())
    })?;
    ensure(ids.last().copied() == list.back(), || "I5: a list does not end at its end".into())?;
    Ok(ids)
}

impl<K: Clone + Eq + Hash> Pool<K> {
    /// Verifies every invariant; the error names the one that is broken.
    #[doc(hidden)]
    pub fn check(&self) -> Result<(), String> {
        self.check_totals()?;
        self.check_ring()?;
        self.check_idle_lists()?;
        for (id, slot) in self.slots.iter() {
            self.check_slot(id, slot)?;
        }
        for (id, origin) in self.origins.iter() {
            self.check_origin(id, origin)?;
        }
        self.check_members()
    }

    /// The invariants that can be verified in O(1): I1 for the pool, I2, and I4 for the fronts of the ring.
    #[doc(hidden)]
    pub fn check_cheaply(&self) -> Result<(), String> {
        let stats = self.stats();
        ensure(stats.total <= self.limits.max_sockets, || format!("I1: {stats:?}"))?;
        let open = stats.created.checked_sub(stats.destroyed).and_then(|n| n.checked_sub(stats.detached));
        ensure(open == Some(u64::from(stats.open)), || format!("I2: {stats:?}"))?;
        ensure(stats.active.checked_add(stats.idle) == Some(stats.open), || format!("I5: {stats:?}"))?;
        let fronts = [self.starving.front(), self.hungry.front()];
        for origin in fronts.into_iter().flatten().filter_map(|front| self.origins.get(front)) {
            ensure(origin.wants_dial() && origin.may_dial(), || {
                "I4: an origin in the ring wants nothing".into()
            })?;
            ensure(stats.total == self.limits.max_sockets && stats.idle == 0, || {
                format!("I4: an origin is short of a connection that could be had: {stats:?}")
            })?;
        }
        Ok(())
    }

    /// The invariants of one origin that can be verified in O(1): I1, I3, I4 and I6. A transition can break them
    /// only for the origins that it touched.
    #[doc(hidden)]
    pub fn check_origin_of(&self, key: &K) -> Result<(), String> {
        let known = self.index.get(key).and_then(|id| Some((*id, self.origins.get(*id)?)));
        known.map_or(Ok(()), |(id, origin)| self.check_origin(id, origin))
    }

    fn check_totals(&self) -> Result<(), String> {
        self.check_cheaply()?;
        let stats = self.stats();
        ensure(self.slots.len() == stats.open as usize, || "I5: open connections".into())?;
        ensure(self.dials.len() == stats.connecting as usize, || "I5: dials".into())?;
        let abandoned = self.dials.iter().filter(|(_, dial)| dial.is_abandoned).count();
        ensure(abandoned == self.abandoned.get() as usize, || "I5: abandoned dials".into())?;
        let overdialling = self.origins.iter().filter(|(_, origin)| origin.overdials).count();
        ensure(overdialling == self.overdialling.get() as usize, || {
            "I5: origins with dials to spare".into()
        })?;
        let queued = self.waiters.iter().filter(|(_, waiter)| waiter.exhausted).count();
        ensure(queued == self.queued.get() as usize, || "I5: queued waiters".into())?;
        let timed = self.waiters.iter().filter(|(_, waiter)| waiter.deadline.is_some()).count();
        ensure(timed == self.waiter_deadlines.len(), || "I5: deadlines of waiters".into())?;
        let armed = self.slots.iter().filter(|(_, slot)| slot.armed.is_some()).count();
        ensure(armed == self.slot_deadlines.len(), || "I5: deadlines of connections".into())?;
        let yielded = Some(super::effect::CloseReason::Yielded);
        let yielding = self.slots.iter().filter(|(_, slot)| slot.draining == yielded).count();
        ensure(yielding == self.yielding.get() as usize, || "I5: yielding connections".into())?;
        let ordered = self.origins.iter().filter(|(_, origin)| origin.ordered > 0).count();
        ensure(ordered == self.orders.len(), || "I5: orders".into())?;
        let cold = self.origins.iter().filter(|(_, origin)| origin.is_listed_cold()).count();
        ensure(cold == self.cold.len(), || "I7: the cold".into())?;
        ensure(self.index.len() == self.origins.len(), || "I5: the index of origins".into())
    }

    fn check_ring(&self) -> Result<(), String> {
        let lists = [
            (&self.starving, Standing::Starving),
            (&self.hungry, Standing::Hungry),
            (&self.vacant, Standing::Vacant),
        ];
        let mut standing = 0usize;
        for (list, expected) in lists {
            for id in listed(list, &self.origins)? {
                standing = standing.saturating_add(1);
                let found = self.origins.get(id).map(|origin| origin.standing);
                ensure(found == Some(expected), || format!("I5: {found:?} in the list of {expected:?}"))?;
            }
        }
        let content = self.origins.iter().filter(|(_, origin)| origin.standing == Standing::Content).count();
        ensure(standing.saturating_add(content) == self.origins.len(), || "I5: standing of origins".into())
    }

    fn check_idle_lists(&self) -> Result<(), String> {
        let aged = listed(&self.aged, &self.slots)?;
        let young = listed(&self.young, &self.slots)?;
        let place = |id: &Id| self.slots.get(*id).map(|slot| slot.place);
        ensure(aged.iter().all(|id| place(id) == Some(Place::Aged)), || "I5: the aged".into())?;
        ensure(young.iter().all(|id| place(id) == Some(Place::Young)), || "I5: the young".into())?;
        let since =
            aged.iter().chain(&young).filter_map(|id| self.slots.get(*id)).map(|slot| slot.idle_since);
        ensure(since.is_sorted(), || "I5: idle connections out of order".into())
    }

    fn check_slot(&self, id: Id, slot: &Slot) -> Result<(), String> {
        ensure(slot.is_idle() == (slot.used == 0), || format!("I5: {slot:?} idle or not"))?;
        ensure(!(slot.unsettled && slot.draining.is_some()), || {
            format!("I5: {slot:?} is waited for in vain")
        })?;
        ensure(slot.promising == slot.is_promising(), || format!("I5: {slot:?} is counted on or not"))?;
        let fits = match slot.place {
            Place::Young | Place::Aged => slot.has_room() || slot.is_blocked() && slot.draining.is_none(),
            Place::Partial => slot.has_room() && slot.used > 0,
            Place::Out => !slot.has_room(),
        };
        ensure(fits, || format!("I5: {slot:?} in the wrong place"))?;
        let timely = slot.due().is_none_or(|due| slot.armed.is_some_and(|armed| armed <= due));
        ensure(timely, || format!("I5: {slot:?} would be seen to too late"))?;
        let listed = slot.armed.is_none_or(|armed| self.slot_deadlines.contains(&(armed, id)));
        ensure(listed, || format!("I5: {slot:?} is armed and not among the deadlines"))
    }

    fn check_origin(&self, id: Id, origin: &Origin<K>) -> Result<(), String> {
        let about =
            || format!("held {} waiting {} {:?}", origin.held(), origin.waiters.len(), origin.standing);
        ensure(origin.held() <= origin.limits.max_sockets, || format!("I1: {}", about()))?;
        ensure(self.index.get(&origin.key) == Some(&id), || format!("I5: not in the index: {}", about()))?;
        let waiting = !origin.waiters.is_empty();
        ensure(!waiting || origin.candidate().is_none(), || format!("I3: {}", about()))?;
        let short = origin.wants_dial() && origin.may_dial();
        let expected = match (origin.is_vacant(), short, origin.held()) {
            (true, _, _) => Standing::Vacant,
            (false, false, _) => Standing::Content,
            (false, true, 0) => Standing::Starving,
            (false, true, _) => Standing::Hungry,
        };
        ensure(origin.standing == expected, || format!("I4: {} is {expected:?}", about()))?;
        ensure(!waiting || short || origin.held() > 0, || format!("I6: {}", about()))?;
        ensure(origin.overdials == origin.has_dials_to_spare(), || {
            format!("I5: dials to spare: {}", about())
        })?;
        ensure(origin.unsettled.get() <= origin.open.get(), || format!("I5: unsettled: {}", about()))?;
        self.check_warmth(id, origin)
    }

    /// That every list of an origin holds its own, in order, and all of them.
    fn check_members(&self) -> Result<(), String> {
        let (mut open, mut dialling, mut waiting) = (0usize, 0usize, 0usize);
        for (id, origin) in self.origins.iter() {
            for (list, is_blocked) in
                [(&origin.idle, false), (&origin.blocked, true), (&origin.partial, false)]
            {
                for slot in listed(list, &self.slots)?.iter().filter_map(|slot| self.slots.get(*slot)) {
                    ensure(slot.origin == id, || "I5: a stranger".into())?;
                    ensure(slot.is_blocked() == is_blocked, || format!("I5: {slot:?} blocked or not"))?;
                }
            }
            let queue = listed(&origin.waiters, &self.waiters)?;
            let tickets = queue.iter().filter_map(|id| self.waiters.get(*id)).map(|waiter| waiter.ticket);
            ensure(tickets.is_sorted(), || "I5: a queue out of order".into())?;
            let cursor = origin.undialled.is_none_or(|first| queue.contains(&first));
            ensure(cursor, || "I5: the first without a dial does not wait".into())?;
            open = open.saturating_add(origin.open.get() as usize);
            dialling = dialling.saturating_add(origin.dialling.get() as usize);
            waiting = waiting.saturating_add(queue.len());
        }
        let unsettled = self.slots.iter().filter(|(_, slot)| slot.unsettled).count();
        let counted: u32 = self.origins.iter().map(|(_, origin)| origin.unsettled.get()).sum();
        ensure(counted as usize == unsettled, || "I5: connections whose streams are not known".into())?;
        let promising = self.slots.iter().filter(|(_, slot)| slot.promising).count();
        let counted: u32 = self.origins.iter().map(|(_, origin)| origin.promising.get()).sum();
        ensure(counted as usize == promising, || "I5: connections that are counted on".into())?;
        ensure(open == self.slots.len(), || "I5: open connections of origins".into())?;
        ensure(dialling == self.dials.len(), || "I5: dials of origins".into())?;
        ensure(waiting == self.waiters.len(), || "I5: waiters of origins".into())
    }
}
