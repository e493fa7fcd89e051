//! How much of one body may stand between its connection and its consumer.
//!
//! A quarter of a MiB, which bounds what a slow consumer costs. One who empties it as fast as it fills would wait for the I/O
//! thread, and that for him, so his grows with each time that he does: up to some MiB, as the kernel's own buffers do, and for
//! as long as he keeps it up. What all bodies together may have beyond the least is bounded too.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// Bytes that every body may have.
pub(super) const LEAST: usize = 256 * 1024;
/// Bytes that a body may have at most.
const MOST: usize = 4 * 1024 * 1024;
/// Who gives credit in such a time after his window has filled is fast: more than 30 MB/s.
const FAST: Duration = Duration::from_millis(2);
/// Who takes longer than this has stopped, or is slower than most networks.
const SLOW: Duration = Duration::from_millis(50);

/// What windows may have beyond the least, all together: sixteen of the largest.
pub(super) static SPARE: Spare = Spare::of(16 * MOST);

/// Bytes that windows may share.
#[derive(Debug)]
pub(super) struct Spare(AtomicUsize);

impl Spare {
    pub(super) const fn of(bytes: usize) -> Self {
        Self(AtomicUsize::new(bytes))
    }

    fn take(&self, bytes: usize) -> bool {
        self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(bytes)).is_ok()
    }

    fn give(&self, bytes: usize) {
        self.0.fetch_add(bytes, Ordering::Relaxed);
    }
}

/// The window of one body.
#[derive(Debug)]
pub(super) struct Window {
    size: usize,
    spare: &'static Spare,
    /// Since when nothing more has had room in it.
    full_since: Option<Instant>,
}

impl Window {
    pub(super) fn new(spare: &'static Spare) -> Self {
        Self { size: LEAST, spare, full_since: None }
    }

    /// Bytes that may be between at this moment.
    pub(super) fn size(&self) -> usize {
        self.size
    }

    /// The connection could give more and there is no room.
    pub(super) fn filled(&mut self, now: impl FnOnce() -> Instant) {
        self.full_since.get_or_insert_with(now);
    }

    /// The consumer has read some of it.
    pub(super) fn credited(&mut self, now: impl FnOnce() -> Instant) {
        let Some(since) = self.full_since.take() else { return };
        let took = now().saturating_duration_since(since);
        if took <= FAST {
            self.grow();
        } else if took > SLOW {
            self.shrink();
        }
    }

    fn grow(&mut self) {
        if self.size < MOST && self.spare.take(self.size) {
            self.size *= 2;
        }
    }

    fn shrink(&mut self) {
        self.spare.give(self.size - LEAST);
        self.size = LEAST;
    }
}

impl Drop for Window {
    fn drop(&mut self) {
        self.shrink();
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::{FAST, LEAST, MOST, SLOW, Spare, Window};

    /// Fills and gives credit after such a time, so often.
    fn used(window: &mut Window, times: usize, after: Duration) {
        let now = Instant::now();
        for _ in 0..times {
            window.filled(|| now);
            window.credited(|| now + after);
        }
    }

    fn window(spare: usize) -> Window {
        Window::new(Box::leak(Box::new(Spare::of(spare))))
    }

    #[test]
    fn who_empties_his_window_at_once_has_a_larger_one_up_to_the_most() {
        let mut window = window(MOST);
        used(&mut window, 1, FAST);
        assert_eq!(window.size(), 2 * LEAST);
        used(&mut window, 100, FAST);
        assert_eq!(window.size(), MOST);
    }

    #[test]
    fn who_takes_his_time_keeps_what_he_has_and_who_stops_loses_it() {
        let mut window = window(MOST);
        used(&mut window, 100, FAST + Duration::from_micros(1));
        assert_eq!(window.size(), LEAST);
        used(&mut window, 1, FAST);
        used(&mut window, 1, SLOW);
        assert_eq!(window.size(), 2 * LEAST);
        used(&mut window, 1, SLOW + Duration::from_micros(1));
        assert_eq!(window.size(), LEAST);
    }

    #[test]
    fn credit_for_a_window_that_was_not_full_says_nothing() {
        let mut window = window(MOST);
        window.credited(|| unreachable!("no clock is read for it"));
        assert_eq!(window.size(), LEAST);
    }

    #[test]
    fn the_time_runs_from_when_it_filled_first() {
        let mut window = window(MOST);
        let now = Instant::now();
        window.filled(|| now);
        window.filled(|| now + SLOW);
        window.credited(|| now + SLOW);
        assert_eq!(window.size(), LEAST);
    }

    #[test]
    fn what_all_have_beyond_the_least_is_bounded_and_given_back() {
        let spare: &'static Spare = Box::leak(Box::new(Spare::of(3 * LEAST)));
        let (mut first, mut second) = (Window::new(spare), Window::new(spare));
        used(&mut first, 100, FAST);
        used(&mut second, 100, FAST);
        assert_eq!((first.size(), second.size()), (4 * LEAST, LEAST));
        drop(first);
        used(&mut second, 100, FAST);
        assert_eq!(second.size(), 4 * LEAST);
        used(&mut second, 1, SLOW * 2);
        assert!(spare.take(3 * LEAST), "all of it is back");
    }
}
