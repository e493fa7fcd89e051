//! The account of one request, kept while it runs and handed in once, however it ends.

use std::sync::Arc;
use std::time::Instant;

use crate::error::Error;
use crate::metrics::{Carrier, Outcome, Sample, Stage};

use super::clock::now;
use super::lease::{Counts, Lease};
use super::pool::Pool;
use super::request::Destination;

/// Dropped untold, the request was given up by its caller.
#[derive(Debug)]
pub(super) struct Story {
    pool: Arc<Pool>,
    destination: Arc<Destination>,
    submitted: Instant,
    /// When the request of the last attempt was handed to its connection.
    sent: Instant,
    sample: Sample,
    told: bool,
}

impl Story {
    pub(super) fn new(pool: &Arc<Pool>, destination: &Arc<Destination>, submitted: Instant) -> Self {
        Self {
            pool: Arc::clone(pool),
            destination: Arc::clone(destination),
            submitted,
            sent: submitted,
            sample: Sample::new(Outcome::Aborted),
            told: false,
        }
    }

    /// A connection was found.
    pub(super) fn leased(&mut self, lease: &Lease) {
        self.sent = now();
        self.sample.carrier = if lease.reused() { Carrier::Reused } else { Carrier::Fresh };
        let waited = self.sent.saturating_duration_since(self.submitted);
        self.sample.times.set(Stage::Queue, waited);
    }

    /// The head of the reply arrived.
    pub(super) fn answered(&mut self) {
        self.since_sent(Stage::FirstByte);
    }

    /// The first server-sent event arrived.
    pub(super) fn first_event(&mut self) {
        self.since_sent(Stage::FirstEvent);
    }

    /// An attempt is over.
    pub(super) fn moved(&mut self, counts: Counts) {
        self.sample.bytes_in = self.sample.bytes_in.saturating_add(counts.read);
        self.sample.bytes_out = self.sample.bytes_out.saturating_add(counts.written);
    }

    /// The reply is whole; gives the moment.
    pub(super) fn completed(&mut self) -> Instant {
        let at = now();
        self.tell(Outcome::Completed(at.saturating_duration_since(self.submitted)));
        at
    }

    /// The request failed.
    pub(super) fn failed(&mut self, error: &Error) {
        self.tell(if error.kind().is_timeout() { Outcome::TimedOut } else { Outcome::Failed });
    }

    fn since_sent(&mut self, stage: Stage) {
        self.sample.times.set(stage, now().saturating_duration_since(self.sent));
    }

    fn tell(&mut self, outcome: Outcome) {
        if std::mem::replace(&mut self.told, true) {
            return;
        }
        self.sample.outcome = outcome;
        self.pool.state.lock().recorder.record(&self.destination.key.origin, &self.sample);
    }
}

impl Drop for Story {
    fn drop(&mut self) {
        self.tell(Outcome::Aborted);
    }
}
