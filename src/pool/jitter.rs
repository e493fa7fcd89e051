//! Spreads lifetimes, so that connections dialled together are not all replaced together.

use std::time::Duration;

/// A splitmix64 sequence: the seed is the caller's, so that a run can be repeated.
#[derive(Debug)]
pub(super) struct Jitter(u64);

impl Jitter {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// `span` ± 10 %.
    pub(super) fn around(&mut self, span: Duration) -> Duration {
        let permille = 900u32.saturating_add(self.below(201));
        span.checked_mul(permille).and_then(|span| span.checked_div(1000)).unwrap_or(span)
    }

    fn below(&mut self, bound: u32) -> u32 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        let high = u128::from(z ^ (z >> 31)).wrapping_mul(u128::from(bound)) >> 64;
        u32::try_from(high).unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_jittered_span_stays_within_ten_per_cent_and_is_spread() {
        let mut jitter = Jitter::new(1);
        let spans: Vec<u128> =
            (0..1000).map(|_| jitter.around(Duration::from_secs(100)).as_millis()).collect();
        assert!(spans.iter().all(|ms| (90_000..=110_000).contains(ms)));
        assert!(spans.iter().any(|ms| *ms < 91_000));
        assert!(spans.iter().any(|ms| *ms > 109_000));
    }
}
