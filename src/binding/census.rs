//! What the engine holds at this moment, for tests that nothing is left behind. Read-only.

use napi_derive::napi;

use super::attach::{engine, rings};
use super::pools;
use super::shared::held_names;

/// The counts of what has to be none, or known, once everything is over.
#[napi(object, object_from_js = false)]
pub struct Census {
    /// Tasks of the I/O thread: three of its own, one for each ring, one for each pool, and what is under way.
    pub tasks: u32,
    /// Rings, of all JavaScript threads.
    pub rings: u32,
    /// Pools that are open.
    pub pools: u32,
    /// Pools that were destroyed and are kept for their figures.
    pub past: u32,
    /// Names that pools are held by.
    pub names: u32,
    /// Requests of this thread's rings that have no final record yet.
    pub live: u32,
    /// Raw leases, of all rings.
    pub leases: u32,
    /// Questions to users, of all rings.
    pub questions: u32,
    /// Records that wait for JavaScript, of all rings.
    pub records: u32,
    /// Users who may be asked.
    pub users: u32,
    /// TLS configurations that are kept, held or not.
    pub trusts: u32,
}

/// What the engine holds, for tests of its end.
#[napi]
pub fn census() -> Census {
    let rings = rings();
    let (pools, past) = pools::counts();
    let sum = |of: fn(&super::ring::Ring) -> usize| count(rings.iter().map(|ring| of(ring)).sum());
    let engine = engine();
    Census {
        tasks: count(engine.as_ref().map_or(0, |engine| engine.tasks())),
        rings: count(rings.len()),
        pools: count(pools),
        past: count(past),
        names: held_names(),
        live: super::attach::live(),
        leases: sum(|ring| ring.raws.lock().len()),
        questions: sum(|ring| ring.questions.len()),
        records: sum(super::ring::Ring::waiting),
        users: count(engine.as_ref().map_or(0, |engine| engine.users())),
        trusts: count(engine.map_or(0, |engine| engine.trusts.kept())),
    }
}

fn count(of: usize) -> u32 {
    u32::try_from(of).unwrap_or(u32::MAX)
}
