//! A place in the queue, and how far its holder had come when he left it.

use std::sync::{Arc, OnceLock};

use tokio::sync::oneshot;

use crate::error::{Error, Phase};
use crate::pool::WaiterId;

use super::clock::now;
use super::lease::Lease;
use super::pool::{Pool, State};
use super::wait::{Verdict, lost};

/// Dropping it is giving it up.
#[derive(Debug)]
pub(super) struct Waiting {
    pool: Arc<Pool>,
    waiter: WaiterId,
    /// A limit was reached: it is no dial that is waited for.
    pub(super) exhausted: bool,
    receiver: Option<oneshot::Receiver<Verdict>>,
}

/// How far a request had come that gave up before it had a connection. Who has a time limit for all of it keeps this: what
/// the request waited for is gone when the limit is told of.
#[derive(Debug, Default)]
pub(super) struct Farewell(OnceLock<Phase>);

impl Farewell {
    pub(super) fn say(&self, phase: Phase) {
        // Nobody gives up twice.
        self.0.get_or_init(|| phase);
    }

    pub(super) fn phase(&self) -> Option<Phase> {
        self.0.get().copied()
    }
}

impl Waiting {
    pub(super) fn new(
        pool: &Arc<Pool>,
        waiter: WaiterId,
        exhausted: bool,
        receiver: oneshot::Receiver<Verdict>,
    ) -> Self {
        Self { pool: Arc::clone(pool), waiter, exhausted, receiver: Some(receiver) }
    }

    pub(super) async fn end(mut self) -> Result<Lease, Error> {
        let Some(receiver) = self.receiver.as_mut() else { return Err(lost()) };
        let verdict = receiver.await;
        self.receiver = None;
        match verdict {
            Ok(Verdict::Granted(lease)) => Ok(lease),
            Ok(Verdict::Rejected(error)) => Err(error),
            Err(_) => Err(lost()),
        }
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        // A grant that is already in the channel is dropped with it, and gives its connection back.
        if self.receiver.take().is_none() {
            return;
        }
        let mut state = self.pool.state.lock();
        if let Some(waiter) = state.waiters.get(&self.waiter)
            && let Some(farewell) = &waiter.farewell
        {
            farewell.say(state.phase_of(waiter));
        }
        let State { core, effects, waiters, .. } = &mut *state;
        core.cancelled(self.waiter, now(), effects);
        waiters.remove(&self.waiter);
        self.pool.carry_out(state);
    }
}
