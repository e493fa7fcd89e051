//! Looking at the sockets once more before JavaScript is woken.
//!
//! A wake costs either thread more than a small reply does, and the requests that JavaScript sends in answer cost another. So
//! while little of what is in flight is due, the I/O thread does not sleep yet but looks whether more has come, and wakes
//! JavaScript for all of it once a look brings nothing new. What is awaited alone is never put off: it is all that is in flight.

use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::Notify;

/// As much as is worth a wake, however much is in flight.
const ENOUGH: usize = 32;
/// As a part of what is in flight: a half.
const PART: usize = 2;

static LOOKS: Looks = Looks::new();

/// Whether the thread looks once more instead of waking JavaScript for so much. To be asked when the thread is about to sleep,
/// which it then does not.
pub(super) fn looks_again(due: usize, flying: usize) -> bool {
    LOOKS.again(due, flying)
}

/// Runs for as long as the engine.
pub(super) async fn run() {
    loop {
        LOOKS.bell.notified().await;
        // Whoever yields has the runtime poll its sockets without waiting for them.
        tokio::task::yield_now().await;
    }
}

struct Looks {
    /// What was due at the last look.
    seen: AtomicUsize,
    bell: Notify,
}

impl Looks {
    const fn new() -> Self {
        Self { seen: AtomicUsize::new(0), bell: Notify::const_new() }
    }

    fn again(&self, due: usize, flying: usize) -> bool {
        let enough = ENOUGH.min(flying / PART);
        let again = due > 0 && due < enough && due != self.seen.load(Ordering::Relaxed);
        self.seen.store(if again { due } else { 0 }, Ordering::Relaxed);
        if again {
            self.bell.notify_one();
        }
        again
    }
}

#[cfg(test)]
mod tests {
    use super::{ENOUGH, Looks};

    #[test]
    fn what_is_awaited_alone_is_never_put_off() {
        let looks = Looks::new();
        for (due, flying) in [(1, 1), (1, 2), (1, 3), (2, 4), (25, 50), (0, 50)] {
            assert!(!looks.again(due, flying), "{due} of {flying}");
        }
    }

    #[test]
    fn few_of_many_are_put_off_for_as_long_as_each_look_brings_more() {
        let looks = Looks::new();
        let asked = [3, 4, 9, 9].map(|due| looks.again(due, 50));
        assert_eq!(asked, [true, true, true, false]);
    }

    #[test]
    fn after_a_wake_it_begins_anew() {
        let looks = Looks::new();
        let asked = [3, 3, 3, 3].map(|due| looks.again(due, 50));
        assert_eq!(asked, [true, false, true, false]);
    }

    #[test]
    fn what_is_worth_a_wake_is_not_put_off_however_much_is_in_flight() {
        let looks = Looks::new();
        assert!(looks.again(ENOUGH - 1, 10_000));
        assert!(!looks.again(ENOUGH, 10_000));
    }
}
