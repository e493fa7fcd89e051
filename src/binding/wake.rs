//! Waking a JavaScript thread: one ThreadsafeFunction a ring, called once a batch.
//!
//! It holds no JavaScript function: a strong function would pin the realm that made it (each Jest file has
//! its own) for as long as the process lives. The call finds its ring by the context pointer and the ring's
//! object by a weak reference.

use std::ffi::c_void;
use std::ptr;
use std::sync::Arc;

use napi::sys;
use parking_lot::Mutex;

use super::ring::Ring;

/// The handle, and the promise that it is not called after it was given up.
#[derive(Debug, Default)]
pub(super) struct Wake {
    function: Mutex<Option<Function>>,
}

#[derive(Debug, Clone, Copy)]
struct Function(sys::napi_threadsafe_function);

// SAFETY: Node documents call and release of a ThreadsafeFunction as callable from any thread; ref and
// unref are called on the JavaScript thread only.
unsafe impl Send for Function {}

impl Wake {
    /// Asks for a delivery on the JavaScript thread. After `close`, nothing.
    pub(super) fn call(&self) {
        // The lock is held over the call: `close` waits for it, so the handle is alive.
        let function = self.function.lock();
        if let Some(Function(raw)) = *function {
            // SAFETY: `raw` came from napi_create_threadsafe_function and was not released.
            let _: sys::napi_status = unsafe {
                sys::napi_call_threadsafe_function(
                    raw,
                    ptr::null_mut(),
                    sys::ThreadsafeFunctionCallMode::nonblocking,
                )
            };
        }
    }

    /// Holds the process open, or lets it exit. On the JavaScript thread.
    pub(super) fn hold(&self, env: sys::napi_env, busy: bool) {
        let function = self.function.lock();
        if let Some(Function(raw)) = *function {
            // SAFETY: on the JavaScript thread (the caller has its env), with a handle not released.
            let _: sys::napi_status = unsafe {
                if busy {
                    sys::napi_ref_threadsafe_function(env, raw)
                } else {
                    sys::napi_unref_threadsafe_function(env, raw)
                }
            };
        }
    }

    /// Gives the handle up; no call follows.
    pub(super) fn close(&self) {
        let taken = self.function.lock().take();
        if let Some(Function(raw)) = taken {
            // SAFETY: taken out of its place, so released once and never used again.
            let _: sys::napi_status = unsafe {
                sys::napi_release_threadsafe_function(raw, sys::ThreadsafeFunctionReleaseMode::abort)
            };
        }
    }

    /// Makes the ThreadsafeFunction of `ring`, unref'd. On the JavaScript thread.
    pub(super) fn open(ring: &Arc<Ring>, env: sys::napi_env) -> Result<(), sys::napi_status> {
        let mut name = ptr::null_mut();
        let mut raw = ptr::null_mut();
        let context = Arc::into_raw(Arc::clone(ring)).cast_mut().cast::<c_void>();
        // SAFETY: `env` is the caller's, live for this call; `context` is a strong count of the ring that
        // `finalize` gives back; the callbacks match the signatures that napi documents.
        let status = unsafe {
            let status = sys::napi_create_string_utf8(env, NAME.as_ptr().cast(), NAME_LENGTH, &raw mut name);
            if status == sys::Status::napi_ok {
                sys::napi_create_threadsafe_function(
                    env,
                    ptr::null_mut(),
                    ptr::null_mut(),
                    name,
                    0,
                    1,
                    context,
                    Some(finalize),
                    context,
                    Some(call_js),
                    &raw mut raw,
                )
            } else {
                status
            }
        };
        if status != sys::Status::napi_ok {
            // SAFETY: the count made above; napi did not take it.
            drop(unsafe { Arc::from_raw(context.cast_const().cast::<Ring>()) });
            return Err(status);
        }
        *ring.wake.function.lock() = Some(Function(raw));
        ring.wake.hold(env, false);
        Ok(())
    }
}

const NAME: &[u8] = b"rag-connection-pool";
const NAME_LENGTH: isize = 19;

/// Node deletes the handle: because of `close`, or because its environment ends first.
unsafe extern "C" fn finalize(_env: sys::napi_env, data: *mut c_void, _hint: *mut c_void) {
    // SAFETY: the count that `open` gave to Node, given back once.
    let ring = unsafe { Arc::from_raw(data.cast_const().cast::<Ring>()) };
    ring.wake.function.lock().take();
    ring.detach();
}

unsafe extern "C" fn call_js(
    env: sys::napi_env,
    _function: sys::napi_value,
    context: *mut c_void,
    _data: *mut c_void,
) {
    // A null env: Node empties the queue of a function that is closing.
    if env.is_null() {
        return;
    }
    // SAFETY: the count that `open` gave to Node is alive until `finalize`; this one is taken beside it.
    let ring = unsafe {
        Arc::increment_strong_count(context.cast_const().cast::<Ring>());
        Arc::from_raw(context.cast_const().cast::<Ring>())
    };
    super::deliver::deliver(&ring, env);
}
