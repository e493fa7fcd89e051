//! Raw leases asked for and given back: by a call, so that JavaScript knows at once how it stands. Their bytes cross as records.

use std::sync::Arc;
use std::time::Duration;

use napi::sys;

use crate::dispatch::{RawLease, RawReply, Standing};
use crate::error::{Error, Kind, Phase};

use super::call::{Call, answer};
use super::numbers::whole;
use super::raw::{RawOrigin, RawSide};
use super::raw_reply::RingRaw;
use super::ring::Ring;
use super::stream::Stream;

/// A lease has its connection at once, 0 or, if that has carried a request before, 1; it is being dialled for; it waits because a
/// limit is reached; it is refused.
const DIALLING: u32 = 2;
const QUEUED: u32 = 3;
const REFUSED: u32 = 4;
/// The connection's number is counted in these, where it is known at once.
const CONNECTION: u32 = 8;

/// `(handle, number, origin, idempotent)`: asks for a raw lease, by a number that no other has had of late: what JavaScript says of
/// it goes by that, and may come behind its end. What it is told goes by the handle. The answer is how it stands, as above, and the
/// number of its connection. A final record follows, unless the release says that there is none.
pub(super) unsafe extern "C" fn lease_raw(
    env: sys::napi_env,
    info: sys::napi_callback_info,
) -> sys::napi_value {
    // SAFETY: Node calls this with both.
    unsafe { answer(env, info, REFUSED, lease) }
}

fn lease(ring: &Arc<Ring>, call: &Call<4>) -> f64 {
    let (handle, number, origin, idempotent) = (call.whole(0), call.whole(1), call.whole(2), call.is_true(3));
    let (known, held) = {
        let mut home = ring.home.lock();
        (home.raw_origins.get(&origin).cloned(), home.count(call.env, 1, 0))
    };
    if let Some(busy) = held {
        ring.wake.hold(call.env, busy);
    }
    let stream = Arc::new(Stream::new(handle));
    let reply = Arc::new(RingRaw::new(ring, &stream, number));
    super::linger::begun_elsewhere();
    let opened = match known.as_ref() {
        Some(RawOrigin { pool, destination, .. }) => {
            RawLease::open(pool, destination, idempotent, Arc::clone(&reply) as Arc<dyn RawReply>)
        }
        None => Err(Error::new(Kind::Destroyed, Phase::Queue, "the pool is destroyed")),
    };
    match opened {
        Ok((lease, standing)) => {
            let mut raws = ring.raws.lock();
            // It may have ended by now, on the other thread, which waits here to take it off the list.
            if !lease.is_over() {
                raws.insert(number, RawSide { pool: known.map_or(0, |origin| origin.number), lease, stream });
            }
            drop(raws);
            told(standing)
        }
        Err(error) => {
            reply.fail(error);
            f64::from(REFUSED)
        }
    }
}

fn told(standing: Standing) -> f64 {
    match standing {
        Standing::Leased { reused, connection } => {
            f64::from(u32::from(reused)) + f64::from(CONNECTION) * f64::from(connection.unwrap_or(0))
        }
        Standing::Dialling => f64::from(DIALLING),
        Standing::Queued => f64::from(QUEUED),
    }
}

/// The connection was kept; and the handle is free at once, for no record of it is on its way.
const KEPT: u32 = 1;
const FREE: u32 = 2;

/// `(number, written, read, keep, hint)`: gives a raw lease back. `written` and `read` are the bytes of the exchange as JavaScript
/// counted them, `hint` what the reply said of keep-alive, in ms, or less than 0. The answer is a sum of the above.
pub(super) unsafe extern "C" fn release_raw(
    env: sys::napi_env,
    info: sys::napi_callback_info,
) -> sys::napi_value {
    // SAFETY: Node calls this with both.
    unsafe { answer(env, info, 0, release) }
}

fn release(ring: &Arc<Ring>, call: &Call<5>) -> f64 {
    let (written, read, keep) = (whole(call.number(1)), whole(call.number(2)), call.is_true(3));
    let hint = call.number(4);
    let hint = (hint >= 0.0).then(|| Duration::from_millis(whole(hint)));
    // Taken off the list here and now: what is said of it from here on is for nobody.
    let Some(RawSide { lease, stream, .. }) = ring.raws.lock().remove(&call.whole(0)) else { return 0.0 };
    let Some(kept) = lease.release(written, read, keep, hint) else { return 0.0 };
    let held = ring.home.lock().count(call.env, 0, 1);
    if let Some(busy) = held {
        ring.wake.hold(call.env, busy);
    }
    f64::from(if kept { KEPT } else { 0 } + if stream.is_free() { FREE } else { 0 })
}

#[cfg(test)]
mod tests {
    use super::{CONNECTION, Standing, told};

    #[test]
    fn how_a_lease_stands_is_told_with_the_number_of_its_connection_where_that_is_known() {
        let leased = |reused, connection| told(Standing::Leased { reused, connection });
        let known = f64::from(CONNECTION) * f64::from(u32::MAX);
        assert!(
            [leased(false, None), leased(true, Some(u32::MAX)), told(Standing::Dialling)]
                .iter()
                .zip([0.0, known + 1.0, 2.0])
                .all(|(told, meant)| (told - meant).abs() < 0.5)
        );
    }
}
