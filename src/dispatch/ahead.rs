//! Connections opened before they are needed, and idle ones closed before their time.

use std::sync::Arc;

use tokio::sync::oneshot;

use crate::error::{Error, Phase};
use crate::pool::OriginId;
use crate::transport::h1::hang_up;

use super::clock::now;
use super::pool::{Pool, State};
use super::request::Destination;
use super::wait::{destroyed, told};

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
    /// Opens connections until the origin has `open` of them, those in use included. It waits for room as a request does.
    ///
    /// # Errors
    /// That of a dial to the origin that failed meanwhile; and the pool's end.
    pub async fn preconnect(
        self: &Arc<Self>,
        destination: &Arc<Destination>,
        open: u32,
    ) -> Result<(), Error> {
        let receiver = self.order(destination, open)?;
        receiver.await.unwrap_or_else(|_| Err(destroyed(Phase::Connect)))
    }

    fn order(self: &Arc<Self>, destination: &Arc<Destination>, open: u32) -> Result<Receiver, Error> {
        let (verdict, receiver) = oneshot::channel();
        let mut state = self.state.lock();
        if self.is_destroyed() {
            return Err(destroyed(Phase::Connect));
        }
        let origin = state.origin(destination, self.limits_of(&destination.key));
        let destination = Arc::clone(destination);
        state.preconnects.push(Preconnect { origin, destination, open, verdict });
        let State { core, effects, .. } = &mut *state;
        core.preconnect(origin, open, now(), effects);
        self.carry_out(state);
        Ok(receiver)
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
        let Self { preconnects, core, .. } = self;
        for done in preconnects.extract_if(.., |one| {
            let (open, more) = core.stands(one.origin);
            open >= one.open || !more
        }) {
            let enough = core.stands(done.origin).0 >= done.open;
            // Who has gone does not hear of it. What was opened is gone again, closed by the peer or for others.
            drop(done.verdict.send(if enough { Ok(()) } else { Err(hang_up()) }));
        }
    }

    /// A dial to an origin failed, and with it what was ordered there.
    pub(super) fn fail_preconnects(&mut self, origin: OriginId, error: &Error) {
        for one in self.preconnects.extract_if(.., |one| one.origin == origin).collect::<Vec<_>>() {
            let error = told(error.clone(), self, &one.destination);
            drop(one.verdict.send(Err(error)));
        }
    }
}
