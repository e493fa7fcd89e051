use std::time::Duration;

use super::stages::{STAGES, Stage};

/// One settled request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sample {
    /// What came of it.
    pub outcome: Outcome,
    /// What carried it.
    pub carrier: Carrier,
    /// Bytes of the reply, as read from the kernel.
    pub bytes_in: u64,
    /// Bytes of the request, as taken by the kernel.
    pub bytes_out: u64,
    /// How long each stage took that it went through; the total is the outcome's to tell.
    pub times: Times,
}

impl Sample {
    /// A sample of which nothing is known but its outcome.
    pub fn new(outcome: Outcome) -> Self {
        Self { outcome, carrier: Carrier::None, bytes_in: 0, bytes_out: 0, times: Times::default() }
    }
}

/// What came of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The reply arrived whole, this long after the call. Only these count as response times: a request
    /// that timed out after 30 s has not been answered in 30 s.
    Completed(Duration),
    /// It failed, for another reason than time.
    Failed,
    /// It failed because a time ran out.
    TimedOut,
    /// Its caller gave it up.
    Aborted,
}

/// What carried a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Carrier {
    /// It settled before it had a connection.
    None,
    /// A connection that had served no request before.
    Fresh,
    /// A connection that had.
    Reused,
}

/// What is counted apart from the settling of a request, when it happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// A request has to wait because a limit is reached.
    PoolExhausted,
    /// A request is sent a second time because its connection had died under it.
    Resent,
    /// A reply was garbage-collected unread.
    Leaked,
    /// A TLS handshake made a connection.
    Secured {
        /// It resumed an earlier session.
        resumed: bool,
    },
}

/// How long the stages of one request took; those it did not go through are unset.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Times([Option<Duration>; STAGES]);

impl Times {
    /// The same with one stage set.
    #[must_use]
    pub fn with(mut self, stage: Stage, took: Duration) -> Self {
        self.set(stage, took);
        self
    }

    /// Sets one stage.
    pub fn set(&mut self, stage: Stage, took: Duration) {
        self.0[stage as usize] = Some(took);
    }

    /// The stages that are set.
    pub fn iter(&self) -> impl Iterator<Item = (Stage, Duration)> + '_ {
        Stage::ALL.into_iter().zip(self.0).filter_map(|(stage, took)| took.map(|took| (stage, took)))
    }
}
