//! The large bodies of a batch: what its records tell of them, and what of them JavaScript has copied out.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::stream::Stream;

/// Body bytes from which JavaScript makes room itself and has them copied there, once, instead of reading
/// them out of the slab.
pub(super) const BULK_FROM: usize = 16 * 1024;

/// Bytes of large bodies after which a delivery is over though there is more. Who awaits them has them only then, all at once, and
/// what he does with them stands between two turns of the event loop.
pub(super) const BULK_A_TURN: usize = 1024 * 1024;

/// Bytes of one body that a batch tells of at most.
pub(super) const BULK_MOST: usize = 256 * 1024;

/// Streams announced by a `BULK` record, for JavaScript to have their bytes copied.
#[derive(Debug, Default)]
pub(super) struct Bulk {
    streams: FxHashMap<u32, Arc<Stream>>,
    /// Bytes of each that a record tells of.
    share: usize,
    /// Handles of those that hold more than their record says.
    partial: Vec<u32>,
    /// Bytes of which the records tell.
    told: usize,
}

impl Bulk {
    /// A batch begins in which so many bodies are: they share what a delivery may have.
    pub(super) fn begin(&mut self, bodies: usize) {
        self.share = (BULK_A_TURN / bodies.max(1)).clamp(BULK_FROM, BULK_MOST);
    }

    /// Of so many bytes, those that a record tells of. A little more than a share is not left for another batch: a full window
    /// holds up to a read more than it was to.
    pub(super) fn part_of(&self, held: usize) -> usize {
        if held > self.share + self.share / 4 { self.share } else { held }
    }

    /// A record is written that tells of so many of the bytes which the stream held. Its reader takes all that it tells of, says
    /// which is the last, and has what is left queued ahead of everything else.
    pub(super) fn announce(&mut self, stream: Arc<Stream>, told: usize, held: usize) {
        self.told += told;
        if told < held {
            self.partial.push(stream.handle);
        }
        self.streams.insert(stream.handle, stream);
    }

    pub(super) fn get(&self, handle: u32) -> Option<&Arc<Stream>> {
        self.streams.get(&handle)
    }

    /// Its record is dealt with.
    pub(super) fn remove(&mut self, handle: u32) -> Option<Arc<Stream>> {
        self.streams.remove(&handle)
    }

    /// Bytes of which the records tell.
    pub(super) fn told(&self) -> usize {
        self.told
    }

    /// The batch is dealt with.
    pub(super) fn clear(&mut self) {
        self.streams.clear();
        self.partial.clear();
        self.told = 0;
    }

    /// Whether a body holds bytes that no record of the batch tells of.
    pub(super) fn is_partial(&self, handle: u32) -> bool {
        self.partial.contains(&handle)
    }
}
