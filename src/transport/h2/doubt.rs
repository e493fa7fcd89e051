//! A peer that may be gone without a word.
//!
//! Where a request's time runs out and nothing at all was read since it was sent, the peer may be slow, or a machine or a path
//! may be no more: of that TCP says nothing for many minutes, and each request that follows would meet the same end. The peer
//! is asked by a PING at once, and its connection takes no requests until anything is read of it. hyper sends its own
//! PINGs by a clock of its own alone, so this one is put between the frames that h2 writes; h2 passes its answer over.

use std::sync::atomic::{AtomicBool, Ordering};
use std::task::Waker;

use parking_lot::Mutex;

/// Whether a peer is doubted.
#[derive(Debug, Default)]
pub(super) struct Doubt {
    stands: AtomicBool,
    /// The driver has not been told.
    untold: AtomicBool,
    /// The PING is still to be sent.
    unasked: AtomicBool,
    /// The peer had its time to answer.
    given_up: AtomicBool,
    driver: Mutex<Option<Waker>>,
}

impl Doubt {
    /// The peer has been silent for too long.
    pub(super) fn raise(&self) {
        if self.stands.swap(true, Ordering::AcqRel) {
            return;
        }
        self.untold.store(true, Ordering::Release);
        self.unasked.store(true, Ordering::Release);
        if let Some(driver) = &*self.driver.lock() {
            driver.wake_by_ref();
        }
    }

    /// Something was read of the peer.
    pub(super) fn allay(&self) {
        if self.stands() {
            self.stands.store(false, Ordering::Release);
        }
    }

    pub(super) fn stands(&self) -> bool {
        self.stands.load(Ordering::Acquire)
    }

    /// Has the driver woken when the next doubt arises.
    pub(super) fn wake(&self, driver: &Waker) {
        let mut known = self.driver.lock();
        if !known.as_ref().is_some_and(|known| known.will_wake(driver)) {
            *known = Some(driver.clone());
        }
    }

    /// Whether a doubt has arisen that this was not asked about yet.
    pub(super) fn take_untold(&self) -> bool {
        self.untold.load(Ordering::Acquire) && self.untold.swap(false, Ordering::AcqRel)
    }

    /// Whether the PING is to be sent now.
    pub(super) fn take_unasked(&self) -> bool {
        self.unasked.load(Ordering::Acquire) && self.unasked.swap(false, Ordering::AcqRel)
    }

    /// The peer has not answered in time.
    pub(super) fn give_up(&self) {
        self.given_up.store(true, Ordering::Release);
    }

    pub(super) fn is_given_up(&self) -> bool {
        self.given_up.load(Ordering::Acquire)
    }
}

/// A PING with a payload that is none of h2's own (RFC 9113, 6.7).
pub(super) const PING: &[u8] = b"\0\0\x08\x06\0\0\0\0\0in doubt";
