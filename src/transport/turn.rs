//! A task's turn on the I/O thread, as tokio counts it: a hundred and some steps, after which the others have theirs.

use std::task::{Context, Poll};

use tokio::task::coop;

/// Takes from the turn of this task what so many bytes will cost it. tokio counts a read as one step, however much it
/// brings, and work without a read not at all; a peer whose heads have no end is read by the half megabyte, and would keep
/// all others from their turns for a second at a time.
pub(super) fn charge(bytes: usize, cx: &mut Context<'_>) {
    for _ in 0..bytes / STEP {
        if !coop::has_budget_remaining() {
            return;
        }
        if let Poll::Ready(step) = coop::poll_proceed(cx) {
            step.made_progress();
        }
    }
}

/// Ready while the turn lasts, and otherwise once the next has begun.
pub(super) fn poll_left(cx: &mut Context<'_>) -> Poll<()> {
    // A step that makes no progress is given back.
    coop::poll_proceed(cx).map(drop)
}

/// Work in small parts, none of which may be a step of its own.
#[derive(Debug, Default)]
pub(super) struct Parts {
    uncharged: usize,
}

impl Parts {
    /// Charges for a part as for so many bytes.
    pub(super) fn charge(&mut self, bytes: usize, cx: &mut Context<'_>) {
        let due = self.uncharged.saturating_add(bytes);
        charge(due, cx);
        self.uncharged = due % STEP;
    }
}

/// Bytes that are one step.
const STEP: usize = 4 * 1024;
