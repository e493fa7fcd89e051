use std::time::Duration;

use super::counters::{average_ms, micros, ms};
use super::snapshot::Summary;

/// Two digits: a quantile is right to 1 %, and a histogram of values below a minute takes 10 KiB.
const SIGNIFICANT_DIGITS: u8 = 2;

/// Up to so many values are kept as they are, in order: exact, without bins, and read at once. Most of a crawler's thousand
/// origins never have more.
const FEW: usize = 13;

/// What a longer duration is counted as: 50 days, twice the longest timeout that can be set.
const MAX_MICROS: u64 = 1 << 42;

/// Durations in microseconds. Count, sum and maximum are exact; quantiles are while there are few values, then to two digits.
///
/// While it is small it is a line and a half of the processor's cache: who asks about a thousand origins waits for memory.
#[derive(Clone, Debug, Default)]
pub(super) struct Histogram {
    count: u64,
    sum_micros: u64,
    max_micros: u64,
    values: Values,
}

#[derive(Clone, Debug)]
enum Values {
    Few { sorted: [u32; FEW], count: usize },
    Many(Box<Bins>),
}

#[derive(Clone, Debug)]
struct Bins {
    // Invariant: holds no more than u32::MAX values in all. So no bin can saturate, and the sum of the bins
    // is always the total; hdrhistogram panics in its quantiles where it is not.
    counts: hdrhistogram::Histogram<u32>,
    /// What they came to when they were last read, at which number of values: reading them is slow.
    quantiles: [u64; 3],
    read_at: u64,
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

    /// Reads the bins, if there are any and something was recorded since they were last read.
    pub(super) fn sum_up(&mut self) {
        if let Values::Many(many) = &mut self.values
            && many.read_at != self.count
        {
            (many.quantiles, many.read_at) = (many.read(), self.count);
        }
    }

    /// None where nothing was recorded.
    pub(super) fn summary(&self) -> Option<Summary> {
        if self.count == 0 {
            return None;
        }
        let quantiles = match &self.values {
            Values::Few { sorted, count } => quantiles_of(sorted, *count),
            Values::Many(many) if many.read_at == self.count => many.quantiles,
            Values::Many(many) => many.read(),
        };
        // A bin answers with its upper edge, which may lie above everything that was ever recorded.
        let [p50_ms, p95_ms, p99_ms] = quantiles.map(|micros| ms(micros.min(self.max_micros)));
        Some(Summary {
            count: self.count,
            avg_ms: average_ms(self.sum_micros, self.count),
            p50_ms,
            p95_ms,
            p99_ms,
            max_ms: ms(self.max_micros),
        })
    }
}

impl Values {
    fn add(&mut self, micros: u64, times: u32) {
        match self {
            Self::Few { sorted, count } => {
                let more = count.saturating_add(usize::try_from(times).unwrap_or(usize::MAX));
                if let Ok(small) = u32::try_from(micros)
                    && let Some(values) = sorted.get_mut(..more)
                {
                    if let Some(place) = values.get_mut(*count..) {
                        place.fill(small);
                    }
                    // By insertion, as what is sorted but for its end nearly is.
                    values.sort_unstable();
                    *count = more;
                } else if let Some(mut many) = Bins::of(sorted.get(..*count).unwrap_or_default()) {
                    many.add(micros, times);
                    *self = Self::Many(many);
                }
            }
            Self::Many(many) => many.add(micros, times),
        }
    }

    /// Whether the others could be taken in.
    fn fold(&mut self, other: &Self) -> bool {
        match other {
            Self::Few { sorted, count } => {
                for micros in sorted.iter().take(*count) {
                    self.add((*micros).into(), 1);
                }
                true
            }
            Self::Many(theirs) => {
                if let Self::Few { sorted, count } = self
                    && let Some(many) = Bins::of(sorted.get(..*count).unwrap_or_default())
                {
                    *self = Self::Many(many);
                }
                let Self::Many(many) = self else { return false };
                make_room(&mut many.counts, theirs.counts.len());
                many.counts.add(&theirs.counts).is_ok()
            }
        }
    }
}

/// Of values in order, those that 50, 95 and 99 in a hundred do not exceed, by the nearest rank, as the bins have it.
fn quantiles_of(sorted: &[u32; FEW], count: usize) -> [u64; 3] {
    [50, 95, 99].map(|per_cent| {
        let rank = (count * per_cent).div_ceil(100).clamp(1, FEW);
        sorted.get(rank - 1).copied().unwrap_or(0).into()
    })
}

impl Bins {
    /// `None` only if the number of digits were one that the crate does not have.
    fn of(few: &[u32]) -> Option<Box<Self>> {
        let counts = hdrhistogram::Histogram::new(SIGNIFICANT_DIGITS).ok()?;
        let mut many = Box::new(Self { counts, quantiles: [0; 3], read_at: 0 });
        for micros in few {
            many.add((*micros).into(), 1);
        }
        Some(many)
    }

    fn add(&mut self, micros: u64, times: u32) {
        make_room(&mut self.counts, times.into());
        // Where it cannot be widened, the last bin is the nearest to the truth.
        if self.counts.record_n(micros, times).is_err() {
            self.counts.saturating_record_n(micros, times);
        }
    }

    /// In one pass.
    fn read(&self) -> [u64; 3] {
        let mut values = self.counts.value_at_quantiles([0.50, 0.95, 0.99]);
        [(); 3].map(|()| values.next().unwrap_or(0))
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
