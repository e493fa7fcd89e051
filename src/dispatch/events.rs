//! What a pool tells as it happens, to one listener and only of what that one asked for.
//!
//! All of it is told under the pool's lock, so that the figures in an event are those of its moment; the listener
//! only queues. What nobody listens to is not even made.

use std::fmt::Debug;
use std::sync::Arc;
use std::time::Duration;

use crate::key::Origin;
use crate::pool::SlotId;

use super::pool::{Pool, State};

/// What one can listen to: a bit each.
pub mod mask {
    /// [`Happened::Created`](super::Happened::Created)
    pub const CREATED: u32 = 1;
    /// [`Happened::Freed`](super::Happened::Freed)
    pub const FREED: u32 = 2;
    /// [`Happened::Removed`](super::Happened::Removed)
    pub const REMOVED: u32 = 4;
    /// [`Happened::Completed`](super::Happened::Completed)
    pub const COMPLETED: u32 = 8;
    /// [`Happened::Exhausted`](super::Happened::Exhausted)
    pub const EXHAUSTED: u32 = 16;
    /// [`Happened::Crowded`](super::Happened::Crowded)
    pub const CROWDED: u32 = 32;
    /// [`Happened::Failing`](super::Happened::Failing)
    pub const FAILING: u32 = 64;
}

/// Something that happened. `active` counts the connections that carried a request right after it.
#[derive(Clone, Debug, PartialEq)]
pub enum Happened {
    /// A connection was opened; `total` are open now.
    Created { origin: Origin, active: u32, total: u32 },
    /// A connection came back from a request and stays open.
    Freed { origin: Origin, active: u32 },
    /// A connection was closed, by whichever side, or left the pool.
    Removed { origin: Origin, active: u32, reason: &'static str },
    /// A reply arrived whole.
    Completed { took: Duration, average_ms: f64, reused: u64 },
    /// A request has to wait because a limit is reached, the `count`th.
    Exhausted { active: u32, count: u64 },
    /// More than four fifths of the connections that may be open carry a request, and did not before.
    Crowded { active: u32 },
    /// More than a twentieth of all requests failed, and did not before.
    Failing { errors: u64, requests: u64 },
}

/// Who is told. Called under the pool's lock: it must not call the pool.
pub trait Listener: Send + Sync + Debug {
    /// It happened.
    fn tell(&self, happened: Happened);
}

/// A pool's listeners and what they want to hear.
#[derive(Debug, Default)]
pub(super) struct Events {
    /// By any of them.
    wanted: u32,
    listeners: Vec<Ear>,
    crowded: bool,
    failing: bool,
}

/// One listener, by the number of him who holds the pool.
#[derive(Debug)]
struct Ear {
    holder: u32,
    wanted: u32,
    listener: Arc<dyn Listener>,
}

impl Events {
    pub(super) fn wants(&self, what: u32) -> bool {
        self.wanted & what != 0
    }

    fn tell(&self, what: u32, happened: &Happened) {
        for ear in self.listeners.iter().filter(|ear| ear.wanted & what != 0) {
            ear.listener.tell(happened.clone());
        }
    }
}

impl Pool {
    /// From now on `listener` is told for `holder` of what `wanted` names, a sum of [`mask`]'s bits.
    pub fn listen(&self, holder: u32, wanted: u32, listener: Arc<dyn Listener>) {
        self.hear(holder, Some(Ear { holder, wanted, listener }));
    }

    /// `holder` hears no more.
    pub fn hush(&self, holder: u32) {
        self.hear(holder, None);
    }

    fn hear(&self, holder: u32, ear: Option<Ear>) {
        let mut state = self.state.lock();
        let events = &mut state.events;
        events.listeners.retain(|other| other.holder != holder);
        events.listeners.extend(ear.filter(|ear| ear.wanted != 0));
        events.wanted = events.listeners.iter().fold(0, |all, ear| all | ear.wanted);
    }
}

impl State {
    pub(super) fn tell_created(&self, origin: &Origin) {
        if self.events.wants(mask::CREATED) {
            let stats = self.core.stats();
            let origin = origin.clone();
            self.events
                .tell(mask::CREATED, &Happened::Created { origin, active: stats.active, total: stats.open });
        }
    }

    /// A lease came back; whether its connection stays is known by now.
    pub(super) fn tell_freed(&self, slot: SlotId) {
        if !self.events.wants(mask::FREED) || !self.core.is_open(slot) {
            return;
        }
        if let Some(connection) = self.connections.get(&slot) {
            let origin = connection.origin.clone();
            self.events.tell(mask::FREED, &Happened::Freed { origin, active: self.core.stats().active });
        }
    }

    pub(super) fn tell_removed(&self, origin: &Origin, reason: &'static str) {
        if self.events.wants(mask::REMOVED) {
            let origin = origin.clone();
            self.events
                .tell(mask::REMOVED, &Happened::Removed { origin, active: self.core.stats().active, reason });
        }
    }

    pub(super) fn tell_completed(&self, took: Duration) {
        if self.events.wants(mask::COMPLETED) {
            let counters = self.recorder.counters();
            let (average_ms, reused) = (counters.avg_response_ms(), counters.cached_connections);
            self.events.tell(mask::COMPLETED, &Happened::Completed { took, average_ms, reused });
        }
    }

    pub(super) fn tell_exhausted(&self) {
        if self.events.wants(mask::EXHAUSTED) {
            let (active, count) = (self.core.stats().active, self.recorder.counters().pool_exhausted);
            self.events.tell(mask::EXHAUSTED, &Happened::Exhausted { active, count });
        }
    }

    /// The number of connections in use has changed. Told once for each time that the line is crossed.
    pub(super) fn watch_crowd(&mut self, max_sockets: u32) {
        if !self.events.wants(mask::CROWDED) {
            return;
        }
        let active = self.core.stats().active;
        let crowded = u64::from(active) * 5 > u64::from(max_sockets) * 4;
        if crowded && !self.events.crowded {
            self.events.tell(mask::CROWDED, &Happened::Crowded { active });
        }
        self.events.crowded = crowded;
    }

    /// A request has settled. Told once for each time that the line is crossed.
    pub(super) fn watch_failures(&mut self) {
        if !self.events.wants(mask::FAILING) {
            return;
        }
        let counters = self.recorder.counters();
        let (errors, requests) = (counters.errors, counters.total_requests);
        let failing = errors.saturating_mul(20) > requests;
        if failing && !self.events.failing {
            self.events.tell(mask::FAILING, &Happened::Failing { errors, requests });
        }
        self.events.failing = failing;
    }
}

/// Why a connection is gone that ended by itself.
pub(super) fn ended(failed: bool) -> &'static str {
    if failed { "failed" } else { "closed by the peer" }
}
