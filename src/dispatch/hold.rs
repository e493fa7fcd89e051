//! Whose a request is, in a pool that several hold.
//!
//! A hold ends by itself: what its holder has in flight fails as it would by the pool's end, at the same places and with the
//! same facts, and for all others the pool goes on.

use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::clock::now;
use super::pool::{Pool, State};
use super::request::Destination;
use super::wait::{Verdict, Waiter, ended};

/// One holder's part in a pool. Those of his destinations bear it.
#[derive(Debug, Default)]
pub struct Hold {
    ended: AtomicBool,
}

impl Pool {
    /// Ends a hold: what its holder waits for or has in flight fails with `ERR_POOL_DESTROYED`. Idempotent.
    pub fn end_hold(self: &Arc<Self>, hold: &Arc<Hold>) {
        hold.ended.store(true, Ordering::Release);
        let mut state = self.state.lock();
        let is_his = |destination: &Destination| destination.is_of(hold);
        state.cut_preconnects(is_his);
        state.reject_all(is_his);
        self.carry_out(state);
        // Those in flight look for themselves.
        self.over.notify_waiters();
    }

    /// Whether the pool is at its end for whoever asks for a destination.
    pub(super) fn is_over_for(&self, destination: &Destination) -> bool {
        self.is_destroyed()
            || destination.hold.as_ref().is_some_and(|hold| hold.ended.load(Ordering::Acquire))
    }

    /// Resolves once it is.
    pub(super) async fn until_over_for(&self, destination: &Destination) {
        loop {
            let mut over = pin!(self.over.notified());
            over.as_mut().enable();
            if self.is_over_for(destination) {
                return;
            }
            over.await;
        }
    }

    /// The outcome of what goes on over a connection, unless the hold ends first. The pool's own end needs nobody to look: it cuts
    /// the connection, which a hold's cannot, since others may have streams on it.
    pub(super) async fn while_held<F: Future>(
        &self,
        destination: &Destination,
        going_on: Pin<&mut F>,
    ) -> Option<F::Output> {
        if destination.hold.is_none() {
            return Some(going_on.await);
        }
        tokio::select! {
            biased;
            () = self.until_over_for(destination) => None,
            outcome = going_on => Some(outcome),
        }
    }
}

impl State {
    /// Takes out of the queue those who wait for certain destinations, and tells them of the end.
    fn reject_all(&mut self, which: impl Fn(&Destination) -> bool) {
        let his = |(_, waiter): &(_, &Waiter)| which(&waiter.destination);
        let all: Vec<_> = self.waiters.iter().filter(his).map(|(id, _)| *id).collect();
        for id in all {
            let Some(waiter) = self.waiters.remove(&id) else { continue };
            let error = ended(self, &waiter);
            self.core.cancelled(id, now(), &mut self.effects);
            // Who has gone meanwhile does not hear of it.
            drop(waiter.verdict.send(Verdict::Rejected(error)));
        }
    }
}

impl Destination {
    fn is_of(&self, hold: &Arc<Hold>) -> bool {
        self.hold.as_ref().is_some_and(|own| Arc::ptr_eq(own, hold))
    }
}
