//! The end of a lease: given back, given up, swapped, or its user's own. Whatever it is, it happens once.

use std::time::Instant;

use crate::pool::{self, Capacity, Closed, Release};

use super::super::clock::now;
use super::super::events;
use super::super::pool::State;
use super::super::speaker::Speaker;
use super::Lease;

impl Lease {
    /// The exchange does not come to its end on this side: its stream is reset, and a connection that carries nothing else
    /// breaks.
    pub(in super::super) fn cut(self, release: Release) {
        match &self.speaker {
            Some(Speaker::Shared(stream)) => {
                let release = if stream.tally.is_stranded() { Release::Close } else { release };
                stream.tally.cancel();
                self.finish(release);
            }
            _ => self.finish(Release::Broken),
        }
    }

    /// The connection is its user's own from now on: upgraded, or a tunnel. It counts against no limit and ends with
    /// this lease.
    pub(in super::super) fn detach(&mut self) {
        let Some(token) = self.token.take() else { return };
        let slot = token.slot();
        let mut state = self.pool.state.lock();
        let State { core, effects, connections, .. } = &mut *state;
        self.own = connections.remove(&slot).map(|connection| connection.driver);
        core.detached(token, now(), effects);
        state.tell_removed(&self.destination.key.origin, "detached");
        state.watch_crowd(self.pool.config.limits.max_sockets);
        self.pool.carry_out(state);
    }

    /// The exchange is over.
    pub(in super::super) fn finish(self, outcome: Release) {
        self.finish_at(outcome, now());
    }

    /// As [`Lease::finish`], at this moment.
    pub(in super::super) fn finish_at(mut self, outcome: Release, at: Instant) {
        self.give_back(outcome, at);
    }

    /// The look found that the peer had closed the connection while it was idle.
    pub(in super::super) fn found_dead(mut self) {
        let Some(token) = self.token.take() else { return };
        let slot = token.slot();
        let mut state = self.pool.state.lock();
        let State { core, effects, connections, .. } = &mut *state;
        let gone = connections.remove(&slot);
        // Idle again, so that the pool learns from its end. Who has come to wait since is granted what is gone, and asks anew.
        core.released(token, Release::Unused, now(), effects);
        core.closed(slot, Closed::Peer, now(), effects);
        if let Some(connection) = &gone {
            state.tell_removed(&connection.origin, events::ended(false));
        }
        self.pool.carry_out(state);
        if let Some(connection) = gone {
            connection.driver.abort();
        }
    }

    /// The connection takes no more requests, though others may still be under way on it.
    pub(in super::super) fn found_draining(mut self) {
        let Some(token) = self.token.take() else { return };
        let slot = token.slot();
        let mut state = self.pool.state.lock();
        let State { core, effects, connections, .. } = &mut *state;
        if let Some(connection) = connections.get_mut(&slot) {
            connection.leases = connection.leases.saturating_sub(1);
        }
        core.closed(slot, Closed::Draining, now(), effects);
        core.released(token, Release::Unused, now(), effects);
        self.pool.carry_out(state);
    }

    /// Gives the connection up for a dial in its place. `None`: there was nothing to swap.
    pub(in super::super) fn swap(mut self) -> Option<pool::Permit> {
        let token = self.token.take()?;
        let mut state = self.pool.state.lock();
        let State { core, effects, connections, .. } = &mut *state;
        if let (true, Some(connection)) = (self.is_shared(), connections.get_mut(&token.slot())) {
            connection.leases = connection.leases.saturating_sub(1);
        }
        let permit = core.replaced(token, now(), effects);
        // The sending side goes first, so that the driver lets the connection go by itself.
        self.speaker = None;
        self.pool.carry_out(state);
        permit
    }

    fn give_back(&mut self, outcome: Release, now: Instant) {
        let Some(token) = self.token.take() else { return };
        if let (Some(Speaker::Shared(stream)), Release::Broken) = (&self.speaker, outcome) {
            // Else the stream lives, beyond those that are counted, until its peer has taken all of the request.
            stream.tally.cancel();
        }
        let mut state = self.pool.state.lock();
        let State { core, effects, connections, .. } = &mut *state;
        let slot = token.slot();
        let connection = connections.get_mut(&slot);
        let mut is_free = true;
        let outcome = match &self.speaker {
            // A stream that is given up is reset, which breaks nothing.
            Some(Speaker::Shared(stream)) if outcome == Release::Broken => {
                // Under the lock: what the driver has to say of it comes later.
                if stream.doubt() {
                    core.capacity_changed(slot, Capacity::of(0), now, effects);
                }
                Release::Reusable { keep_alive_hint: None }
            }
            _ => outcome,
        };
        // Before the transition: it may grant the connection to another at once.
        if let Some(connection) = connection {
            is_free = connection.give_back(self.speaker.take(), outcome);
        }
        core.released(token, outcome, now, effects);
        if is_free && matches!(outcome, Release::Reusable { .. } | Release::Refused) {
            state.tell_freed(slot);
        }
        state.watch_crowd(self.pool.config.limits.max_sockets);
        self.pool.carry_out(state);
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        if let Some(own) = self.own.take() {
            own.abort();
        }
        // The clock is not asked for what is given back already.
        if self.token.is_some() {
            // Given up as its connection was to speak otherwise, it has nothing to give back.
            let is_whole = !self.sent && self.speaker.is_some();
            self.give_back(if is_whole { Release::Unused } else { Release::Broken }, now());
        }
    }
}
