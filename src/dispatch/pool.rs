//! A pool: the core under its lock, with what stands behind the core's ids.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use parking_lot::Mutex;
use rustc_hash::FxBuildHasher;
use tokio::sync::Notify;
use tokio::task::AbortHandle;

use crate::config::{Config, Scheduling};
use crate::error::{Error, Occupancy};
use crate::key::{Origin, PoolKey};
use crate::metrics::{Event, Recorder, Stage};
use crate::policy::Policies;
use crate::pool::{DialId, Effects, Limits, OriginLimits, SlotId, WaiterId};

use super::ahead::Preconnect;
use super::clock::{now, wall};
use super::dial::Dialling;
use super::engine::Engine;
use super::events::Events;
use super::gap::Clocks;
use super::pipeline::{Pipeline, policies};
use super::reply::Settled;
use super::request::Destination;
use super::speaker::{Becoming, Speaker};
use super::wait::Waiter;

/// An open pool. Every request is one [`Pool::exchange`](super::exchange::exchange).
#[derive(Debug)]
pub struct Pool {
    pub(super) engine: Arc<Engine>,
    /// The options that it runs on.
    pub config: Config,
    own: Section,
    /// What holds in place of `own`, by the number of a [`PoolKey::section`] less one.
    sections: Vec<Section>,
    pub(super) pipeline: Pipeline,
    pub(super) state: Mutex<State>,
    /// Rung when the core's next deadline may have come nearer.
    pub(super) alarm: Arc<Notify>,
    /// Rung when the pool is destroyed, or a hold on it ends, for what waits neither in the queue nor on a connection.
    pub(super) over: Notify,
    /// Rung when a request has to wait for a connection.
    pub(super) pressed: Notify,
    destroyed: AtomicBool,
}

/// What the lock guards. Held for a transition and its bookkeeping, never over an await.
#[derive(Debug)]
pub(super) struct State {
    pub(super) core: crate::pool::Pool<PoolKey>,
    pub(super) effects: Effects,
    pub(super) connections: HashMap<SlotId, Connection, FxBuildHasher>,
    pub(super) waiters: HashMap<WaiterId, Waiter, FxBuildHasher>,
    pub(super) dials: HashMap<DialId, Dialling, FxBuildHasher>,
    pub(super) recorder: Recorder<Origin>,
    /// The last failure to connect, by origin: what a request that waited in vain is told.
    pub(super) failures: HashMap<Origin, Error, FxBuildHasher>,
    pub(super) events: Events,
    /// Who waits until connections are open.
    pub(super) preconnects: Vec<Preconnect>,
    pub(super) clocks: Clocks,
    /// When the timer is set to ring.
    pub(super) armed: Option<Instant>,
}

/// What holds for some of a pool's origins.
#[derive(Debug)]
struct Section {
    config: Config,
    limits: Arc<OriginLimits>,
}

impl Section {
    fn new(config: &Config) -> Self {
        Self { limits: Arc::new(limits(config).for_origin()), config: *config }
    }
}

/// An open connection.
#[derive(Debug)]
pub(super) struct Connection {
    pub(super) origin: Origin,
    /// Whether what comes on it goes through TLS first.
    pub(super) under_tls: bool,
    /// Our side of it, while no lease has it; of one that is shared, at all times.
    pub(super) idle: Option<Speaker>,
    /// Leases on it.
    pub(super) leases: u32,
    /// It has been idle.
    pub(super) rested: bool,
    /// Who waits for it to speak otherwise.
    pub(super) becoming: Option<Becoming>,
    /// Ends the driver, and with it the connection.
    pub(super) driver: AbortHandle,
}

impl Pool {
    /// Opens a pool on `engine`. It dials nothing before the first request.
    pub fn open(engine: &Arc<Engine>, config: Config, seed: u64) -> Arc<Self> {
        Self::open_with(engine, config, &[], seed)
    }

    /// As [`Pool::open`], with other options for the origins of some sections: `hosts[n]` are those of section n + 1.
    pub fn open_with(engine: &Arc<Engine>, config: Config, hosts: &[Config], seed: u64) -> Arc<Self> {
        Self::open_under(engine, config, hosts, policies(&config), seed)
    }

    /// As [`Pool::open_with`], under policies of the caller's.
    pub fn open_under(
        engine: &Arc<Engine>,
        config: Config,
        hosts: &[Config],
        policies: Policies,
        seed: u64,
    ) -> Arc<Self> {
        let pool = Arc::new(Self {
            engine: Arc::clone(engine),
            config,
            own: Section::new(&config),
            sections: hosts.iter().map(Section::new).collect(),
            pipeline: Pipeline::of(policies),
            state: Mutex::new(State {
                core: crate::pool::Pool::new(limits(&config), seed),
                effects: Effects::new(),
                connections: HashMap::default(),
                waiters: HashMap::default(),
                dials: HashMap::default(),
                recorder: Recorder::new(config.track_metrics),
                failures: HashMap::default(),
                events: Events::default(),
                preconnects: Vec::new(),
                clocks: Clocks::new(now(), wall()),
                armed: None,
            }),
            alarm: Arc::new(Notify::new()),
            over: Notify::new(),
            pressed: Notify::new(),
            destroyed: AtomicBool::new(false),
        });
        engine.spawn(super::timer::run(Arc::downgrade(&pool)));
        pool
    }

    /// The options that hold for the origins of a section.
    pub fn config_of(&self, key: &PoolKey) -> &Config {
        &self.section(key).config
    }

    pub(super) fn limits_of(&self, key: &PoolKey) -> &Arc<OriginLimits> {
        &self.section(key).limits
    }

    fn section(&self, key: &PoolKey) -> &Section {
        let given = key.section.checked_sub(1).and_then(|index| self.sections.get(index as usize));
        given.unwrap_or(&self.own)
    }

    /// Rejects what waits and closes every connection, those in use or being dialled too: what is in flight fails with
    /// `ERR_POOL_DESTROYED`. Idempotent.
    pub fn destroy(self: &Arc<Self>) {
        let mut state = self.state.lock();
        // Under the lock: a dial that finds the pool destroyed gives up, and by then nobody may wait for it who would be told
        // that it failed.
        if self.destroyed.swap(true, Ordering::AcqRel) {
            return;
        }
        // Before the core ends what they wait for.
        state.cut_preconnects(|_| true);
        let State { core, effects, connections, dials, .. } = &mut *state;
        core.destroy(now(), effects);
        let in_use = connections.values().filter(|connection| connection.leases > 0);
        let cut: Vec<_> = in_use
            .map(|connection| connection.driver.clone())
            .chain(dials.values().map(|dial| dial.task.clone()))
            .collect();
        self.carry_out(state);
        for task in cut {
            task.abort();
        }
        self.over.notify_waiters();
    }

    /// Closes an idle connection of an origin, if there is one; or all of them.
    pub fn close_of(self: &Arc<Self>, destination: &Destination, all: bool) {
        let Some(origin) = *destination.id.lock() else { return };
        let mut state = self.state.lock();
        let State { core, effects, .. } = &mut *state;
        while core.close_one(origin, now(), effects) && all {}
        self.carry_out(state);
    }

    /// Whether [`Pool::destroy`] was called.
    pub fn is_destroyed(&self) -> bool {
        self.destroyed.load(Ordering::Acquire)
    }

    /// A finished reply was read by JavaScript at `read`.
    pub fn record_delivery(&self, settled: &Settled, read: Instant) {
        let lag = read.saturating_duration_since(settled.at);
        let origin = &settled.destination.key.origin;
        self.state.lock().recorder.took(origin, Stage::DeliveryLag, lag, 1);
    }

    pub(super) fn happened(&self, destination: &Destination, event: Event) {
        self.state.lock().recorder.happened(&destination.key.origin, event);
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        // The sleeper finds it gone.
        self.alarm.notify_one();
    }
}

impl State {
    /// How full the pool is.
    pub(super) fn occupancy(&self) -> Occupancy {
        let stats = self.core.stats();
        Occupancy { total: stats.total, active: stats.active, idle: stats.idle, waiting: stats.waiting }
    }
}

fn limits(config: &Config) -> Limits {
    let given = &config.limits;
    Limits {
        max_sockets: given.max_sockets,
        max_idle: given.max_idle,
        max_queued: given.max_queued,
        max_per_origin: given.max_per_origin,
        idle_timeout: given.idle_timeout,
        keep_alive_cap: given.keep_alive_cap,
        keep_alive: given.keep_alive,
        scheduling: match given.scheduling {
            Scheduling::Lifo => crate::pool::Scheduling::Lifo,
            Scheduling::Fifo => crate::pool::Scheduling::Fifo,
        },
        queue_timeout: config.timeouts.queue,
        max_lifetime: given.max_lifetime,
        max_requests: given.max_requests,
        min_idle: given.min_idle,
        surplus_grace: Limits::SURPLUS_GRACE,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::mpsc::channel;
    use std::thread;

    use super::Pool;
    use crate::config::resolve;
    use crate::dispatch::Engine;

    #[test]
    fn no_pool_looks_destroyed_whose_waiters_have_not_heard_of_it() {
        let engine = Engine::start(|| {}).unwrap();
        let pool = Pool::open(&engine, resolve::<&str>(&[]).unwrap(), 1);
        let state = pool.state.lock();
        let (begun, begins) = channel();
        let destroying = Arc::clone(&pool);
        let destroyer = thread::spawn(move || {
            begun.send(()).unwrap();
            destroying.destroy();
        });
        begins.recv().unwrap();
        for _ in 0..1_000 {
            thread::yield_now();
            assert!(!pool.is_destroyed());
        }
        drop(state);
        destroyer.join().unwrap();
        assert!(pool.is_destroyed());
    }
}
