//! The account of one request, kept while it runs and handed in once, however it ends.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::error::{Error, Phase};
use crate::metrics::{Carrier, Outcome, Sample, Stage};
use crate::policy::Seen;

use super::clock::now;
use super::lease::Lease;
use super::meter::{Counts, Meter};
use super::pool::Pool;
use super::request::Destination;

/// Dropped untold, the request was given up by its caller.
#[derive(Debug)]
pub(super) struct Story {
    pool: Arc<Pool>,
    destination: Arc<Destination>,
    submitted: Instant,
    /// When this attempt began to wait for a connection; once it has one, when its request was handed to that.
    since: Instant,
    /// Over all attempts.
    waited: Duration,
    phase: Phase,
    /// An attempt that is over may have been seen by its peer.
    perhaps_seen: bool,
    /// The bytes of this attempt, which are counted when it is over.
    meter: Option<Meter>,
    sample: Sample,
    told: bool,
}

impl Story {
    pub(super) fn new(pool: &Arc<Pool>, destination: &Arc<Destination>, submitted: Instant) -> Self {
        Self {
            pool: Arc::clone(pool),
            destination: Arc::clone(destination),
            submitted,
            since: submitted,
            waited: Duration::ZERO,
            phase: Phase::Queue,
            perhaps_seen: false,
            meter: None,
            sample: Sample::new(Outcome::Aborted),
            told: false,
        }
    }

    /// A connection was found, at this moment.
    pub(super) fn leased(&mut self, lease: &Lease, at: Instant) {
        let asked = std::mem::replace(&mut self.since, at);
        self.phase = Phase::Head;
        self.meter = Some(lease.meter().clone());
        self.sample.carrier = if lease.reused() { Carrier::Reused } else { Carrier::Fresh };
        self.waited += self.since.saturating_duration_since(asked);
        self.sample.times.set(Stage::Queue, self.waited);
    }

    /// The attempt failed, and another is made.
    pub(super) fn again(&mut self, seen: Seen) {
        self.count();
        self.perhaps_seen |= seen == Seen::Perhaps;
        self.phase = Phase::Queue;
        self.since = now();
    }

    /// The head of the reply arrived.
    pub(super) fn answered(&mut self) {
        self.phase = Phase::Body;
        self.since_sent(Stage::FirstByte);
    }

    /// The first server-sent event arrived.
    pub(super) fn first_event(&mut self) {
        self.since_sent(Stage::FirstEvent);
    }

    /// The reply is whole; gives the moment. To be told before the lease ends: what passes through its
    /// connection after that is another's.
    pub(super) fn completed(&mut self) -> Instant {
        let at = now();
        self.tell(Outcome::Completed(at.saturating_duration_since(self.submitted)));
        at
    }

    /// The caller wanted no more of the reply and did not get all of it; gives the moment.
    pub(super) fn given_up(&mut self) -> Instant {
        self.tell(Outcome::Aborted);
        now()
    }

    /// The request failed.
    pub(super) fn failed(&mut self, error: &Error) {
        self.tell(if error.kind().is_timeout() { Outcome::TimedOut } else { Outcome::Failed });
    }

    /// Whether an attempt before this one may have been seen by its peer.
    pub(super) fn perhaps_seen(&self) -> bool {
        self.perhaps_seen
    }

    /// How far the request has come.
    pub(super) fn phase(&self) -> Phase {
        self.phase
    }

    /// Bytes of this attempt.
    pub(super) fn moved(&self) -> Counts {
        self.meter.as_ref().map(Meter::moved).unwrap_or_default()
    }

    fn since_sent(&mut self, stage: Stage) {
        self.sample.times.set(stage, now().saturating_duration_since(self.since));
    }

    fn count(&mut self) {
        if let Some(meter) = self.meter.take() {
            let (read, written) = meter.accounted();
            self.sample.bytes_in = self.sample.bytes_in.saturating_add(read);
            self.sample.bytes_out = self.sample.bytes_out.saturating_add(written);
        }
    }

    fn tell(&mut self, outcome: Outcome) {
        if std::mem::replace(&mut self.told, true) {
            return;
        }
        self.count();
        self.sample.outcome = outcome;
        let mut state = self.pool.state.lock();
        state.recorder.record(&self.destination.key.origin, &self.sample);
        if let Outcome::Completed(took) = outcome {
            state.tell_completed(took);
        }
        state.watch_failures();
    }
}

impl Drop for Story {
    fn drop(&mut self) {
        self.tell(Outcome::Aborted);
    }
}
