use std::time::Duration;

use super::sample::{Carrier, Event, Outcome, Sample};

/// What happened how often since the start or the last reset.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// Requests that settled, whatever came of them.
    pub total_requests: u64,
    /// Requests whose reply arrived whole.
    pub completed: u64,
    /// Requests that a connection carried which had served before.
    pub cached_connections: u64,
    /// Requests that a fresh connection carried.
    pub new_connections: u64,
    /// Requests that failed, those that timed out included.
    pub errors: u64,
    /// Requests that failed because a time ran out.
    pub timeouts: u64,
    /// Requests that their caller gave up; these are no errors.
    pub aborted: u64,
    /// Requests that had to wait because a limit was reached.
    pub pool_exhausted: u64,
    /// Requests sent a second time because their connection had died under them.
    pub resent: u64,
    /// Replies that were garbage-collected unread.
    pub leaked: u64,
    /// TLS handshakes that made a connection.
    pub tls_handshakes: u64,
    /// Those among them that resumed an earlier session.
    pub tls_resumed: u64,
    /// Bytes of replies, as read from the kernel.
    pub bytes_in: u64,
    /// Bytes of requests, as taken by the kernel.
    pub bytes_out: u64,
    /// The exact sum of what `completed` requests took in all, in microseconds.
    pub total_micros: u64,
}

impl Counters {
    /// Milliseconds that completed requests took, in all.
    pub fn total_response_ms(&self) -> f64 {
        ms(self.total_micros)
    }

    /// Milliseconds that a completed request took on average; 0 before the first.
    pub fn avg_response_ms(&self) -> f64 {
        average_ms(self.total_micros, self.completed)
    }

    pub(super) fn record(&mut self, sample: &Sample) {
        add(&mut self.total_requests, 1);
        match sample.outcome {
            Outcome::Completed(total) => {
                add(&mut self.completed, 1);
                add(&mut self.total_micros, micros(total));
            }
            Outcome::Failed => add(&mut self.errors, 1),
            Outcome::TimedOut => {
                add(&mut self.errors, 1);
                add(&mut self.timeouts, 1);
            }
            Outcome::Aborted => add(&mut self.aborted, 1),
        }
        match sample.carrier {
            Carrier::None => {}
            Carrier::Fresh => add(&mut self.new_connections, 1),
            Carrier::Reused => add(&mut self.cached_connections, 1),
        }
        add(&mut self.bytes_in, sample.bytes_in);
        add(&mut self.bytes_out, sample.bytes_out);
    }

    pub(super) fn happened(&mut self, event: Event) {
        match event {
            Event::PoolExhausted => add(&mut self.pool_exhausted, 1),
            Event::Resent => add(&mut self.resent, 1),
            Event::Leaked => add(&mut self.leaked, 1),
            Event::Secured { resumed } => {
                add(&mut self.tls_handshakes, 1);
                add(&mut self.tls_resumed, resumed.into());
            }
        }
    }

    pub(super) fn fold(&mut self, other: &Self) {
        add(&mut self.total_requests, other.total_requests);
        add(&mut self.completed, other.completed);
        add(&mut self.cached_connections, other.cached_connections);
        add(&mut self.new_connections, other.new_connections);
        add(&mut self.errors, other.errors);
        add(&mut self.timeouts, other.timeouts);
        add(&mut self.aborted, other.aborted);
        add(&mut self.pool_exhausted, other.pool_exhausted);
        add(&mut self.resent, other.resent);
        add(&mut self.leaked, other.leaked);
        add(&mut self.tls_handshakes, other.tls_handshakes);
        add(&mut self.tls_resumed, other.tls_resumed);
        add(&mut self.bytes_in, other.bytes_in);
        add(&mut self.bytes_out, other.bytes_out);
        add(&mut self.total_micros, other.total_micros);
    }
}

fn add(counter: &mut u64, by: u64) {
    *counter = counter.saturating_add(by);
}

/// Whole microseconds; what does not fit, 584,000 years, saturates.
pub(super) fn micros(duration: Duration) -> u64 {
    duration.as_secs().saturating_mul(1_000_000).saturating_add(duration.subsec_micros().into())
}

#[expect(clippy::cast_precision_loss, reason = "exact up to 285 years of microseconds")]
pub(super) fn ms(micros: u64) -> f64 {
    micros as f64 / 1_000.0
}

#[expect(clippy::cast_precision_loss, reason = "exact up to 9e15 requests")]
pub(super) fn average_ms(micros: u64, count: u64) -> f64 {
    if count == 0 { 0.0 } else { ms(micros) / count as f64 }
}
