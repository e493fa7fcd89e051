//! A pool, a clock that is moved by hand, and what the pool has asked for. Every step verifies every invariant.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use rag_connection_pool::pool::{
    Acquired, Capacity, CloseReason, Closed, DialId, Effect, Effects, Expect, Lease, Limits, OriginId,
    Permit, Pool, Reject, Release, Scheduling, SlotId, WaiterId,
};

pub(crate) const REUSABLE: Release = Release::Reusable { keep_alive_hint: None };

#[expect(
    clippy::disallowed_methods,
    reason = "an Instant can be had in no other way; only differences count"
)]
pub(crate) fn origin_of_time() -> Instant {
    Instant::now()
}

pub(crate) fn secs(n: u64) -> Duration {
    Duration::from_secs(n)
}

pub(crate) fn ms(n: u64) -> Duration {
    Duration::from_millis(n)
}

pub(crate) fn streams(n: u32) -> Capacity {
    Capacity::of(n)
}

/// Limits that few tests run into.
pub(crate) fn roomy() -> Limits {
    Limits {
        max_sockets: 50,
        max_idle: 10,
        surplus_grace: Limits::SURPLUS_GRACE,
        max_queued: None,
        max_per_origin: 10,
        idle_timeout: secs(15),
        keep_alive_cap: secs(60),
        keep_alive: true,
        scheduling: Scheduling::Lifo,
        queue_timeout: None,
        max_lifetime: None,
        max_requests: None,
        min_idle: 0,
    }
}

pub(crate) struct Stage {
    pub(crate) pool: Pool<u32>,
    pub(crate) now: Instant,
    pub(crate) expect: Expect,
    pub(crate) dials: VecDeque<Permit>,
    /// Everyone who ever had to wait.
    pub(crate) queued: Vec<WaiterId>,
    pub(crate) granted: Vec<(WaiterId, Lease)>,
    pub(crate) rejected: Vec<(WaiterId, Reject)>,
    pub(crate) closed: Vec<(SlotId, CloseReason)>,
    pub(crate) abandoned: Vec<DialId>,
    fx: Effects,
}

impl Stage {
    pub(crate) fn new(limits: Limits) -> Self {
        Self {
            pool: Pool::new(limits, 7),
            now: origin_of_time(),
            expect: Expect::Single,
            dials: VecDeque::new(),
            queued: Vec::new(),
            granted: Vec::new(),
            rejected: Vec::new(),
            closed: Vec::new(),
            abandoned: Vec::new(),
            fx: Effects::new(),
        }
    }

    /// With `sockets` in all and for each origin.
    pub(crate) fn with_sockets(sockets: u32) -> Self {
        Self::new(Limits { max_sockets: sockets, max_per_origin: sockets, ..roomy() })
    }

    pub(crate) fn act<T>(&mut self, act: impl FnOnce(&mut Pool<u32>, Instant, &mut Effects) -> T) -> T {
        let answer = act(&mut self.pool, self.now, &mut self.fx);
        for effect in self.fx.drain() {
            match effect {
                Effect::Connect(permit) => self.dials.push_back(permit),
                Effect::Abandon(dial) => self.abandoned.push(dial),
                Effect::Grant { waiter, lease } => self.granted.push((waiter, lease)),
                Effect::Reject { waiter, why } => self.rejected.push((waiter, why)),
                Effect::Close { slot, why } => self.closed.push((slot, why)),
            }
        }
        self.pool.check().unwrap();
        answer
    }

    pub(crate) fn id(&mut self, key: u32) -> OriginId {
        let expect = self.expect;
        self.act(|pool, now, _| pool.origin(&key, expect, now))
    }

    /// Makes `keys` known, and verifies the invariants once.
    pub(crate) fn meet(&mut self, keys: std::ops::RangeInclusive<u32>) {
        self.act(|pool, now, _| {
            for key in keys {
                pool.origin(&key, Expect::Single, now);
            }
        });
    }

    pub(crate) fn ask(&mut self, key: u32) -> Acquired {
        self.ask_for(key, None)
    }

    pub(crate) fn ask_for(&mut self, key: u32, timeout: Option<Duration>) -> Acquired {
        let origin = self.id(key);
        let answer = self.act(|pool, now, fx| pool.acquire(origin, timeout, now, fx));
        if let Acquired::Queued { waiter, .. } = answer {
            self.queued.push(waiter);
        }
        answer
    }

    /// Asks for what is idle.
    pub(crate) fn take(&mut self, key: u32) -> Lease {
        match self.ask(key) {
            Acquired::Granted(lease) => lease,
            other => panic!("not granted: {other:?}"),
        }
    }

    /// Asks for what is not to be had.
    pub(crate) fn wait(&mut self, key: u32) -> WaiterId {
        match self.ask(key) {
            Acquired::Queued { waiter, .. } => waiter,
            other => panic!("not queued: {other:?}"),
        }
    }

    /// The oldest dial under way succeeds.
    pub(crate) fn up(&mut self) -> SlotId {
        self.up_with(Capacity::SINGLE)
    }

    pub(crate) fn up_with(&mut self, capacity: Capacity) -> SlotId {
        let permit = self.dials.pop_front().expect("no dial is under way");
        self.act(|pool, now, fx| pool.connected(permit, capacity, now, fx))
    }

    /// The oldest dial under way fails.
    pub(crate) fn down(&mut self) {
        let permit = self.dials.pop_front().expect("no dial is under way");
        self.act(|pool, now, fx| pool.connect_failed(permit, now, fx));
    }

    /// A busy connection of its own.
    pub(crate) fn fresh(&mut self, key: u32) -> Lease {
        let waiter = self.wait(key);
        self.up();
        self.lease_of(waiter)
    }

    /// The lease that was granted to a waiter.
    pub(crate) fn lease_of(&mut self, waiter: WaiterId) -> Lease {
        let at =
            self.granted.iter().position(|(granted, _)| *granted == waiter).expect("nothing was granted");
        self.granted.remove(at).1
    }

    /// Who has been granted something, in order.
    pub(crate) fn winners(&self) -> Vec<WaiterId> {
        self.granted.iter().map(|(waiter, _)| *waiter).collect()
    }

    pub(crate) fn give(&mut self, lease: Lease, outcome: Release) {
        self.act(|pool, now, fx| pool.released(lease, outcome, now, fx));
    }

    pub(crate) fn give_back(&mut self, lease: Lease) {
        self.give(lease, REUSABLE);
    }

    pub(crate) fn cancel(&mut self, waiter: WaiterId) {
        self.act(|pool, now, fx| pool.cancelled(waiter, now, fx));
    }

    pub(crate) fn ended(&mut self, slot: SlotId, how: Closed) {
        self.act(|pool, now, fx| pool.closed(slot, how, now, fx));
    }

    pub(crate) fn destroy(&mut self) {
        self.act(Pool::destroy);
    }

    /// Time passes; the pool is woken when it asked to be, and at the end.
    pub(crate) fn pass(&mut self, span: Duration) {
        let end = self.now + span;
        while let Some(at) = self.pool.next_deadline().filter(|at| *at <= end) {
            self.now = self.now.max(at);
            self.act(Pool::on_time);
        }
        self.now = end;
        self.act(Pool::on_time);
    }

    /// Time passes and nobody wakes the pool.
    pub(crate) fn pass_unseen(&mut self, span: Duration) {
        self.now += span;
    }

    pub(crate) fn reasons(&self) -> Vec<CloseReason> {
        self.closed.iter().map(|(_, why)| *why).collect()
    }

    /// Where the dials under way lead, the oldest first.
    pub(crate) fn dialled(&self) -> Vec<u32> {
        self.dials.iter().map(|permit| *self.pool.key(permit.origin()).unwrap()).collect()
    }
}
