//! Chance, the same in every run.

const ORIGINS: u64 = 10_000;

/// A splitmix64 sequence.
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub(crate) fn within(&mut self, range: std::ops::Range<u64>) -> u64 {
        range.start + self.roll() % (range.end - range.start)
    }

    pub(crate) fn one_in(&mut self, n: u64) -> bool {
        self.roll().is_multiple_of(n)
    }

    /// Few origins are popular, most are seldom asked for.
    pub(crate) fn origin(&mut self) -> u32 {
        let far = self.within(0..ORIGINS).min(self.within(0..ORIGINS)).min(self.within(0..ORIGINS));
        u32::try_from(if self.one_in(2) { far % 40 } else { far }).unwrap()
    }
}
