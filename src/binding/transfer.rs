//! Bytes between a JavaScript thread and its ring.

use std::sync::Arc;

use bytes::Bytes;
use napi::Env;
use napi::bindgen_prelude::{Uint8Array, Uint8ArraySlice};
use napi_derive::napi;

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

/// So many requests in flight stand still: they go on only by their consumers, and hold no process open.
#[napi]
pub fn stand(env: &Env, id: u32, standing: u32) {
    let Some(ring) = ring(id) else { return };
    let held = ring.home.lock().stand(env.raw(), standing);
    if let Some(busy) = held {
        ring.wake.hold(env.raw(), busy);
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
    let Some(stream) = home.bulk.get(handle).cloned() else { return 0 };
    // SAFETY: JavaScript made this buffer for this call and touches it after it; no JavaScript runs in it.
    let taken = stream.take(unsafe { place.as_mut() });
    if last {
        home.bulk.remove(handle);
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
        ring.enqueue(Command::Attach { handle, bytes: copied(bytes.len(), [bytes]) });
    }
}

/// The next piece of a streamed request body.
#[napi]
pub fn push_body(id: u32, handle: u32, bytes: &[u8]) {
    if let Some(ring) = ring(id) {
        ring.send(Command::Push { handle, bytes: copied(bytes.len(), [bytes]) });
    }
}

/// Several pieces of a streamed body that were written together, as one.
#[napi]
pub fn push_pieces(id: u32, handle: u32, pieces: Vec<Uint8ArraySlice<'_>>) {
    if let Some(ring) = ring(id) {
        let length = pieces.iter().map(|piece| piece.len()).sum();
        ring.send(Command::Push { handle, bytes: copied(length, pieces) });
    }
}

/// The pieces as one, for the I/O thread: so many bytes.
///
/// Not at the beginning of their block, which is a page's: under TLS they are copied once more, behind a record's header of five
/// bytes, and where the two ends of a copy are that far apart, whole pages aside, REP MOVSB, by which many a glibc copies 8 KiB and
/// more, takes fifteen times as long on AMD's Zen 3 and 4.
fn copied(length: usize, pieces: impl IntoIterator<Item: AsRef<[u8]>>) -> Bytes {
    const MARGIN: usize = 64;
    let mut block = Vec::with_capacity(MARGIN + length);
    block.resize(MARGIN, 0);
    for piece in pieces {
        block.extend_from_slice(piece.as_ref());
    }
    Bytes::from(block).slice(MARGIN..)
}

/// The event loop has had its turn since the last delivery. Says whether it has to come round once more.
#[napi]
pub fn look(env: &Env, id: u32) -> bool {
    ring(id).is_some_and(|ring| super::deliver::look(&ring, env.raw()))
}

#[cfg(test)]
mod tests {
    use super::copied;

    #[test]
    fn what_is_copied_for_the_i_o_thread_comes_whole_and_in_order() {
        assert_eq!(copied(3, [&b"ab"[..], b"", b"c"]), "abc");
        assert_eq!(copied(0, [b""]), "");
    }

    #[test]
    fn what_is_copied_lies_apart_from_the_beginning_of_a_page() {
        let copies: Vec<_> = (0..8).map(|_| copied(64 * 1024, [[0; 64 * 1024]])).collect();
        for copy in copies {
            assert!(copy.as_ptr() as usize % 4096 >= 16, "{:p}", copy.as_ptr());
        }
    }
}
