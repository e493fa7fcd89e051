//! Learns after how long a peer closes idle connections, to let go a little earlier.
//!
//! A request sent in the very moment in which the peer closes is lost, so the pool wants to close first. Peers
//! seldom say when they will; but an idle connection that the peer closes shows it. Three closures in a row that
//! agree are taken for the peer's timeout. Closures within a second of each other count once: connections
//! that fell idle together, or a peer that restarts, close together and prove no more than one does.
//!
//! Once it is learned the pool closes first and sees no more closures, so a peer that became more patient would
//! never be noticed. What was learned is therefore doubled every ten minutes; if the peer still closes where it
//! used to, the first such closure restores it.

use std::time::{Duration, Instant};

/// Closures that have to agree.
const EPISODES: usize = 3;
/// Closures closer together than this are one episode.
const EPISODE: Duration = Duration::from_secs(1);
/// After this long what was learned is doubled, and again.
const RELEARN: Duration = Duration::from_secs(600);

#[derive(Clone, Copy, Debug)]
struct Learned {
    timeout: Duration,
    at: Instant,
}

/// What one origin has shown.
#[derive(Clone, Debug, Default)]
pub(super) struct IdleLearner {
    seen: [Option<Duration>; EPISODES],
    /// When the latest episode began.
    began: Option<Instant>,
    learned: Option<Learned>,
}

impl IdleLearner {
    /// The peer closed a connection that had been idle for `idle`.
    pub(super) fn observe(&mut self, idle: Duration, now: Instant) {
        if let Some(learned) = &mut self.learned
            && agree(learned.timeout, idle)
        {
            *learned = Learned { timeout: learned.timeout.min(idle), at: now };
            return;
        }
        self.note(idle, now);
        if let [Some(a), Some(b), Some(c)] = self.seen {
            let (least, most) = (a.min(b).min(c), a.max(b).max(c));
            if agree(least, most) {
                self.learned = Some(Learned { timeout: least, at: now });
                self.seen = [None; EPISODES];
            }
        }
    }

    /// How long a connection may idle, if anything has been learned.
    pub(super) fn keep_for(&self, now: Instant) -> Option<Duration> {
        let learned = self.learned?;
        let keep = learned.timeout.saturating_sub(margin(learned.timeout));
        let age = now.saturating_duration_since(learned.at).as_secs();
        let doublings = age.checked_div(RELEARN.as_secs()).map_or(0, |n| n.min(31));
        Some(keep.saturating_mul(1 << doublings))
    }

    fn note(&mut self, idle: Duration, now: Instant) {
        let [first, second, third] = self.seen;
        let same_episode = self.began.is_some_and(|began| now.saturating_duration_since(began) < EPISODE);
        self.seen = match third {
            Some(third) if same_episode => [first, second, Some(third.min(idle))],
            Some(_) | None => {
                self.began = Some(now);
                [second, third, Some(idle)]
            }
        };
    }
}

/// Timers of servers tick in seconds, and short ones more finely.
fn agree(a: Duration, b: Duration) -> bool {
    let slack = fraction(a.min(b), 8).clamp(Duration::from_millis(20), Duration::from_secs(2));
    a.abs_diff(b) <= slack
}

/// A tenth, at least half a second (a round trip with room to spare) and at most two seconds; half of what is
/// shorter than a second.
fn margin(timeout: Duration) -> Duration {
    fraction(timeout, 10).clamp(Duration::from_millis(500), Duration::from_secs(2)).min(fraction(timeout, 2))
}

fn fraction(span: Duration, of: u32) -> Duration {
    span.checked_div(of).unwrap_or(span)
}
