//! What a request passes between its caller and its reply, on one page: a line for each policy.
//!
//! Policies decide and know neither clock nor lock (`policy/`); here they are asked, and told what became of what they
//! let in. Where none is on, there is no gate. An agent's request, which Node sends, passes the same gate
//! (`raw/entry`), and of the resend the rules that suit it (`raw/attempts`).

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use http::Response;
use parking_lot::Mutex;

use crate::config::Config;
use crate::error::{Error, Phase};
use crate::key::Origin;
use crate::metrics::Event;
use crate::policy::{Admission, Attempt, Next, Outcome, Policies, Policy, Retry};
use crate::transport::inflow::Inflow;

use super::attempt::{self, Failed};
use super::clock::{now, within};
use super::lease::Lease;
use super::pool::Pool;
use super::request::{Destination, Request};
use super::story::Story;
use super::wait::{destroyed, told};

/// The policies of a pool that runs on these options, in the order in which they are asked.
pub(super) fn policies(_: &Config) -> Policies {
    Policies {
        gates: vec![
            // A circuit breaker, pacing and limits that adapt come here, each a line: `breaker::policy(config)`.
        ],
        ..Policies::default()
    }
}

/// Up to the head of the reply. What goes out a second time does so on a fresh connection, whose death is no race and
/// ends it.
pub(super) async fn respond(
    pool: &Arc<Pool>,
    request: &mut Request,
    story: &mut Story,
) -> Result<(Box<Response<Inflow>>, Lease), Error> {
    let Pipeline { retry, .. } = &pool.pipeline;
    let (mut fresh, mut refusals) = (false, 0);
    loop {
        let admitted = admit(pool, &request.destination, Duration::ZERO).await?;
        // Not kept beyond its use: what is large here is large for each request in flight.
        let lease = {
            let wanted = request.wanted();
            if fresh || request.anew {
                pool.acquire_fresh(&wanted).await
            } else {
                pool.acquire(&wanted).await
            }
        };
        let outcome = match lease {
            Ok(lease) => attempt::carry(pool, request, lease, story).await,
            Err(error) => Err(Failed::before(error)),
        };
        admitted.record(&match &outcome {
            Ok((response, _)) => Outcome::Answered(Some(response.status().as_u16())),
            Err(failed) => Outcome::Failed(failed.error.kind().clone()),
        });
        let failed = match outcome {
            Ok(answered) => return Ok(answered),
            Err(failed) => failed,
        };
        let Some(attempt) = failed.attempt else { return Err(failed.error) };
        let pause = match retry.after(&Attempt { refusals, resent: fresh, ..attempt }) {
            Next::Fail => return Err(failed.error),
            Next::Anew { after } => {
                if attempt.declined.is_some() {
                    refusals += 1;
                    if !attempt.unsent {
                        pool.happened(&request.destination, Event::Resent);
                    }
                }
                after
            }
            Next::Again => {
                fresh = true;
                pool.happened(&request.destination, Event::Resent);
                Duration::ZERO
            }
        };
        failed.prepare(request, story);
        rest(pool, &request.destination, pause).await?;
    }
}

/// Between two attempts, which is time in the queue.
async fn rest(pool: &Pool, destination: &Destination, pause: Duration) -> Result<(), Error> {
    if !pause.is_zero() && within(Some(pause), pin!(pool.until_over_for(destination))).await.is_ok() {
        return Err(told(destroyed(Phase::Queue), &pool.state.lock(), destination));
    }
    Ok(())
}

/// The policies of one pool at work.
#[derive(Debug)]
pub(super) struct Pipeline {
    /// None: nobody is asked.
    gate: Option<Arc<Guarded>>,
    retry: Box<dyn Retry>,
}

impl Pipeline {
    pub(super) fn of(policies: Policies) -> Self {
        let Policies { gates, retry } = policies;
        let gate = (!gates.is_empty()).then(|| Arc::new(Guarded(Mutex::new(gates))));
        Self { gate, retry }
    }
}

/// Who is asked before an attempt and told after it: each policy in its turn.
#[derive(Debug)]
struct Guarded(Mutex<Vec<Box<dyn Policy>>>);

impl Guarded {
    /// Those that have let it in by the time that one does not are told that it came to nothing.
    fn admit(&self, origin: &Origin) -> Admission {
        let mut policies = self.0.lock();
        let mut passed = 0;
        let verdict = policies.iter_mut().find_map(|policy| match policy.admit(origin, now()) {
            Admission::Go => {
                passed += 1;
                None
            }
            other => Some(other),
        });
        if verdict.is_some() {
            for policy in policies.iter_mut().take(passed) {
                policy.record(origin, &Outcome::GivenUp, now());
            }
        }
        verdict.unwrap_or(Admission::Go)
    }

    fn record(&self, origin: &Origin, outcome: &Outcome) {
        for policy in self.0.lock().iter_mut() {
            policy.record(origin, outcome, now());
        }
    }
}

/// What asking to be let in came to.
#[derive(Debug)]
pub(super) enum Entry {
    In(Admitted),
    /// It is to ask again after so long.
    Later(Duration),
}

/// Asks to be let in, once.
pub(super) fn ask(pool: &Pool, destination: &Arc<Destination>) -> Result<Entry, Error> {
    let Some(gate) = &pool.pipeline.gate else { return Ok(Entry::In(Admitted(None))) };
    let origin = &destination.key.origin;
    match gate.admit(origin) {
        Admission::Go => Ok(Entry::In(Admitted(Some((Arc::clone(gate), Arc::clone(destination)))))),
        Admission::Wait(time) => Ok(Entry::Later(time)),
        Admission::Refuse(error) => Err(error.with(|facts| facts.origin = Some(origin.to_string()))),
    }
}

/// Asks until it is let in or refused; who has been told to wait does so first.
pub(super) async fn admit(
    pool: &Pool,
    destination: &Arc<Destination>,
    mut wait: Duration,
) -> Result<Admitted, Error> {
    loop {
        rest(pool, destination, wait).await?;
        match ask(pool, destination)? {
            Entry::In(admitted) => return Ok(admitted),
            Entry::Later(time) => wait = time,
        }
    }
}

/// An attempt that was let in, by whom and to where. Dropped untold, it was given up.
#[derive(Debug)]
pub(super) struct Admitted(Option<(Arc<Guarded>, Arc<Destination>)>);

impl Admitted {
    pub(super) fn record(mut self, outcome: &Outcome) {
        self.tell(outcome);
    }

    fn tell(&mut self, outcome: &Outcome) {
        if let Some((gate, destination)) = self.0.take() {
            gate.record(&destination.key.origin, outcome);
        }
    }
}

impl Drop for Admitted {
    fn drop(&mut self) {
        self.tell(&Outcome::GivenUp);
    }
}
