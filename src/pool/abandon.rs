//! Dials that nobody waits for any more, given up where their room is wanted.
//!
//! A dial whose request has left, or was served by another connection, goes on: the next request may be glad of it. To a
//! host that does not answer it would hold the room of a connection until its time is up, though, and who asks for another
//! origin would wait for that.

use std::hash::Hash;

use super::arena::Id;
use super::dial::Dial;
use super::effect::{Effect, Effects};
use super::registry::Pool;
use super::token::DialId;

impl<K: Clone + Eq + Hash> Pool<K> {
    /// Gives up as many dials as the ring wants room for, those that began first before the others. They count until their
    /// permits come back; one that has come to a connection meanwhile is an idle one then, and makes room as such.
    pub(super) fn abandon_dials(&mut self, fx: &mut Effects) {
        while self.overdialling.get() > 0
            && !self.is_seen_to()
            && let Some(id) = self.needless_dial()
            && let Some(dial) = self.dials.get_mut(id)
        {
            dial.is_abandoned = true;
            let origin = dial.origin;
            self.abandoned.rise();
            if let Some(origin) = self.origins.get_mut(origin) {
                origin.abandoned.rise();
            }
            self.settle(origin);
            fx.push(Effect::Abandon(DialId(id)));
        }
    }

    fn needless_dial(&self) -> Option<Id> {
        let needless = self.dials.iter().filter(|(_, dial)| self.is_needless(dial));
        needless.min_by_key(|(_, dial)| dial.began).map(|(id, _)| id)
    }

    /// Whether who it was made for waits no longer, and nobody else needs it.
    fn is_needless(&self, dial: &Dial) -> bool {
        let is_left = dial
            .waiter
            .is_some_and(|waiter| self.waiters.get(waiter).is_none_or(|waiter| waiter.origin != dial.origin));
        is_left && !dial.is_abandoned && self.origins.get(dial.origin).is_some_and(|origin| origin.overdials)
    }
}
