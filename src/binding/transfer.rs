//! Bytes between a JavaScript thread and its ring.

use std::sync::Arc;

use bytes::Bytes;
use napi::Env;
use napi::bindgen_prelude::{Uint8Array, Uint8ArraySlice};
use napi_derive::napi;

use crate::dispatch::clock::now;

use super::attach::ring;
use super::home::with_slab;
use super::ring::{Command, Completion, Ring};

/// Hands over `length` bytes of the submission slab, in which `begun` requests begin.
#[napi]
pub fn submit(env: &Env, id: u32, length: u32, begun: u32) {
    let Some(ring) = ring(id) else { return };
    // Of a ring that broke nothing settles: to count what begins would hold the process open for ever.
    if ring.is_detached() {
        return;
    }
    let batch = copy_submissions(&ring, env, length as usize);
    let held = {
        let mut home = ring.home.lock();
        home.streak.goes_on(now());
        home.count(env.raw(), begun, 0)
    };
    if let Some(busy) = held {
        ring.wake.hold(env.raw(), busy);
    }
    match batch {
        Some(batch) => ring.send(Command::Batch(batch.into())),
        // Transferred away: what was to begin is counted and never will.
        None => ring.lose(),
    }
}

fn copy_submissions(ring: &Arc<Ring>, env: &Env, length: usize) -> Option<Vec<u8>> {
    let slab = ring.home.lock().submissions.as_ref()?.value(env.raw())?;
    with_slab(env.raw(), slab, |bytes| bytes.get(..length).map(<[u8]>::to_vec))?
}

/// Copies the next of the bytes that a `BULK` record announced into `place`; gives how many. `last`: no more of them are asked
/// for.
#[napi]
pub fn take(id: u32, handle: u32, mut place: Uint8Array, last: bool) -> u32 {
    let Some(ring) = ring(id) else { return 0 };
    let mut home = ring.home.lock();
    let Some(stream) = home.bulk.get(&handle).cloned() else { return 0 };
    // SAFETY: JavaScript made this buffer for this call and touches it after it; no JavaScript runs in it.
    let taken = stream.take(unsafe { place.as_mut() });
    if last {
        home.bulk.remove(&handle);
    }
    if last && taken.more {
        home.backlog.push_front(Completion::Data(stream));
    }
    u32::try_from(taken.bytes).unwrap_or(u32::MAX)
}

/// The whole body of the request that is submitted next under this handle.
#[napi]
pub fn attach_body(id: u32, handle: u32, bytes: &[u8]) {
    if let Some(ring) = ring(id) {
        ring.enqueue(Command::Attach { handle, bytes: Bytes::copy_from_slice(bytes) });
    }
}

/// The next piece of a streamed request body.
#[napi]
pub fn push_body(id: u32, handle: u32, bytes: &[u8]) {
    if let Some(ring) = ring(id) {
        ring.send(Command::Push { handle, bytes: Bytes::copy_from_slice(bytes) });
    }
}

/// Several pieces of a streamed body that were written together, as one.
#[napi]
pub fn push_pieces(id: u32, handle: u32, pieces: Vec<Uint8ArraySlice<'_>>) {
    if let Some(ring) = ring(id) {
        let mut bytes = Vec::with_capacity(pieces.iter().map(|piece| piece.len()).sum());
        for piece in pieces {
            bytes.extend_from_slice(&piece);
        }
        ring.send(Command::Push { handle, bytes: bytes.into() });
    }
}

/// Another delivery, after the event loop had its turn.
#[napi]
pub fn deliver(env: &Env, id: u32) {
    if let Some(ring) = ring(id) {
        super::deliver::deliver(&ring, env.raw(), None);
    }
}
