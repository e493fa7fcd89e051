//! Carrying out what the core decided, outside its lock.

use std::future::pending;
use std::pin::pin;
use std::sync::Arc;

use parking_lot::MutexGuard;
use tokio::sync::oneshot;
use tokio::task::AbortHandle;

use crate::pool::{Effect, Permit, Release};

use super::clock::{now, within};
use super::keep::DRAIN_TIME;
use super::lease::Lease;
use super::pool::{Connection, Pool, State};
use super::speaker::Speaker;
use super::wait::{Verdict, Waiter, rejected};

/// An effect with everything that it takes, so that the lock is free when it is carried out: a lease that
/// nobody takes any more gives itself back, which takes the lock again.
enum Deed {
    Dial(Permit),
    BreakOff(AbortHandle),
    Tell(oneshot::Sender<Verdict>, Verdict),
    GiveBack(Lease),
    Close(Connection),
}

impl Pool {
    /// Lets the lock go and does what the transition under it asked for.
    pub(super) fn carry_out(self: &Arc<Self>, mut state: MutexGuard<'_, State>) {
        state.settle_preconnects();
        let deadline = state.core.next_deadline();
        if deadline.is_some_and(|at| state.armed.is_none_or(|armed| at < armed)) {
            state.armed = deadline;
            self.alarm.notify_one();
        }
        if state.effects.is_empty() {
            return;
        }
        let mut deeds = Vec::new();
        while let Some(effect) = state.effects.pop() {
            deeds.extend(self.deed(&mut state, effect));
        }
        drop(state);
        for deed in deeds {
            self.perform(deed);
        }
    }

    fn deed(self: &Arc<Self>, state: &mut State, effect: Effect) -> Option<Deed> {
        match effect {
            Effect::Connect(permit) => Some(Deed::Dial(permit)),
            // Its task's guard gives the permit back.
            Effect::Abandon(dial) => {
                state.dials.get(&dial).map(|dialling| Deed::BreakOff(dialling.task.clone()))
            }
            Effect::Grant { waiter, lease } => {
                // A waiter is removed only when the core has forgotten it.
                let Some(Waiter { verdict, destination, .. }) = state.waiters.remove(&waiter) else {
                    state.core.released(lease, Release::Unused, now(), &mut state.effects);
                    return None;
                };
                let lease = state.lease(self, &destination, lease, false);
                Some(if verdict.is_closed() {
                    Deed::GiveBack(lease)
                } else {
                    Deed::Tell(verdict, Verdict::Granted(lease))
                })
            }
            Effect::Reject { waiter, why } => {
                let waiter = state.waiters.remove(&waiter)?;
                let error = rejected(why, state, &waiter);
                Some(Deed::Tell(waiter.verdict, Verdict::Rejected(error)))
            }
            Effect::Close { slot, why } => {
                let connection = state.connections.remove(&slot)?;
                state.tell_removed(&connection.origin, why.name());
                Some(Deed::Close(connection))
            }
        }
    }

    fn perform(self: &Arc<Self>, deed: Deed) {
        match deed {
            Deed::Dial(permit) => self.dial(permit),
            Deed::BreakOff(task) => task.abort(),
            // Who has gone meanwhile leaves the lease in the verdict, whose drop gives it back.
            Deed::Tell(verdict, outcome) => drop(verdict.send(outcome)),
            Deed::GiveBack(lease) => drop(lease),
            Deed::Close(connection) => self.let_go(connection),
        }
    }

    /// An idle connection is let go by its driver, which says goodbye; one in use is cut.
    fn let_go(&self, connection: Connection) {
        let Connection { idle, leases, driver, .. } = connection;
        if leases > 0 {
            driver.abort();
        } else if matches!(idle, Some(Speaker::Shared(_))) {
            // Its last stream may be one whose peer takes no more of the request, and the goodbye one that nobody reads.
            drop(self.engine.spawn(async move {
                if within(Some(DRAIN_TIME), pin!(pending::<()>())).await.is_err() {
                    driver.abort();
                }
            }));
        }
    }
}
