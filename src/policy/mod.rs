//! Decisions about requests, made from what is told: no clock, no lock, no task.
//!
//! Two kinds. A [`Policy`] lets attempts in and hears what became of them: a circuit breaker, pacing, limits that adapt.
//! A [`Retry`] says what follows a failed attempt. Each lives in a file of its own; one that is off is not listed, and where none
//! is, nobody is asked. `dispatch/pipeline` is the page on which they stand, in their order.
#![forbid(unsafe_code)]
#![deny(
    missing_docs,
    clippy::disallowed_methods,
    clippy::arithmetic_side_effects,
    clippy::wildcard_enum_match_arm,
    clippy::indexing_slicing
)]

mod retry;

use std::fmt::Debug;
use std::time::{Duration, Instant};

use crate::error::{Error, Kind};
use crate::key::Origin;

pub use retry::{Attempt, Declined, Next, Retry, SafeResend, Seen, Trace};

/// Lets attempts in, and learns from what became of them.
pub trait Policy: Send + Debug {
    /// Whether an attempt at a request to `origin` may begin.
    fn admit(&mut self, origin: &Origin, now: Instant) -> Admission;

    /// What became of an attempt that was let in. Told of each once, however it ended.
    fn record(&mut self, origin: &Origin, outcome: &Outcome, now: Instant);
}

/// The answer to an attempt that wants to begin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Admission {
    /// It may.
    Go,
    /// It is to ask again after so long.
    Wait(Duration),
    /// It may not, and its request fails with this.
    Refuse(Error),
}

/// What became of an attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The head of a reply came, with this status. `None`: it was not to be made out, of an agent's request, whose reply Node
    /// reads.
    Answered(Option<u16>),
    /// It failed.
    Failed(Kind),
    /// Its caller gave it up, or another policy did not let it in.
    GivenUp,
}

/// Every policy of a pool.
#[derive(Debug)]
pub struct Policies {
    /// Those that let attempts in, in the order in which they are asked.
    pub gates: Vec<Box<dyn Policy>>,
    /// What follows a failed attempt.
    pub retry: Box<dyn Retry>,
}

impl Default for Policies {
    /// Everybody is let in, and only what is safe is sent again.
    fn default() -> Self {
        Self { gates: Vec::new(), retry: Box::new(SafeResend) }
    }
}
