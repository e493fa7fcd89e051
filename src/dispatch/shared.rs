//! Connections that carry many requests at a time: HTTP/2's.
//!
//! The core counts their streams. What its peer says of them, more or fewer or none any more, reaches the core from here.

use std::pin::pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock, Weak};
use std::time::{Duration, Instant};

use crate::pool::{Capacity, Closed, SlotId};
use crate::transport::h2::{Driver, H2, News, Tally};
use crate::transport::socket::Socket;

use super::clock::{now, within};
use super::pool::{Pool, State};

/// Streams that are used before the peer has told how many it allows: fewer than any server in use does.
const BEFORE_TOLD: u32 = 10;
/// A request that is given up before this says nothing of its peer, which may be a while away.
const SILENT: Duration = Duration::from_millis(200);
/// How long that word is waited for.
const TOLD_WITHIN: Duration = Duration::from_secs(10);

/// Our side of a shared connection.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) h2: H2,
    pub(super) account: Account,
}

/// Bytes of a shared connection that were put to the account of a request.
#[derive(Debug, Default)]
pub(super) struct Account {
    read: AtomicU64,
    written: AtomicU64,
}

impl Account {
    fn opened(socket: &Socket) -> Self {
        Self { read: socket.read().into(), written: socket.written().into() }
    }

    /// Bytes through the socket, read and written, that are on nobody's account yet. Which stream a byte was for cannot be
    /// told under TLS; so that each is counted once, whoever ends first takes them.
    pub(super) fn take(&self, socket: &Socket) -> (u64, u64) {
        let since = |taken: &AtomicU64, now: u64| now.saturating_sub(taken.swap(now, Ordering::Relaxed));
        (since(&self.read, socket.read()), since(&self.written, socket.written()))
    }
}

/// One stream of a shared connection.
#[derive(Debug)]
pub(super) struct Stream {
    pub(super) shared: Arc<Shared>,
    pub(super) tally: Arc<Tally>,
    /// Whether others use the connection at the same time.
    pub(super) in_company: bool,
    sent: OnceLock<Sent>,
}

/// When a request was sent on a stream.
#[derive(Debug)]
struct Sent {
    at: Instant,
    /// Bytes that the connection had brought by then.
    read: u64,
}

impl Stream {
    /// None yet, of a new connection.
    pub(super) fn first(h2: H2) -> Arc<Self> {
        let account = Account::opened(h2.socket());
        Arc::new(Self {
            shared: Arc::new(Shared { h2, account }),
            tally: Arc::default(),
            in_company: false,
            sent: OnceLock::new(),
        })
    }

    /// A request is sent on it.
    pub(super) fn begin(&self) {
        self.sent.get_or_init(|| Sent { at: now(), read: self.shared.h2.socket().read() });
    }

    /// The request that was sent on it is given up: where nothing was read since then, and that was no short while ago, the
    /// peer may be gone. Whether that is so.
    pub(super) fn doubt(&self) -> bool {
        let silent = self.sent.get().is_some_and(|sent| {
            let h2 = &self.shared.h2;
            h2.socket().read() == sent.read && now().saturating_duration_since(sent.at) >= SILENT
        });
        silent && self.shared.h2.doubt()
    }

    /// One more.
    pub(super) fn another(&self, in_company: bool) -> Arc<Self> {
        Arc::new(Self {
            shared: Arc::clone(&self.shared),
            tally: Arc::default(),
            in_company,
            sent: OnceLock::new(),
        })
    }
}

/// What may be used of a new connection.
pub(super) fn at_first(most: u32) -> Capacity {
    Capacity { settled: false, ..allowed(most, BEFORE_TOLD as usize) }
}

fn allowed(most: u32, told: usize) -> Capacity {
    Capacity::of(u32::try_from(told).unwrap_or(u32::MAX).min(most))
}

/// Drives a shared connection until it ends.
pub(super) async fn drive(
    pool: Weak<Pool>,
    slot: SlotId,
    socket: Arc<Socket>,
    mut driver: Driver,
    most: u32,
) {
    let end = End { pool, slot, socket };
    let first = match within(Some(TOLD_WITHIN), pin!(driver.news())).await {
        Ok(news) => news,
        Err(_) => News::Streams(BEFORE_TOLD as usize),
    };
    let mut news = first;
    while news != News::Ended {
        if let Some(pool) = end.pool.upgrade() {
            pool.changed(slot, news, most);
        }
        let next = within(driver.patience(), pin!(driver.news())).await;
        news = next.unwrap_or_else(|_| driver.give_up());
    }
}

impl Pool {
    fn changed(self: &Arc<Self>, slot: SlotId, news: News, most: u32) {
        let mut state = self.state.lock();
        let State { core, effects, .. } = &mut *state;
        match news {
            News::Streams(told) => core.capacity_changed(slot, allowed(most, told), now(), effects),
            News::Draining | News::Ended => core.closed(slot, Closed::Draining, now(), effects),
        }
        self.carry_out(state);
    }
}

/// Tells the pool that a connection is no more, also if its driver is cut or panics.
struct End {
    pool: Weak<Pool>,
    slot: SlotId,
    socket: Arc<Socket>,
}

impl Drop for End {
    fn drop(&mut self) {
        if let Some(pool) = self.pool.upgrade() {
            // What did not end with the peer's close ended by a fault: a connection that is let go is not listed any more.
            pool.ended(self.slot, !self.socket.saw_eof());
        }
    }
}
