use std::time::Duration;

use super::counters::{average_ms, micros, ms};
use super::snapshot::Summary;

/// Two digits: a quantile is right to 1 %, and a histogram of values below a minute takes 10 KiB.
const SIGNIFICANT_DIGITS: u8 = 2;

/// Up to so many values are kept as they are, in order: exact, without bins, and read at once. Most of a crawler's thousand
/// origins never have more.
const FEW: usize = 15;

/// What a longer duration is counted as: 50 days, twice the longest timeout that can be set.
const MAX_MICROS: u64 = 1 << 42;

/// Durations in microseconds. Count, sum and maximum are exact; quantiles are while there are few values, then to two digits.
#[derive(Clone, Debug, Default)]
pub(super) struct Histogram {
    values: Values,
    count: u64,
    sum_micros: u64,
    max_micros: u64,
    /// What `values` came to when they were last read: reading them is the slow part.
    summary: Summary,
}

#[derive(Clone, Debug)]
enum Values {
    Few { sorted: [u64; FEW], count: usize },
    // Invariant: holds no more than u32::MAX values in all. So no bin can saturate, and the sum of the bins
    // is always the total; hdrhistogram panics in its quantiles where it is not.
    Many(hdrhistogram::Histogram<u32>),
}

impl Default for Values {
    fn default() -> Self {
        Self::Few { sorted: [0; FEW], count: 0 }
    }
}

impl Histogram {
    pub(super) fn record(&mut self, took: Duration, times: u32) {
        let took = micros(took).min(MAX_MICROS);
        self.values.add(took, times);
        self.count = self.count.saturating_add(times.into());
        self.sum_micros = self.sum_micros.saturating_add(took.saturating_mul(times.into()));
        self.max_micros = self.max_micros.max(took);
    }

    pub(super) fn fold(&mut self, other: &Self) {
        if self.values.fold(&other.values) {
            self.count = self.count.saturating_add(other.count);
            self.sum_micros = self.sum_micros.saturating_add(other.sum_micros);
            self.max_micros = self.max_micros.max(other.max_micros);
        }
    }

    /// Reads the values, if something was recorded since they were last read.
    pub(super) fn sum_up(&mut self) {
        if self.summary.count != self.count {
            self.summary = self.read();
        }
    }

    pub(super) fn summary(&self) -> Summary {
        if self.summary.count == self.count { self.summary } else { self.read() }
    }

    fn read(&self) -> Summary {
        // A bin answers with its upper edge, which may lie above everything that was ever recorded.
        let [p50_ms, p95_ms, p99_ms] = self.values.quantiles().map(|micros| ms(micros.min(self.max_micros)));
        Summary {
            count: self.count,
            avg_ms: average_ms(self.sum_micros, self.count),
            p50_ms,
            p95_ms,
            p99_ms,
            max_ms: ms(self.max_micros),
        }
    }
}

impl Values {
    fn add(&mut self, micros: u64, times: u32) {
        let Self::Few { sorted, count } = self else { return self.add_to_bins(micros, times) };
        let more = count.saturating_add(usize::try_from(times).unwrap_or(usize::MAX));
        if more > FEW {
            *self = Self::many(sorted.get(..*count).unwrap_or_default());
            return self.add_to_bins(micros, times);
        }
        if let Some(place) = sorted.get_mut(*count..more) {
            place.fill(micros);
        }
        *count = more;
        // By insertion, as what is sorted but for its end nearly is.
        if let Some(values) = sorted.get_mut(..more) {
            values.sort_unstable();
        }
    }

    fn add_to_bins(&mut self, micros: u64, times: u32) {
        let Self::Many(bins) = self else { return };
        make_room(bins, times.into());
        // Where it cannot be widened, the last bin is the nearest to the truth.
        if bins.record_n(micros, times).is_err() {
            bins.saturating_record_n(micros, times);
        }
    }

    /// Whether the others could be taken in.
    fn fold(&mut self, other: &Self) -> bool {
        match other {
            Self::Few { sorted, count } => {
                for micros in sorted.iter().take(*count) {
                    self.add(*micros, 1);
                }
                true
            }
            Self::Many(theirs) => {
                if let Self::Few { sorted, count } = self {
                    *self = Self::many(sorted.get(..*count).unwrap_or_default());
                }
                let Self::Many(bins) = self else { return false };
                make_room(bins, theirs.len());
                bins.add(theirs).is_ok()
            }
        }
    }

    /// The values that 50, 95 and 99 in a hundred do not exceed; 0 where there is none.
    fn quantiles(&self) -> [u64; 3] {
        const QUANTILES: [f64; 3] = [0.50, 0.95, 0.99];
        match self {
            // The nearest rank, as the bins have it.
            Self::Few { sorted, count } => [50, 95, 99].map(|per_cent| {
                let rank = (count * per_cent).div_ceil(100).clamp(1, FEW);
                sorted.get(rank - 1).copied().unwrap_or(0)
            }),
            Self::Many(bins) => {
                let mut values = bins.value_at_quantiles(QUANTILES);
                [(); 3].map(|()| values.next().unwrap_or(0))
            }
        }
    }

    fn many(few: &[u64]) -> Self {
        // `None` only if the number of digits were one that the crate does not have.
        let Ok(mut bins) = hdrhistogram::Histogram::new(SIGNIFICANT_DIGITS) else { return Self::default() };
        for micros in few {
            if bins.record(*micros).is_err() {
                bins.saturating_record(*micros);
            }
        }
        Self::Many(bins)
    }
}

fn make_room(bins: &mut hdrhistogram::Histogram<u32>, more: u64) {
    while bins.len().saturating_add(more) > u32::MAX.into() && !bins.is_empty() {
        halve(bins);
    }
}

/// Once in four thousand million values: the quantiles stay what they are, and what comes next weighs twice.
#[cold]
fn halve(bins: &mut hdrhistogram::Histogram<u32>) {
    let mut half = bins.clone();
    half.clear();
    for bin in bins.iter_recorded() {
        half.saturating_record_n(bin.value_iterated_to(), bin.count_at_value() / 2);
    }
    *bins = half;
}
