//! One origin: its connections, its queue and its standing among the others.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::arena::Id;
use super::gauge::Gauge;
use super::learn::IdleLearner;
use super::limits::{Expect, OriginLimits, Scheduling};
use super::list::{Link, Linked, List};
use super::slot::InOrigin;
use super::warm::Warmth;

/// Requests after which an origin's turn is over, where origins outnumber sockets.
const TURN_REQUESTS: u32 = 8;
/// Time after which it is over in any case.
const TURN_TIME: Duration = Duration::from_secs(1);

/// Connections to a peer that allows no streams for now that are tried before those that wait do so for one of them.
/// Another may lead to another machine, which has room; but such a limit may last (RFC 9113, 6.5.2), and a peer
/// that sheds its load this way is to have no more of it than a second try. (hyper-util waits on the one connection that it
/// has, Go as well if told to be strict; otherwise Go dials for whoever finds all full, and undici does up to its limit.)
const MOST_BLOCKS: u32 = 2;

/// The lists of origins.
#[derive(Debug)]
pub(super) struct InRing;

/// Which list of origins one stands in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    /// None: it has what it may have.
    Content,
    /// Short of a connection, and has none at all.
    Starving,
    /// Short of a connection, and has some.
    Hungry,
    /// Has neither connection, dial nor waiter; remembered for a while.
    Vacant,
}

#[derive(Debug)]
pub(super) struct Origin<K> {
    pub(super) key: K,
    pub(super) limits: Arc<OriginLimits>,
    /// How many streams its connections have; `None` until the first handshake tells.
    pub(super) streams: Option<u32>,
    /// Where those were sent on who last waited for a dial here, and when.
    pub(super) rerouted: Option<(Id, Instant)>,
    /// A dial failed while nothing was open, and none has succeeded since.
    pub(super) suspect: bool,
    pub(super) open: Gauge,
    pub(super) dialling: Gauge,
    /// Of those dials, the ones that were given up.
    pub(super) abandoned: Gauge,
    /// Whether more dials are under way than requests wait.
    pub(super) overdials: bool,
    /// Open connections whose number of streams is not known yet.
    pub(super) unsettled: Gauge,
    /// Idle connections, the longest idle in front.
    pub(super) idle: List<InOrigin>,
    /// Idle connections whose peers allow no streams for now.
    pub(super) blocked: List<InOrigin>,
    /// How many connections have turned out to have none since a request last went well.
    pub(super) blocks: u32,
    /// Open connections without streams whose peers may still come to allow some.
    pub(super) promising: Gauge,
    /// Busy connections with streams to spare, the one used last in front.
    pub(super) partial: List<InOrigin>,
    /// Requests that wait, first come in front.
    pub(super) waiters: List<InOrigin>,
    /// The first waiter for which no dial has been made; all behind it have none either.
    pub(super) undialled: Option<Id>,
    pub(super) turn_requests: u32,
    pub(super) turn_since: Instant,
    /// Made at the first thing to learn: few origins ever show any, and all are kept in memory.
    pub(super) learner: Option<Box<IdleLearner>>,
    /// There once it has been used, where connections are kept ready.
    pub(super) warmth: Option<Box<Warmth>>,
    /// Dials that a preconnect has ordered and that are still to be made.
    pub(super) ordered: u32,
    pub(super) standing: Standing,
    pub(super) in_ring: Link,
}

impl<K> Origin<K> {
    pub(super) fn new(key: K, limits: Arc<OriginLimits>, expect: Expect, now: Instant) -> Self {
        Self {
            key,
            limits,
            streams: match expect {
                Expect::Single => Some(1),
                Expect::Unknown => None,
            },
            rerouted: None,
            suspect: false,
            open: Gauge::default(),
            dialling: Gauge::default(),
            abandoned: Gauge::default(),
            overdials: false,
            unsettled: Gauge::default(),
            idle: List::new(),
            blocked: List::new(),
            blocks: 0,
            promising: Gauge::default(),
            partial: List::new(),
            waiters: List::new(),
            undialled: None,
            turn_requests: 0,
            turn_since: now,
            learner: None,
            warmth: None,
            ordered: 0,
            standing: Standing::Content,
            in_ring: Link::default(),
        }
    }

    /// Connections, those being dialled included.
    pub(super) fn held(&self) -> u32 {
        self.open.get().saturating_add(self.dialling.get())
    }

    pub(super) fn is_vacant(&self) -> bool {
        self.held() == 0 && self.waiters.is_empty() && self.ordered == 0
    }

    /// Whether more wait than the dials under way will serve.
    ///
    /// Before the first handshake has told what a connection holds, and while the origin is suspect, one dial
    /// answers for all. So it does while the latest connection has turned out to be one without streams; when
    /// there have been enough of those, none is made before one of them is heard of, as long as any can be. A connection whose
    /// peer has not told yet counts as a dial.
    pub(super) fn wants_dial(&self) -> bool {
        let under_way = self.dialling.get().saturating_add(self.unsettled.get());
        match self.streams {
            Some(streams) if !self.suspect && self.blocks == 0 => {
                self.waiters.len() > under_way.saturating_mul(streams)
            }
            Some(_) | None => {
                let in_vain = self.blocks >= MOST_BLOCKS && self.promising.get() > 0;
                under_way == 0 && !in_vain && !self.waiters.is_empty()
            }
        }
    }

    /// Whether it could do with fewer dials than are under way.
    pub(super) fn has_dials_to_spare(&self) -> bool {
        self.dialling.get().saturating_sub(self.abandoned.get()) > self.waiters.len()
    }

    /// A connection turns out to have so many streams, and before had none or not.
    pub(super) fn told(&mut self, streams: u32, was_blocked: bool) {
        match (was_blocked, streams) {
            (true, 0) => {}
            (false, 0) => self.blocks = self.blocks.saturating_add(1),
            (true, _) => self.blocks = self.blocks.saturating_sub(1),
            (false, _) => {}
        }
        if streams > 0 {
            self.streams = Some(streams);
        }
    }

    /// Connections that carry nothing.
    pub(super) fn at_rest(&self) -> u32 {
        self.idle.len().saturating_add(self.blocked.len())
    }

    pub(super) fn may_dial(&self) -> bool {
        self.held() < self.limits.max_sockets
    }

    /// The connection to use next: one that is busy already, so that others can fall idle, then an idle one.
    pub(super) fn candidate(&self) -> Option<Id> {
        self.partial.front().or_else(|| match self.limits.scheduling {
            Scheduling::Lifo => self.idle.back(),
            Scheduling::Fifo => self.idle.front(),
        })
    }

    pub(super) fn begin_turn(&mut self, now: Instant) {
        self.turn_requests = 0;
        self.turn_since = now;
    }

    pub(super) fn turn_is_over(&self, now: Instant) -> bool {
        self.turn_requests >= TURN_REQUESTS || now.saturating_duration_since(self.turn_since) >= TURN_TIME
    }
}

impl<K> Linked<InRing> for Origin<K> {
    fn link(&self) -> &Link {
        &self.in_ring
    }

    fn link_mut(&mut self) -> &mut Link {
        &mut self.in_ring
    }
}
