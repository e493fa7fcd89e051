//! What JavaScript reads at once: a slab of records, in which no end of a body overtakes its bytes.

use std::collections::VecDeque;

use crate::dispatch::Settled;

use super::bulk::Bulk;
use super::records::Writer;
use super::ring::Completion;
use super::write::{Put, put};

/// Writes what is there, in order, until it is through or the slab is full; `settle` is told of each request that is over with it.
///
/// The rest of a body of which a part is announced is the reader's to queue, ahead of all that is left. Its end waits for that, and
/// nobody else does: a body may come as fast as it is read, without any end.
pub(super) fn write_batch(
    writer: &mut Writer<'_>,
    backlog: &mut VecDeque<Completion>,
    bulk: &mut Bulk,
    mut settle: impl FnMut(Option<Settled>),
) {
    bulk.begin(backlog.iter().filter(|completion| matches!(completion, Completion::Data(_))).count());
    let mut waiting = Vec::new();
    while let Some(completion) = backlog.pop_front() {
        if ended_by(&completion).is_some_and(|handle| bulk.is_partial(handle)) {
            waiting.push(completion);
            continue;
        }
        match put(completion, writer, bulk) {
            Put::Done => {}
            Put::Settled(request) => settle(request),
            Put::Rest(rest) => {
                backlog.push_front(rest);
                break;
            }
            Put::Split(parts) => parts.into_iter().rev().for_each(|part| backlog.push_front(part)),
        }
    }
    waiting.into_iter().rev().for_each(|end| backlog.push_front(end));
}

/// The handle of which this is the end: no byte of its body may come behind it. What else there is of a handle needs no order
/// against its bytes.
fn ended_by(completion: &Completion) -> Option<u32> {
    match completion {
        Completion::End { handle, .. }
        | Completion::Fail { handle, .. }
        | Completion::PeerEnd { handle }
        | Completion::Closed { handle }
        | Completion::Released { handle } => Some(*handle),
        Completion::Reply { .. }
        | Completion::Head { .. }
        | Completion::Data(_)
        | Completion::Leased { .. }
        | Completion::Moved { .. }
        | Completion::Reached { .. }
        | Completion::Taken { .. }
        | Completion::Ahead { .. }
        | Completion::Event(_)
        | Completion::Ask(_)
        | Completion::Room { .. } => None,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;
    use std::sync::Arc;

    use bytes::Bytes;

    use super::super::bulk::{BULK_A_TURN, BULK_FROM, BULK_MOST, Bulk};
    use super::super::records::{Reader, Writer, completion as record};
    use super::super::ring::Completion;
    use super::super::stream::Stream;
    use super::write_batch;

    /// The records of one batch: kind, handle, and the bytes that a body's tells of.
    fn batch(backlog: &mut VecDeque<Completion>, bulk: &mut Bulk) -> Vec<(u32, u32, u32)> {
        let mut slab = vec![0; 64 * 1024];
        let mut writer = Writer::new(&mut slab);
        write_batch(&mut writer, backlog, bulk, |_| ());
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
        bulk.clear();
    }

    /// A body of which a batch tells a part, and what is left of it then.
    const LARGE: usize = 2 * BULK_MOST;

    #[test]
    fn the_end_of_a_body_comes_behind_all_of_it_though_a_batch_tells_of_a_part() {
        let mut backlog =
            VecDeque::from([Completion::Data(holding(1, LARGE)), Completion::Closed { handle: 1 }]);
        let mut bulk = Bulk::default();
        assert_eq!(batch(&mut backlog, &mut bulk), [(record::BULK, 1, size(BULK_MOST))]);
        read(&mut backlog, &mut bulk, 1, BULK_MOST);
        assert_eq!(
            batch(&mut backlog, &mut bulk),
            [(record::BULK, 1, size(BULK_MOST)), (record::CLOSED, 1, 0)]
        );
    }

    #[test]
    fn what_comes_behind_the_end_of_a_body_does_not_wait_for_it() {
        let first = Completion::Data(holding(1, LARGE));
        let ends = [1, 2].map(|handle| Completion::PeerEnd { handle });
        let mut backlog = VecDeque::from([first]);
        backlog.extend(ends);
        backlog.push_back(Completion::Closed { handle: 1 });
        backlog.push_back(Completion::Closed { handle: 3 });
        let mut bulk = Bulk::default();
        let others = [(record::PEER_END, 2, 0), (record::CLOSED, 3, 0)];
        assert_eq!(
            batch(&mut backlog, &mut bulk),
            [&[(record::BULK, 1, size(BULK_MOST))][..], &others].concat()
        );
        read(&mut backlog, &mut bulk, 1, BULK_MOST);
        let rest = [(record::BULK, 1, size(BULK_MOST)), (record::PEER_END, 1, 0), (record::CLOSED, 1, 0)];
        assert_eq!(batch(&mut backlog, &mut bulk), rest);
    }

    #[test]
    fn nobody_waits_for_a_body_that_comes_as_fast_as_it_is_read() {
        let stream = holding(1, LARGE);
        let mut backlog = VecDeque::from([
            Completion::Data(Arc::clone(&stream)),
            Completion::Room { handle: 1, bytes: 7 },
            Completion::Taken { handle: 1, bytes: 8 },
            Completion::Closed { handle: 2 },
        ]);
        let mut bulk = Bulk::default();
        let told = batch(&mut backlog, &mut bulk);
        assert_eq!(
            told.iter().map(|record| record.0).collect::<Vec<_>>(),
            [record::BULK, record::ROOM, record::TAKEN, record::CLOSED]
        );
        assert!(!stream.append(Bytes::from(vec![b'x'; LARGE])).is_news);
        read(&mut backlog, &mut bulk, 1, BULK_MOST);
        backlog.push_back(Completion::Closed { handle: 3 });
        assert_eq!(
            batch(&mut backlog, &mut bulk),
            [(record::BULK, 1, size(BULK_MOST)), (record::CLOSED, 3, 0)]
        );
    }

    #[test]
    fn a_little_more_than_a_batch_tells_of_goes_along() {
        let held = BULK_MOST + BULK_MOST / 4;
        let mut backlog =
            VecDeque::from([Completion::Data(holding(1, held)), Completion::Closed { handle: 1 }]);
        let mut bulk = Bulk::default();
        assert_eq!(batch(&mut backlog, &mut bulk), [(record::BULK, 1, size(held)), (record::CLOSED, 1, 0)]);
        assert_eq!(bulk.told(), held);
    }

    #[test]
    fn many_bodies_share_what_a_delivery_may_have() {
        for (bodies, share) in [(4, BULK_MOST), (16, BULK_A_TURN / 16), (100, BULK_FROM)] {
            let mut backlog: VecDeque<_> =
                (0..bodies).map(|handle| Completion::Data(holding(handle, LARGE))).collect();
            let told = batch(&mut backlog, &mut Bulk::default());
            assert_eq!(
                told,
                (0..bodies).map(|handle| (record::BULK, handle, size(share))).collect::<Vec<_>>()
            );
        }
    }

    #[test]
    fn with_bytes_of_a_reply_it_is_told_what_the_kernel_took_of_the_request() {
        const TOOK: u64 = 5 * (1 << 32) + 7;
        let bodies = [10, LARGE].map(|bytes| holding(1, bytes));
        for stream in &bodies {
            stream.took(TOOK);
        }
        let mut backlog = VecDeque::from(bodies.map(Completion::Data));
        let mut slab = vec![0; 64 * 1024];
        let mut writer = Writer::new(&mut slab);
        write_batch(&mut writer, &mut backlog, &mut Bulk::default(), |_| ());
        let told: Vec<_> =
            Reader::new(&slab).take(2).map(|found| (found.kind, found.args[0], found.args[2])).collect();
        assert_eq!(told, [(record::DATA, 7, 5), (record::BULK, 7, 5)]);
    }

    #[test]
    fn nothing_of_a_batch_is_left_for_the_next() {
        let mut backlog = VecDeque::from([Completion::Data(holding(1, LARGE))]);
        let mut bulk = Bulk::default();
        batch(&mut backlog, &mut bulk);
        bulk.clear();
        backlog.push_back(Completion::Closed { handle: 1 });
        assert_eq!(batch(&mut backlog, &mut bulk), [(record::CLOSED, 1, 0)]);
        assert_eq!(bulk.told(), 0);
    }
}
