//! Connections that carry many requests at a time: HTTP/2's.
//!
//! The core counts their streams. What its peer says of them, more or fewer or none any more, reaches the core from here.

use std::pin::pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Weak};
use std::time::Duration;

use crate::pool::{Capacity, Closed, SlotId};
use crate::transport::h2::{Driver, H2, News, Tally};
use crate::transport::socket::Socket;

use super::clock::{now, within};
use super::pool::{Pool, State};

/// Streams that are used before the peer has told how many it allows: fewer than any server in use does.
const BEFORE_TOLD: u32 = 10;
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
}

impl Stream {
    /// None yet, of a new connection.
    pub(super) fn first(h2: H2) -> Arc<Self> {
        let account = Account::opened(h2.socket());
        Arc::new(Self { shared: Arc::new(Shared { h2, account }), tally: Arc::default(), in_company: false })
    }

    /// One more.
    pub(super) fn another(&self, in_company: bool) -> Arc<Self> {
        Arc::new(Self { shared: Arc::clone(&self.shared), tally: Arc::default(), in_company })
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
        news = driver.news().await;
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
