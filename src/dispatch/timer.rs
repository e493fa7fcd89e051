//! The core's deadlines: one sleeper a pool.

use std::convert::Infallible;
use std::future::pending;
use std::pin::pin;
use std::sync::Weak;
use std::time::Duration;

use super::clock::{Elapsed, now, overslept, within};
use super::gap::GLANCE;
use super::pool::{Pool, State};

/// What has come while the process was stopped is read, and handed to whom it is for, within this time.
const GLIMPSE: Duration = Duration::from_millis(100);

/// Runs until the pool is gone. The sleeper is woken early only when a deadline comes nearer, and now and
/// then for one that has moved away.
pub(super) async fn run(pool: Weak<Pool>) {
    let mut due = None;
    loop {
        let Some(strong) = pool.upgrade() else { return };
        let unseen = strong.state.lock().unseen(now());
        let was_away = due.is_some_and(|due| overslept(due, now()));
        if was_away || unseen.is_some() {
            strong.woke(unseen.unwrap_or_default());
        }
        if was_away {
            due = None;
            drop(strong);
            // What is waited for may be there since long: the sockets are looked at before anybody has waited too long.
            let Err(Elapsed) = within(Some(GLIMPSE), pin!(pending::<Infallible>())).await;
            continue;
        }
        let deadline = {
            let mut state = strong.state.lock();
            let State { core, effects, .. } = &mut *state;
            core.on_time(now(), effects);
            state.armed = None;
            let glance = (state.core.stats().idle > 0).then(|| now().checked_add(GLANCE)).flatten();
            let deadline = state.core.next_deadline().into_iter().chain(glance).min();
            state.armed = deadline;
            strong.carry_out(state);
            deadline
        };
        let alarm = std::sync::Arc::clone(&strong.alarm);
        drop(strong);
        match deadline {
            None => alarm.notified().await,
            Some(at) => {
                let rang = tokio::time::timeout_at(at.into(), alarm.notified()).await;
                due = rang.is_err().then_some(at);
            }
        }
    }
}
