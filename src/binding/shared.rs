//! Pools that several JavaScript threads hold by one name.
//!
//! Each holder has a number of his own for it, under which he asks, listens and lets go. The pool ends with the last hold,
//! whether that is given up or its thread dies.

use std::collections::HashMap;
use std::sync::Arc;

use napi_derive::napi;
use parking_lot::Mutex;

use super::pools::OpenPool;

static NAMED: Mutex<Option<HashMap<Arc<str>, Named>>> = Mutex::new(None);

/// A pool that has a name.
#[derive(Debug)]
struct Named {
    open: OpenPool,
    holds: u32,
    /// The options of him who opened it, as he wrote them down for the others.
    stated: String,
}

/// One hold more on the pool of a name, which is opened if it is the first; else with the options of who opened it. The
/// lock is held meanwhile, so that two who come at once get one pool.
pub(super) fn hold(
    name: String,
    stated: String,
    open: impl FnOnce() -> OpenPool,
) -> (OpenPool, Option<String>) {
    let mut named = NAMED.lock();
    let named = named.get_or_insert_default();
    if let Some(known) = named.get_mut(name.as_str()) {
        known.holds = known.holds.saturating_add(1);
        return (known.open.clone(), Some(known.stated.clone()));
    }
    let name: Arc<str> = name.into();
    let open = OpenPool { name: Some(Arc::clone(&name)), ..open() };
    named.insert(name, Named { open: open.clone(), holds: 1, stated });
    (open, None)
}

/// One hold less; says whether it was the last. A pool without a name has one hold.
pub(super) fn let_go(open: &OpenPool) -> bool {
    let Some(name) = &open.name else { return true };
    let mut named = NAMED.lock();
    let Some(known) = named.as_mut().and_then(|named| named.get_mut(name)) else { return true };
    known.holds = known.holds.saturating_sub(1);
    let last = known.holds == 0;
    if last && let Some(named) = named.as_mut() {
        named.remove(name);
    }
    last
}

/// How many names are held, for tests of their end.
#[napi]
pub fn held_names() -> u32 {
    let count = NAMED.lock().as_ref().map_or(0, HashMap::len);
    u32::try_from(count).unwrap_or(u32::MAX)
}
