//! Whether the event loop has had its turn between two deliveries.
//!
//! Node runs the calls of a ThreadsafeFunction that come while it runs them before it turns to timers and I/O, and what the
//! consumers do with a delivery stands between two of them. However short each delivery is, a body that comes as fast as it is
//! read, or a consumer that works for as long as the next piece takes, would keep the rest of the application waiting for seconds.
//! A loop that was asleep when it was woken has had its turn; of one that was busy nobody knows.

use std::time::{Duration, Instant};

/// How long deliveries may follow one another before the event loop has its turn.
pub(super) const TURN: Duration = Duration::from_millis(1);
/// Who is asleep is here within this time of being woken.
const AT_ONCE: Duration = Duration::from_micros(100);

/// The deliveries since the event loop's last turn, as far as that is known.
#[derive(Debug, Default)]
pub(super) struct Streak {
    since: Option<Instant>,
    ended: Option<Instant>,
}

impl Streak {
    /// A delivery begins for which JavaScript was woken at `called`, or, without that, which the event loop came round to.
    pub(super) fn begins(&mut self, called: Option<Instant>, now: Instant) {
        let has_turned = called.is_none_or(|called| {
            let apart = self.ended.is_none_or(|ended| called.saturating_duration_since(ended) > TURN);
            apart && now.saturating_duration_since(called) < AT_ONCE
        });
        if has_turned || self.since.is_none() {
            self.since = Some(now);
        }
    }

    /// JavaScript runs, in what follows from a delivery for all that is known: what it hands over at its end may be answered
    /// before it is back in the loop.
    pub(super) fn goes_on(&mut self, now: Instant) {
        self.ended = self.ended.map(|_| now);
    }

    /// A delivery is over. Whether there were so many that the event loop is owed a turn.
    pub(super) fn is_long(&mut self, now: Instant) -> bool {
        self.ended = Some(now);
        self.since.is_some_and(|since| now.saturating_duration_since(since) > TURN)
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::Streak;
    use crate::dispatch::clock::now;

    const fn us(micros: u64) -> Duration {
        Duration::from_micros(micros)
    }

    /// Whether each of several deliveries is the last before the loop's turn: by when it was called for, began and ended.
    fn judged(deliveries: &[(u64, u64, u64)]) -> Vec<bool> {
        let (mut streak, zero): (Streak, Instant) = (Streak::default(), now());
        deliveries
            .iter()
            .map(|&(called, began, ended)| {
                streak.begins(Some(zero + us(called)), zero + us(began));
                streak.is_long(zero + us(ended))
            })
            .collect()
    }

    #[test]
    fn deliveries_on_one_anothers_heels_give_way_after_a_while() {
        let row: Vec<_> = (0..12).map(|at| (at * 100 + 1, at * 100 + 10, at * 100 + 90)).collect();
        assert_eq!(judged(&row).iter().position(|long| *long), Some(10));
    }

    #[test]
    fn a_consumer_that_works_between_two_of_them_gives_way_after_the_second() {
        assert_eq!(judged(&[(0, 10, 20), (100, 1500, 1510)]), [false, true]);
        // The next piece came late, but nobody was there.
        assert_eq!(judged(&[(0, 10, 20), (10_000, 50_000, 50_010)]), [false, true]);
    }

    #[test]
    fn a_delivery_that_answers_what_a_consumer_handed_over_at_the_end_of_his_work_follows_on_it() {
        let (mut streak, zero) = (Streak::default(), now());
        streak.begins(Some(zero), zero + us(10));
        assert!(!streak.is_long(zero + us(20)));
        streak.goes_on(zero + us(1500));
        streak.begins(Some(zero + us(1540)), zero + us(1550));
        assert!(streak.is_long(zero + us(1560)));
    }

    #[test]
    fn deliveries_to_a_loop_that_was_asleep_are_no_streak() {
        let row: Vec<_> = (0..100).map(|at| (at * 1200, at * 1200 + 30, at * 1200 + 90)).collect();
        assert!(!judged(&row).contains(&true));
    }

    #[test]
    fn after_the_loops_turn_it_begins_anew() {
        let (mut streak, zero) = (Streak::default(), now());
        streak.begins(Some(zero), zero);
        assert!(streak.is_long(zero + us(1500)));
        streak.begins(None, zero + us(1600));
        assert!(!streak.is_long(zero + us(1700)));
    }
}
