//! One request that waits, and its place in the queue.

use std::hash::Hash;
use std::time::Instant;

use super::arena::Id;
use super::effect::{Effect, Effects, Reject};
use super::list::{Link, Linked, List};
use super::registry::Pool;
use super::slot::InOrigin;
use super::token::WaiterId;

#[derive(Debug)]
pub(super) struct Waiter {
    pub(super) origin: Id,
    /// Its number in order of arrival, over all origins.
    pub(super) ticket: u64,
    pub(super) since: Instant,
    pub(super) deadline: Option<Instant>,
    /// Whether a limit made it wait: it counts against `max_queued`.
    pub(super) exhausted: bool,
    pub(super) in_origin: Link,
}

impl Linked<InOrigin> for Waiter {
    fn link(&self) -> &Link {
        &self.in_origin
    }

    fn link_mut(&mut self) -> &mut Link {
        &mut self.in_origin
    }
}

impl<K: Clone + Eq + Hash> Pool<K> {
    pub(super) fn enqueue(&mut self, origin: Id, deadline: Option<Instant>, now: Instant) -> Id {
        let ticket = self.take_ticket();
        let id = self.waiters.insert(Waiter {
            origin,
            ticket,
            since: now,
            deadline,
            exhausted: false,
            in_origin: Link::default(),
        });
        if let Some(deadline) = deadline {
            self.waiter_deadlines.insert((deadline, id));
        }
        if let Some(origin) = self.origins.get_mut(origin) {
            origin.waiters.push_back(&mut self.waiters, id);
            origin.undialled.get_or_insert(id);
        }
        id
    }

    /// A number above all that were given before.
    pub(super) fn take_ticket(&mut self) -> u64 {
        let ticket = self.next_ticket;
        self.next_ticket = self.next_ticket.saturating_add(1);
        ticket
    }

    /// Takes a waiter out of every list. `None`: it waits no longer.
    pub(super) fn dequeue(&mut self, id: Id) -> Option<Waiter> {
        let origin = self.waiters.get(id)?.origin;
        if let Some(origin) = self.origins.get_mut(origin) {
            if origin.undialled == Some(id) {
                origin.undialled = List::next(&self.waiters, id);
            }
            origin.waiters.remove(&mut self.waiters, id);
        }
        let waiter = self.waiters.remove(id)?;
        if let Some(deadline) = waiter.deadline {
            self.waiter_deadlines.remove(&(deadline, id));
        }
        if waiter.exhausted {
            self.queued.fall();
        }
        Some(waiter)
    }

    pub(super) fn reject(&mut self, id: Id, why: Reject, fx: &mut Effects) {
        if self.dequeue(id).is_some() {
            fx.push(Effect::Reject { waiter: WaiterId(id), why });
        }
    }

    /// Rejects those of an origin's waiters that came before ticket `before`.
    pub(super) fn reject_before(&mut self, origin: Id, before: u64, why: Reject, fx: &mut Effects) {
        while let Some(first) = self.origins.get(origin).and_then(|origin| origin.waiters.front())
            && self.waiters.get(first).is_some_and(|waiter| waiter.ticket < before)
        {
            self.reject(first, why, fx);
        }
    }
}
