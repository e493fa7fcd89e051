//! Was the process away for a while?
//!
//! A suspended machine, a paused container or a stopped process comes back to connections that its peers, or what
//! stands between, have long given up. Two things tell of it: the wall clock ran ahead of the one that timers go by,
//! which stands still while a machine sleeps; or the timer, which looks up every few seconds while anything is idle,
//! did so much too late. After it every idle connection gets the look that it would get before its next use.
//!
//! A wall clock that is set forward passes for a gap, and costs no more than that look and some new connections.

use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use crate::pool::Closed;

use super::clock::{SLACK, now};
use super::events;
use super::pool::{Pool, State};

/// How long the timer sleeps at most while a connection is idle.
pub(super) const GLANCE: Duration = Duration::from_secs(5);

/// Both clocks when they were last looked at.
#[derive(Clone, Copy, Debug)]
pub(super) struct Clocks {
    at: Instant,
    wall: SystemTime,
}

impl Clocks {
    pub(super) fn new(at: Instant, wall: SystemTime) -> Self {
        Self { at, wall }
    }

    /// What has passed since the last look without being counted; `None` if that is next to nothing.
    pub(super) fn look(&mut self, at: Instant, wall: SystemTime) -> Option<Duration> {
        let counted = at.saturating_duration_since(self.at);
        // Set back, it tells nothing.
        let passed = wall.duration_since(self.wall).unwrap_or(Duration::ZERO);
        *self = Self::new(at, wall);
        passed.checked_sub(counted).filter(|unseen| *unseen >= SLACK)
    }
}

impl State {
    /// How long nobody was there since this was last asked, as far as the clock did not count it.
    pub(super) fn unseen(&mut self, now: Instant) -> Option<Duration> {
        self.clocks.look(now, super::clock::wall())
    }
}

impl Pool {
    /// Nobody was here for a while, `unseen` of which the clock has not counted. Idle connections whose time is over
    /// by that are closed, and those that are found dead are let go.
    pub fn woke(self: &Arc<Self>, unseen: Duration) {
        let mut state = self.state.lock();
        let State { core, effects, connections, .. } = &mut *state;
        core.slept(unseen, now(), effects);
        let dead = connections.iter().filter(|(slot, connection)| {
            let speaker = connection.idle.as_ref().filter(|_| connection.leases == 0);
            core.is_open(**slot) && speaker.is_some_and(|speaker| !speaker.is_alive(connection.under_tls))
        });
        let dead: Vec<_> = dead.map(|(slot, _)| *slot).collect();
        let mut gone = Vec::with_capacity(dead.len());
        for slot in dead {
            let State { core, effects, connections, .. } = &mut *state;
            let Some(connection) = connections.remove(&slot) else { continue };
            // Not by its peer: when that was nobody knows, so that there is nothing to learn from it.
            core.closed(slot, Closed::Error, now(), effects);
            state.tell_removed(&connection.origin, events::ended(false));
            gone.push(connection);
        }
        self.carry_out(state);
        for connection in gone {
            connection.driver.abort();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clocks() -> (Clocks, Instant, SystemTime) {
        let (at, wall) = (now(), SystemTime::UNIX_EPOCH + Duration::from_secs(1_000));
        (Clocks::new(at, wall), at, wall)
    }

    #[test]
    fn clocks_that_go_together_tell_of_nothing() {
        let (mut clocks, at, wall) = clocks();
        for seconds in [1, 100, 100_000] {
            let passed = Duration::from_secs(seconds);
            assert_eq!(clocks.look(at + passed, wall + passed + SLACK / 2), None);
        }
    }

    #[test]
    fn what_only_the_wall_clock_counted_was_slept_and_is_told_once() {
        let (mut clocks, at, wall) = clocks();
        let (counted, passed) = (Duration::from_secs(5), Duration::from_secs(65));
        assert_eq!(clocks.look(at + counted, wall + passed), Some(Duration::from_secs(60)));
        assert_eq!(clocks.look(at + counted, wall + passed), None);
    }

    #[test]
    fn a_wall_clock_that_is_set_back_tells_of_nothing() {
        let (mut clocks, at, wall) = clocks();
        assert_eq!(clocks.look(at, wall - Duration::from_secs(500)), None);
        assert_eq!(clocks.look(at + SLACK, wall - Duration::from_secs(500) + SLACK), None);
    }
}
