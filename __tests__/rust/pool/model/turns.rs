//! Who may dial next, and who must give up a connection for it.

use rag_connection_pool::pool::CloseReason;

use super::deed::{Deed, KEYS};
use super::reference::{Dial, Origin, Reference, Wait};

impl Reference {
    pub(super) fn dialling(&self, key: u32) -> usize {
        self.dials.iter().filter(|dial| dial.key == key).count()
    }

    pub(super) fn held(&self, key: u32) -> usize {
        self.dialling(key) + self.conns.iter().filter(|conn| conn.key == key).count()
    }

    pub(super) fn wants(&self, key: u32) -> bool {
        let waiting = self.waits.iter().filter(|wait| wait.key == key).count();
        let dialling = self.dialling(key);
        if self.origins[key as usize].suspect { waiting > 0 && dialling == 0 } else { waiting > dialling }
    }

    /// Who is short of a connection joins the end of the ring; who is not leaves it.
    pub(super) fn settle(&mut self) {
        for key in 0..KEYS {
            let held = self.held(key);
            let short = self.wants(key) && held < self.rules.max_per_origin;
            let vacant = held == 0 && !self.waits.iter().any(|wait| wait.key == key);
            let origin = &mut self.origins[key as usize];
            origin.suspect &= !vacant;
            if !short {
                origin.ring = None;
            } else if origin.ring.is_none_or(|(some, _)| some != (held > 0)) {
                self.order += 1;
                origin.ring = Some((held > 0, self.order));
            }
        }
    }

    pub(super) fn ring_front(&self, of: impl Fn(bool) -> bool) -> Option<u32> {
        let places = (0..KEYS).filter_map(|key| Some((self.origins[key as usize].ring?, key)));
        places.filter(|((some, _), _)| of(*some)).min().map(|(_, key)| key)
    }

    pub(super) fn rotate(&mut self, key: u32) {
        self.order += 1;
        let order = self.order;
        self.origins[key as usize].ring = self.origins[key as usize].ring.map(|(some, _)| (some, order));
    }

    pub(super) fn feed(&mut self) {
        self.settle();
        while let Some(key) = self.ring_front(|_| true) {
            if self.conns.len() + self.dials.len() >= self.rules.max_sockets {
                let Some(longest) = self.idle(|_, _| true).first().copied() else { return self.abandon() };
                self.close(longest, CloseReason::Evicted);
            }
            self.dial(key);
            self.settle();
            if self.origins[key as usize].ring.is_some() {
                self.rotate(key);
            }
        }
    }

    pub(super) fn dial(&mut self, key: u32) {
        let mine = |wait: &&mut Wait| wait.key == key;
        let undialled = self.waits.iter_mut().filter(mine).find(|wait| !wait.dialled);
        let made_for = match undialled {
            Some(wait) => {
                wait.dialled = true;
                Some(wait.waiter)
            }
            None => self.waits.iter().find(|wait| wait.key == key).map(|wait| wait.waiter),
        };
        let dial = self.dialled;
        self.dialled += 1;
        self.dials.push(Dial { number: dial, key, made_for, began: self.waiters, is_abandoned: false });
        let origin = &mut self.origins[key as usize];
        (origin.turn_requests, origin.turn_since) = (0, self.now);
        self.deeds.push(Deed::Connect { dial, key });
    }

    /// Gives up dials that nobody waits for, the first ones first, one for each origin in the ring.
    fn abandon(&mut self) {
        while !self.is_seen_to() {
            let Some(at) = self.dials.iter().position(|dial| self.is_needless(dial)) else { return };
            let dial = &mut self.dials[at];
            dial.is_abandoned = true;
            self.deeds.push(Deed::Abandon { dial: dial.number });
        }
    }

    fn is_needless(&self, dial: &Dial) -> bool {
        let waiting = self.waits.iter().filter(|wait| wait.key == dial.key).count();
        let live = self.dials.iter().filter(|other| other.key == dial.key && !other.is_abandoned).count();
        let is_left = !self.waits.iter().any(|wait| Some(wait.waiter) == dial.made_for);
        !dial.is_abandoned && is_left && live > waiting
    }

    fn is_seen_to(&self) -> bool {
        let in_ring = self.origins.iter().filter(|origin| origin.ring.is_some()).count();
        in_ring <= self.dials.iter().filter(|dial| dial.is_abandoned).count()
    }

    pub(super) fn must_yield(&mut self, key: u32) -> bool {
        if self.is_seen_to() {
            return false;
        }
        if self.ring_front(|some| some) == Some(key) {
            self.rotate(key);
        }
        let heir = self.ring_front(|_| true).unwrap();
        if heir == key {
            return false;
        }
        let Origin { turn_requests, turn_since, .. } = self.origins[key as usize];
        let turn_over = turn_requests >= 8 || self.now - turn_since >= 1000;
        let unequal = self.held(heir) + 1 < self.held(key);
        if !unequal && self.held(heir) > 0 {
            self.rotate(heir);
        }
        unequal || (self.held(heir) == 0 && turn_over)
    }
}
