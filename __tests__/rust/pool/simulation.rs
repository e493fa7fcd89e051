//! Ten thousand origins and a million requests in virtual time: bursts, failing hosts, peers that close, requests
//! that are given up. A ledger kept from the effects alone judges every step.

mod dice;
mod ledger;

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::time::{Duration, Instant};

use rustc_hash::FxHashMap;

use rag_connection_pool::pool::{
    Acquired, Capacity, Closed, Effect, Effects, Expect, Lease, Limits, Permit, Pool, Release, SlotId, Stats,
    WaiterId,
};

use crate::stage::{origin_of_time, roomy, streams};
use dice::Dice;
use ledger::{Event, Held, Totals};

const REQUESTS: u64 = 1_000_000;
const MAX_SOCKETS: u32 = 500;
const MAX_PER_ORIGIN: u32 = 8;
/// Steps between two looks at every invariant; the cheap ones are looked at in each.
const FULL_CHECK: u64 = 20_000;

struct World {
    pool: Pool<u32>,
    start: Instant,
    now: u64,
    steps: u64,
    events: BinaryHeap<Reverse<(u64, u64, Event)>>,
    dice: Dice,
    fx: Effects,
    permits: FxHashMap<u64, Permit>,
    leases: FxHashMap<u64, Lease>,
    held: FxHashMap<u32, Held>,
    slots: FxHashMap<SlotId, u32>,
    waiting: FxHashMap<WaiterId, (u32, u64)>,
    totals: Totals,
    /// Origins that the step under way has touched.
    touched: Vec<u32>,
}

/// One origin in ten multiplexes, which its first handshake tells.
fn multiplexes(key: u32) -> bool {
    key.is_multiple_of(10)
}

impl World {
    fn new(seed: u64) -> Self {
        let limits = Limits {
            max_sockets: MAX_SOCKETS,
            max_per_origin: MAX_PER_ORIGIN,
            max_idle: 200,
            idle_timeout: Duration::from_secs(4),
            max_lifetime: Some(Duration::from_secs(60)),
            max_requests: Some(1000),
            ..roomy()
        };
        Self {
            pool: Pool::new(limits, seed),
            start: origin_of_time(),
            now: 0,
            steps: 0,
            events: BinaryHeap::new(),
            dice: Dice::new(seed),
            fx: Effects::new(),
            permits: FxHashMap::default(),
            leases: FxHashMap::default(),
            held: FxHashMap::default(),
            slots: FxHashMap::default(),
            waiting: FxHashMap::default(),
            totals: Totals::default(),
            touched: Vec::new(),
        }
    }

    fn clock(&self) -> Instant {
        self.start + Duration::from_micros(self.now)
    }

    fn after(&mut self, micros: std::ops::Range<u64>, event: Event) {
        let at = self.now + self.dice.within(micros);
        self.events.push(Reverse((at, self.steps, event)));
    }

    fn run(&mut self) {
        self.after(0..1, Event::Arrival);
        while let Some(Reverse((at, ..))) = self.events.peek() {
            let at = *at;
            let wake = self.pool.next_deadline().map(|due| {
                u64::try_from(due.saturating_duration_since(self.start).as_nanos().div_ceil(1000)).unwrap()
            });
            if let Some(wake) = wake.filter(|wake| *wake <= at) {
                self.now = self.now.max(wake);
                self.pool.on_time(self.clock(), &mut self.fx);
            } else {
                self.now = at;
                let Reverse((.., event)) = self.events.pop().unwrap();
                self.happen(event);
            }
            self.carry_out();
            self.judge();
        }
    }

    fn happen(&mut self, event: Event) {
        let now = self.clock();
        match event {
            Event::Arrival => self.arrive(),
            Event::Dialled(id) => self.dialled(id),
            Event::BrokenOff(id) => self.broken_off(id),
            Event::Finished(id) => self.finish(id),
            Event::PeerCloses(slot) => {
                self.touched.extend(self.slots.get(&slot));
                if self.dice.one_in(5) {
                    self.pool.closed(slot, Closed::Draining, now, &mut self.fx);
                } else if let Some(key) = self.slots.remove(&slot) {
                    self.held.get_mut(&key).unwrap().connections -= 1;
                    self.totals.ended += 1;
                    self.pool.closed(slot, Closed::Peer, now, &mut self.fx);
                }
            }
            Event::GivenUp(waiter) => {
                if let Some((key, _)) = self.waiting.remove(&waiter) {
                    self.touched.push(key);
                    self.held.get_mut(&key).unwrap().queue.retain(|other| *other != waiter);
                    self.totals.given_up += 1;
                }
                self.pool.cancelled(waiter, now, &mut self.fx);
            }
        }
    }

    fn arrive(&mut self) {
        let now = self.clock();
        self.totals.arrived += 1;
        let key = self.dice.origin();
        self.touched.push(key);
        let expect = if multiplexes(key) { Expect::Unknown } else { Expect::Single };
        let origin = self.pool.origin(&key, expect, now);
        match self.pool.acquire(origin, None, now, &mut self.fx) {
            Acquired::Granted(lease) => {
                let waits = self.held.get(&key).is_some_and(|held| !held.queue.is_empty());
                assert!(!waits, "a newcomer overtook the queue of {key}");
                self.begin(key, lease);
            }
            Acquired::Queued { waiter, .. } => {
                self.held.entry(key).or_default().queue.push_back(waiter);
                self.waiting.insert(waiter, (key, self.now));
                if self.dice.one_in(20) {
                    self.after(0..300_000, Event::GivenUp(waiter));
                }
            }
            other => panic!("{other:?}"),
        }
        if self.totals.arrived < REQUESTS {
            // Half of each ten seconds brings more than 500 sockets can carry.
            let gap = if self.now % 10_000_000 < 5_000_000 { 0..200 } else { 0..500 };
            self.after(gap, Event::Arrival);
        }
    }

    fn begin(&mut self, key: u32, lease: Lease) {
        assert_eq!(self.slots.get(&lease.slot()), Some(&key), "a lease on another's connection");
        self.totals.granted += 1;
        let id = self.totals.granted;
        self.leases.insert(id, lease);
        let micros = if self.dice.one_in(100) { 500_000..3_000_000 } else { 2_000..60_000 };
        self.after(micros, Event::Finished(id));
    }

    fn dialled(&mut self, id: u64) {
        let now = self.clock();
        // Unless it was broken off.
        let Some(permit) = self.permits.remove(&id) else { return };
        let key = *self.pool.key(permit.origin()).unwrap();
        self.touched.push(key);
        let held = self.held.get_mut(&key).unwrap();
        held.dials -= 1;
        if self.dice.one_in(if key % 97 == 3 { 2 } else { 200 }) {
            self.pool.connect_failed(permit, now, &mut self.fx);
            return;
        }
        held.connections += 1;
        let capacity = if multiplexes(key) { streams(20) } else { Capacity::SINGLE };
        let slot = self.pool.connected(permit, capacity, now, &mut self.fx);
        self.totals.opened += 1;
        self.slots.insert(slot, key);
        if self.dice.one_in(4) {
            self.after(0..8_000_000, Event::PeerCloses(slot));
        }
    }

    fn broken_off(&mut self, id: u64) {
        let now = self.clock();
        let Some(permit) = self.permits.remove(&id) else { return };
        let key = *self.pool.key(permit.origin()).unwrap();
        self.touched.push(key);
        self.held.get_mut(&key).unwrap().dials -= 1;
        self.totals.broken_off += 1;
        self.pool.connect_failed(permit, now, &mut self.fx);
    }

    fn finish(&mut self, id: u64) {
        let now = self.clock();
        let lease = self.leases.remove(&id).unwrap();
        let slot = lease.slot();
        self.touched.extend(self.slots.get(&slot));
        match self.dice.within(0..1000) {
            0 => {
                if let Some(key) = self.slots.remove(&slot) {
                    self.held.get_mut(&key).unwrap().connections -= 1;
                    self.totals.detached += 1;
                }
                self.pool.detached(lease, now, &mut self.fx);
            }
            roll => {
                let outcome = match roll {
                    1..30 => Release::Close,
                    30..50 => Release::Broken,
                    50..70 => Release::Unused,
                    70..100 => Release::Reusable { keep_alive_hint: Some(Duration::from_secs(roll % 7)) },
                    _ => Release::Reusable { keep_alive_hint: None },
                };
                self.pool.released(lease, outcome, now, &mut self.fx);
                if roll == 999 && self.slots.get(&slot).is_some_and(|key| multiplexes(*key)) {
                    let allowed = u32::try_from(self.dice.within(1..40)).unwrap();
                    self.pool.capacity_changed(slot, streams(allowed), now, &mut self.fx);
                }
            }
        }
    }

    fn carry_out(&mut self) {
        let mut fx = std::mem::take(&mut self.fx);
        for effect in fx.drain() {
            match effect {
                Effect::Connect(permit) => {
                    let key = *self.pool.key(permit.origin()).unwrap();
                    self.touched.push(key);
                    let held = self.held.entry(key).or_default();
                    held.dials += 1;
                    assert!(held.dials + held.connections <= MAX_PER_ORIGIN, "above the limit of {key}");
                    let id = self.steps * 1000 + u64::from(permit.id().index());
                    self.permits.insert(id, permit);
                    self.after(1_000..40_000, Event::Dialled(id));
                }
                Effect::Abandon(dial) => {
                    let (id, _) = self.permits.iter().find(|(_, permit)| permit.id() == dial).unwrap();
                    let id = *id;
                    self.after(0..1_000, Event::BrokenOff(id));
                }
                Effect::Grant { waiter, lease } => {
                    let (key, since) = self.waiting.remove(&waiter).expect("granted to nobody");
                    self.touched.push(key);
                    let first = self.held.get_mut(&key).unwrap().queue.pop_front();
                    assert_eq!(first, Some(waiter), "not the first in the queue of {key}");
                    self.totals.longest_wait = self.totals.longest_wait.max(self.now - since);
                    self.begin(key, lease);
                }
                Effect::Reject { waiter, .. } => {
                    let (key, _) = self.waiting.remove(&waiter).expect("rejected nobody");
                    self.touched.push(key);
                    self.held.get_mut(&key).unwrap().queue.retain(|other| *other != waiter);
                    self.totals.rejected += 1;
                }
                Effect::Close { slot, .. } => {
                    let key = self.slots.remove(&slot).expect("closed twice");
                    self.touched.push(key);
                    self.held.get_mut(&key).unwrap().connections -= 1;
                    self.totals.ended += 1;
                }
            }
        }
        self.fx = fx;
    }

    fn judge(&mut self) {
        self.steps += 1;
        let stats = self.pool.stats();
        let expected = Stats {
            open: u32::try_from(self.slots.len()).unwrap(),
            connecting: u32::try_from(self.permits.len()).unwrap(),
            waiting: u32::try_from(self.waiting.len()).unwrap(),
            created: self.totals.opened,
            destroyed: self.totals.ended,
            detached: self.totals.detached,
            ..stats
        };
        assert_eq!(stats, expected);
        self.totals.full += u64::from(stats.total == MAX_SOCKETS && stats.waiting > 100);
        self.pool.check_cheaply().unwrap();
        for key in self.touched.drain(..) {
            self.pool.check_origin_of(&key).unwrap();
        }
        if self.steps.is_multiple_of(FULL_CHECK) {
            self.pool.check().unwrap();
        }
    }
}

#[test]
fn a_million_requests_to_ten_thousand_origins_break_no_invariant() {
    let mut world = World::new(0x5eed);
    world.run();
    world.pool.check().unwrap();
    let Totals { arrived, granted, rejected, given_up, broken_off, longest_wait, full, .. } = world.totals;
    assert_eq!(arrived, REQUESTS);
    assert_eq!(granted + rejected + given_up, REQUESTS, "nobody is lost");
    assert!(world.waiting.is_empty() && world.leases.is_empty() && world.permits.is_empty());
    assert!(full > 100_000, "the limit was seldom reached: {full}");
    assert!(broken_off > 1_000, "no dial was given up: {broken_off}");
    assert!(given_up > 1000 && rejected > 1000, "all that can go wrong did: {given_up} {rejected}");
    assert!(longest_wait < 10_000_000, "nobody starves: {longest_wait} µs");
}
