//! Dials that the core asked for, and the connections that come of them.

mod consulted;
mod opened;

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use tokio::task::AbortHandle;

use crate::config::Config;
use crate::error::{Error, Kind, Phase};
use crate::key::proxy::Via;
use crate::key::{Origin, PoolKey, Speaks};
use crate::metrics::{Event, Stage, Times};
use crate::pool::{Capacity, CloseReason, Closed, Expect, Permit, SlotId};
use crate::transport::connect::{Dialled, Network, PhaseCell, Target, dial};
use crate::transport::consult::Consult;
use crate::transport::h2::{self, H2Options};
use crate::transport::io::Io;
use crate::transport::proxy::Route;
use crate::transport::tcp::TcpOptions;

use self::consulted::{Consulted, within_his_time};
use self::opened::start_h1;
pub(super) use self::opened::{Opened, Spoken};
use super::clock::now;
use super::events;
use super::pool::{Connection, Pool, State};
use super::shared::{self, Stream};
use super::speaker::{Speaker, drive};

/// A dial under way.
#[derive(Debug)]
pub(super) struct Dialling {
    pub(super) task: AbortHandle,
    origin: Origin,
    phase: Arc<PhaseCell>,
}

impl State {
    /// How far the dials to an origin have come; in the queue where there is none.
    pub(super) fn dialling(&self, origin: &Origin) -> Phase {
        let dials = self.dials.values().filter(|dial| dial.origin == *origin);
        dials.map(|dial| dial.phase.phase()).max().unwrap_or(Phase::Queue)
    }
}

impl Pool {
    /// Begins a dial; its permit comes back whatever happens.
    pub(super) fn dial(self: &Arc<Self>, permit: Permit) {
        let mut state = self.state.lock();
        // Under the lock, as the end of the pool is: a dial that begins behind it would be listed with nobody to cut it.
        if self.is_destroyed() || state.core.is_abandoned(&permit) {
            drop(state);
            return self.give_up(permit);
        }
        let key = state.core.key(permit.origin()).cloned();
        let waiter = state.core.waiter(&permit).and_then(|waiter| state.waiters.get_mut(&waiter));
        let waiter = waiter.map(|waiter| {
            waiter.held_up = false;
            &*waiter
        });
        let pools_own = key.as_ref().map_or(&self.config, |key| self.config_of(key)).timeouts.connect;
        let limit = waiter.map_or(pools_own, |waiter| waiter.connect_timeout);
        let phase = Arc::new(PhaseCell::telling(waiter.and_then(|waiter| waiter.ear.clone())));
        let id = permit.id();
        let mut guard = Guard { pool: Arc::clone(self), permit: Some(permit) };
        let pool = Arc::clone(self);
        let Some(key) = key else {
            drop(state);
            return drop(guard);
        };
        let (origin, steps) = (key.origin.clone(), Arc::clone(&phase));
        // Under the lock, so that its end finds it listed.
        let task = self.engine.spawn(async move {
            let outcome = pool.open_connection(&key, limit, &steps).await;
            let Some(permit) = guard.permit.take() else { return };
            match outcome {
                Ok(opened) => pool.connected(permit, &key, opened),
                Err(error) => pool.connect_failed(permit, &key, &error),
            }
        });
        state.dials.insert(id, Dialling { task, origin, phase });
    }

    pub(super) async fn open_connection(
        self: &Arc<Self>,
        key: &PoolKey,
        limit: Option<Duration>,
        phase: &PhaseCell,
    ) -> Result<Opened, Error> {
        let config = self.config_of(key);
        let network = Network { dns: self.engine.names.clone(), keep_names: config.dns.cache };
        let mut target = self.target(key)?;
        let user = target.user.take().map(|user| Arc::new(Consulted::of(user)));
        target.user = user.clone().map(|user| user as Arc<dyn Consult>);
        let dialling = pin!(dial(&target, &network, phase, now));
        let dialled = within_his_time(limit, user.as_deref(), dialling).await;
        let Dialled { io, timings } = dialled.unwrap_or_else(|_| Err(too_slow(key, phase.phase())))?;
        let is_shared = match key.speaks {
            Speaks::Http1 => false,
            Speaks::Either => io.alpn() == Some(b"h2"),
            Speaks::Http2 => true,
        };
        let secured = io.is_tls().then(|| Event::Secured { resumed: io.resumed() });
        let spoken = if is_shared { self.start_h2(io, config).await? } else { start_h1(io, config).await? };
        Ok(Opened { spoken, timings, secured })
    }

    async fn start_h2(&self, io: Io, config: &Config) -> Result<Spoken, Error> {
        let options = H2Options {
            max_head: config.head.max_size,
            max_headers: config.head.max_count as usize,
            max_streams: config.h2.max_streams,
            ping_interval: config.h2.ping_interval,
            ping_timeout: config.h2.ping_timeout,
        };
        let engine = Arc::downgrade(&self.engine);
        let spawn = Arc::new(move |task| {
            if let Some(engine) = engine.upgrade() {
                engine.spawn(task);
            }
        });
        let (h2, driver) = h2::start(io, &options, spawn).await?;
        Ok(Spoken::H2 { h2, driver: Box::new(driver), most: options.max_streams })
    }

    fn target(&self, key: &PoolKey) -> Result<Target, Error> {
        let user = self.engine.user(key.consulted);
        if user.is_none() && key.consulted != 0 {
            // What he was to decide must not be decided without him.
            return Err(Error::new(
                Kind::Internal,
                Phase::Dns,
                "the lookup or checkServerIdentity of the request is gone",
            ));
        }
        let routed = |via: Via| Ok(Route { trust: self.engine.trusts.get(via.proxy.trust.as_ref())?, via });
        let route = key.via.clone().map(routed).transpose()?;
        Ok(Target {
            origin: key.origin.clone(),
            server_name: key.server_name.clone(),
            alpn: Some(match key.speaks {
                Speaks::Http1 => &[b"http/1.1"],
                Speaks::Either => &[b"h2", b"http/1.1"],
                // What is spoken by prior knowledge leaves nothing to choose; it is so in clear, where nothing is offered at all.
                Speaks::Http2 => &[b"h2"],
            }),
            trust: self.engine.trusts.get(key.trust.as_ref())?,
            tcp: TcpOptions {
                keep_alive_delay: self.config_of(key).tcp.keep_alive_delay,
                local_address: key.local_address,
                family: key.family,
            },
            socket_path: key.socket_path.clone(),
            route,
            user,
        })
    }

    fn connected(self: &Arc<Self>, permit: Permit, key: &PoolKey, opened: Opened) {
        let mut state = self.state.lock();
        let State { core, effects, dials, .. } = &mut *state;
        dials.remove(&permit.id());
        let (now, from) = (now(), permit.origin());
        let slot = match (key.for_http1(), &opened.spoken) {
            (Some(plain), Spoken::H1 { .. }) => {
                let to = core.origin_under(&plain, self.limits_of(key), Expect::Single, now);
                let slot = core.rerouted(permit, to, Capacity::SINGLE, now, effects);
                state.reroute_preconnects(from, to);
                slot
            }
            (_, spoken) => Some(core.connected(permit, spoken.capacity(), now, effects)),
        };
        if let Some(slot) = slot {
            self.established(&mut state, slot, key, opened);
        }
        self.carry_out(state);
    }

    /// Puts a new connection behind its id, which the effects to come may name.
    pub(super) fn established(
        self: &Arc<Self>,
        state: &mut State,
        slot: SlotId,
        key: &PoolKey,
        opened: Opened,
    ) {
        let Opened { spoken, timings, secured } = opened;
        let (speaker, driver) = match spoken {
            Spoken::H1 { h1, driver, options } => {
                let driver = self.engine.spawn(drive(Arc::downgrade(self), slot, driver, options));
                (Speaker::Http(h1), driver)
            }
            Spoken::H2 { h2, driver, most } => {
                let (pool, socket) = (Arc::downgrade(self), Arc::clone(h2.socket()));
                let driver = self.engine.spawn(shared::drive(pool, slot, socket, *driver, most));
                (Speaker::Shared(Stream::first(h2)), driver)
            }
        };
        let (origin, under_tls, idle) = (key.origin.clone(), key.is_under_tls(), Some(speaker));
        state.connections.insert(
            slot,
            Connection { origin, under_tls, idle, leases: 0, rested: false, becoming: None, driver },
        );
        state.failures.remove(&key.origin);
        state.tell_created(&key.origin);
        let mut times = Times::default().with(Stage::Dns, timings.dns).with(Stage::Connect, timings.connect);
        if !timings.tls.is_zero() {
            times.set(Stage::Tls, timings.tls);
        }
        for (stage, took) in times.iter() {
            state.recorder.took(&key.origin, stage, took, 1);
        }
        if let Some(handshake) = secured {
            state.recorder.happened(&key.origin, handshake);
        }
    }

    pub(super) fn connect_failed(self: &Arc<Self>, permit: Permit, key: &PoolKey, error: &Error) {
        let mut state = self.state.lock();
        let State { core, effects, dials, failures, .. } = &mut *state;
        dials.remove(&permit.id());
        // Bounded: what nobody asks for again is not worth remembering.
        if failures.len() >= MOST_FAILURES {
            failures.clear();
        }
        failures.insert(key.origin.clone(), error.clone());
        let origin = permit.origin();
        if key.consulted != 0 && self.engine.user(key.consulted).is_none() {
            // Nobody can dial there any more, so there is nothing to keep ready.
            core.let_cool(origin);
        }
        core.connect_failed(permit, now(), effects);
        state.fail_preconnects(origin, error);
        self.carry_out(state);
    }

    /// A dial came to no verdict.
    fn give_up(self: &Arc<Self>, permit: Permit) {
        let mut state = self.state.lock();
        let State { core, effects, dials, .. } = &mut *state;
        dials.remove(&permit.id());
        core.connect_failed(permit, now(), effects);
        self.carry_out(state);
    }

    /// A driver ended: by the peer's close, by a fault, or because the connection was let go.
    pub(super) fn ended(self: &Arc<Self>, slot: SlotId, failed: bool) {
        let mut state = self.state.lock();
        let State { core, effects, connections, .. } = &mut *state;
        if let Some(connection) = connections.remove(&slot) {
            let leaving = core.leaving(slot).filter(|_| matches!(connection.idle, Some(Speaker::Shared(_))));
            core.closed(slot, if failed { Closed::Error } else { Closed::Peer }, now(), effects);
            let reason = leaving.map_or_else(|| events::ended(failed), CloseReason::name);
            state.tell_removed(&connection.origin, reason);
            state.watch_crowd(self.config.limits.max_sockets);
        }
        self.carry_out(state);
    }
}

const MOST_FAILURES: usize = 1_000;

/// Gives the permit back if the dial is dropped or panics.
struct Guard {
    pool: Arc<Pool>,
    permit: Option<Permit>,
}

impl Drop for Guard {
    fn drop(&mut self) {
        if let Some(permit) = self.permit.take() {
            self.pool.give_up(permit);
        }
    }
}

fn too_slow(key: &PoolKey, phase: Phase) -> Error {
    let through =
        key.via.as_ref().map_or_else(String::new, |via| format!(" by the proxy {}", via.proxy.authority()));
    let message = format!("connecting to {}{through} took too long (connectTimeout)", key.origin);
    Error::new(Kind::ConnectTimeout, phase, message).with(|facts| {
        facts.origin = Some(key.origin.to_string());
        facts.proxy = key.proxy();
    })
}
