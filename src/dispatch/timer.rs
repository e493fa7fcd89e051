//! The core's deadlines: one sleeper a pool.

use std::sync::Weak;

use super::clock::now;
use super::pool::{Pool, State};

/// Runs until the pool is gone. The sleeper is woken early only when a deadline comes nearer, and now and
/// then for one that has moved away.
pub(super) async fn run(pool: Weak<Pool>) {
    loop {
        let Some(strong) = pool.upgrade() else { return };
        let deadline = {
            let mut state = strong.state.lock();
            let State { core, effects, .. } = &mut *state;
            core.on_time(now(), effects);
            state.armed = None;
            let deadline = state.core.next_deadline();
            state.armed = deadline;
            strong.carry_out(state);
            deadline
        };
        let alarm = std::sync::Arc::clone(&strong.alarm);
        drop(strong);
        match deadline {
            None => alarm.notified().await,
            Some(at) => {
                let slept = tokio::time::timeout_at(at.into(), alarm.notified()).await;
                drop(slept);
            }
        }
    }
}
