//! Who came, who is here, and how often each asked.

use std::collections::{BTreeMap, HashMap};
use std::ops::Deref;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rustls::HandshakeKind;
use serde_json::{Value, json};
use tokio::sync::Notify;

/// The count of everything since the start or the last reset.
#[derive(Debug, Default)]
pub struct Census {
    book: Mutex<Book>,
    plain: AtomicU64,
    tls: AtomicU64,
    handshakes_full: AtomicU64,
    handshakes_resumed: AtomicU64,
    handshakes_failed: AtomicU64,
    abandoned: AtomicU64,
}

#[derive(Debug, Default)]
struct Book {
    next_id: u64,
    open: HashMap<u64, Arc<Connection>>,
    peak: usize,
    /// Requests served -> how many connections closed after serving so many.
    closed: BTreeMap<u64, u64>,
}

/// One open connection.
#[derive(Debug, Default)]
pub struct Connection {
    requests: AtomicU64,
    in_flight: AtomicU64,
    close: Notify,
}

/// A connection's place in the census; given up by dropping it.
#[derive(Debug)]
pub struct Guest {
    census: Arc<Census>,
    id: u64,
    connection: Arc<Connection>,
    tls: bool,
}

/// A request being answered. Dropped before [`Busy::finish`], it counts as abandoned by the client.
#[derive(Debug)]
pub struct Busy {
    census: Arc<Census>,
    connection: Arc<Connection>,
    finished: bool,
}

impl Census {
    /// Counts a connection in, with TLS or without.
    pub fn welcome(self: &Arc<Self>, tls: bool) -> Guest {
        let kind = if tls { &self.tls } else { &self.plain };
        kind.fetch_add(1, Relaxed);
        let connection = Arc::<Connection>::default();
        let mut book = self.book();
        let id = book.next_id;
        book.next_id += 1;
        book.open.insert(id, Arc::clone(&connection));
        book.peak = book.peak.max(book.open.len());
        Guest { census: Arc::clone(self), id, connection, tls }
    }

    /// Counts a finished handshake; `None` is one that failed.
    pub fn handshake(&self, kind: Option<HandshakeKind>) {
        let counter = match kind {
            Some(HandshakeKind::Resumed) => &self.handshakes_resumed,
            Some(_) => &self.handshakes_full,
            None => &self.handshakes_failed,
        };
        counter.fetch_add(1, Relaxed);
    }

    /// Tells every connection without a request to close; says how many.
    pub fn close_idle(&self) -> usize {
        let book = self.book();
        let idle = book.open.values().filter(|connection| connection.in_flight.load(Relaxed) == 0);
        idle.inspect(|connection| connection.close.notify_one()).count()
    }

    /// Starts counting anew; open connections stay open and count no past requests.
    pub fn reset(&self) {
        let mut book = self.book();
        book.closed.clear();
        book.peak = book.open.len();
        for connection in book.open.values() {
            connection.requests.store(0, Relaxed);
        }
        let counters = [&self.plain, &self.tls, &self.abandoned];
        let handshakes = [&self.handshakes_full, &self.handshakes_resumed, &self.handshakes_failed];
        counters.into_iter().chain(handshakes).for_each(|counter| counter.store(0, Relaxed));
    }

    /// Everything, as the control port gives it.
    pub fn snapshot(&self) -> Value {
        let book = self.book();
        let mut spread = book.closed.clone();
        for connection in book.open.values() {
            *spread.entry(connection.requests.load(Relaxed)).or_default() += 1;
        }
        let requests: u64 = spread.iter().map(|(requests, connections)| requests * connections).sum();
        let busy = book.open.values().filter(|connection| connection.in_flight.load(Relaxed) > 0).count();
        let read = |counter: &AtomicU64| counter.load(Relaxed);
        json!({
            "connections": {
                "plain": read(&self.plain), "tls": read(&self.tls), "accepted": read(&self.plain) + read(&self.tls),
                "open": book.open.len(), "busy": busy, "peak": book.peak,
            },
            "requests": requests,
            "requestsPerConnection": spread.iter().map(|(k, v)| (k.to_string(), *v)).collect::<BTreeMap<_, _>>(),
            "abandoned": read(&self.abandoned),
            "handshakes": {
                "full": read(&self.handshakes_full), "resumed": read(&self.handshakes_resumed),
                "failed": read(&self.handshakes_failed),
            },
        })
    }

    /// A panic elsewhere leaves the book whole: every change to it is a single step.
    fn book(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Connection {
    /// Counts a request that is answered at once.
    pub fn count(&self) {
        self.requests.fetch_add(1, Relaxed);
    }

    /// Settles when the control port wants idle connections closed.
    pub async fn told_to_close(&self) {
        self.close.notified().await;
    }
}

impl Guest {
    /// Counts a request that takes its time.
    pub fn begin(&self) -> Busy {
        self.connection.count();
        self.connection.in_flight.fetch_add(1, Relaxed);
        Busy { census: Arc::clone(&self.census), connection: Arc::clone(&self.connection), finished: false }
    }

    /// Whether it came over TLS.
    pub fn is_tls(&self) -> bool {
        self.tls
    }

    /// The connection, for whoever must not borrow the guest.
    pub fn connection(&self) -> Arc<Connection> {
        Arc::clone(&self.connection)
    }
}

impl Deref for Guest {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        &self.connection
    }
}

impl Drop for Guest {
    fn drop(&mut self) {
        let mut book = self.census.book();
        if book.open.remove(&self.id).is_some() {
            *book.closed.entry(self.connection.requests.load(Relaxed)).or_default() += 1;
        }
    }
}

impl Busy {
    /// The reply was handed over whole.
    pub fn finish(&mut self) {
        self.finished = true;
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        self.connection.in_flight.fetch_sub(1, Relaxed);
        if !self.finished {
            self.census.abandoned.fetch_add(1, Relaxed);
        }
    }
}
