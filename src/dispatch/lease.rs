//! The use of a connection for one exchange. However it ends, it comes back exactly once.

mod ending;

use std::future::poll_fn;
use std::sync::Arc;

use http::Response;
use tokio::task::AbortHandle;

use crate::policy::Trace;
use crate::pool::{self, Release, SlotId};
use crate::transport::body::ReqBody;
use crate::transport::h1::{SendFailure, hang_up};
use crate::transport::inflow::Inflow;
use crate::transport::raw::Raw;

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
        let connection = self.connections.get_mut(&token.slot());
        let (speaker, rested) = connection.map_or((None, rested), |connection| connection.lend(rested));
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
    /// Our side of it, and whether it has been idle, by now or ever: who gives it back without a word leaves it as it was.
    fn lend(&mut self, rested: bool) -> (Option<Speaker>, bool) {
        self.leases += 1;
        self.rested |= rested;
        let in_company = self.leases > 1;
        let shared = self.idle.as_ref().and_then(|speaker| speaker.share(in_company));
        (shared.or_else(|| self.idle.take()), self.rested)
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

    /// Has the connection looked at once more as the request is written: for one that must not be sent twice.
    pub(super) fn look_again(&self) {
        // What others use is looked at all the time.
        if let (true, false, Some(speaker)) = (self.rested, self.is_shared(), &self.speaker) {
            speaker.socket().look_before_writing();
        }
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
        message: Box<http::Request<ReqBody>>,
    ) -> Result<Box<Response<Inflow>>, SendFailure> {
        // In a box: few requests come to it, and each would hold the room that it takes.
        if !self.suits(message.body()) && !Box::pin(self.suit(message.body())).await {
            return Err(SendFailure::unsent(hang_up(), *message));
        }
        self.sent = true;
        let (outcome, closed) = match self.speaker.as_mut() {
            Some(Speaker::Http(h1)) => (h1.send(*message).await, h1.is_closed()),
            Some(Speaker::Shared(stream)) => {
                stream.begin();
                let h2 = &stream.shared.h2;
                (h2.send(*message, &stream.tally).await, h2.is_closed())
            }
            Some(Speaker::Raw(_)) | None => (Err(SendFailure::unsent(hang_up(), *message)), false),
        };
        // A message that was refused before it reached the connection leaves it as it was.
        self.sent = !matches!(&outcome, Err(failure) if failure.unsent.is_some() && !closed);
        outcome.map(Box::new)
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

    /// The raw connection, if it speaks that.
    pub(super) fn raw(&self) -> Option<&Raw> {
        match &self.speaker {
            Some(Speaker::Raw(raw)) => Some(raw),
            _ => None,
        }
    }

    /// Has the driver of a connection that is its user's own end it, after what the kernel takes at once of the last bytes.
    pub(super) fn say_goodbye(&mut self) {
        if let Some(Speaker::Raw(raw)) = &self.speaker
            && self.own.take().is_some()
        {
            raw.let_go();
        }
    }

    /// Something may have been sent: dropped from here on, the lease is a broken connection.
    pub(super) fn mark_used(&mut self) {
        self.sent = true;
    }

    pub(super) fn slot(&self) -> Option<SlotId> {
        self.token.as_ref().map(pool::Lease::slot)
    }

    /// The origin that the connection leads to, while it is the pool's.
    pub(super) fn origin(&self) -> Option<pool::OriginId> {
        self.token.as_ref().map(pool::Lease::origin)
    }
}

#[cfg(test)]
mod tests {
    use crate::key::{Origin, Scheme};
    use crate::pool::Release;

    use super::Connection;

    #[test]
    fn a_connection_that_has_been_idle_rests_for_who_is_handed_it_by_one_that_sent_nothing() {
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
        let mut connection = Connection {
            origin: Origin { scheme: Scheme::Http, host: "h".into(), port: 80 },
            under_tls: false,
            idle: None,
            leases: 0,
            rested: false,
            becoming: None,
            driver: runtime.spawn(async {}).abort_handle(),
        };
        let (_, fresh) = connection.lend(false);
        connection.give_back(None, Release::Unused);
        let (_, found_idle) = connection.lend(true);
        connection.give_back(None, Release::Unused);
        let (_, handed_on) = connection.lend(false);
        assert_eq!([fresh, found_idle, handed_on], [false, true, true]);
    }
}
