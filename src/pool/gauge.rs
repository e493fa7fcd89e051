//! A count of things that exist now.

/// Goes up by one when a thing appears and down by one when it goes, and so never below zero.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Gauge(u32);

impl Gauge {
    pub(super) fn rise(&mut self) {
        self.0 = self.0.saturating_add(1);
    }

    pub(super) fn fall(&mut self) {
        debug_assert!(self.0 > 0, "something left that was never counted");
        self.0 = self.0.saturating_sub(1);
    }

    pub(super) fn get(self) -> u32 {
        self.0
    }
}
