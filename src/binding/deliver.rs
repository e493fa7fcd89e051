//! One wake of a JavaScript thread: the ready completions go into the slab and JavaScript reads them, as
//! often as it takes, but not longer than a turn of the event loop can wait.
//!
//! Node runs the calls of a ThreadsafeFunction that come while it runs them before it turns to timers, to I/O and to what was put
//! off by `setImmediate`. So no delivery follows on another before the loop has had its turn, however short each is. Then the next
//! is read where that is looked for, which saves a wake; but not for agents: whoever has put off by `setImmediate` what follows on a
//! write has with Node's own sockets no reply by then, for these are read where the loop reads.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use napi::sys;

use super::batch::write_batch;
use super::bulk::BULK_A_TURN;
use super::home::with_slab;
use super::records::{HEADER, Writer};
use super::ring::Ring;

/// How long deliveries may follow one another before the event loop has its turn.
const TURN: Duration = Duration::from_millis(1);

/// A delivery. No panic leaves it: a fault of ours ends this ring, not the process.
pub(super) fn deliver(ring: &Arc<Ring>, env: sys::napi_env) {
    if catch_unwind(AssertUnwindSafe(|| turns(ring, env))).is_err() {
        end(ring, env);
    }
}

/// The event loop has had its turn since a delivery, which is over unless there is more. Says whether a wake is on its way for that,
/// which keeps no loop alive that nothing else does.
pub(super) fn look(ring: &Arc<Ring>, env: sys::napi_env) -> bool {
    if ring.raws.lock().is_empty() {
        deliver(ring, env);
        return false;
    }
    let is_left = !ring.home.lock().backlog.is_empty();
    let goes_on = is_left || ring.end_delivery();
    if goes_on {
        ring.wake.call();
    }
    goes_on
}

#[expect(
    clippy::disallowed_methods,
    reason = "the turn of the event loop is measured here, where it is lived"
)]
fn turns(ring: &Arc<Ring>, env: sys::napi_env) {
    let begun = Instant::now();
    let mut now = begun;
    let mut told_in_all = 0_u32;
    let mut bulk = 0;
    loop {
        let Some(batch) = fill(ring, env, now) else { return end(ring, env) };
        if batch.records > 0 && !read(ring, env, &batch) {
            if ring.end_delivery() {
                ring.wake.call();
            }
            return;
        }
        told_in_all = told_in_all.saturating_add(batch.records);
        let mut home = ring.home.lock();
        bulk += home.bulk.told();
        home.bulk.clear();
        let is_over = home.backlog.is_empty();
        now = Instant::now();
        drop(home);
        if !is_over && bulk < BULK_A_TURN && now.duration_since(begun) <= TURN {
            continue;
        }
        if !is_over || told_in_all > 0 || ring.end_delivery() {
            call(env, batch.object, c"later", None);
        }
        return;
    }
}

/// Has JavaScript read a batch; false when it threw.
fn read(ring: &Ring, env: sys::napi_env, batch: &Batch) -> bool {
    ring.home.lock().is_reading = true;
    let done = call(env, batch.object, c"deliver", Some(batch.records));
    ring.home.lock().is_reading = false;
    done
}

struct Batch {
    object: sys::napi_value,
    records: u32,
}

/// Writes what is ready. `None`: the slab was transferred away, or the engine or the ring's object is gone.
fn fill(ring: &Arc<Ring>, env: sys::napi_env, now: Instant) -> Option<Batch> {
    if ring.is_lost() {
        return None;
    }
    let mut home = ring.home.lock();
    let home = &mut *home;
    let object = home.object.as_ref()?.value(env)?;
    let slab = home.completions.as_ref()?.value(env)?;
    ring.collect(&mut home.backlog);
    let mut settled = 0;
    let written = with_slab(env, slab, |bytes| {
        if bytes.len() < HEADER {
            return None;
        }
        let mut writer = Writer::new(bytes);
        write_batch(&mut writer, &mut home.backlog, &mut home.bulk, |request| {
            settled += 1;
            if let Some(request) = request {
                request.pool.record_delivery(&request, now);
            }
        });
        Some(writer.records())
    });
    let records = written.flatten()?;
    if let Some(busy) = home.count(env, 0, settled) {
        ring.wake.hold(env, busy);
    }
    Some(Batch { object, records })
}

/// Calls a method of the ring's object; false when it threw, which only an ending thread makes it do.
fn call(env: sys::napi_env, object: sys::napi_value, name: &std::ffi::CStr, argument: Option<u32>) -> bool {
    let mut function = ptr::null_mut();
    let mut value = ptr::null_mut();
    let mut result = ptr::null_mut();
    // SAFETY: `env` and `object` are live in the scope that Node opened for this callback; a value that is
    // no function gives a status.
    let status = unsafe {
        sys::napi_get_named_property(env, object, name.as_ptr(), &raw mut function);
        let count = match argument {
            Some(number) => {
                sys::napi_create_uint32(env, number, &raw mut value);
                1
            }
            None => 0,
        };
        sys::napi_call_function(env, object, function, count, &raw const value, &raw mut result)
    };
    status == sys::Status::napi_ok
}

/// Ends a ring whose slab or code broke: JavaScript fails its requests, the engine drops them.
fn end(ring: &Arc<Ring>, env: sys::napi_env) {
    let object = {
        let mut home = ring.home.lock();
        let object = home.object.as_ref().and_then(|object| object.value(env));
        // Nothing is in flight any more. A strong reference left behind would keep the realm for ever.
        home.count(env, 0, u32::MAX);
        object
    };
    ring.wake.hold(env, false);
    if ring.detach()
        && let Some(object) = object
    {
        call(env, object, c"ended", None);
    }
}
