//! What JavaScript reads at once: one slab of records, and the large bodies that they announce.

use std::collections::VecDeque;
use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::dispatch::Settled;

use super::records::Writer;
use super::ring::Completion;
use super::stream::Stream;
use super::write::{Put, put};

/// Streams announced by a `BULK` record, for JavaScript to have their bytes copied.
#[derive(Debug, Default)]
pub(super) struct Bulk {
    streams: FxHashMap<u32, Arc<Stream>>,
    /// Handles of those that hold more than their record says: nothing of theirs may stand behind it.
    cut: Vec<u32>,
    /// Bytes of which the records tell.
    told: usize,
}

impl Bulk {
    /// A record is written that tells of so many of the bytes which the stream held.
    pub(super) fn announce(&mut self, stream: Arc<Stream>, told: usize, held: usize) {
        self.told += told;
        if told < held {
            self.cut.push(stream.handle);
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

    /// The batch is dealt with. Gives of how many bytes it told.
    pub(super) fn clear(&mut self) -> usize {
        self.streams.clear();
        self.cut.clear();
        std::mem::take(&mut self.told)
    }

    fn holds_back(&self, completion: &Completion) -> bool {
        !self.cut.is_empty() && handle_of(completion).is_some_and(|handle| self.cut.contains(&handle))
    }
}

/// Writes what is there, in order, until it is through or the slab is full; `settle` is told of each request that is over with it.
/// The rest of a body of which a part is announced is the reader's to queue, ahead of all that is left.
pub(super) fn fill(
    writer: &mut Writer<'_>,
    backlog: &mut VecDeque<Completion>,
    bulk: &mut Bulk,
    mut settle: impl FnMut(Option<Settled>),
) {
    while let Some(completion) = backlog.pop_front() {
        if bulk.holds_back(&completion) {
            backlog.push_front(completion);
            return;
        }
        match put(completion, writer, bulk) {
            Put::Done => {}
            Put::Settled(request) => settle(request),
            Put::Rest(rest) => {
                backlog.push_front(rest);
                return;
            }
            Put::Split(parts) => parts.into_iter().rev().for_each(|part| backlog.push_front(part)),
        }
    }
}

fn handle_of(completion: &Completion) -> Option<u32> {
    match completion {
        Completion::Data(stream) => Some(stream.handle),
        Completion::Reply { handle, .. }
        | Completion::Head { handle, .. }
        | Completion::End { handle, .. }
        | Completion::Fail { handle, .. }
        | Completion::Leased { handle, .. }
        | Completion::Reached { handle, .. }
        | Completion::Taken { handle, .. }
        | Completion::PeerEnd { handle }
        | Completion::Closed { handle }
        | Completion::Released { handle }
        | Completion::Ahead { handle, .. }
        | Completion::Room { handle, .. } => Some(*handle),
        Completion::Event(_) | Completion::Ask(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;
    use std::sync::Arc;

    use bytes::Bytes;

    use super::super::records::{Reader, Writer, completion as record};
    use super::super::ring::Completion;
    use super::super::stream::Stream;
    use super::super::write::BULK_MOST;
    use super::{Bulk, fill};

    /// The records of one batch: kind, handle, and the bytes that a body's tells of.
    fn batch(backlog: &mut VecDeque<Completion>, bulk: &mut Bulk) -> Vec<(u32, u32, u32)> {
        let mut slab = vec![0; 64 * 1024];
        let mut writer = Writer::new(&mut slab);
        fill(&mut writer, backlog, bulk, |_| ());
        let count = writer.records() as usize;
        Reader::new(&slab).take(count).map(|found| (found.kind, found.handle, found.args[1])).collect()
    }

    fn holding(handle: u32, bytes: usize) -> Arc<Stream> {
        let stream = Arc::new(Stream::new(handle));
        let appended = stream.append(Bytes::from(vec![b'x'; bytes]));
        assert!(appended.is_news);
        stream
    }

    fn size(bytes: usize) -> u32 {
        u32::try_from(bytes).unwrap_or(u32::MAX)
    }

    /// As `take` does for the last that is asked for.
    fn read(backlog: &mut VecDeque<Completion>, bulk: &mut Bulk, handle: u32, bytes: usize) {
        let Some(stream) = bulk.remove(handle) else { return };
        let taken = stream.take(&mut vec![0; bytes]);
        assert_eq!(taken.bytes, bytes);
        if taken.more {
            backlog.push_front(Completion::Data(stream));
        }
    }

    #[test]
    fn the_end_of_a_body_stands_behind_all_of_it_though_a_batch_tells_of_a_part() {
        let stream = holding(1, BULK_MOST + 20_000);
        let mut backlog = VecDeque::from([Completion::Data(stream), Completion::Closed { handle: 1 }]);
        let mut bulk = Bulk::default();
        assert_eq!(batch(&mut backlog, &mut bulk), [(record::BULK, 1, size(BULK_MOST))]);
        read(&mut backlog, &mut bulk, 1, BULK_MOST);
        assert_eq!(bulk.clear(), BULK_MOST);
        assert_eq!(batch(&mut backlog, &mut bulk), [(record::BULK, 1, 20_000), (record::CLOSED, 1, 0)]);
    }

    #[test]
    fn others_go_along_with_a_part_of_a_body() {
        let first = Completion::Data(holding(1, 2 * BULK_MOST));
        let mut backlog = VecDeque::from([
            first,
            Completion::Closed { handle: 2 },
            Completion::PeerEnd { handle: 1 },
            Completion::Closed { handle: 3 },
        ]);
        let mut bulk = Bulk::default();
        assert_eq!(
            batch(&mut backlog, &mut bulk),
            [(record::BULK, 1, size(BULK_MOST)), (record::CLOSED, 2, 0)]
        );
        read(&mut backlog, &mut bulk, 1, BULK_MOST);
        assert_eq!(bulk.clear(), BULK_MOST);
        let rest = [(record::BULK, 1, size(BULK_MOST)), (record::PEER_END, 1, 0), (record::CLOSED, 3, 0)];
        assert_eq!(batch(&mut backlog, &mut bulk), rest);
    }

    #[test]
    fn what_a_record_tells_whole_holds_nothing_back() {
        let mut backlog =
            VecDeque::from([Completion::Data(holding(1, BULK_MOST)), Completion::Closed { handle: 1 }]);
        let mut bulk = Bulk::default();
        assert_eq!(
            batch(&mut backlog, &mut bulk),
            [(record::BULK, 1, size(BULK_MOST)), (record::CLOSED, 1, 0)]
        );
    }
}
