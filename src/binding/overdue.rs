//! Waking JavaScript though the I/O thread does not sleep.
//!
//! JavaScript is woken when the thread is about to sleep, or of itself when much is due. A thread that one peer keeps busy, with
//! heads without end for example, does not sleep for as long as that peer likes, and what little is due for somebody else would
//! wait all the while. So nothing that is due waits for longer than [`LONGEST`], whatever else there is to do.

use std::future::pending;
use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::sync::Notify;

use crate::dispatch::clock::within;

use super::attach::flush_all;

/// A thread that has time is asleep long before, so that this costs it one look after each burst.
const LONGEST: Duration = Duration::from_millis(2);

static RUNG: AtomicBool = AtomicBool::new(false);
static BELL: Notify = Notify::const_new();

/// Something is due as of now.
pub(super) fn begins() {
    // Swapped also where it is set: the flush that comes sees what was pushed before.
    if !RUNG.swap(true, Ordering::AcqRel) {
        BELL.notify_one();
    }
}

/// Runs for as long as the engine.
pub(super) async fn run() {
    loop {
        BELL.notified().await;
        if within(Some(LONGEST), pin!(pending::<()>())).await.is_err() {
            RUNG.swap(false, Ordering::AcqRel);
            flush_all();
        }
    }
}
