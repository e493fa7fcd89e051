use std::collections::HashMap;
use std::fmt::Display;
use std::hash::Hash;
use std::time::Duration;

use rustc_hash::FxBuildHasher;

use super::counters::Counters;
use super::sample::{Event, Outcome, Sample};
use super::snapshot::{OTHER, OriginSnapshot, Snapshot, StageSummaries};
use super::stages::{Stage, Stages};

/// Origins that have figures of their own. A crawler meets millions; what it met before its last thousand
/// is one entry.
const MAX_ORIGINS: usize = 1_000;

/// What one pool has measured. `K` names an origin; its `Display` is the origin's name in a snapshot.
#[derive(Clone, Debug)]
pub struct Recorder<K> {
    track: bool,
    pool: Tally,
    // Invariant: index[key] == i exactly if origins[i].key == key.
    index: HashMap<K, usize, FxBuildHasher>,
    origins: Vec<Entry<K>>,
    /// What was evicted from `origins`.
    other: Option<Tally>,
    /// Counts up with each use of an origin, so that the least recently used one is known, and what has changed.
    uses: u64,
}

#[derive(Clone, Debug)]
struct Entry<K> {
    key: K,
    last_use: u64,
    /// At which use `tally` was last summed up.
    summed_up: u64,
    tally: Tally,
}

/// The figures of a pool, or of an origin.
#[derive(Clone, Debug)]
struct Tally {
    counters: Counters,
    stages: Stages,
}

impl<K: Clone + Eq + Hash + Display> Recorder<K> {
    /// Nothing measured yet. Without `track`, the option `trackMetrics`, counters are kept and histograms
    /// are not.
    pub fn new(track: bool) -> Self {
        Self {
            track,
            pool: Tally::new(track),
            index: HashMap::default(),
            origins: Vec::new(),
            other: None,
            uses: 0,
        }
    }

    /// A request settled.
    pub fn record(&mut self, origin: &K, sample: &Sample) {
        self.pool.record(sample);
        self.tally(origin).record(sample);
    }

    /// Something happened that is counted apart from the settling of a request.
    pub fn happened(&mut self, origin: &K, event: Event) {
        self.pool.counters.happened(event);
        self.tally(origin).counters.happened(event);
    }

    /// A stage ended that no sample tells of: a dial that nobody waited for, the delivery of a reply.
    /// `times` says how often it took as long.
    pub fn took(&mut self, origin: &K, stage: Stage, took: Duration, times: u32) {
        self.pool.stages.record(stage, took, times);
        self.tally(origin).stages.record(stage, took, times);
    }

    /// A request settled that the pool did not carry and that no origin is known of.
    pub fn record_elsewhere(&mut self, outcome: Outcome) {
        self.pool.record(&Sample::new(outcome));
    }

    /// Something happened to a request that the pool did not carry.
    pub fn happened_elsewhere(&mut self, event: Event) {
        self.pool.counters.happened(event);
    }

    /// The counters of the pool as a whole.
    pub fn counters(&self) -> &Counters {
        &self.pool.counters
    }

    /// The figures of the pool without those of its origins: what a status needs, in a few microseconds.
    pub fn totals(&self) -> (Counters, StageSummaries) {
        (self.pool.counters, self.pool.stages.summaries())
    }

    /// Sums up the histograms of up to `most` origins, the first of them `from`, whose figures have changed since they were last
    /// summed up; says where there are more. It is the only slow part of telling, so that whoever holds a lock for it can let go
    /// in between.
    pub fn sum_up(&mut self, from: usize, most: usize) -> Option<usize> {
        let entries = self.origins.iter_mut().enumerate().skip(from);
        let mut stale = entries.filter(|(_, entry)| entry.summed_up < entry.last_use);
        for (_, entry) in stale.by_ref().take(most) {
            entry.tally.stages.sum_up();
            entry.summed_up = entry.last_use;
        }
        stale.next().map(|(at, _)| at)
    }

    /// All that was measured. Origins come in the order in which they were first seen, but that one which
    /// comes after the thousandth takes the place of the one it evicts; [`OTHER`] comes last.
    pub fn snapshot(&self) -> Snapshot {
        let known = self.origins.iter().map(|entry| entry.tally.named(entry.key.to_string()));
        let other = self.other.iter().map(|tally| tally.named(OTHER.to_owned()));
        Snapshot {
            counters: self.pool.counters,
            stages: self.pool.stages.summaries(),
            origins: known.chain(other).collect(),
        }
    }

    /// Forgets all that was measured. How many connections there are and were at most is the pool's to
    /// know, and stays.
    pub fn reset(&mut self) {
        *self = Self::new(self.track);
    }

    fn tally(&mut self, origin: &K) -> &mut Tally {
        let at = match self.index.get(origin) {
            Some(at) => *at,
            None => self.admit(origin),
        };
        self.uses += 1;
        match self.origins.get_mut(at) {
            Some(entry) => {
                entry.last_use = self.uses;
                &mut entry.tally
            }
            None => self.other.get_or_insert_with(|| Tally::new(self.track)),
        }
    }

    fn admit(&mut self, origin: &K) -> usize {
        let entry = Entry { key: origin.clone(), last_use: 0, summed_up: 0, tally: Tally::new(self.track) };
        let at = if self.origins.len() < MAX_ORIGINS {
            self.origins.push(entry);
            self.origins.len() - 1
        } else {
            self.evict(entry)
        };
        self.index.insert(origin.clone(), at);
        at
    }

    /// Puts a new entry in the place of the least recently used one.
    fn evict(&mut self, entry: Entry<K>) -> usize {
        // A scan of a thousand words a new origin costs less than an order kept on every request.
        let oldest = self.origins.iter_mut().enumerate().min_by_key(|(_, entry)| entry.last_use);
        let Some((at, place)) = oldest else { return 0 };
        let evicted = std::mem::replace(place, entry);
        self.index.remove(&evicted.key);
        self.other.get_or_insert_with(|| Tally::new(self.track)).fold(&evicted.tally);
        at
    }
}

impl Tally {
    fn new(track: bool) -> Self {
        Self { counters: Counters::default(), stages: Stages::new(track) }
    }

    fn record(&mut self, sample: &Sample) {
        self.counters.record(sample);
        self.stages.record_all(sample);
    }

    fn fold(&mut self, other: &Self) {
        self.counters.fold(&other.counters);
        self.stages.fold(&other.stages);
    }

    fn named(&self, name: String) -> OriginSnapshot {
        OriginSnapshot { name, counters: self.counters, stages: self.stages.summaries() }
    }
}
