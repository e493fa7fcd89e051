//! What taking the codings off has come to, against what it may.

use std::task::Context;

use super::Bounds;
use crate::error::{Error, Kind, Phase};
use crate::transport::turn::Parts;

/// One body's.
#[derive(Debug)]
pub(super) struct Account {
    bounds: Bounds,
    /// Bytes taken from the body, still coded.
    taken: u64,
    /// Bytes without any coding.
    given: u64,
    parts: Parts,
}

impl Account {
    pub(super) fn new(bounds: Bounds) -> Self {
        Self { bounds, taken: 0, given: 0, parts: Parts::default() }
    }

    pub(super) fn taken(&self) -> u64 {
        self.taken
    }

    pub(super) fn take(&mut self, bytes: usize) {
        self.taken = self.taken.saturating_add(bytes as u64);
    }

    /// Bytes more that are without any coding.
    pub(super) fn give(&mut self, bytes: usize) -> Result<(), Error> {
        self.given = self.given.saturating_add(bytes as u64);
        self.admit(self.given, self.limit())
    }

    /// So many bytes in all of one layer that is still coded. They come to nothing if they are made to, and are
    /// decoded all the same, so they are bounded as the last are. An honest layer is smaller than what it
    /// holds, or larger by its frames: stored blocks have 5 bytes for 65,535 (RFC 1951 section 3.2.4).
    pub(super) fn pass(&self, bytes: u64) -> Result<(), Error> {
        let limit = self.limit();
        self.admit(bytes, limit.saturating_add(limit / 1024).saturating_add(1024))
    }

    /// A run of a decoder over so many bytes in and out.
    pub(super) fn charge(&mut self, bytes: usize, cx: &mut Context<'_>) {
        self.parts.charge(bytes.saturating_add(RUN), cx);
    }

    fn limit(&self) -> u64 {
        let earned = self.taken.saturating_mul(self.bounds.max_ratio).max(self.bounds.free);
        earned.min(self.bounds.max_bytes)
    }

    fn admit(&self, bytes: u64, limit: u64) -> Result<(), Error> {
        if bytes <= limit {
            return Ok(());
        }
        let sentence = format!("the body grew to {bytes} bytes out of {} and passed its bound", self.taken);
        Err(Error::new(Kind::BodyTooLarge, Phase::Body, sentence))
    }
}

/// Bytes that a run of a decoder costs besides its own: a gzip member or a zstd frame begins anew for as little as
/// nothing.
const RUN: usize = 1024;
