//! Connections of several streams whose number changes, peers that go away, hints and lifetimes, all at random: the
//! invariants hold at each step, and once connections work nobody is left waiting.

use std::sync::Arc;

use proptest::prelude::*;
use rag_connection_pool::pool::{
    Acquired, Capacity, Closed, Expect, Lease, Limits, OriginLimits, Pool, Release, SlotId,
};

use crate::stage::{REUSABLE, Stage, ms, roomy, secs, streams};

#[derive(Clone, Debug)]
enum Op {
    Acquire(u32),
    Connected(u32, bool),
    Rerouted(u32),
    Failed,
    Released(usize, u8),
    Detached(usize),
    Ended(usize, bool),
    Resized(usize, u32),
    Cancelled(usize),
    Ahead(u32, u32),
    CloseIdle,
    Slept(u64),
    Pass(u64),
}

fn op() -> impl Strategy<Value = Op> {
    let any = 0usize..1000;
    prop_oneof![
        30 => (0u32..4).prop_map(Op::Acquire),
        10 => (1u32..5, prop::bool::ANY).prop_map(|(n, told)| Op::Connected(n, told)),
        3 => (0u32..4).prop_map(Op::Rerouted),
        3 => Just(Op::Failed),
        20 => (any.clone(), 0u8..12).prop_map(|(n, how)| Op::Released(n, how)),
        1 => any.clone().prop_map(Op::Detached),
        4 => (any.clone(), prop::bool::ANY).prop_map(|(n, draining)| Op::Ended(n, draining)),
        5 => (any.clone(), 0u32..6).prop_map(|(n, allowed)| Op::Resized(n, allowed)),
        5 => any.prop_map(Op::Cancelled),
        2 => (0u32..4, 1u32..4).prop_map(|(key, open)| Op::Ahead(key, open)),
        1 => Just(Op::CloseIdle),
        1 => (0u64..30_000).prop_map(Op::Slept),
        8 => (0u64..3000).prop_map(Op::Pass),
    ]
}

struct Chaos {
    stage: Stage,
    leases: Vec<Lease>,
    slots: Vec<SlotId>,
}

impl Chaos {
    fn new(max_sockets: u32, max_per_origin: u32, max_requests: Option<u32>, min_idle: u32) -> Self {
        let limits = Limits {
            max_sockets,
            max_per_origin,
            max_requests,
            min_idle,
            max_idle: 2,
            max_lifetime: Some(secs(10)),
            queue_timeout: Some(secs(30)),
            ..roomy()
        };
        let mut stage = Stage::new(limits.clone());
        stage.expect = Expect::Unknown;
        // Two of the origins are under limits of their own.
        for (key, max_sockets) in [(0, 1), (1, 6)] {
            let own = Arc::new(OriginLimits { max_sockets, ..limits.for_origin() });
            stage.act(|pool, now, _| pool.origin_under(&key, &own, Expect::Unknown, now));
        }
        Self { stage, leases: Vec::new(), slots: Vec::new() }
    }

    fn step(&mut self, op: &Op) {
        match *op {
            Op::Acquire(key) => {
                if let Acquired::Granted(lease) = self.stage.ask(key) {
                    self.leases.push(lease);
                }
            }
            Op::Connected(n, settled) if !self.stage.dials.is_empty() => {
                let slot = self.stage.up_with(Capacity { settled, ..streams(n) });
                self.slots.push(slot);
            }
            Op::Rerouted(key) => self.reroute(key),
            Op::Failed if !self.stage.dials.is_empty() => self.stage.down(),
            Op::Released(n, how) if !self.leases.is_empty() => {
                let lease = self.leases.swap_remove(n % self.leases.len());
                self.stage.give(lease, outcome(how));
            }
            Op::Detached(n) if !self.leases.is_empty() => {
                let lease = self.leases.swap_remove(n % self.leases.len());
                self.stage.act(|pool, now, fx| pool.detached(lease, now, fx));
            }
            Op::Ended(n, draining) if !self.slots.is_empty() => {
                let how = if draining { Closed::Draining } else { Closed::Peer };
                self.stage.ended(self.slots[n % self.slots.len()], how);
            }
            Op::Resized(n, allowed) if !self.slots.is_empty() => {
                let slot = self.slots[n % self.slots.len()];
                self.stage.act(|pool, now, fx| pool.capacity_changed(slot, streams(allowed), now, fx));
            }
            Op::Cancelled(n) if !self.stage.queued.is_empty() => {
                self.stage.cancel(self.stage.queued[n % self.stage.queued.len()]);
            }
            Op::Ahead(key, open) => {
                let origin = self.stage.id(key);
                self.stage.act(|pool, now, fx| pool.preconnect(origin, open, now, fx));
            }
            Op::CloseIdle => drop(self.stage.act(Pool::close_idle)),
            Op::Slept(span) => self.stage.act(|pool, now, fx| pool.slept(ms(span), now, fx)),
            Op::Pass(span) => self.stage.pass(ms(span)),
            _ => {}
        }
        self.leases.extend(self.stage.granted.drain(..).map(|(_, lease)| lease));
    }
}

impl Chaos {
    fn reroute(&mut self, key: u32) {
        let Some(permit) = self.stage.dials.pop_front() else { return };
        let to = self.stage.id(key);
        if permit.origin() == to {
            self.stage.dials.push_front(permit);
            return;
        }
        let slot = self.stage.act(|pool, now, fx| pool.rerouted(permit, to, Capacity::SINGLE, now, fx));
        self.slots.extend(slot);
    }

    /// Every peer tells how many streams it allows.
    fn tell(&mut self) {
        for slot in 0..self.slots.len() {
            self.step(&Op::Resized(slot, 2));
        }
    }
}

fn outcome(how: u8) -> Release {
    match how {
        0 => Release::Close,
        1 => Release::Broken,
        2 | 3 => Release::Unused,
        7 => Release::Refused,
        4 => Release::Reusable { keep_alive_hint: Some(secs(1)) },
        5 => Release::Reusable { keep_alive_hint: Some(secs(4)) },
        _ => REUSABLE,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_order_of_events_breaks_an_invariant_or_leaves_somebody_waiting(
        bounds in (1u32..6, 1u32..5, prop::option::of(1u32..4), 0u32..3),
        ops in prop::collection::vec(op(), 1..200),
    ) {
        let mut chaos = Chaos::new(bounds.0, bounds.1, bounds.2, bounds.3);
        for op in &ops {
            chaos.step(op);
        }
        let mut rounds = 0;
        while chaos.stage.pool.stats().waiting > 0 {
            chaos.tell();
            chaos.step(&Op::Connected(2, true));
            chaos.step(&Op::Released(0, 6));
            rounds += 1;
            prop_assert!(rounds < 1000, "somebody waits for ever");
        }
    }
}
