//! Staying awake a moment for what comes next.
//!
//! To put the I/O thread to sleep and wake it again costs more than a small exchange on a fast network, and one
//! request at a time pays it twice: once for the reply, once for the next request. So while hardly anything is in
//! flight, the thread looks again and again before it sleeps, for up to [`PATIENCE`] when the peer is to say something and
//! [`PATIENCE_WITH_JAVASCRIPT`] when JavaScript is, as long as that pays. Against a server that takes a millisecond it never
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
    let mut credit = CREDIT;
    let mut idle_rings = 0_u32;
    loop {
        BELL.notified().await;
        if credit == 0 {
            idle_rings = idle_rings.wrapping_add(1);
            if !idle_rings.is_multiple_of(PROBE) {
                continue;
            }
        }
        credit = if linger().await { CREDIT } else { credit.saturating_sub(1) };
    }
}

fn patience() -> Duration {
    if TOLD.load(Ordering::Relaxed) { PATIENCE_WITH_JAVASCRIPT } else { PATIENCE }
}

/// Looks for something to do until nothing has happened for a while; says whether anything did.
async fn linger() -> bool {
    let mut seen = MOVES.load(Ordering::Relaxed);
    let mut since = now();
    let mut paid = false;
    loop {
        // The thread does not park meanwhile, which is when completions are flushed otherwise.
        flush_all();
        tokio::task::yield_now().await;
        let moves = MOVES.load(Ordering::Relaxed);
        if moves != seen {
            seen = moves;
            since = now();
            paid = true;
        } else if now().saturating_duration_since(since) > patience() {
            return paid;
        }
        if FLYING.load(Ordering::Relaxed) > MOST {
            return paid;
        }
    }
}
