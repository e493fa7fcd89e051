//! A connection that has carried nothing yet, for a request that is sent again.
//!
//! The one that it died on was closed by its peer for being idle, so any other idle one may be closing at this
//! moment too, and there is no third sending.

use std::sync::Arc;

use crate::error::Error;
use crate::key::PoolKey;
use crate::pool::{Asks, Permit};
use crate::transport::connect::PhaseCell;
use crate::transport::h1::hang_up;

use super::clock::now;
use super::dial::Opened;
use super::lease::Lease;
use super::pool::{Pool, State};
use super::wait::{Wanted, destroyed, told};

/// Connections that a peer closes before they are used, one after the other, before that is the request's failure.
pub(super) const MOST_STILLBORN: u32 = 3;

impl Pool {
    /// Waits its turn as any other, then swaps an old connection for a new one in its place.
    pub(super) async fn acquire_fresh(self: &Arc<Self>, wanted: &Wanted) -> Result<Lease, Error> {
        loop {
            let lease = self.acquire_as(Asks::Again, wanted).await?;
            // What others are using at this moment no peer has closed for being idle.
            if !lease.rested() || lease.in_company() {
                return Ok(lease);
            }
            if let Some(permit) = lease.swap() {
                // In a box: hardly any request comes to it, and each would hold the room that a dial takes.
                return Box::pin(self.dial_in_place(permit, wanted, 0)).await;
            }
        }
    }

    /// Dials in the place of a connection that was swapped, and in that of one which the peer closes before it can be used, where
    /// so many were `stillborn` before.
    pub(super) async fn dial_in_place(
        self: &Arc<Self>,
        mut permit: Permit,
        wanted: &Wanted,
        mut stillborn: u32,
    ) -> Result<Lease, Error> {
        loop {
            let mut lease = self.dial_for(permit, wanted).await?;
            if lease.speak(wanted.raw).await {
                return Ok(lease);
            }
            stillborn += 1;
            if stillborn >= MOST_STILLBORN {
                return Err(told(hang_up(), &self.state.lock(), &wanted.destination));
            }
            permit = lease.swap().ok_or_else(hang_up)?;
        }
    }

    async fn dial_for(self: &Arc<Self>, permit: Permit, wanted: &Wanted) -> Result<Lease, Error> {
        let key = &self.key_of(&permit).unwrap_or_else(|| wanted.destination.key.clone());
        let destination = &wanted.destination;
        let phase = PhaseCell::telling(wanted.ear.clone());
        let ended = || told(destroyed(phase.phase()), &self.state.lock(), destination);
        let mut swap = Swap { pool: self, permit: Some(permit), wanted, phase: &phase };
        // Whoever gives up leaves the permit to the others.
        let opened = tokio::select! {
            // First, or who is asked for an address once the pool is gone would be the reason.
            biased;
            () = self.until_over_for(destination) => return Err(ended()),
            opened = self.open_connection(key, wanted.connect_timeout, &phase) => opened,
        };
        let Some(permit) = swap.permit.take() else { return Err(ended()) };
        match opened {
            Ok(opened) => {
                let lease = self.connected_leased(permit, key, wanted, opened);
                lease.ok_or_else(ended)
            }
            Err(error) => {
                self.connect_failed(permit, key, &error);
                Err(told(error, &self.state.lock(), destination))
            }
        }
    }

    fn key_of(&self, permit: &Permit) -> Option<PoolKey> {
        self.state.lock().core.key(permit.origin()).cloned()
    }

    fn connected_leased(
        self: &Arc<Self>,
        permit: Permit,
        key: &PoolKey,
        wanted: &Wanted,
        opened: Opened,
    ) -> Option<Lease> {
        let destination = &wanted.destination;
        let mut state = self.state.lock();
        let State { core, effects, .. } = &mut *state;
        let (slot, token) = core.connected_leased(permit, opened.spoken.capacity(), now(), effects);
        self.established(&mut state, slot, key, opened);
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
    wanted: &'a Wanted,
    phase: &'a PhaseCell,
}

impl Drop for Swap<'_> {
    fn drop(&mut self) {
        if let Some(permit) = self.permit.take() {
            if let Some(farewell) = &self.wanted.farewell {
                farewell.say(self.phase.phase());
            }
            self.pool.dial(permit);
        }
    }
}
