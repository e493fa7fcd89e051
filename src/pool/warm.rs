//! Idle connections that are kept ready: `min_idle` of each origin that has been used.
//!
//! They are dialled when fewer are free, whatever the reason: requests took them, or the peer closed them. No limit
//! is exceeded for them and nobody loses a connection to them; nor is one opened that would be too many at rest.
//!
//! A peer that refuses, or closes at once what it has accepted, would be dialled without end. After such a failure the
//! next dial of this kind waits a quarter of a second, then twice as long each time, up to a minute. A request that
//! succeeds, or a connection that lasts, ends the wait.

use std::hash::Hash;
use std::time::{Duration, Instant};

use super::arena::Id;
use super::effect::{CloseReason, Effects};
use super::jitter::Jitter;
use super::origin::Origin;
use super::registry::Pool;
use super::token::OriginId;

/// The wait after a first failure.
const FIRST_PAUSE: Duration = Duration::from_millis(250);
/// The longest wait.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);
/// A connection that its peer closes unused before this was not wanted there.
const LASTING: Duration = Duration::from_secs(2);

/// What an origin remembers whose connections are kept ready. Made at its first use.
#[derive(Debug)]
pub(super) struct Warmth {
    failures: u32,
    not_before: Instant,
    /// The time under which the origin stands among the cold ones, if it does.
    listed: Option<Instant>,
}

impl Warmth {
    fn failed(&mut self, now: Instant, jitter: &mut Jitter) {
        // Those that end together are one failure.
        if now < self.not_before {
            return;
        }
        let doubled = FIRST_PAUSE.saturating_mul(1 << self.failures.min(8)).min(LONGEST_PAUSE);
        self.failures = self.failures.saturating_add(1);
        self.not_before = now.checked_add(jitter.around(doubled)).unwrap_or(now);
    }

    fn succeeded(&mut self, now: Instant) {
        if self.failures > 0 {
            *self = Self { failures: 0, not_before: now, ..*self };
        }
    }
}

impl<K> Origin<K> {
    /// Whether it has fewer connections at hand than are to be kept, those included that are dialled and that
    /// nobody waits for.
    fn is_cold(&self, max_idle: u32) -> bool {
        let spare = self.dialling.get().saturating_sub(self.waiters.len());
        let free = self.at_rest().saturating_add(self.partial.len()).saturating_add(spare);
        free < self.limits.min_idle && self.held() < max_idle && self.may_dial()
    }

    pub(super) fn is_listed_cold(&self) -> bool {
        self.warmth.as_ref().is_some_and(|warmth| warmth.listed.is_some())
    }

    /// Whether one idle connection less would be too few.
    pub(super) fn needs_all_idle(&self) -> bool {
        self.warmth.is_some() && self.idle.len() <= self.limits.min_idle
    }
}

impl<K: Clone + Eq + Hash> Pool<K> {
    /// A request to an origin is over: from now on its connections are kept ready.
    pub(super) fn note_warmth(&mut self, id: Id, now: Instant) {
        let Some(origin) = self.origins.get_mut(id) else { return };
        if origin.limits.min_idle == 0 {
            return;
        }
        let fresh = || Box::new(Warmth { failures: 0, not_before: now, listed: None });
        origin.warmth.get_or_insert_with(fresh).succeeded(now);
    }

    /// Connections to an origin are kept ready no more, until a request to it is over again.
    pub fn let_cool(&mut self, origin: OriginId) {
        let Some(state) = self.origins.get_mut(origin.0) else { return };
        if let Some(at) = state.warmth.take().and_then(|warmth| warmth.listed) {
            self.cold.remove(&(at, origin.0));
        }
    }

    /// A dial failed.
    pub(super) fn dial_cools(&mut self, id: Id, now: Instant) {
        if let Some(warmth) = self.origins.get_mut(id).and_then(|origin| origin.warmth.as_mut()) {
            warmth.failed(now, &mut self.jitter);
        }
    }

    /// A connection ends, by itself or because its time is over.
    pub(super) fn end_cools(&mut self, slot: Id, now: Instant) {
        let Some(slot) = self.slots.get(slot).filter(|slot| slot.served == 0) else { return };
        let Some(warmth) = self.origins.get_mut(slot.origin).and_then(|origin| origin.warmth.as_mut()) else {
            return;
        };
        if now.saturating_duration_since(slot.quiet_since) < LASTING {
            warmth.failed(now, &mut self.jitter);
        } else {
            warmth.succeeded(now);
        }
    }

    /// Lists an origin among the cold ones if it is one.
    pub(super) fn settle_warmth(&mut self, id: Id) {
        let (max_idle, destroyed) = (self.limits.max_idle, self.destroyed);
        let Some(origin) = self.origins.get_mut(id) else { return };
        let is_cold = !destroyed && origin.is_cold(max_idle);
        let Some(warmth) = origin.warmth.as_mut() else { return };
        let due = is_cold.then_some(warmth.not_before);
        if warmth.listed == due {
            return;
        }
        let before = std::mem::replace(&mut warmth.listed, due);
        if let Some(at) = before {
            self.cold.remove(&(at, id));
        }
        if let Some(at) = due {
            self.cold.insert((at, id));
        }
    }

    /// An origin is forgotten.
    pub(super) fn forget_warmth(&mut self, id: Id, origin: &Origin<K>) {
        if let Some(at) = origin.warmth.as_ref().and_then(|warmth| warmth.listed) {
            self.cold.remove(&(at, id));
        }
    }

    /// Dials for the cold origins whose time has come, while there is room that nobody else wants.
    pub(super) fn warm_up(&mut self, now: Instant, fx: &mut Effects) {
        while let Some(&(at, id)) = self.cold.first()
            && at <= now
            && self.has_room_to_warm()
        {
            self.dial_ahead(id, fx);
        }
    }

    /// When `warm_up` next has something to do.
    pub(super) fn warm_deadline(&self) -> Option<Instant> {
        self.cold.first().filter(|_| self.has_room_to_warm()).map(|(at, _)| *at)
    }

    fn has_room_to_warm(&self) -> bool {
        let idle = self.young.len().saturating_add(self.aged.len());
        self.total() < self.limits.max_sockets && idle < self.limits.max_idle
    }

    /// Lets an idle connection whose time is over stay, if it is one of the last that are kept ready and nothing is
    /// known against it: what the peer has said or shown of its own timeout holds.
    pub(super) fn keep_warm(&mut self, id: Id, now: Instant) -> bool {
        let Some(slot) = self.slots.get_mut(id).filter(|slot| slot.is_idle() && slot.hint.is_none()) else {
            return false;
        };
        let Some(origin) = self.origins.get(slot.origin).filter(|origin| origin.needs_all_idle()) else {
            return false;
        };
        let longer =
            origin.learner.as_ref().and_then(|learner| learner.keep_for(now)).unwrap_or(Duration::MAX);
        let stays = longer > slot.keep_for;
        if stays {
            slot.keep_for = longer;
            self.arm(id);
        }
        stays
    }

    /// For a while that the clock did not count nobody was here: idle connections have been so for longer than it
    /// seems, and those whose time is over by that are closed. The next [`Pool::on_time`] sees to the rest.
    pub fn slept(&mut self, unseen: Duration, now: Instant, fx: &mut Effects) {
        let idle: Vec<Id> = self.aged.iter(&self.slots).chain(self.young.iter(&self.slots)).collect();
        for id in idle {
            let Some(slot) = self.slots.get_mut(id) else { continue };
            let limit =
                self.origins.get(slot.origin).map_or(Duration::MAX, |origin| origin.limits.idle_timeout);
            slot.quiet_since = slot.quiet_since.checked_sub(unseen).unwrap_or(slot.quiet_since);
            let over = slot.quiet_until().is_some_and(|until| until <= now) || unseen >= limit;
            if over {
                self.retire(id, CloseReason::IdleTimeout, fx);
            } else {
                self.arm(id);
            }
        }
        self.feed(now, fx);
    }

    /// I7, for one origin.
    pub(super) fn check_warmth(&self, id: Id, origin: &Origin<K>) -> Result<(), String> {
        let Some(warmth) = &origin.warmth else { return Ok(()) };
        let is_cold = !self.destroyed && origin.is_cold(self.limits.max_idle);
        let is_listed = warmth.listed.is_some_and(|at| self.cold.contains(&(at, id)));
        if warmth.listed == is_cold.then_some(warmth.not_before) && is_listed == is_cold {
            return Ok(());
        }
        Err(format!("I7: cold {is_cold}, listed {is_listed} {warmth:?}"))
    }
}
