//! The use of a connection for one exchange. However it ends, it comes back exactly once.

use std::future::poll_fn;
use std::sync::Arc;

use http::Response;
use tokio::task::AbortHandle;

use crate::policy::Trace;
use crate::pool::{self, Capacity, Closed, Release, SlotId};
use crate::transport::body::ReqBody;
use crate::transport::h1::{SendFailure, hang_up};
use crate::transport::inflow::Inflow;
use crate::transport::raw::Raw;

use super::clock::now;
use super::events;
use super::meter::{Counts, Meter};
use super::pool::{Connection, Pool, State};
use super::request::Destination;
use super::speaker::Speaker;

/// A granted connection. Dropped before anything was sent it goes back unused, after that it is broken: an
/// HTTP/1 exchange that is given up leaves a connection in the middle of a message.
#[derive(Debug)]
pub(super) struct Lease {
    pub(super) pool: Arc<Pool>,
    destination: Arc<Destination>,
    token: Option<pool::Lease>,
    reused: bool,
    rested: bool,
    pub(super) speaker: Option<Speaker>,
    sent: bool,
    /// Ends the connection, once it is its user's own.
    own: Option<AbortHandle>,
    meter: Meter,
}

impl State {
    /// The lease that goes with a token of the core. `rested`: the connection was idle until now.
    pub(super) fn lease(
        &mut self,
        pool: &Arc<Pool>,
        destination: &Arc<Destination>,
        token: pool::Lease,
        rested: bool,
    ) -> Lease {
        self.watch_crowd(pool.config.limits.max_sockets);
        let speaker = self.connections.get_mut(&token.slot()).and_then(Connection::lend);
        Lease {
            pool: Arc::clone(pool),
            destination: Arc::clone(destination),
            reused: token.reused(),
            rested: rested || token.reused(),
            token: Some(token),
            meter: Meter::of(speaker.as_ref()),
            speaker,
            sent: false,
            own: None,
        }
    }
}

impl Connection {
    fn lend(&mut self) -> Option<Speaker> {
        self.leases += 1;
        let in_company = self.leases > 1;
        self.idle.as_ref().and_then(|speaker| speaker.share(in_company)).or_else(|| self.idle.take())
    }

    /// Says whether it carries nothing any more.
    fn give_back(&mut self, speaker: Option<Speaker>, outcome: Release) -> bool {
        // What is broken counts as in use, so that it is cut.
        if outcome != Release::Broken {
            self.leases = self.leases.saturating_sub(1);
            if !matches!(speaker, Some(Speaker::Shared(_))) {
                self.idle = speaker;
            }
        }
        self.leases == 0
    }
}

impl Lease {
    /// Whether the connection has carried a request before.
    pub(super) fn reused(&self) -> bool {
        self.reused
    }

    /// Whether the connection has been open for a while, so that its peer may be closing it at this moment. One
    /// that was dialled for a request that went away has carried none, and rests all the same.
    pub(super) fn rested(&self) -> bool {
        self.rested
    }

    pub(super) fn meter(&self) -> &Meter {
        &self.meter
    }

    /// Bytes since the lease began.
    pub(super) fn moved(&self) -> Counts {
        self.meter.moved()
    }

    /// What passed through the connection for this request, for those who judge whether it may be sent again.
    pub(super) fn trace(&self) -> Trace {
        let meter = self.meter();
        Trace {
            // Those of all streams: more than none may have been of this one.
            written: meter.on_the_wire().written,
            received: self.moved().received,
            acknowledged: meter.acknowledged_in_all(),
            ended: meter.saw_eof(),
        }
    }

    /// The look before reuse. A fresh connection was up a moment ago.
    pub(super) fn is_usable(&self) -> bool {
        !self.rested || self.is_alive()
    }

    /// Whether it is one stream among others that the connection may carry.
    pub(super) fn is_shared(&self) -> bool {
        matches!(self.speaker, Some(Speaker::Shared(_)))
    }

    /// Whether others use the connection at the same time.
    pub(super) fn in_company(&self) -> bool {
        matches!(&self.speaker, Some(Speaker::Shared(stream)) if stream.in_company)
    }

    fn is_alive(&self) -> bool {
        // Where others are served the driver looks all the time.
        if self.in_company() {
            return self.speaker.as_ref().is_some_and(|speaker| !speaker.is_closed());
        }
        let under_tls = self.destination.key.is_under_tls();
        self.speaker.as_ref().is_some_and(|speaker| speaker.is_alive(under_tls))
    }

    /// Sends the request and waits for the head of its reply.
    pub(super) async fn send(
        &mut self,
        message: http::Request<ReqBody>,
    ) -> Result<Response<Inflow>, SendFailure> {
        self.sent = true;
        let (outcome, closed) = match self.speaker.as_mut() {
            Some(Speaker::Http(h1)) => (h1.send(message).await, h1.is_closed()),
            Some(Speaker::Shared(stream)) => {
                stream.begin();
                let h2 = &stream.shared.h2;
                (h2.send(message, &stream.tally).await, h2.is_closed())
            }
            Some(Speaker::Raw(_)) | None => (Err(SendFailure::unsent(hang_up(), message)), false),
        };
        // A message that was refused before it reached the connection leaves it as it was.
        self.sent = !matches!(&outcome, Err(failure) if failure.unsent.is_some() && !closed);
        outcome
    }

    /// Whether the connection can take the next request at this moment.
    pub(super) fn is_ready(&self) -> bool {
        match &self.speaker {
            Some(Speaker::Http(h1)) => h1.is_ready(),
            Some(Speaker::Shared(stream)) => stream.tally.is_sent(),
            _ => false,
        }
    }

    /// Waits until the connection has done with the exchange on its side: an early reply leaves a request
    /// body under way.
    pub(super) async fn ready(&mut self) -> bool {
        match self.speaker.as_mut() {
            Some(Speaker::Http(h1)) => poll_fn(|cx| h1.poll_ready(cx)).await.is_ok(),
            Some(Speaker::Shared(stream)) => {
                poll_fn(|cx| stream.tally.poll_sent(cx)).await;
                true
            }
            _ => false,
        }
    }

    /// The exchange does not come to its end on this side: its stream is reset, and a connection that carries nothing else
    /// breaks.
    pub(super) fn cut(self, release: Release) {
        match &self.speaker {
            Some(Speaker::Shared(stream)) => {
                stream.tally.cancel();
                self.finish(release);
            }
            _ => self.finish(Release::Broken),
        }
    }

    /// The raw connection, if it speaks that.
    pub(super) fn raw(&self) -> Option<&Raw> {
        match &self.speaker {
            Some(Speaker::Raw(raw)) => Some(raw),
            _ => None,
        }
    }

    /// Something may have been sent: dropped from here on, the lease is a broken connection.
    pub(super) fn mark_used(&mut self) {
        self.sent = true;
    }

    pub(super) fn slot(&self) -> Option<SlotId> {
        self.token.as_ref().map(pool::Lease::slot)
    }

    /// The connection is its user's own from now on: upgraded, or a tunnel. It counts against no limit and ends with
    /// this lease.
    pub(super) fn detach(&mut self) {
        let Some(token) = self.token.take() else { return };
        let slot = token.slot();
        let mut state = self.pool.state.lock();
        let State { core, effects, connections, .. } = &mut *state;
        self.own = connections.remove(&slot).map(|connection| connection.driver);
        core.detached(token, now(), effects);
        state.tell_removed(&self.destination.key.origin, "detached");
        state.watch_crowd(self.pool.config.limits.max_sockets);
        self.pool.carry_out(state);
    }

    /// The exchange is over.
    pub(super) fn finish(mut self, outcome: Release) {
        self.give_back(outcome);
    }

    /// The look found that the peer had closed the connection while it was idle.
    pub(super) fn found_dead(mut self) {
        let Some(token) = self.token.take() else { return };
        let slot = token.slot();
        let mut state = self.pool.state.lock();
        let State { core, effects, connections, .. } = &mut *state;
        let gone = connections.remove(&slot);
        // Idle again, so that the pool learns from its end. Nobody is granted it: nobody waits beside an idle one.
        core.released(token, Release::Unused, now(), effects);
        core.closed(slot, Closed::Peer, now(), effects);
        if let Some(connection) = &gone {
            state.tell_removed(&connection.origin, events::ended(false));
        }
        self.pool.carry_out(state);
        if let Some(connection) = gone {
            connection.driver.abort();
        }
    }

    /// The connection takes no more requests, though others may still be under way on it.
    pub(super) fn found_draining(mut self) {
        let Some(token) = self.token.take() else { return };
        let slot = token.slot();
        let mut state = self.pool.state.lock();
        let State { core, effects, connections, .. } = &mut *state;
        if let Some(connection) = connections.get_mut(&slot) {
            connection.leases = connection.leases.saturating_sub(1);
        }
        core.closed(slot, Closed::Draining, now(), effects);
        core.released(token, Release::Unused, now(), effects);
        self.pool.carry_out(state);
    }

    /// Gives the connection up for a dial in its place. `None`: there was nothing to swap.
    pub(super) fn swap(mut self) -> Option<pool::Permit> {
        let token = self.token.take()?;
        let mut state = self.pool.state.lock();
        let State { core, effects, connections, .. } = &mut *state;
        if let (true, Some(connection)) = (self.is_shared(), connections.get_mut(&token.slot())) {
            connection.leases = connection.leases.saturating_sub(1);
        }
        let permit = core.replaced(token, now(), effects);
        // The sending side goes first, so that the driver lets the connection go by itself.
        self.speaker = None;
        self.pool.carry_out(state);
        permit
    }

    fn give_back(&mut self, outcome: Release) {
        let Some(token) = self.token.take() else { return };
        let mut state = self.pool.state.lock();
        let State { core, effects, connections, .. } = &mut *state;
        let slot = token.slot();
        let connection = connections.get_mut(&slot);
        let mut is_free = true;
        let outcome = match &self.speaker {
            // A stream that is given up is reset, which breaks nothing.
            Some(Speaker::Shared(stream)) if outcome == Release::Broken => {
                // Before the transition, and under the lock: what the driver has to say of it comes later.
                if stream.doubt() {
                    core.capacity_changed(slot, Capacity::of(0), now(), effects);
                }
                Release::Reusable { keep_alive_hint: None }
            }
            _ => outcome,
        };
        // Before the transition: it may grant the connection to another at once.
        if let Some(connection) = connection {
            is_free = connection.give_back(self.speaker.take(), outcome);
        }
        core.released(token, outcome, now(), effects);
        if is_free && matches!(outcome, Release::Reusable { .. } | Release::Refused) {
            state.tell_freed(slot);
        }
        state.watch_crowd(self.pool.config.limits.max_sockets);
        self.pool.carry_out(state);
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        if let Some(own) = self.own.take() {
            own.abort();
        }
        self.give_back(if self.sent { Release::Broken } else { Release::Unused });
    }
}
