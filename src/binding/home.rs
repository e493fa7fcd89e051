//! The JavaScript thread's side of a ring: its object, its slabs, and what keeps the process open.

use std::collections::VecDeque;
use std::ptr;

use napi::sys;
use rustc_hash::FxHashMap;

use super::bulk::Bulk;
use super::raw::RawOrigin;
use super::ring::Completion;

/// A napi reference. It is read and deleted on the thread that made it.
#[derive(Debug)]
pub(super) struct Reference(sys::napi_ref);

// SAFETY: a `Home` is reached through `Ring` from other threads only to be dropped with it, which touches no
// reference; every function below demands the env, which only the owning thread has.
unsafe impl Send for Reference {}

impl Reference {
    /// A reference to `value` with `count` strong holds.
    pub(super) fn new(env: sys::napi_env, value: sys::napi_value, count: u32) -> Option<Self> {
        let mut raw = ptr::null_mut();
        // SAFETY: `env` and `value` belong to the caller's open scope.
        let status = unsafe { sys::napi_create_reference(env, value, count, &raw mut raw) };
        (status == sys::Status::napi_ok).then_some(Self(raw))
    }

    /// The value, unless it was collected.
    pub(super) fn value(&self, env: sys::napi_env) -> Option<sys::napi_value> {
        let mut value = ptr::null_mut();
        // SAFETY: the reference was made in this env and is not deleted while `self` stands.
        let status = unsafe { sys::napi_get_reference_value(env, self.0, &raw mut value) };
        (status == sys::Status::napi_ok && !value.is_null()).then_some(value)
    }

    /// Makes a weak reference strong, or a strong one weak.
    fn hold(&self, env: sys::napi_env, strong: bool) {
        let mut count = 0;
        // SAFETY: as in `value`; holds and releases alternate (see `Home::hold`).
        let _: sys::napi_status = unsafe {
            if strong {
                sys::napi_reference_ref(env, self.0, &raw mut count)
            } else {
                sys::napi_reference_unref(env, self.0, &raw mut count)
            }
        };
    }

    fn delete(self, env: sys::napi_env) {
        // SAFETY: consumed, so deleted once.
        let _: sys::napi_status = unsafe { sys::napi_delete_reference(env, self.0) };
    }
}

/// What the JavaScript thread keeps for its ring.
#[derive(Debug, Default)]
pub(super) struct Home {
    /// The ring's object: weak while idle, so that a dropped realm is collected; strong while requests are
    /// in flight, as an open socket holds its listeners in Node.
    pub(super) object: Option<Reference>,
    /// The completion slab, strong. It is made by native code in the main realm, so it pins no other.
    pub(super) completions: Option<Reference>,
    /// The submission slab, strong.
    pub(super) submissions: Option<Reference>,
    /// Completions that the slab had no room for yet.
    pub(super) backlog: VecDeque<Completion>,
    /// Streams announced by a `BULK` record in the batch that JavaScript is reading.
    pub(super) bulk: Bulk,
    /// Where raw leases go, by the number that JavaScript gave it.
    pub(super) raw_origins: FxHashMap<u32, RawOrigin>,
    /// JavaScript reads the records of a delivery.
    pub(super) is_reading: bool,
    /// The box of the clean-up hook, while it is registered; 0 afterwards.
    pub(super) hook: usize,
    /// Requests that have not got their final record.
    live: u32,
    /// As many of them as go on only by their consumers.
    standing: u32,
    held: bool,
}

impl Home {
    /// So many requests began, so many got their final record. Says whether the process is to be held open
    /// from now on, when that changed.
    pub(super) fn count(&mut self, env: sys::napi_env, begun: u32, settled: u32) -> Option<bool> {
        self.live = self.live.saturating_add(begun).saturating_sub(settled);
        self.weigh(env)
    }

    /// So many requests in flight hold no process open. Answers as [`Home::count`].
    pub(super) fn stand(&mut self, env: sys::napi_env, standing: u32) -> Option<bool> {
        self.standing = standing;
        self.weigh(env)
    }

    fn weigh(&mut self, env: sys::napi_env) -> Option<bool> {
        let busy = self.live > self.standing;
        if busy == self.held {
            return None;
        }
        self.held = busy;
        if let Some(object) = &self.object {
            object.hold(env, busy);
        }
        Some(busy)
    }

    /// Requests that have not got their final record.
    pub(super) fn live(&self) -> u32 {
        self.live
    }

    /// Deletes the references. The slabs' memory goes with their last view.
    pub(super) fn close(&mut self, env: sys::napi_env) {
        self.backlog.clear();
        self.bulk.clear();
        let engine = super::attach::engine();
        for (_, origin) in self.raw_origins.drain() {
            if let Some(engine) = &engine {
                engine.dismiss(origin.appointed);
            }
        }
        let references = [self.object.take(), self.completions.take(), self.submissions.take()];
        for reference in references.into_iter().flatten() {
            reference.delete(env);
        }
    }
}

/// The bytes of a slab, for the length of `read`. Pointer and length are read anew each time: a buffer that
/// was transferred away has length 0.
pub(super) fn with_slab<T>(
    env: sys::napi_env,
    slab: sys::napi_value,
    read: impl FnOnce(&mut [u8]) -> T,
) -> Option<T> {
    let mut data = ptr::null_mut();
    let mut length = 0;
    // SAFETY: `slab` is a live value of this env; anything but an ArrayBuffer gives a status, not a fault.
    let status = unsafe { sys::napi_get_arraybuffer_info(env, slab, &raw mut data, &raw mut length) };
    if status != sys::Status::napi_ok {
        return None;
    }
    if data.is_null() || length == 0 {
        return Some(read(&mut []));
    }
    // SAFETY: V8 gives the store of `length` bytes, which stays put while no JavaScript runs, and none runs
    // in `read`; only this thread touches it (the slab is not shared).
    let bytes = unsafe { std::slice::from_raw_parts_mut(data.cast::<u8>(), length) };
    Some(read(bytes))
}
