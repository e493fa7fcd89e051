//! One ring: the two queues between an evaluation of `lib/native.js` and the engine.
//!
//! ```text
//! JavaScript thread                        I/O thread
//! submit()  ── a copy of the slab ──►  inbox ──► intake ──► dispatch
//! deliver() ◄──────── wake ─────────  outbox ◄── reply ◄──┘
//! ```
//!
//! Either queue is swapped whole under a lock that is held for the swap alone. Only the JavaScript thread touches the slabs
//! (`home`), so neither side ever waits for the other to read or write bytes.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use bytes::Bytes;
use parking_lot::Mutex;
use rustc_hash::FxHashMap;

use crate::dispatch::Settled;

use super::consult::{Question, Questions};
use super::events::Told;
use super::home::Home;
use super::inbox::{Inbox, Serves};
use super::outbox::Outbox;
use super::pools::OpenPool;
use super::raw::RawSide;
use super::reply::Block;
use super::stream::{Appended, Stream};
use super::wake::Wake;

/// What the engine tells JavaScript.
#[derive(Debug)]
pub(super) enum Completion {
    /// A whole small reply: what stands in its block behind the head is the first of its body. Final.
    Reply { handle: u32, block: Block, head: usize, body: Bytes, ascii: bool, settled: Settled },
    /// The head of a reply whose body follows.
    Head { handle: u32, head: Block },
    /// The stream holds bytes that have not been announced yet.
    Data(Arc<Stream>),
    /// The body is whole. Final.
    End { handle: u32, trailers: Vec<u8>, settled: Settled },
    /// The request failed; the text is JSON. Final.
    Fail { handle: u32, text: Vec<u8> },
    /// A raw lease has its connection.
    Leased { handle: u32, reused: bool },
    /// A raw lease has another connection in place of the one that it had.
    Moved { handle: u32 },
    /// What is dialled for a raw lease has come so far as this record tells; the text is JSON.
    Reached { handle: u32, record: u32, text: Vec<u8> },
    /// The kernel has taken so many bytes of a raw lease.
    Taken { handle: u32, bytes: u64 },
    /// The peer of a raw lease sends no more bytes.
    PeerEnd { handle: u32 },
    /// A raw lease is over. Final.
    Closed { handle: u32 },
    /// The same, of one that JavaScript has released and counts no more.
    Released { handle: u32 },
    /// Connections are open that were ordered ahead, or will not be; the text is JSON. Final, of what is counted as no request.
    Ahead { handle: u32, failure: Option<Vec<u8>> },
    /// Something happened in a pool that is listened to.
    Event(Told),
    /// A question to the user.
    Ask(Question),
    /// The request body may go on.
    Room { handle: u32, bytes: u32 },
}

/// What JavaScript tells the engine.
#[derive(Debug)]
pub(super) enum Command {
    /// A copy of the submission slab.
    Batch(Bytes),
    /// The whole body of the request that will be submitted under this handle.
    Attach { handle: u32, bytes: Bytes },
    /// A piece of a streamed request body.
    Push { handle: u32, bytes: Bytes },
    /// A pool was opened by this ring.
    Open { id: u32, open: OpenPool },
    /// JavaScript is gone: nothing is delivered any more.
    Detach,
}

/// A ring, shared by both threads.
#[derive(Debug)]
pub(super) struct Ring {
    outbox: Outbox<Completion>,
    inbox: Inbox<Command>,
    /// Raw leases under way, by their numbers.
    pub(super) raws: Mutex<FxHashMap<u32, RawSide>>,
    /// What the user was asked and has not answered.
    pub(super) questions: Questions,
    /// The engine's side is gone.
    lost: AtomicBool,
    pub(super) wake: Wake,
    /// The JavaScript thread's own side; its lock is never contended.
    pub(super) home: Mutex<Home>,
}

/// Whether JavaScript is woken before the I/O thread's turn ends: else either side would be idle while the other has its turn. It
/// is for a third as much as is still in flight, which what waits is no part of, so that of four parts one is in either's hands and
/// two are with the peers; fewer or more at once are not worth it. On a single processor the two take turns in any case, and the
/// fewer turns the better.
fn is_early(waiting: usize, flying: usize, several_processors: bool) -> bool {
    waiting >= if several_processors { (flying / 3).clamp(16, 128) } else { 64 }
}

impl Ring {
    pub(super) fn new(home: Home) -> Self {
        Self {
            outbox: Outbox::new(),
            inbox: Inbox::new(),
            raws: Mutex::default(),
            questions: Questions::default(),
            lost: AtomicBool::new(false),
            wake: Wake::default(),
            home: Mutex::new(home),
        }
    }

    /// Queues for JavaScript; the wake follows at once if enough waits, or else at the end of the I/O thread's turn, or soon if that
    /// has no end.
    pub(super) fn push(&self, completion: Completion) {
        self.push_weighing(completion, 1);
    }

    fn push_weighing(&self, completion: Completion, weight: usize) {
        let waiting = self.outbox.push(completion).saturating_mul(weight);
        super::overdue::begins();
        if is_early(waiting, super::linger::flying(), super::processors::are_several())
            && !self.outbox.is_woken()
        {
            self.flush();
        }
    }

    /// Queues bytes of a body. With them all that waits counts `weight` times, which is how many replies of `pool.request` take
    /// JavaScript as long. So many of one body as are worth it wake JavaScript before the I/O thread's turn ends, which is not
    /// before the window is full where the peer is fast: either side would be idle while the other has its turn.
    pub(super) fn push_data(&self, stream: &Arc<Stream>, bytes: Bytes, weight: usize) -> Appended {
        let appended = stream.append(bytes);
        let Appended { is_news, is_much, .. } = appended;
        if is_news {
            self.push_weighing(Completion::Data(Arc::clone(stream)), weight);
        }
        if is_much && super::processors::are_several() && !self.outbox.is_woken() {
            self.flush();
        }
        appended
    }

    /// Queues for JavaScript what can wait until it is woken for something else.
    pub(super) fn push_quietly(&self, completion: Completion) {
        self.outbox.push_quietly(completion);
    }

    /// Wakes JavaScript if anything was pushed since the last time.
    pub(super) fn flush(&self) {
        if self.outbox.calls() {
            self.wake.call();
        }
    }

    /// How much JavaScript is to be woken for and was not yet.
    pub(super) fn due(&self) -> usize {
        self.outbox.due()
    }

    /// A delivery ends. Whether another is to follow, behind the event loop's other work, for what came meanwhile.
    #[must_use = "nobody else is told so"]
    pub(super) fn end_delivery(&self) -> bool {
        self.outbox.end_delivery()
    }

    /// Moves what was pushed behind what is still to be written into the slab.
    pub(super) fn collect(&self, backlog: &mut VecDeque<Completion>) {
        self.outbox.collect(backlog);
    }

    /// Records that no delivery has collected yet.
    pub(super) fn waiting(&self) -> usize {
        self.outbox.waiting()
    }

    /// Queues for the engine, which is not woken yet.
    pub(super) fn enqueue(&self, command: Command) {
        self.inbox.enqueue(command);
    }

    /// Queues for the engine and wakes it.
    pub(super) fn send(&self, command: Command) {
        self.inbox.send(command);
    }

    /// Wakes the engine for nothing but its turn, at the end of which JavaScript is woken.
    pub(super) fn nudge(&self) {
        self.inbox.nudge();
    }

    /// Has everything that JavaScript queues obeyed, until it detaches.
    pub(super) async fn serve(&self, server: impl Serves<Command>) {
        self.inbox.hand_over(server).await;
    }

    /// The raw leases under way of one of its pools.
    pub(super) fn raws_of(&self, pool: u32) -> Vec<RawSide> {
        self.raws.lock().values().filter(|raw| raw.pool == pool).cloned().collect()
    }

    /// Nobody serves the ring any more: the next delivery ends it, so that no request waits in vain.
    pub(super) fn lose(&self) {
        self.lost.store(true, Ordering::Release);
        self.wake.call();
    }

    pub(super) fn is_lost(&self) -> bool {
        self.lost.load(Ordering::Acquire)
    }

    pub(super) fn is_detached(&self) -> bool {
        self.outbox.is_detached()
    }

    /// JavaScript's side is gone (collected realm, ended worker): cancels what is left. Idempotent, on the
    /// JavaScript thread.
    pub(super) fn detach(&self) -> bool {
        if !self.outbox.detach() {
            return false;
        }
        self.questions.drop_all();
        let raws = std::mem::take(&mut *self.raws.lock());
        for raw in raws.into_values() {
            raw.lease.abort(false);
        }
        self.send(Command::Detach);
        true
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use bytes::Bytes;

    use super::super::processors::are_several;
    use super::super::stream::Stream;
    use super::super::window::LEAST;
    use super::{Completion, Home, Ring, is_early};

    #[test]
    fn javascript_is_woken_early_for_a_third_of_what_is_still_in_flight_but_not_for_a_few_nor_for_all_too_many()
     {
        for (flying, enough) in [(1, 16), (48, 16), (90, 30), (384, 128), (10_000, 128)] {
            assert!(
                !is_early(enough - 1, flying, true) && is_early(enough, flying, true),
                "{flying} in flight"
            );
        }
    }

    #[test]
    fn javascript_is_woken_in_the_midst_of_the_i_o_threads_turn_once_enough_is_due() {
        let ring = Ring::new(Home::default());
        let due = (1..=128).find(|_| {
            ring.push(Completion::Closed { handle: 0 });
            ring.outbox.is_woken()
        });
        assert!(due.is_some_and(|due| due >= 16), "at {due:?}");
    }

    #[test]
    fn fewer_pieces_that_take_javascript_longer_wake_it_as_soon() {
        let enough = |weight| {
            let ring = Ring::new(Home::default());
            (1..=128).find(|handle| {
                ring.push_data(&Arc::new(Stream::new(*handle)), Bytes::from_static(b"a reply"), weight);
                ring.outbox.is_woken()
            })
        };
        let (few, many) = (enough(4), enough(1));
        assert!(few.zip(many).is_some_and(|(few, many)| few <= many / 4), "{few:?}, {many:?}");
    }

    #[test]
    fn a_large_body_wakes_javascript_before_its_window_is_full() {
        let ring = Ring::new(Home::default());
        let stream = Arc::new(Stream::new(1));
        let due = (1..=16).find(|_| {
            ring.push_data(&stream, Bytes::from_static(&[0; LEAST / 16]), 1);
            ring.outbox.is_woken()
        });
        assert_eq!(due.is_some_and(|due| due < 16), are_several(), "at {due:?}");
    }

    #[test]
    fn on_a_single_processor_it_has_the_i_o_threads_whole_turn_to_itself() {
        assert!(!is_early(63, 150, false) && is_early(64, 150, false));
    }
}
