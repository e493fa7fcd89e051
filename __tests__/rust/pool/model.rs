//! The pool against a naive one: whatever happens, in whatever order, both answer alike and want the same done.

mod deed;
mod reference;
mod script;
mod turns;

use std::collections::HashMap;
use std::time::Instant;

use proptest::prelude::*;
use rag_connection_pool::pool::{
    Acquired, Capacity, Closed, Effect, Effects, Expect, Lease, Permit, Pool, Refusal, Release, SlotId,
    WaiterId,
};

use crate::stage::{ms, origin_of_time};
use deed::{Answer, Deed, Outcome, Rules, reject_code};
use reference::Reference;
use script::{Op, limits, op, rules};

/// Both pools, and which id of the one is which number of the other.
struct Pair {
    pool: Pool<u32>,
    start: Instant,
    reference: Reference,
    fx: Effects,
    permits: Vec<(usize, Permit)>,
    leases: Vec<(usize, Lease)>,
    slots: HashMap<SlotId, usize>,
    waiters: HashMap<WaiterId, usize>,
    dials: usize,
}

impl Pair {
    fn new(rules: Rules) -> Self {
        Self {
            pool: Pool::new(limits(&rules), 0),
            start: origin_of_time(),
            reference: Reference::new(rules),
            fx: Effects::new(),
            permits: Vec::new(),
            leases: Vec::new(),
            slots: HashMap::new(),
            waiters: HashMap::new(),
            dials: 0,
        }
    }

    fn now(&self) -> Instant {
        self.start + ms(self.reference.now)
    }

    fn step(&mut self, op: &Op) {
        match *op {
            Op::Acquire(key) => self.acquire(key),
            Op::Pass(span) => self.pass(span),
            Op::Connected(n) | Op::Failed(n) if !self.permits.is_empty() => {
                let (dial, permit) = self.permits.swap_remove(n % self.permits.len());
                self.verdict(dial, permit, matches!(*op, Op::Connected(_)));
            }
            Op::Released(n, outcome) if !self.leases.is_empty() => {
                let (slot, lease) = self.leases.swap_remove(n % self.leases.len());
                self.released(slot, lease, outcome);
            }
            Op::Detached(n) if !self.leases.is_empty() => {
                let (slot, lease) = self.leases.swap_remove(n % self.leases.len());
                self.reference.gone(slot);
                self.pool.detached(lease, self.now(), &mut self.fx);
            }
            Op::Ended(n) if !self.reference.conns.is_empty() => {
                let slot = self.reference.conns[n % self.reference.conns.len()].slot;
                let id = *self.slots.iter().find(|(_, number)| **number == slot).unwrap().0;
                self.reference.gone(slot);
                self.pool.closed(id, Closed::Error, self.now(), &mut self.fx);
            }
            // Any waiter that ever was: most are stale.
            Op::Cancelled(n) if !self.waiters.is_empty() => {
                let number = n % self.waiters.len();
                let id = *self.waiters.iter().find(|(_, other)| **other == number).unwrap().0;
                self.reference.cancel(number);
                self.pool.cancelled(id, self.now(), &mut self.fx);
            }
            Op::Destroy => {
                self.reference.destroy();
                self.pool.destroy(self.now(), &mut self.fx);
            }
            _ => {}
        }
        self.compare();
    }

    fn acquire(&mut self, key: u32) {
        let origin = self.pool.origin(&key, Expect::Single, self.now());
        let expected = self.reference.acquire(key);
        let answer = match self.pool.acquire(origin, None, self.now(), &mut self.fx) {
            Acquired::Granted(lease) => {
                let slot = self.slots[&lease.slot()];
                self.leases.push((slot, lease));
                Answer::Granted(slot)
            }
            Acquired::Queued { waiter, exhausted } => {
                let Answer::Queued { waiter: number, .. } = expected else { panic!("not {expected:?}") };
                self.waiters.insert(waiter, number);
                Answer::Queued { waiter: number, exhausted }
            }
            Acquired::Refused(Refusal::QueueFull) => Answer::Full,
            Acquired::Refused(Refusal::Destroyed) => Answer::Destroyed,
            Acquired::Forgotten => panic!("forgotten"),
        };
        assert_eq!(answer, expected);
    }

    fn verdict(&mut self, dial: usize, permit: Permit, up: bool) {
        if up {
            let number = self.reference.connected(dial);
            let slot = self.pool.connected(permit, Capacity::SINGLE, self.now(), &mut self.fx);
            self.slots.insert(slot, number);
        } else {
            self.reference.failed(dial);
            self.pool.connect_failed(permit, self.now(), &mut self.fx);
        }
    }

    fn released(&mut self, slot: usize, lease: Lease, outcome: Outcome) {
        self.reference.released(slot, outcome);
        let release = match outcome {
            Outcome::Reusable => Release::Reusable { keep_alive_hint: None },
            Outcome::Unused => Release::Unused,
            Outcome::Close => Release::Close,
            Outcome::Broken => Release::Broken,
        };
        self.pool.released(lease, release, self.now(), &mut self.fx);
    }

    /// Wakes both whenever either wants to be woken; the pool may want it too often but never too late.
    fn pass(&mut self, span: u64) {
        let end = self.reference.now + span;
        loop {
            let wanted = self.reference.next_deadline();
            let offered = self
                .pool
                .next_deadline()
                .map(|at| u64::try_from(at.saturating_duration_since(self.start).as_millis()).unwrap());
            assert!(wanted.is_none_or(|wanted| offered.is_some_and(|offered| offered <= wanted)));
            let next = offered.filter(|at| *at <= end);
            self.reference.now = next.unwrap_or(end).max(self.reference.now);
            self.reference.on_time();
            self.pool.on_time(self.now(), &mut self.fx);
            self.compare();
            if next.is_none() {
                return;
            }
        }
    }

    fn compare(&mut self) {
        let mut deeds = Vec::new();
        for effect in self.fx.drain() {
            deeds.push(match effect {
                Effect::Connect(permit) => {
                    let (dial, key) = (self.dials, *self.pool.key(permit.origin()).unwrap());
                    self.dials += 1;
                    self.permits.push((dial, permit));
                    Deed::Connect { dial, key }
                }
                Effect::Abandon(id) => {
                    let (dial, _) = self.permits.iter().find(|(_, permit)| permit.id() == id).unwrap();
                    Deed::Abandon { dial: *dial }
                }
                Effect::Grant { waiter, lease } => {
                    let slot = self.slots[&lease.slot()];
                    self.leases.push((slot, lease));
                    Deed::Grant { waiter: self.waiters[&waiter], slot }
                }
                Effect::Reject { waiter, why } => {
                    Deed::Reject { waiter: self.waiters[&waiter], why: reject_code(why) }
                }
                Effect::Close { slot, why } => Deed::Close { slot: self.slots[&slot], why: why.name() },
            });
        }
        assert_eq!(in_any_order(deeds), in_any_order(std::mem::take(&mut self.reference.deeds)));
        self.compare_stats();
        self.pool.check().unwrap();
    }

    fn compare_stats(&self) {
        let stats = self.pool.stats();
        let busy = self.reference.conns.iter().filter(|conn| conn.busy).count();
        let counted = [stats.open, stats.active, stats.connecting, stats.waiting].map(|n| n as usize);
        let conns = self.reference.conns.len();
        assert_eq!(counted, [conns, busy, self.permits.len(), self.reference.waits.len()]);
    }
}

/// Closures next to each other, and rejections, may come in any order.
fn in_any_order(deeds: Vec<Deed>) -> Vec<Vec<Deed>> {
    let mut runs: Vec<Vec<Deed>> = Vec::new();
    for deed in deeds {
        match runs.last_mut() {
            Some(run)
                if std::mem::discriminant(&run[0]) == std::mem::discriminant(&deed)
                    && matches!(deed, Deed::Close { .. } | Deed::Reject { .. }) =>
            {
                run.push(deed);
            }
            _ => runs.push(vec![deed]),
        }
    }
    for run in &mut runs {
        run.sort();
    }
    runs
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_pool_does_what_the_naive_one_does(rules in rules(), ops in prop::collection::vec(op(), 1..200)) {
        let mut pair = Pair::new(rules);
        for op in ops {
            pair.step(&op);
        }
    }

    #[test]
    fn whatever_happened_before_nobody_is_left_waiting_once_connections_work(
        rules in rules(),
        ops in prop::collection::vec(op(), 1..100),
    ) {
        let mut pair = Pair::new(rules);
        for op in ops {
            pair.step(&op);
        }
        let mut rounds = 0;
        while pair.pool.stats().waiting > 0 {
            pair.step(&Op::Connected(0));
            pair.step(&Op::Released(0, Outcome::Reusable));
            rounds += 1;
            prop_assert!(rounds < 1000, "somebody waits for ever");
        }
    }
}
