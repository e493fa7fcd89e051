//! What a pool can be asked about itself.

use std::collections::HashMap;
use std::time::Duration;

use crate::key::Scheme;
use crate::metrics::{Event, Outcome, Snapshot};
use crate::pool::{OriginStats, Stats};

use super::clock::now;
use super::pool::Pool;

/// A pool at one moment, and what it has measured.
#[derive(Clone, Debug)]
pub struct Observed {
    /// Connections and waiters.
    pub stats: Stats,
    /// Counters and times.
    pub measured: Snapshot,
    /// Every origin that has a connection, a dial or a waiter.
    pub origins: Vec<OriginStanding>,
    /// How long the request that has waited longest has done so.
    pub oldest_wait: Option<Duration>,
}

/// One origin at one moment.
#[derive(Clone, Debug)]
pub struct OriginStanding {
    /// `scheme://host:port`.
    pub name: String,
    /// In clear or over TLS.
    pub scheme: Scheme,
    /// Connections and waiters.
    pub stats: OriginStats,
    /// How long the request that has waited longest has done so.
    pub oldest_wait: Option<Duration>,
}

/// Origins whose histograms are summed up in one go: some 50 µs each at worst.
const AT_A_TIME: usize = 8;

impl Pool {
    /// A consistent picture of everything. The lock is held for a few origins at a time while the histograms of those that
    /// have changed are summed up, and while the sums are copied, so that traffic goes on.
    pub fn observe(&self) -> Observed {
        // Each once: under load those in front are stale again before the last are reached.
        let mut next = Some(0);
        while let Some(from) = next {
            next = self.state.lock().recorder.sum_up(from, AT_A_TIME);
        }
        let now = now();
        let waited = |since: Option<std::time::Instant>| since.map(|at| now.saturating_duration_since(at));
        let (stats, measured, origins) = {
            let state = self.state.lock();
            let origins: Vec<_> = state
                .core
                .origins()
                .map(|(key, stats)| OriginStanding {
                    name: key.origin.to_string(),
                    scheme: key.origin.scheme,
                    stats,
                    oldest_wait: waited(stats.oldest_wait),
                })
                .collect();
            (state.core.stats(), state.recorder.snapshot(), origins)
        };
        let origins = one_a_name(origins);
        let oldest_wait = origins.iter().filter_map(|origin| origin.oldest_wait).max();
        Observed { stats, measured, origins, oldest_wait }
    }

    /// The pool as a whole, without its origins: a few microseconds, however many it has met.
    pub fn observe_whole(&self) -> Observed {
        let state = self.state.lock();
        let (counters, stages) = state.recorder.totals();
        let measured = Snapshot { counters, stages, origins: Vec::new() };
        Observed { stats: state.core.stats(), measured, origins: Vec::new(), oldest_wait: None }
    }

    /// A request settled that the pool did not carry.
    pub fn record_elsewhere(&self, outcome: Outcome) {
        let mut state = self.state.lock();
        state.recorder.record_elsewhere(outcome);
        state.watch_failures();
    }

    /// Something happened to a request that the pool did not carry.
    pub fn happened_elsewhere(&self, event: Event) {
        self.state.lock().recorder.happened_elsewhere(event);
    }

    /// Requests that failed so far.
    pub fn errors(&self) -> u64 {
        self.state.lock().recorder.counters().errors
    }

    /// Forgets what was measured. What is open now, and how much was at most, stays.
    pub fn reset_metrics(&self) {
        let mut state = self.state.lock();
        state.recorder.reset();
        // Errors that are counted anew are told of anew.
        state.watch_failures();
    }
}

/// What is spoken with an origin, and how, tells its connections apart for the core and for nobody else.
fn one_a_name(all: Vec<OriginStanding>) -> Vec<OriginStanding> {
    let mut places: HashMap<String, usize> = HashMap::with_capacity(all.len());
    let mut merged: Vec<OriginStanding> = Vec::with_capacity(all.len());
    for one in all {
        let place = *places.entry(one.name.clone()).or_insert(merged.len());
        match merged.get_mut(place) {
            Some(known) => known.add(&one),
            None => merged.push(one),
        }
    }
    merged
}

impl OriginStanding {
    fn add(&mut self, other: &Self) {
        self.stats = OriginStats {
            active: self.stats.active + other.stats.active,
            idle: self.stats.idle + other.stats.idle,
            connecting: self.stats.connecting + other.stats.connecting,
            waiting: self.stats.waiting + other.stats.waiting,
            oldest_wait: [self.stats.oldest_wait, other.stats.oldest_wait].into_iter().flatten().min(),
        };
        self.oldest_wait = self.oldest_wait.max(other.oldest_wait);
    }
}
