//! Connections opened before they are needed, and idle ones closed before their time.

use std::pin::Pin;
use std::sync::Arc;

use tokio::sync::oneshot;

use crate::error::{Error, Kind, Phase};
use crate::pool::{OriginId, Refusal};

use super::clock::{now, within};
use super::pool::{Pool, State};
use super::request::Destination;
use super::wait::{destroyed, refused, told};

/// Who waits until so many connections to an origin are open.
#[derive(Debug)]
pub(super) struct Preconnect {
    origin: OriginId,
    destination: Arc<Destination>,
    open: u32,
    verdict: oneshot::Sender<Result<(), Error>>,
}

type Receiver = oneshot::Receiver<Result<(), Error>>;

impl Pool {
    /// Opens connections until the origin has `open` of them, those in use included. It waits for room as a request does, and under
    /// the same bounds: `queueTimeout` in all, and not at all where as many wait as `maxQueued` lets.
    ///
    /// # Errors
    /// That of a dial to the origin that failed meanwhile; and the pool's end.
    pub async fn preconnect(
        self: &Arc<Self>,
        destination: &Arc<Destination>,
        open: u32,
    ) -> Result<(), Error> {
        let mut receiver = self.order(destination, open)?;
        let limit = self.config_of(&destination.key).timeouts.queue;
        let outcome = within(limit, Pin::new(&mut receiver)).await;
        drop(receiver);
        match outcome {
            Ok(verdict) => verdict.unwrap_or_else(|_| Err(destroyed(Phase::Queue))),
            Err(_) => Err(self.out_of_time(destination)),
        }
    }

    fn out_of_time(self: &Arc<Self>, destination: &Destination) -> Error {
        let mut state = self.state.lock();
        state.withdraw_preconnects(|one| one.verdict.is_closed());
        let message = "the connections were not open in time (queueTimeout)";
        let error = told(Error::new(Kind::QueueTimeout, Phase::Queue, message), &state, destination);
        self.carry_out(state);
        error
    }

    fn order(self: &Arc<Self>, destination: &Arc<Destination>, open: u32) -> Result<Receiver, Error> {
        let (verdict, receiver) = oneshot::channel();
        let mut state = self.state.lock();
        if self.is_over_for(destination) {
            return Err(told(destroyed(Phase::Queue), &state, destination));
        }
        let origin = state.origin(destination, self.limits_of(&destination.key));
        let origin = state.core.successor(origin, now()).unwrap_or(origin);
        let ordering = state.preconnects.iter().filter(|one| state.core.holds_back(one.origin)).count();
        let is_full = state.core.is_queue_full(ordering);
        state.preconnects.push(Preconnect { origin, destination: Arc::clone(destination), open, verdict });
        let State { core, effects, .. } = &mut *state;
        core.preconnect(origin, open, now(), effects);
        let too_many = is_full && core.holds_back(origin);
        if too_many {
            let newest = state.preconnects.pop();
            state.withdraw_orders(newest.map(|one| one.origin));
        }
        let outcome =
            if too_many { Err(refused(Refusal::QueueFull, &state, destination)) } else { Ok(receiver) };
        self.carry_out(state);
        outcome
    }

    /// Closes every idle connection; says how many those were.
    pub fn close_idle(self: &Arc<Self>) -> u32 {
        let mut state = self.state.lock();
        let State { core, effects, .. } = &mut *state;
        let closed = core.close_idle(now(), effects);
        self.carry_out(state);
        closed
    }
}

impl State {
    /// Tells those whose wait is over by now. After every transition.
    pub(super) fn settle_preconnects(&mut self) {
        if self.preconnects.is_empty() {
            return;
        }
        let Self { preconnects, core, .. } = self;
        let over = preconnects.extract_if(.., |one| {
            let (open, more) = core.stands(one.origin);
            open >= one.open || !more
        });
        for done in over.collect::<Vec<_>>() {
            let enough = self.core.stands(done.origin).0 >= done.open;
            // Who has gone does not hear of it.
            drop(done.verdict.send(if enough {
                Ok(())
            } else {
                Err(told(closed_again(&done.destination), self, &done.destination))
            }));
        }
    }

    /// Some wait no longer; what was ordered for them alone is ordered no more.
    fn withdraw_preconnects(&mut self, which: impl Fn(&Preconnect) -> bool) {
        let gone: Vec<_> = self.preconnects.extract_if(.., |one| which(one)).map(|one| one.origin).collect();
        self.withdraw_orders(gone);
    }

    fn withdraw_orders(&mut self, gone: impl IntoIterator<Item = OriginId>) {
        let Self { preconnects, core, effects, .. } = self;
        for origin in gone {
            core.withdraw(origin);
            for one in preconnects.iter().filter(|one| one.origin == origin) {
                core.preconnect(origin, one.open, now(), effects);
            }
        }
    }

    /// Dials to an origin came up as those of another. Once the last has, what was ordered there is ordered here.
    pub(super) fn reroute_preconnects(&mut self, from: OriginId, to: OriginId) {
        let Self { preconnects, core, effects, .. } = self;
        if core.stands(from).1 {
            return;
        }
        for one in preconnects.iter_mut().filter(|one| one.origin == from) {
            one.origin = to;
            core.preconnect(to, one.open, now(), effects);
        }
    }

    /// The pool is at its end for those who wait for certain destinations.
    pub(super) fn cut_preconnects(&mut self, which: impl Fn(&Destination) -> bool) {
        let mut origins = Vec::new();
        for one in self.preconnects.extract_if(.., |one| which(&one.destination)).collect::<Vec<_>>() {
            let phase = self.dialling(&one.destination.key.origin);
            let error = told(destroyed(phase), self, &one.destination);
            origins.push(one.origin);
            drop(one.verdict.send(Err(error)));
        }
        self.withdraw_orders(origins);
    }

    /// A dial to an origin failed, and with it what was ordered there.
    pub(super) fn fail_preconnects(&mut self, origin: OriginId, error: &Error) {
        for one in self.preconnects.extract_if(.., |one| one.origin == origin).collect::<Vec<_>>() {
            let error = told(error.clone(), self, &one.destination);
            drop(one.verdict.send(Err(error)));
        }
    }
}

/// Of so many connections some are gone before the last was up.
fn closed_again(destination: &Destination) -> Error {
    let origin = &destination.key.origin;
    let message = format!(
        "connections to {origin} were closed again, by it or to make room for others, before all were open"
    );
    Error::new(Kind::System("ECONNRESET".into()), Phase::Connect, message)
}
