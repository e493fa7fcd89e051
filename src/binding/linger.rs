//! Staying awake a moment for what comes next.
//!
//! To put the I/O thread to sleep and wake it again costs more than a small exchange on a fast network, and one
//! request at a time pays it twice: once for the reply, once for the next request. So while hardly anything is in
//! flight, the thread looks again and again before it sleeps, for up to [`PATIENCE`] when the peer is to say something and
//! [`PATIENCE_WITH_JAVASCRIPT`] when JavaScript is, as long as that pays, which is known of either by itself: an application that
//! asks now and then has no next request for the reply that it was told of. Against a server that takes a millisecond neither
//! does, and is tried once in [`PROBE`] times.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

use tokio::sync::Notify;

use crate::dispatch::clock::now;

use super::attach::flush_all;
use super::processors::are_several;

/// How long nothing may come of the peer before the thread sleeps.
const PATIENCE: Duration = Duration::from_micros(60);
/// The same of JavaScript, once it was told of something. It makes a request of pool.request in a few microseconds; Node's
/// own client, over an agent, takes a hundred to read the reply and write the next request.
const PATIENCE_WITH_JAVASCRIPT: Duration = Duration::from_micros(160);
/// With more than this many requests in flight, the thread hardly sleeps anyway.
const MOST: u32 = 2;
/// How often waiting in vain is forgiven after it has paid.
const CREDIT: u32 = 4;
/// Once in so many times it is tried although it did not pay the last time.
const PROBE: u32 = 256;

static FLYING: AtomicU32 = AtomicU32::new(0);
static MOVES: AtomicU32 = AtomicU32::new(0);
/// The last of them was towards JavaScript.
static TOLD: AtomicBool = AtomicBool::new(false);
static BELL: Notify = Notify::const_new();

/// Requests in flight.
pub(super) fn flying() -> usize {
    FLYING.load(Ordering::Relaxed) as usize
}

/// A request began. On the I/O thread.
pub(super) fn begun() {
    FLYING.fetch_add(1, Ordering::Relaxed);
    moved();
}

/// A request got its final record.
pub(super) fn settled() {
    FLYING.fetch_sub(1, Ordering::Relaxed);
    told();
}

/// As [`begun`], on another thread: what it is about is yet to come to this one.
pub(super) fn begun_elsewhere() {
    FLYING.fetch_add(1, Ordering::Relaxed);
}

/// As [`settled`], on another thread.
pub(super) fn settled_elsewhere() {
    FLYING.fetch_sub(1, Ordering::Relaxed);
}

/// Bytes are to go.
pub(super) fn moved() {
    TOLD.store(false, Ordering::Relaxed);
    happened();
}

/// Bytes came, or all of a reply.
pub(super) fn told() {
    TOLD.store(true, Ordering::Relaxed);
    happened();
}

fn happened() {
    MOVES.fetch_add(1, Ordering::Relaxed);
    if FLYING.load(Ordering::Relaxed) <= MOST && are_several() {
        BELL.notify_one();
    }
}

/// Runs for as long as the engine.
pub(super) async fn run() {
    let mut watch = Watch::default();
    loop {
        BELL.notified().await;
        watch.keep().await;
    }
}

/// Whose move it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Awaited {
    Peer,
    JavaScript,
}

impl Awaited {
    fn now() -> Self {
        if TOLD.load(Ordering::Relaxed) { Self::JavaScript } else { Self::Peer }
    }

    fn patience(self) -> Duration {
        match self {
            Self::Peer => PATIENCE,
            Self::JavaScript => PATIENCE_WITH_JAVASCRIPT,
        }
    }
}

#[derive(Debug, Default)]
struct Watch {
    /// As many moves as there were when a wait began last.
    seen: u32,
    trusts: Trusts,
}

impl Watch {
    /// Waits for whoever is to move next, for as long as that pays.
    async fn keep(&mut self) {
        loop {
            let moves = MOVES.load(Ordering::Relaxed);
            let awaited = Awaited::now();
            if !self.begins(moves, awaited) {
                return;
            }
            let Some(paid) = moves_within(moves, awaited.patience()).await else { return };
            self.trusts.record(awaited, paid);
        }
    }

    /// Whether there is something to wait for behind so many moves. The bell rings for those that were seen while the thread
    /// was awake, too.
    fn begins(&mut self, moves: u32, awaited: Awaited) -> bool {
        let is_news = std::mem::replace(&mut self.seen, moves) != moves;
        is_news && self.trusts.tries(awaited)
    }
}

/// Looks for something to do until something happens, or nothing has for that long; says which. Nothing when more is in flight
/// than is waited for.
async fn moves_within(seen: u32, patience: Duration) -> Option<bool> {
    let since = now();
    while FLYING.load(Ordering::Relaxed) <= MOST {
        // The thread does not park meanwhile, which is when completions are flushed otherwise.
        flush_all();
        tokio::task::yield_now().await;
        if MOVES.load(Ordering::Relaxed) != seen {
            return Some(true);
        }
        if now().saturating_duration_since(since) > patience {
            return Some(false);
        }
    }
    None
}

/// Whether it pays to wait for either.
#[derive(Debug, Default)]
struct Trusts {
    peer: Trust,
    javascript: Trust,
}

impl Trusts {
    /// Whether it is to be tried. What JavaScript is waited for saves little of an exchange that takes the peer long.
    fn tries(&mut self, awaited: Awaited) -> bool {
        match awaited {
            Awaited::Peer => self.peer.tries(),
            Awaited::JavaScript => self.peer.credit > 0 && self.javascript.tries(),
        }
    }

    fn record(&mut self, awaited: Awaited, paid: bool) {
        match awaited {
            Awaited::Peer => self.peer.record(paid),
            Awaited::JavaScript => self.javascript.record(paid),
        }
    }
}

#[derive(Debug)]
struct Trust {
    credit: u32,
    refused: u32,
}

impl Default for Trust {
    fn default() -> Self {
        Self { credit: CREDIT, refused: 0 }
    }
}

impl Trust {
    fn tries(&mut self) -> bool {
        if self.credit > 0 {
            return true;
        }
        self.refused = self.refused.wrapping_add(1);
        self.refused.is_multiple_of(PROBE)
    }

    fn record(&mut self, paid: bool) {
        self.credit = if paid { CREDIT } else { self.credit.saturating_sub(1) };
    }
}

#[cfg(test)]
mod tests {
    use super::{Awaited, CREDIT, PROBE, Trusts, Watch};

    /// How many of so many waits are tried, each of which pays or not.
    fn tried(trusts: &mut Trusts, awaited: Awaited, times: u32, pays: bool) -> u32 {
        (0..times)
            .map(|_| {
                let tries = trusts.tries(awaited);
                if tries {
                    trusts.record(awaited, pays);
                }
                u32::from(tries)
            })
            .sum()
    }

    #[test]
    fn nothing_is_waited_for_twice_behind_the_same_move() {
        let mut watch = Watch::default();
        let began = [1, 1, 2, 2].map(|moves| watch.begins(moves, Awaited::Peer));
        assert_eq!(began, [true, false, true, false]);
    }

    #[test]
    fn a_peer_that_takes_long_is_tried_now_and_then() {
        let mut trusts = Trusts::default();
        assert_eq!(tried(&mut trusts, Awaited::Peer, CREDIT + 2 * PROBE, false), CREDIT + 2);
    }

    #[test]
    fn once_it_pays_again_it_is_waited_for_each_time() {
        let mut trusts = Trusts::default();
        tried(&mut trusts, Awaited::Peer, CREDIT, false);
        trusts.record(Awaited::Peer, true);
        assert_eq!(tried(&mut trusts, Awaited::Peer, 100, true), 100);
    }

    #[test]
    fn who_asks_now_and_then_is_not_waited_for_however_fast_the_peer_is() {
        let mut trusts = Trusts::default();
        let mut waits = 0;
        for _ in 0..PROBE {
            assert_eq!(tried(&mut trusts, Awaited::Peer, 1, true), 1);
            waits += tried(&mut trusts, Awaited::JavaScript, 1, false);
        }
        assert_eq!(waits, CREDIT);
    }

    #[test]
    fn nobody_is_waited_for_where_the_peer_takes_long() {
        let mut trusts = Trusts::default();
        tried(&mut trusts, Awaited::Peer, CREDIT, false);
        assert_eq!(tried(&mut trusts, Awaited::JavaScript, 1_000, true), 0);
    }
}
