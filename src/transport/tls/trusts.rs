//! TLS configurations, equal ones once.
//!
//! A configuration is costly to make and remembers sessions, so that all who ask for the same have the same; but an
//! application may name a new one for each of its requests. It is looked up by its value, and let go when nobody has a hold on
//! it and others need the room: until then who asks again finds its sessions.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Weak};

use parking_lot::RwLock;

use super::{TlsOptions, Trust, unusable};
use crate::error::Error;
use crate::key::TrustId;

/// The configurations of an engine, each under an id for its pool keys.
#[derive(Debug, Default)]
pub struct Trusts {
    table: Table<TlsOptions, Trust>,
}

impl Trusts {
    /// An empty table.
    pub fn new() -> Self {
        Self::default()
    }

    /// The id of the configuration for `options`: the same for equal options. Whoever has it holds the configuration.
    ///
    /// # Errors
    /// Those of [`Trust::new`].
    pub fn intern(&self, options: TlsOptions) -> Result<TrustId, Error> {
        self.table.intern(options, Trust::new)
    }

    /// The configuration of an id; none where there is no id, which is so for connections in clear.
    ///
    /// # Errors
    /// `ERR_TLS_INVALID_CONTEXT` for an id that the table does not know: what is to be under TLS must not go in clear.
    pub fn get(&self, id: Option<&TrustId>) -> Result<Option<Arc<Trust>>, Error> {
        let known = id.map(|id| self.table.get(id));
        known.map(|trust| trust.ok_or_else(|| unusable("a TLS configuration is gone"))).transpose()
    }

    /// Configurations that are kept, held or not.
    pub fn kept(&self) -> usize {
        self.table.kept()
    }
}

/// Values by the keys that they are made of, and by the ids that hold them.
#[derive(Debug)]
pub struct Table<K, V> {
    kept: RwLock<Kept<K, V>>,
}

#[derive(Debug)]
struct Kept<K, V> {
    numbers: HashMap<K, u64>,
    entries: HashMap<u64, Entry<V>>,
    /// Of the last entry. None is given twice.
    last: u64,
    /// When there are so many entries, those that nobody holds are let go: twice as many as were held the last time, so that a
    /// new one costs two looks in the long run.
    full: usize,
}

#[derive(Debug)]
struct Entry<V> {
    holders: Weak<u64>,
    value: Arc<V>,
}

impl<K, V> Default for Table<K, V> {
    fn default() -> Self {
        Self {
            kept: RwLock::new(Kept { numbers: HashMap::new(), entries: HashMap::new(), last: 0, full: ROOM }),
        }
    }
}

impl<K: Eq + Hash, V> Table<K, V> {
    /// The id of the value of a key that somebody holds.
    pub fn held(&self, key: &K) -> Option<TrustId> {
        let kept = self.kept.read();
        kept.entries.get(kept.numbers.get(key)?)?.holders.upgrade().map(TrustId)
    }

    /// The id of the value of a key, which is made if there is none. Nobody waits meanwhile: who asks for the same may make it
    /// as well, and the first to be done is kept.
    ///
    /// # Errors
    /// Those of making it.
    pub fn intern<E>(&self, key: K, make: impl FnOnce(&K) -> Result<V, E>) -> Result<TrustId, E> {
        let known = self.held(&key).or_else(|| self.kept.write().hold(&key));
        if let Some(id) = known {
            return Ok(id);
        }
        let value = make(&key)?;
        Ok(self.kept.write().insert(key, value))
    }

    /// The value of an id.
    pub fn get(&self, id: &TrustId) -> Option<Arc<V>> {
        self.kept.read().entries.get(&id.0).map(|entry| Arc::clone(&entry.value))
    }

    /// How many values are kept, held or not.
    pub fn kept(&self) -> usize {
        self.kept.read().entries.len()
    }
}

impl<K: Eq + Hash, V> Kept<K, V> {
    fn hold(&mut self, key: &K) -> Option<TrustId> {
        let number = self.numbers.get(key)?;
        Some(self.entries.get_mut(number)?.hold(*number))
    }

    fn insert(&mut self, key: K, value: V) -> TrustId {
        if let Some(id) = self.hold(&key) {
            return id;
        }
        if self.entries.len() >= self.full {
            self.sweep();
        }
        self.last += 1;
        let mut entry = Entry { holders: Weak::new(), value: Arc::new(value) };
        let id = entry.hold(self.last);
        self.entries.insert(self.last, entry);
        self.numbers.insert(key, self.last);
        id
    }

    fn sweep(&mut self) {
        let Self { numbers, entries, .. } = self;
        entries.retain(|_, entry| entry.holders.strong_count() > 0);
        numbers.retain(|_, number| entries.contains_key(number));
        self.full = entries.len().saturating_mul(2).max(ROOM);
    }
}

impl<V> Entry<V> {
    fn hold(&mut self, number: u64) -> TrustId {
        let holder = self.holders.upgrade().unwrap_or_else(|| Arc::new(number));
        self.holders = Arc::downgrade(&holder);
        TrustId(holder)
    }
}

/// Fewer are kept whether somebody holds them or not.
const ROOM: usize = 64;
