//! A connection that has carried nothing yet, for a request that is sent again.
//!
//! The one that it died on was closed by its peer for being idle, so any other idle one may be closing at this
//! moment too, and there is no third sending.

use std::sync::Arc;

use crate::error::{Error, Phase};
use crate::pool::{Capacity, Permit};
use crate::transport::h1::hang_up;

use super::clock::now;
use super::dial::Opened;
use super::lease::Lease;
use super::pool::{Pool, State};
use super::wait::{Wanted, destroyed, told};

impl Pool {
    /// Waits its turn as any other, then swaps an old connection for a new one in its place.
    pub(super) async fn acquire_fresh(self: &Arc<Self>, wanted: &Wanted) -> Result<Lease, Error> {
        loop {
            let lease = self.acquire(wanted).await?;
            if !lease.rested() {
                return Ok(lease);
            }
            if let Some(permit) = lease.swap() {
                return self.dial_for(permit, wanted).await;
            }
        }
    }

    /// Dials in the place of a connection that was swapped.
    pub(super) async fn dial_for(self: &Arc<Self>, permit: Permit, wanted: &Wanted) -> Result<Lease, Error> {
        let key = &wanted.destination.key;
        let mut swap = Swap { pool: self, permit: Some(permit) };
        let opened = tokio::select! {
            opened = self.open_connection(key, wanted.connect_timeout, wanted.ear.clone()) => opened,
            () = self.until_destroyed() => Err(destroyed(Phase::Connect)),
        };
        let Some(permit) = swap.permit.take() else { return Err(destroyed(Phase::Connect)) };
        match opened {
            Ok(opened) => {
                let lease = self.connected_leased(permit, wanted, opened);
                let mut lease = lease.ok_or_else(|| destroyed(Phase::Connect))?;
                if lease.speak(wanted.raw).await { Ok(lease) } else { Err(hang_up()) }
            }
            Err(error) => {
                self.connect_failed(permit, key, &error);
                Err(told(error, &self.state.lock(), &wanted.destination))
            }
        }
    }

    fn connected_leased(self: &Arc<Self>, permit: Permit, wanted: &Wanted, opened: Opened) -> Option<Lease> {
        let destination = &wanted.destination;
        let mut state = self.state.lock();
        let State { core, effects, .. } = &mut *state;
        let (slot, token) = core.connected_leased(permit, Capacity::SINGLE, now(), effects);
        self.established(&mut state, slot, &destination.key, opened);
        let lease = token.map(|token| state.lease(self, destination, token, false));
        self.carry_out(state);
        lease
    }
}

/// A dial in place of a connection. Whoever gives up leaves it to those in the queue, as every dial does that was
/// made for one request: a failure would take those with it who wait for the same host.
struct Swap<'a> {
    pool: &'a Arc<Pool>,
    permit: Option<Permit>,
}

impl Drop for Swap<'_> {
    fn drop(&mut self) {
        if let Some(permit) = self.permit.take() {
            self.pool.dial(permit);
        }
    }
}
