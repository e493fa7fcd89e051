//! Making and ending a ring.

use std::cell::RefCell;
use std::ffi::c_void;
use std::ptr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use napi::bindgen_prelude::{Object, Unknown};
use napi::{Env, JsValue, sys};
use napi_derive::napi;
use parking_lot::Mutex;
use rustc_hash::FxHashMap;

use crate::dispatch::Engine;

use super::call;
use super::home::{Home, Reference};
use super::raw_calls;
use super::ring::Ring;
use super::wake::Wake;

/// Bytes of a completion slab: a full window of small replies, and any head within the default limit.
const COMPLETIONS: usize = 512 * 1024;
/// Bytes of a submission slab.
const SUBMISSIONS: usize = 256 * 1024;

/// The process's engine and the rings whose wakes it owes.
#[derive(Debug)]
struct Process {
    engine: Option<Arc<Engine>>,
    rings: Vec<Arc<Ring>>,
}

static PROCESS: Mutex<Process> = Mutex::new(Process { engine: None, rings: Vec::new() });
static NEXT_RING: AtomicU32 = AtomicU32::new(1);

thread_local! {
    /// The rings of this JavaScript thread. A number that belongs to another thread leads nowhere.
    static RINGS: RefCell<FxHashMap<u32, Arc<Ring>>> = RefCell::new(FxHashMap::default());
}

/// The engine, started by the first ring.
pub(super) fn engine() -> Option<Arc<Engine>> {
    let mut process = PROCESS.lock();
    if process.engine.is_none() {
        process.engine = Engine::start(about_to_sleep).ok();
        if let Some(engine) = &process.engine {
            engine.spawn(super::linger::run());
            engine.spawn(super::gather::run());
            engine.spawn(super::overdue::run());
        }
    }
    process.engine.clone()
}

/// The I/O thread has nothing left to do.
fn about_to_sleep() {
    let due = PROCESS.lock().rings.iter().map(|ring| ring.due()).sum();
    if !super::gather::looks_again(due, super::linger::flying()) {
        flush_all();
    }
}

/// One wake a ring for all that a turn of the I/O thread brought.
pub(super) fn flush_all() {
    for ring in &PROCESS.lock().rings {
        ring.flush();
    }
}

/// This thread's ring of that number.
pub(super) fn ring(id: u32) -> Option<Arc<Ring>> {
    RINGS.with_borrow(|rings| rings.get(&id).cloned())
}

/// Attaches a ring to `object`, which gets `deliver(records)`, `later()` and `ended()` called.
///
/// Gives `{id, completions, submissions, leaseRaw, releaseRaw}`, or null when the system refuses a thread or memory. The sizes, in
/// bytes, are for tests.
#[napi(
    ts_return_type = "{ id: number, completions: ArrayBuffer, submissions: ArrayBuffer, leaseRaw: (handle: number, lease: number, origin: number, idempotent: boolean) => number, releaseRaw: (lease: number, written: number, read: number, keep: boolean, hintMs: number) => number } | null"
)]
pub fn attach<'env>(
    env: &'env Env,
    object: Object<'env>,
    completions: Option<u32>,
    submissions: Option<u32>,
) -> Option<Object<'env>> {
    let raw = env.raw();
    let engine = engine()?;
    let completions = slab(raw, completions.map_or(COMPLETIONS, |size| size as usize))?;
    let submissions = slab(raw, submissions.map_or(SUBMISSIONS, |size| size as usize))?;
    let mut home = Home::default();
    home.object = Reference::new(raw, object.raw(), 0);
    home.completions = Reference::new(raw, completions, 1);
    home.submissions = Reference::new(raw, submissions, 1);
    let ring = Arc::new(Ring::new(home));
    Wake::open(&ring, raw).ok()?;
    let id = NEXT_RING.fetch_add(1, Ordering::Relaxed);
    watch_for_the_end(raw, &object, id, &ring);
    RINGS.with_borrow_mut(|rings| rings.insert(id, Arc::clone(&ring)));
    PROCESS.lock().rings.push(Arc::clone(&ring));
    engine.spawn(super::intake::serve(Arc::clone(&engine), ring));
    let mut attached = Object::new(env).ok()?;
    attached.set("id", id).ok()?;
    let lease_raw = call::function(raw, id, c"leaseRaw", Some(raw_calls::lease_raw))?;
    let release_raw = call::function(raw, id, c"releaseRaw", Some(raw_calls::release_raw))?;
    for (name, value) in [
        ("completions", completions),
        ("submissions", submissions),
        ("leaseRaw", lease_raw),
        ("releaseRaw", release_raw),
    ] {
        // SAFETY: `value` is a live value of this env, made above.
        attached.set(name, unsafe { Unknown::from_raw_unchecked(raw, value) }).ok()?;
    }
    Some(attached)
}

/// An ArrayBuffer of the main realm, whichever realm asks.
fn slab(env: sys::napi_env, size: usize) -> Option<sys::napi_value> {
    let mut data = ptr::null_mut();
    let mut value = ptr::null_mut();
    // SAFETY: `env` is live; napi writes both results or gives a status.
    let status = unsafe { sys::napi_create_arraybuffer(env, size & !3, &raw mut data, &raw mut value) };
    (status == sys::Status::napi_ok).then_some(value)
}

/// What the finalizer and the clean-up hook know of their ring. Whichever comes first ends it.
struct End {
    env: sys::napi_env,
    id: u32,
    ring: Arc<Ring>,
}

fn watch_for_the_end(env: sys::napi_env, object: &Object<'_>, id: u32, ring: &Arc<Ring>) {
    let end = || Box::into_raw(Box::new(End { env, id, ring: Arc::clone(ring) })).cast::<c_void>();
    let hook = end();
    ring.home.lock().hook = hook as usize;
    // SAFETY: both callbacks get a box that is theirs: the finalizer runs once, the hook once or, removed by
    // the finalizer, never.
    let _: (sys::napi_status, sys::napi_status) = unsafe {
        (
            sys::napi_add_finalizer(
                env,
                object.raw(),
                end(),
                Some(collected),
                ptr::null_mut(),
                ptr::null_mut(),
            ),
            sys::napi_add_env_cleanup_hook(env, Some(env_ends), hook),
        )
    };
}

/// The ring's object was collected: its realm is gone.
unsafe extern "C" fn collected(env: sys::napi_env, data: *mut c_void, _hint: *mut c_void) {
    // SAFETY: the box made for the finalizer, which runs once.
    let end = unsafe { Box::from_raw(data.cast::<End>()) };
    let hook = std::mem::take(&mut end.ring.home.lock().hook);
    if hook != 0 {
        let hook = hook as *mut c_void;
        // SAFETY: registered with this very pair and not yet run (it takes the number when it runs), so the
        // box is still this function's to free.
        unsafe {
            sys::napi_remove_env_cleanup_hook(env, Some(env_ends), hook);
            drop(Box::from_raw(hook.cast::<End>()));
        }
    }
    end.end();
}

/// The worker or the process ends.
unsafe extern "C" fn env_ends(data: *mut c_void) {
    // SAFETY: the box made for the hook; the finalizer leaves it alone from here on.
    let end = unsafe { Box::from_raw(data.cast::<End>()) };
    end.ring.home.lock().hook = 0;
    end.end();
}

impl End {
    /// No completion is delivered and no wake is sent from here on; what is in flight is aborted.
    fn end(&self) {
        PROCESS.lock().rings.retain(|ring| !Arc::ptr_eq(ring, &self.ring));
        RINGS.with_borrow_mut(|rings| rings.remove(&self.id));
        self.ring.detach();
        self.ring.wake.close();
        self.ring.home.lock().close(self.env);
    }
}

/// The rings of the process.
pub(super) fn rings() -> Vec<Arc<Ring>> {
    PROCESS.lock().rings.clone()
}

/// Requests of this thread's rings that have no final record yet.
pub(super) fn live() -> u32 {
    RINGS.with_borrow(|rings| rings.values().map(|ring| ring.home.lock().live()).sum())
}

/// How many rings the process has, for tests of their end.
#[napi]
pub fn ring_count() -> u32 {
    u32::try_from(PROCESS.lock().rings.len()).unwrap_or(u32::MAX)
}
