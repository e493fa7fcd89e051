//! Functions that JavaScript calls for each request of an agent, made by hand.
//!
//! Around each call napi-rs keeps account of what a task might borrow of it, in memory and under locks of its own: as much again as a
//! third of what is done here. These take numbers and give one.

use std::ffi::{CStr, c_void};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr;
use std::sync::Arc;

use napi::sys;

use super::attach::ring;
use super::ring::Ring;

/// What a function was called with. What is missing, or is something else than it should be, is 0 or false.
pub(super) struct Call<const N: usize> {
    pub(super) env: sys::napi_env,
    values: [sys::napi_value; N],
}

impl<const N: usize> Call<N> {
    /// A whole number, modulo 2^32.
    pub(super) fn whole(&self, at: usize) -> u32 {
        let mut number = 0;
        // SAFETY: the values are those of the call that is under way; napi writes the result or gives a status.
        let _: sys::napi_status =
            unsafe { sys::napi_get_value_uint32(self.env, self.value(at), &raw mut number) };
        number
    }

    pub(super) fn number(&self, at: usize) -> f64 {
        let mut number = 0.0;
        // SAFETY: as in `whole`.
        let _: sys::napi_status =
            unsafe { sys::napi_get_value_double(self.env, self.value(at), &raw mut number) };
        number
    }

    pub(super) fn is_true(&self, at: usize) -> bool {
        let mut truth = false;
        // SAFETY: as in `whole`.
        let _: sys::napi_status =
            unsafe { sys::napi_get_value_bool(self.env, self.value(at), &raw mut truth) };
        truth
    }

    /// Null, which napi refuses, for what no call has.
    fn value(&self, at: usize) -> sys::napi_value {
        self.values.get(at).copied().unwrap_or(ptr::null_mut())
    }
}

/// Answers a call of a function that was made for a ring. Without one `otherwise` is the answer, and a panic ends the ring.
///
/// # Safety
/// `env` and `info` are what Node has just called back with.
pub(super) unsafe fn answer<const N: usize>(
    env: sys::napi_env,
    info: sys::napi_callback_info,
    otherwise: u32,
    act: impl FnOnce(&Arc<Ring>, &Call<N>) -> f64,
) -> sys::napi_value {
    let mut call = Call::<N> { env, values: [ptr::null_mut(); N] };
    let (mut count, mut data) = (N, ptr::null_mut());
    // SAFETY: by the caller's promise; there is room for as many values as `count` says.
    let status = unsafe {
        let values = call.values.as_mut_ptr();
        sys::napi_get_cb_info(env, info, &raw mut count, values, ptr::null_mut(), &raw mut data)
    };
    let ring = (status == sys::Status::napi_ok).then(|| ring(number_of(data))).flatten();
    let answered = ring.and_then(|ring| {
        let done = catch_unwind(AssertUnwindSafe(|| act(&ring, &call)));
        done.inspect_err(|_| ring.lose()).ok()
    });
    let mut value = ptr::null_mut();
    // SAFETY: `env` is live; napi writes the result or gives a status.
    let _: sys::napi_status = unsafe {
        sys::napi_create_double(env, answered.unwrap_or_else(|| f64::from(otherwise)), &raw mut value)
    };
    value
}

/// Makes a function for a ring.
pub(super) fn function(
    env: sys::napi_env,
    ring: u32,
    name: &CStr,
    callback: sys::napi_callback,
) -> Option<sys::napi_value> {
    let mut value = ptr::null_mut();
    let length = isize::try_from(name.count_bytes()).ok()?;
    // The number itself, which leads nowhere once the ring is gone, whatever becomes of the function.
    let data = ring as usize as *mut c_void;
    // SAFETY: `env` is live; the name is of that length, and the data is never followed.
    let status =
        unsafe { sys::napi_create_function(env, name.as_ptr(), length, callback, data, &raw mut value) };
    (status == sys::Status::napi_ok).then_some(value)
}

fn number_of(data: *mut c_void) -> u32 {
    u32::try_from(data as usize).unwrap_or(0)
}
