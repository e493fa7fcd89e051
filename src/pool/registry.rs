//! The pool itself, and the origins it remembers.

use std::collections::BTreeSet;
use std::hash::Hash;
use std::sync::Arc;
use std::time::Instant;

use rustc_hash::FxHashMap;

use super::arena::{Arena, Id};
use super::dial::Dial;
use super::gauge::Gauge;
use super::jitter::Jitter;
use super::limits::{Expect, Limits, OriginLimits};
use super::list::List;
use super::origin::{InRing, Origin, Standing};
use super::slot::{InPool, Slot};
use super::stats::Totals;
use super::token::OriginId;
use super::waiter::Waiter;

/// Origins with nothing in them that are remembered, with what was learned of them. It bounds the memory that
/// distinct hosts can take, however many are seen.
const MAX_VACANT: u32 = 1024;

/// A pool of connections to origins named by `K`.
#[derive(Debug)]
pub struct Pool<K> {
    pub(super) limits: Limits,
    pub(super) origin_limits: Arc<OriginLimits>,
    pub(super) origins: Arena<Origin<K>>,
    pub(super) index: FxHashMap<K, Id>,
    pub(super) slots: Arena<Slot>,
    pub(super) waiters: Arena<Waiter>,
    pub(super) dials: Arena<Dial>,
    /// Idle connections, the longest idle in front; all of `aged` have been idle for longer than all of `young`.
    pub(super) young: List<InPool>,
    pub(super) aged: List<InPool>,
    /// The ring: origins short of a connection, those that have none, then those that have some.
    pub(super) starving: List<InRing>,
    pub(super) hungry: List<InRing>,
    /// Origins with nothing in them, the longest so in front.
    pub(super) vacant: List<InRing>,
    pub(super) waiter_deadlines: BTreeSet<(Instant, Id)>,
    pub(super) slot_deadlines: BTreeSet<(Instant, Id)>,
    /// Origins that are to keep more connections ready than they have, by the time of their next dial.
    pub(super) cold: BTreeSet<(Instant, Id)>,
    /// Origins to which connections were ordered that are still to be dialled.
    pub(super) orders: Vec<Id>,
    pub(super) jitter: Jitter,
    pub(super) next_ticket: u64,
    pub(super) open: Gauge,
    pub(super) dialling: Gauge,
    /// Dials that were given up and whose permits have not come back.
    pub(super) abandoned: Gauge,
    /// Origins with more dials under way than requests that wait.
    pub(super) overdialling: Gauge,
    /// Waiters that count against `max_queued`.
    pub(super) queued: Gauge,
    /// Busy connections that drain to make room for an origin in the ring.
    pub(super) yielding: Gauge,
    pub(super) totals: Totals,
    pub(super) destroyed: bool,
}

impl<K: Clone + Eq + Hash> Pool<K> {
    /// An empty pool. `seed` starts the jitter of `max_lifetime`.
    pub fn new(limits: Limits, seed: u64) -> Self {
        Self {
            origin_limits: Arc::new(limits.for_origin()),
            limits,
            origins: Arena::new(),
            index: FxHashMap::default(),
            slots: Arena::new(),
            waiters: Arena::new(),
            dials: Arena::new(),
            young: List::new(),
            aged: List::new(),
            starving: List::new(),
            hungry: List::new(),
            vacant: List::new(),
            waiter_deadlines: BTreeSet::new(),
            slot_deadlines: BTreeSet::new(),
            cold: BTreeSet::new(),
            orders: Vec::new(),
            jitter: Jitter::new(seed),
            next_ticket: 0,
            open: Gauge::default(),
            dialling: Gauge::default(),
            abandoned: Gauge::default(),
            overdialling: Gauge::default(),
            queued: Gauge::default(),
            yielding: Gauge::default(),
            totals: Totals::default(),
            destroyed: false,
        }
    }

    /// The id of an origin, made if it is not remembered; `expect` counts only then.
    ///
    /// An id stays good while its origin has a connection, a dial or a waiter, and for the next thousand
    /// origins that fall vacant after it.
    pub fn origin(&mut self, key: &K, expect: Expect, now: Instant) -> OriginId {
        let limits = Arc::clone(&self.origin_limits);
        self.origin_under(key, &limits, expect, now)
    }

    /// As [`Pool::origin`], for an origin that is under limits of its own. They are to be the same each time: those
    /// of an origin that is remembered stand, since its connections were made under them.
    pub fn origin_under(
        &mut self,
        key: &K,
        limits: &Arc<OriginLimits>,
        expect: Expect,
        now: Instant,
    ) -> OriginId {
        if let Some(&id) = self.index.get(key) {
            // To the end of the vacant ones, so that its caller still finds it there.
            if self.origins.get(id).is_some_and(|origin| origin.standing == Standing::Vacant) {
                self.stand(id, Standing::Vacant);
            }
            return OriginId(id);
        }
        let id = self.origins.insert(Origin::new(key.clone(), Arc::clone(limits), expect, now));
        self.index.insert(key.clone(), id);
        self.settle(id);
        OriginId(id)
    }

    /// The id of an origin that is remembered.
    pub fn find(&self, key: &K) -> Option<OriginId> {
        self.index.get(key).copied().map(OriginId)
    }

    /// The key that an id was made for, while it is remembered.
    pub fn key(&self, origin: OriginId) -> Option<&K> {
        self.origins.get(origin.0).map(|origin| &origin.key)
    }

    /// Forgets the longest vacant origin where there are too many.
    pub(super) fn trim_vacant(&mut self) {
        if self.vacant.len() > MAX_VACANT
            && let Some(oldest) = self.vacant.front()
        {
            self.vacant.remove(&mut self.origins, oldest);
            if let Some(origin) = self.origins.remove(oldest) {
                self.forget_warmth(oldest, &origin);
                self.index.remove(&origin.key);
            }
        }
    }
}
