//! How an agent's request is let in by the policies, and what they hear of it.
//!
//! They are asked before each attempt and told after it, as of any request. The head of the reply is Node's to read; of its
//! first bytes only the status is made out here.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::super::lease::Lease;
use super::super::pipeline::{self, Admitted, Entry};
use super::super::pool::Pool;
use super::super::wait::{Asked, Wanted};
use super::RawLease;
use crate::error::Error;
use crate::policy::Outcome;
use crate::pool::Asks;

/// Where a request stands that has just come.
#[derive(Debug)]
pub(super) enum Come {
    /// It was let in, and has a connection or a place in the queue.
    In(Asked),
    /// A policy wants it to ask again after so long.
    Later(Duration),
}

impl RawLease {
    /// Its connection, in its turn.
    pub(super) async fn turn(self: &Arc<Self>, come: Come, since: Instant) -> Result<Lease, Error> {
        match come {
            Come::In(asked) => self.pool.await_turn(asked, &self.wanted, since).await,
            Come::Later(time) => {
                self.enter(time).await?;
                self.pool.acquire(&self.wanted).await
            }
        }
    }

    /// A fresh connection for another attempt, or for one that has not begun yet.
    pub(super) async fn fresh_turn(self: &Arc<Self>) -> Result<Lease, Error> {
        let is_in = self.life.lock().admitted.is_some();
        if !is_in {
            self.enter(Duration::ZERO).await?;
        }
        self.pool.acquire_fresh(&self.wanted).await
    }

    async fn enter(&self, wait: Duration) -> Result<(), Error> {
        let admitted = pipeline::admit(&self.pool, &self.wanted.destination, wait).await?;
        self.life.lock().admitted = Some(admitted);
        Ok(())
    }
}

/// Asks to be let in, and then `ask`s for a connection.
pub(super) fn come(
    entry: Entry,
    ask: impl FnOnce() -> Result<Asked, Error>,
) -> Result<(Come, Option<Admitted>), Error> {
    match entry {
        Entry::Later(time) => Ok((Come::Later(time), None)),
        Entry::In(admitted) => match ask() {
            Ok(asked) => Ok((Come::In(asked), Some(admitted))),
            Err(error) => {
                admitted.record(&Outcome::Failed(error.kind().clone()));
                Err(error)
            }
        },
    }
}

/// A connection at once, if one is idle; else a place in the queue. One that is raw already is not known to have closed, and is
/// looked at by its driver, on the I/O thread, before the first byte is written: that is later, and costs the caller nothing.
pub(super) fn ask(pool: &Arc<Pool>, wanted: &Wanted) -> Result<Asked, Error> {
    let mut asks = Asks::First;
    loop {
        match pool.ask(asks, wanted, wanted.queue_timeout)? {
            Asked::Granted(lease) if !is_usable(&lease) => lease.found_dead(),
            asked => return Ok(asked),
        }
        asks = Asks::Again;
    }
}

fn is_usable(lease: &Lease) -> bool {
    lease.raw().map_or_else(|| lease.is_usable(), |raw| !raw.is_closed())
}

/// The status of a reply that begins like this; none of an interim one, nor where it is not in the first bytes.
pub(super) fn status(bytes: &[u8]) -> Option<u16> {
    let digits = bytes.strip_prefix(b"HTTP/1.")?.get(2..5)?;
    let status = std::str::from_utf8(digits).ok()?.parse().ok()?;
    (200..=999).contains(&status).then_some(status)
}
