//! The rules of the pool once more, for connections of one stream, with nothing but vectors that are searched from
//! end to end: slow, and short enough to be seen to be right.

use rag_connection_pool::pool::{CloseReason, Reject, Scheduling};

use super::deed::{Answer, Deed, GRACE, KEYS, Outcome, Rules, reject_code};

#[derive(Debug)]
pub(crate) struct Conn {
    pub(crate) slot: usize,
    pub(crate) key: u32,
    pub(crate) busy: bool,
    pub(super) parked: usize,
    pub(super) idle_since: u64,
    pub(super) quiet_since: u64,
    pub(super) served: u32,
}

#[derive(Debug)]
pub(crate) struct Wait {
    pub(crate) waiter: usize,
    pub(super) key: u32,
    pub(super) deadline: Option<u64>,
    pub(super) exhausted: bool,
    pub(super) dialled: bool,
}

#[derive(Debug)]
pub(super) struct Dial {
    pub(super) number: usize,
    pub(super) key: u32,
    pub(super) made_for: Option<usize>,
    pub(super) began: usize,
    pub(super) is_abandoned: bool,
}

#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Origin {
    pub(super) suspect: bool,
    pub(super) turn_requests: u32,
    pub(super) turn_since: u64,
    /// Whether it holds some, and since when it has stood at its place in the ring.
    pub(super) ring: Option<(bool, usize)>,
}

#[derive(Debug)]
pub(crate) struct Reference {
    pub(super) rules: Rules,
    pub(crate) conns: Vec<Conn>,
    pub(crate) waits: Vec<Wait>,
    pub(super) dials: Vec<Dial>,
    pub(super) origins: [Origin; KEYS as usize],
    pub(crate) now: u64,
    pub(crate) deeds: Vec<Deed>,
    pub(super) slots: usize,
    pub(super) waiters: usize,
    pub(super) dialled: usize,
    pub(super) order: usize,
    pub(super) destroyed: bool,
}

impl Reference {
    pub(crate) fn new(rules: Rules) -> Self {
        Self {
            rules,
            conns: Vec::new(),
            waits: Vec::new(),
            dials: Vec::new(),
            origins: [Origin::default(); KEYS as usize],
            now: 0,
            deeds: Vec::new(),
            slots: 0,
            waiters: 0,
            dialled: 0,
            order: 0,
            destroyed: false,
        }
    }

    pub(crate) fn acquire(&mut self, key: u32) -> Answer {
        if self.destroyed {
            return Answer::Destroyed;
        }
        let idle = self.conns.iter().enumerate().filter(|(_, conn)| conn.key == key && !conn.busy);
        let chosen = match self.rules.scheduling {
            Scheduling::Lifo => idle.max_by_key(|(_, conn)| conn.parked),
            Scheduling::Fifo => idle.min_by_key(|(_, conn)| conn.parked),
        };
        if let Some((at, _)) = chosen {
            return Answer::Granted(self.lend(at));
        }
        let waiter = self.waiters;
        self.waiters += 1;
        let deadline = self.rules.queue_timeout.map(|timeout| self.now + timeout);
        self.waits.push(Wait { waiter, key, deadline, exhausted: false, dialled: false });
        self.feed();
        let exhausted = self.wants(key);
        let queued = self.waits.iter().filter(|wait| wait.exhausted).count();
        if exhausted && self.rules.max_queued.is_some_and(|most| queued >= most) {
            self.waits.pop();
            self.waiters -= 1;
            self.feed();
            return Answer::Full;
        }
        self.waits.last_mut().unwrap().exhausted = exhausted;
        Answer::Queued { waiter, exhausted }
    }

    pub(crate) fn cancel(&mut self, waiter: usize) {
        self.waits.retain(|wait| wait.waiter != waiter);
        self.feed();
    }

    pub(crate) fn connected(&mut self, dial: usize) -> usize {
        let at = self.dials.iter().position(|other| other.number == dial).unwrap();
        let key = self.dials.remove(at).key;
        let slot = self.slots;
        self.slots += 1;
        let now = self.now;
        let conn = Conn { slot, key, busy: true, parked: 0, idle_since: now, quiet_since: now, served: 0 };
        self.conns.push(conn);
        self.origins[key as usize].suspect = false;
        if self.destroyed {
            self.close(slot, CloseReason::Destroyed);
        } else {
            self.pass_on(slot);
        }
        self.feed();
        slot
    }

    pub(crate) fn failed(&mut self, dial: usize) {
        let at = self.dials.iter().position(|other| other.number == dial).unwrap();
        let Dial { key, made_for, began, is_abandoned, .. } = self.dials.remove(at);
        if is_abandoned {
            return self.feed();
        }
        self.reject(|wait| Some(wait.waiter) == made_for, Reject::ConnectFailed);
        if !self.conns.iter().any(|conn| conn.key == key) {
            self.origins[key as usize].suspect = true;
            if !self.dials.iter().any(|dial| dial.key == key) {
                self.reject(|wait| wait.key == key && wait.waiter < began, Reject::ConnectFailed);
            }
        }
        self.feed();
    }

    pub(crate) fn released(&mut self, slot: usize, outcome: Outcome) {
        let Some(at) = self.conns.iter().position(|conn| conn.slot == slot) else { return };
        let (now, conn) = (self.now, &mut self.conns[at]);
        let key = conn.key;
        match outcome {
            Outcome::Reusable => conn.quiet_since = now,
            Outcome::Unused => conn.served -= 1,
            Outcome::Close | Outcome::Broken => {}
        }
        let over = conn.quiet_since + self.rules.idle_timeout <= now;
        let used_up = self.rules.max_requests.is_some_and(|most| conn.served >= most);
        let reason = match outcome {
            Outcome::Close => Some(CloseReason::Requested),
            Outcome::Broken => Some(CloseReason::Broken),
            Outcome::Reusable if !self.rules.keep_alive => Some(CloseReason::KeepAliveOff),
            Outcome::Unused if over => Some(CloseReason::IdleTimeout),
            _ if self.destroyed => Some(CloseReason::Destroyed),
            _ if used_up => Some(CloseReason::MaxRequests),
            _ if self.must_yield(key) => Some(CloseReason::Yielded),
            _ => None,
        };
        match reason {
            Some(why) => self.close(slot, why),
            None => self.pass_on(slot),
        }
        self.feed();
    }

    pub(crate) fn gone(&mut self, slot: usize) {
        self.conns.retain(|conn| conn.slot != slot);
        self.feed();
    }

    pub(crate) fn on_time(&mut self) {
        let now = self.now;
        self.reject(|wait| wait.deadline.is_some_and(|at| at <= now), Reject::QueueTimeout);
        for slot in self.idle(|conn, rules| conn.quiet_since + rules.idle_timeout <= now) {
            self.close(slot, CloseReason::IdleTimeout);
        }
        let aged = self.idle(|conn, _| conn.idle_since + GRACE <= now);
        for slot in &aged[..aged.len().saturating_sub(self.rules.max_idle)] {
            self.close(*slot, CloseReason::Surplus);
        }
        self.feed();
    }

    pub(crate) fn destroy(&mut self) {
        self.destroyed = true;
        self.reject(|_| true, Reject::Destroyed);
        for slot in self.idle(|_, _| true) {
            self.close(slot, CloseReason::Destroyed);
        }
        self.feed();
    }

    pub(crate) fn next_deadline(&self) -> Option<u64> {
        let waits = self.waits.iter().filter_map(|wait| wait.deadline);
        let ends = self
            .conns
            .iter()
            .filter(|conn| !conn.busy)
            .map(|conn| conn.quiet_since + self.rules.idle_timeout);
        // The first that is too many once it and all before it have aged.
        let surplus = self.idle(|_, _| true).get(self.rules.max_idle).copied();
        let aged =
            self.conns.iter().find(|conn| Some(conn.slot) == surplus).map(|conn| conn.idle_since + GRACE);
        waits.chain(ends).chain(aged).min()
    }

    /// Idle connections, the longest idle first.
    pub(super) fn idle(&self, which: impl Fn(&Conn, &Rules) -> bool) -> Vec<usize> {
        let mut idle: Vec<&Conn> =
            self.conns.iter().filter(|conn| !conn.busy && which(conn, &self.rules)).collect();
        idle.sort_by_key(|conn| conn.parked);
        idle.iter().map(|conn| conn.slot).collect()
    }

    fn lend(&mut self, at: usize) -> usize {
        let conn = &mut self.conns[at];
        conn.busy = true;
        conn.served += 1;
        self.origins[conn.key as usize].turn_requests += 1;
        conn.slot
    }

    /// To the first that waits, or to rest.
    fn pass_on(&mut self, slot: usize) {
        let at = self.conns.iter().position(|conn| conn.slot == slot).unwrap();
        let key = self.conns[at].key;
        if let Some(first) = self.waits.iter().position(|wait| wait.key == key) {
            let waiter = self.waits.remove(first).waiter;
            self.lend(at);
            self.deeds.push(Deed::Grant { waiter, slot });
        } else if self.rules.max_idle == 0 {
            self.close(slot, CloseReason::Surplus);
        } else {
            self.order += 1;
            let conn = &mut self.conns[at];
            (conn.busy, conn.parked, conn.idle_since) = (false, self.order, self.now);
        }
    }

    pub(super) fn close(&mut self, slot: usize, why: CloseReason) {
        self.conns.retain(|conn| conn.slot != slot);
        self.deeds.push(Deed::Close { slot, why: why.name() });
        self.settle();
    }

    fn reject(&mut self, which: impl Fn(&Wait) -> bool, why: Reject) {
        let why = reject_code(why);
        let rejected = self.waits.iter().filter(|wait| which(wait));
        self.deeds.extend(rejected.map(|wait| Deed::Reject { waiter: wait.waiter, why }));
        self.waits.retain(|wait| !which(wait));
    }
}
