use std::time::Duration;

use super::counters::{average_ms, micros, ms};
use super::snapshot::Summary;

/// Two digits: a quantile is right to 1 %, and a histogram of values below a minute takes 10 KiB.
const SIGNIFICANT_DIGITS: u8 = 2;

/// What a longer duration is counted as: 50 days, twice the longest timeout that can be set.
const MAX_MICROS: u64 = 1 << 42;

/// Durations in microseconds. Count, sum and maximum are exact, quantiles to two digits.
#[derive(Clone, Debug)]
pub(super) struct Histogram {
    // Invariant: holds no more than u32::MAX values in all. So no bin can saturate, and the sum of the bins
    // is always the total; hdrhistogram panics in its quantiles where it is not.
    bins: hdrhistogram::Histogram<u32>,
    count: u64,
    sum_micros: u64,
    max_micros: u64,
    /// What `bins` came to when they were last read: reading them is the slow part.
    summary: Summary,
}

impl Histogram {
    /// An empty one. `None` only if the number of digits were one that the crate does not have.
    pub(super) fn new() -> Option<Box<Self>> {
        let bins = hdrhistogram::Histogram::new(SIGNIFICANT_DIGITS).ok()?;
        Some(Box::new(Self { bins, count: 0, sum_micros: 0, max_micros: 0, summary: Summary::default() }))
    }

    pub(super) fn record(&mut self, took: Duration, times: u32) {
        let took = micros(took).min(MAX_MICROS);
        self.make_room(times.into());
        // Where it cannot be widened, the last bin is the nearest to the truth.
        if self.bins.record_n(took, times).is_err() {
            self.bins.saturating_record_n(took, times);
        }
        self.count = self.count.saturating_add(times.into());
        self.sum_micros = self.sum_micros.saturating_add(took.saturating_mul(times.into()));
        self.max_micros = self.max_micros.max(took);
    }

    pub(super) fn fold(&mut self, other: &Self) {
        self.make_room(other.bins.len());
        if self.bins.add(&other.bins).is_ok() {
            self.count = self.count.saturating_add(other.count);
            self.sum_micros = self.sum_micros.saturating_add(other.sum_micros);
            self.max_micros = self.max_micros.max(other.max_micros);
        }
    }

    /// Reads the bins, if something was recorded since they were last read.
    pub(super) fn sum_up(&mut self) {
        if self.summary.count != self.count {
            self.summary = self.read();
        }
    }

    pub(super) fn summary(&self) -> Summary {
        if self.summary.count == self.count { self.summary } else { self.read() }
    }

    fn read(&self) -> Summary {
        // In one pass. A bin answers with its upper edge, which may lie above everything that was ever recorded.
        let mut quantiles = self.bins.value_at_quantiles([0.50, 0.95, 0.99]);
        let mut next = || ms(quantiles.next().unwrap_or(0).min(self.max_micros));
        Summary {
            count: self.count,
            avg_ms: average_ms(self.sum_micros, self.count),
            p50_ms: next(),
            p95_ms: next(),
            p99_ms: next(),
            max_ms: ms(self.max_micros),
        }
    }

    fn make_room(&mut self, more: u64) {
        while self.bins.len().saturating_add(more) > u32::MAX.into() && !self.bins.is_empty() {
            self.halve();
        }
    }

    /// Once in four thousand million values: the quantiles stay what they are, and what comes next weighs
    /// twice.
    #[cold]
    fn halve(&mut self) {
        let mut half = self.bins.clone();
        half.clear();
        for bin in self.bins.iter_recorded() {
            half.saturating_record_n(bin.value_iterated_to(), bin.count_at_value() / 2);
        }
        self.bins = half;
    }
}
