//! How much of one body may stand between its connection and its consumer.
//!
//! A quarter of a MiB. Either thread would wait for the other to have its turn where a consumer empties that as soon as it fills,
//! so for him it grows: it doubles each time that it was full and all of it was read at [`FAST`], up to [`MOST`], as the kernel's
//! own buffers do. It shrinks for who reads slowly, for who sends anything, and for who reads much without filling it. Who stops
//! reading keeps what he holds, and what all have beyond the least is bounded, until a body ends: what JavaScript has not read of
//! it by then is JavaScript's own.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// Bytes that every body may have.
pub(super) const LEAST: usize = 256 * 1024;
/// Bytes that a body may have at most.
const MOST: usize = 4 * 1024 * 1024;
/// Bytes a microsecond at which a full window is read by who is to have a larger one.
const FAST: u64 = 64;
/// So many times slower, he is to have the least.
const SLOW: u32 = 4;
/// Of so many windows read without filling one, half a window would have done.
const UNFILLED: usize = 4;

/// What windows may have beyond the least, all together.
pub(super) static SPARE: Spare = Spare::of(16 * MOST);
/// Who wants more leaves so many times as much to others.
const OTHERS: usize = 4;

/// Bytes that windows share.
#[derive(Debug)]
pub(super) struct Spare(AtomicUsize);

impl Spare {
    pub(super) const fn of(bytes: usize) -> Self {
        Self(AtomicUsize::new(bytes))
    }

    #[cfg(test)]
    pub(super) fn left(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }

    fn take(&self, bytes: usize) -> bool {
        let taken = |left: usize| left.checked_sub(bytes).filter(|others| *others >= bytes * OTHERS);
        self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, taken).is_ok()
    }

    fn give(&self, bytes: usize) {
        self.0.fetch_add(bytes, Ordering::Relaxed);
    }
}

/// The window of one body.
#[derive(Debug)]
pub(super) struct Window {
    size: usize,
    /// What it has of the spare, and the least. More than its size while what it let in is still there.
    reserved: usize,
    spare: &'static Spare,
    /// Since when it has been full, until all that was in it is read.
    full_since: Option<Instant>,
    /// Bytes read since then, or else since it was judged last.
    read: usize,
}

impl Window {
    pub(super) fn new(spare: &'static Spare) -> Self {
        Self { size: LEAST, reserved: LEAST, spare, full_since: None, read: 0 }
    }

    /// Bytes that may be between at this moment.
    pub(super) fn size(&self) -> usize {
        self.size
    }

    /// It has no room for what the connection may have.
    pub(super) fn filled(&mut self, now: impl FnOnce() -> Instant) {
        if self.full_since.is_none() {
            self.full_since = Some(now());
            self.read = 0;
        }
    }

    /// The consumer has read so many bytes, and so many are still between.
    pub(super) fn credited(&mut self, bytes: usize, outstanding: usize, now: impl FnOnce() -> Instant) {
        self.read = self.read.saturating_add(bytes);
        match self.full_since {
            Some(since) if self.read >= self.size => self.judge(now().saturating_duration_since(since)),
            None if self.read >= UNFILLED * self.size => self.resize((self.size / 2).max(LEAST)),
            _ => {}
        }
        self.reserve(outstanding);
    }

    /// Nothing more is let in, or something else than until now.
    pub(super) fn end(&mut self, outstanding: usize) {
        self.resize(LEAST);
        self.reserve(outstanding);
    }

    fn judge(&mut self, took: Duration) {
        let fast = Duration::from_micros(self.size as u64 / FAST);
        let larger = if self.size < MOST { self.size } else { 0 };
        if took > fast * SLOW {
            self.resize(LEAST);
        } else if took <= fast && self.spare.take(larger) {
            self.reserved += larger;
            self.resize(self.size + larger);
        } else {
            self.resize(self.size);
        }
    }

    fn resize(&mut self, size: usize) {
        (self.size, self.full_since, self.read) = (size, None, 0);
    }

    /// Gives back what neither it nor what is between needs.
    fn reserve(&mut self, outstanding: usize) {
        let needed = self.size.max(outstanding).min(self.reserved);
        self.spare.give(self.reserved - needed);
        self.reserved = needed;
    }
}

impl Drop for Window {
    fn drop(&mut self) {
        self.end(0);
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::{FAST, LEAST, MOST, OTHERS, SLOW, Spare, UNFILLED, Window};

    const AMPLE: usize = 100 * MOST;

    fn spare(bytes: usize) -> &'static Spare {
        Box::leak(Box::new(Spare::of(bytes)))
    }

    /// Fills it and reads all of it, so often, by a part of the time in which a fast consumer does.
    fn read_at(window: &mut Window, times: usize, part: f64) {
        let now = Instant::now();
        for _ in 0..times {
            let fast = Duration::from_micros(window.size() as u64 / FAST);
            window.filled(|| now);
            window.credited(window.size(), 0, || now + fast.mul_f64(part));
        }
    }

    #[test]
    fn who_reads_a_full_window_fast_has_a_larger_one_up_to_the_most() {
        let mut window = Window::new(spare(AMPLE));
        read_at(&mut window, 1, 1.0);
        assert_eq!(window.size(), 2 * LEAST);
        read_at(&mut window, 100, 1.0);
        assert_eq!(window.size(), MOST);
    }

    #[test]
    fn who_reads_less_fast_keeps_what_he_has_and_who_reads_slowly_loses_it() {
        let mut window = Window::new(spare(AMPLE));
        read_at(&mut window, 1, 1.1);
        assert_eq!(window.size(), LEAST);
        read_at(&mut window, 2, 1.0);
        read_at(&mut window, 1, f64::from(SLOW));
        assert_eq!(window.size(), 4 * LEAST);
        read_at(&mut window, 1, f64::from(SLOW) + 0.1);
        assert_eq!(window.size(), LEAST);
    }

    #[test]
    fn to_read_a_part_of_a_full_window_fast_says_nothing() {
        let mut window = Window::new(spare(AMPLE));
        let now = Instant::now();
        window.filled(|| now);
        window.credited(LEAST - 1, 1, || unreachable!("no clock is read for it"));
        assert_eq!(window.size(), LEAST);
        window.credited(1, 0, || now);
        assert_eq!(window.size(), 2 * LEAST);
    }

    #[test]
    fn the_time_runs_from_when_it_filled_first() {
        let mut window = Window::new(spare(AMPLE));
        let now = Instant::now();
        window.filled(|| now);
        window.filled(|| now + Duration::from_secs(1));
        window.credited(LEAST, 0, || now + Duration::from_secs(1));
        assert_eq!(window.size(), LEAST);
    }

    #[test]
    fn a_window_that_does_not_fill_any_more_shrinks_step_by_step() {
        let mut window = Window::new(spare(AMPLE));
        read_at(&mut window, 2, 1.0);
        let sizes = [0; 3].map(|_| {
            window.credited(UNFILLED * window.size(), 0, || unreachable!("no clock is read for it"));
            window.size()
        });
        assert_eq!(sizes, [2 * LEAST, LEAST, LEAST]);
    }

    #[test]
    fn what_is_still_between_is_given_back_only_as_it_is_read() {
        let spare = spare(AMPLE);
        let mut window = Window::new(spare);
        read_at(&mut window, 100, 1.0);
        let now = Instant::now();
        window.filled(|| now);
        window.credited(MOST, MOST - LEAST, || now + Duration::from_secs(1));
        assert_eq!((window.size(), AMPLE - spare.left()), (LEAST, MOST - 2 * LEAST));
        window.credited(MOST - 2 * LEAST, LEAST, || now);
        assert_eq!(spare.left(), AMPLE);
    }

    #[test]
    fn nobody_has_so_much_that_others_cannot_have_more_too() {
        let spare = spare(OTHERS * 4 * LEAST);
        let mut windows = [0; 3].map(|_| Window::new(spare));
        for window in &mut windows {
            read_at(window, 100, 1.0);
        }
        assert_eq!(windows.map(|window| window.size() / LEAST), [4, 4, 2]);
    }

    #[test]
    fn all_is_back_once_a_body_has_ended_or_is_dropped() {
        let spare = spare(AMPLE);
        let (mut first, mut second) = (Window::new(spare), Window::new(spare));
        read_at(&mut first, 100, 1.0);
        read_at(&mut second, 3, 1.0);
        first.end(0);
        drop(second);
        assert_eq!(spare.left(), AMPLE);
        drop(first);
        assert_eq!(spare.left(), AMPLE);
    }

    #[test]
    fn what_is_read_behind_the_end_takes_nothing() {
        let spare = spare(AMPLE);
        let mut window = Window::new(spare);
        let now = Instant::now();
        window.filled(|| now);
        window.end(LEAST);
        window.credited(LEAST, 0, || unreachable!("no clock is read for it"));
        assert_eq!((window.size(), spare.left()), (LEAST, AMPLE));
    }

    #[test]
    fn a_chunk_more_than_it_holds_is_not_given_back_twice() {
        let spare = spare(AMPLE);
        let mut window = Window::new(spare);
        window.credited(0, LEAST + 1, Instant::now);
        assert_eq!(spare.left(), AMPLE);
    }

    #[test]
    fn what_was_read_before_it_was_full_is_no_part_of_it() {
        let mut window = Window::new(spare(AMPLE));
        let now = Instant::now();
        window.credited(LEAST, 0, || now);
        window.filled(|| now);
        window.credited(1, LEAST - 1, || now);
        window.credited(LEAST - 2, 1, || now);
        assert_eq!(window.size(), LEAST);
    }

    #[test]
    fn it_does_not_shrink_before_several_windows_were_read_since_it_grew() {
        let mut window = Window::new(spare(AMPLE));
        read_at(&mut window, 1, 1.0);
        window.credited(UNFILLED * 2 * LEAST - 1, 0, Instant::now);
        assert_eq!(window.size(), 2 * LEAST);
    }
}
