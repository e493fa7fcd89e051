//! Getting a connection: at once, or by waiting for one.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::oneshot;

use crate::error::{Error, Kind, Phase};
use crate::key::Speaks;
use crate::metrics::Event;
use crate::pool::{Acquired, Asks, Expect, OriginId, OriginLimits, Refusal, Reject};
use crate::transport::connect::Reached;
use crate::transport::h1::hang_up;

use super::clock::now;
use super::fresh::MOST_STILLBORN;
use super::lease::Lease;
use super::place::{Farewell, Waiting};
use super::pool::{Pool, State};
use super::request::{Destination, Plain};

/// The dispatch side of a queued request.
#[derive(Debug)]
pub(super) struct Waiter {
    pub(super) verdict: oneshot::Sender<Verdict>,
    pub(super) destination: Arc<Destination>,
    /// A limit holds it back: no dial is under way that could serve it.
    pub(super) held_up: bool,
    /// The request's own bound on a dial made for it.
    pub(super) connect_timeout: Option<Duration>,
    /// Who hears of the steps of a dial made for it.
    pub(super) ear: Option<Arc<dyn Reached>>,
    /// Where it leaves how far it had come, if it gives up.
    pub(super) farewell: Option<Arc<Farewell>>,
}

/// How waiting ends.
#[derive(Debug)]
pub(super) enum Verdict {
    Granted(Lease),
    Rejected(Error),
}

/// What a connection is wanted for.
#[derive(Clone, Debug)]
pub(super) struct Wanted {
    pub(super) destination: Arc<Destination>,
    /// How long it may be waited for.
    pub(super) queue_timeout: Option<Duration>,
    /// How long a dial made for it may take.
    pub(super) connect_timeout: Option<Duration>,
    /// Whether it is to be raw.
    pub(super) raw: bool,
    /// Who hears of the steps of a dial made for it.
    pub(super) ear: Option<Arc<dyn Reached>>,
    /// Where it leaves how far it had come, if it gives up before it has one.
    pub(super) farewell: Option<Arc<Farewell>>,
}

/// What asking came to.
#[derive(Debug)]
pub(super) enum Asked {
    Granted(Lease),
    Waiting(Waiting),
}

impl Pool {
    /// A connection that was alive a moment ago.
    pub(super) async fn acquire(self: &Arc<Self>, wanted: &Wanted) -> Result<Lease, Error> {
        self.acquire_as(Asks::First, wanted).await
    }

    pub(super) async fn acquire_as(self: &Arc<Self>, asks: Asks, wanted: &Wanted) -> Result<Lease, Error> {
        let since = now();
        let asked = self.ask(asks, wanted, wanted.queue_timeout)?;
        self.await_turn(asked, wanted, since).await
    }

    /// The rest of [`Pool::acquire`], for who has asked already.
    pub(super) async fn await_turn(
        self: &Arc<Self>,
        mut asked: Asked,
        wanted: &Wanted,
        since: Instant,
    ) -> Result<Lease, Error> {
        let mut stillborn = 0;
        loop {
            let (mut lease, waited) = match asked {
                Asked::Granted(lease) => (lease, false),
                Asked::Waiting(waiting) => (waiting.end().await?, true),
            };
            if lease.is_usable() && lease.speak(wanted.raw).await {
                return Ok(lease);
            }
            if lease.is_shared() {
                lease.found_draining();
            } else if !waited {
                lease.found_dead();
            } else {
                // It was closed as it was handed over, and a peer that does so to each that is opened would be dialled without end.
                stillborn += u32::from(!lease.reused());
                if stillborn >= MOST_STILLBORN {
                    return Err(told(hang_up(), &self.state.lock(), &wanted.destination));
                }
                if let Some(permit) = lease.swap() {
                    // Who has waited for it does not wait again.
                    return Box::pin(self.dial_in_place(permit, wanted, stillborn)).await;
                }
            }
            // Who has waited for a connection that turned out to be dead has less time left for the next.
            let passed = now().saturating_duration_since(since);
            let left = wanted.queue_timeout.map(|limit| limit.saturating_sub(passed));
            asked = self.ask(Asks::Again, wanted, left)?;
        }
    }

    /// Asks for a connection, on whatever thread. A granted one may be dead.
    pub(super) fn ask(
        self: &Arc<Self>,
        asks: Asks,
        wanted: &Wanted,
        queue_timeout: Option<Duration>,
    ) -> Result<Asked, Error> {
        let destination = &wanted.destination;
        let mut state = self.state.lock();
        // Under the lock, for the core's time goes forward only.
        let mut time = now();
        if let Some(unseen) = state.unseen(time) {
            drop(state);
            self.woke(unseen);
            state = self.state.lock();
            time = now();
        }
        // Under the lock: who comes later than a hold's end is not found in the queue by it.
        if self.is_over_for(destination) {
            return Err(refused(Refusal::Destroyed, &state, destination));
        }
        let limits = self.limits_of(&destination.key);
        let outcome = match state.acquire(asks, destination, limits, queue_timeout, time) {
            Acquired::Granted(token) => Ok(Asked::Granted(state.lease(self, destination, token, true))),
            Acquired::Queued { waiter, exhausted } => {
                if exhausted {
                    state.recorder.happened(&destination.key.origin, Event::PoolExhausted);
                    state.tell_exhausted();
                }
                let (verdict, receiver) = oneshot::channel();
                let connect_timeout = wanted.connect_timeout;
                let destination = Arc::clone(destination);
                let ear = wanted.ear.clone();
                let held_up = exhausted;
                let farewell = wanted.farewell.clone();
                let entry = Waiter { verdict, destination, held_up, connect_timeout, ear, farewell };
                state.waiters.insert(waiter, entry);
                self.pressed.notify_waiters();
                Ok(Asked::Waiting(Waiting::new(self, waiter, exhausted, receiver)))
            }
            Acquired::Refused(why) => Err(refused(why, &state, destination)),
            Acquired::Forgotten => Err(lost()),
        };
        self.carry_out(state);
        outcome
    }
}

impl Pool {
    /// Whether somebody waits for a connection, whom this one would help.
    pub(super) fn is_wanted(&self, lease: &Lease) -> bool {
        lease.origin().is_some_and(|origin| self.state.lock().core.is_wanted(origin))
    }

    /// A server wants its requests over HTTP/1.1 (RFC 9113, 7: HTTP_1_1_REQUIRED), by which they go from now on. False: only
    /// HTTP/2 was asked of it.
    pub(super) fn keeps_to_http1(self: &Arc<Self>, destination: &Destination) -> bool {
        let (Some(plain), Some(own)) = (&destination.plain, *destination.id.lock()) else { return false };
        let mut state = self.state.lock();
        let State { core, effects, .. } = &mut *state;
        let now = now();
        let to = core.origin_under(&plain.key, self.limits_of(&plain.key), Expect::Single, now);
        *plain.id.lock() = Some(to);
        core.moved(own, to, now, effects);
        self.carry_out(state);
        true
    }
}

impl State {
    fn acquire(
        &mut self,
        asks: Asks,
        destination: &Destination,
        limits: &Arc<OriginLimits>,
        queue_timeout: Option<Duration>,
        now: Instant,
    ) -> Acquired {
        // A request's timeouts are complete: none of its own means without end, not the pool's.
        let wait = Some(queue_timeout.unwrap_or(Duration::MAX));
        let mut known = *destination.id.lock();
        if let Some(plain) = &destination.plain {
            let remembered = known.filter(|id| self.core.key(*id).is_some());
            let own = remembered.unwrap_or_else(|| self.origin(destination, limits));
            known = Some(own);
            if let Some(id) = self.under_http1(own, plain, now) {
                return self.core.acquire_as(asks, id, wait, now, &mut self.effects);
            }
        }
        if let Some(id) = known {
            let acquired = self.core.acquire_as(asks, id, wait, now, &mut self.effects);
            if acquired != Acquired::Forgotten {
                return acquired;
            }
        }
        let id = self.origin(destination, limits);
        self.core.acquire_as(asks, id, wait, now, &mut self.effects)
    }

    /// The core's name for a destination, made if it has none.
    pub(super) fn origin(&mut self, destination: &Destination, limits: &Arc<OriginLimits>) -> OriginId {
        let expect = match destination.key.speaks {
            Speaks::Http1 => Expect::Single,
            Speaks::Either | Speaks::Http2 => Expect::Unknown,
        };
        let id = self.core.origin_under(&destination.key, limits, expect, now());
        *destination.id.lock() = Some(id);
        id
    }

    /// How far a request that waits has come.
    pub(super) fn phase_of(&self, waiter: &Waiter) -> Phase {
        if waiter.held_up { Phase::Queue } else { self.dialling(&waiter.destination.key.origin) }
    }

    /// Whether a request that may go over HTTP/2 is better off without: the server does not speak it, or a connection
    /// of an agent rests while none of HTTP/2 is to be had.
    fn under_http1(&self, own: OriginId, plain: &Plain, now: Instant) -> Option<OriginId> {
        if let Some(successor) = self.core.successor(own, now) {
            return Some(successor);
        }
        if self.core.is_at_hand(own) {
            return None;
        }
        let known = plain.id.lock().filter(|id| self.core.key(*id).is_some());
        let id = known.or_else(|| self.core.find(&plain.key))?;
        *plain.id.lock() = Some(id);
        self.core.is_at_hand(id).then_some(id)
    }
}

pub(super) fn refused(why: Refusal, state: &State, destination: &Destination) -> Error {
    let error = match why {
        Refusal::QueueFull => Error::new(
            Kind::QueueFull,
            Phase::Queue,
            "as many requests wait for a connection as may (maxQueued)",
        ),
        Refusal::Destroyed => destroyed(Phase::Queue),
    };
    told(error, state, destination)
}

/// The error of a request that waited in vain.
pub(super) fn rejected(why: Reject, state: &State, waiter: &Waiter) -> Error {
    let destination = &waiter.destination;
    let error = match why {
        Reject::QueueTimeout => {
            Error::new(Kind::QueueTimeout, Phase::Queue, "no connection became free in time (queueTimeout)")
        }
        Reject::Destroyed => return ended(state, waiter),
        Reject::ConnectFailed => state.failures.get(&destination.key.origin).cloned().unwrap_or_else(|| {
            Error::new(Kind::Internal, Phase::Connect, "a dial failed for no known reason")
        }),
    };
    told(error, state, destination)
}

/// The error of a request that waits as the pool ends for it.
pub(super) fn ended(state: &State, waiter: &Waiter) -> Error {
    told(destroyed(state.phase_of(waiter)), state, &waiter.destination)
}

/// What a request that got no connection is told besides.
pub(super) fn told(error: Error, state: &State, destination: &Destination) -> Error {
    error.with(|facts| {
        facts.origin = Some(destination.key.origin.to_string());
        facts.proxy = destination.key.proxy();
        facts.occupancy = Some(state.occupancy());
        if facts.phase == Phase::Queue {
            facts.last_failure = state.failures.get(&destination.key.origin).map(ToString::to_string);
        }
    })
}

pub(super) fn destroyed(phase: Phase) -> Error {
    Error::new(Kind::Destroyed, phase, "the pool is destroyed")
}

pub(super) fn lost() -> Error {
    Error::new(Kind::Internal, Phase::Queue, "a place in the queue was lost")
}
