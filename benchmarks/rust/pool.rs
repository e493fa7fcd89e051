//! What a request costs in the pool core, with one origin and with ten thousand.

use std::hint::black_box;
use std::time::{Duration, Instant};

use criterion::{Criterion, criterion_group, criterion_main};
use rag_connection_pool::pool::{
    Acquired, Capacity, Effect, Effects, Expect, Lease, Limits, OriginId, Pool, Release, Scheduling,
};

const REUSABLE: Release = Release::Reusable { keep_alive_hint: None };

#[expect(
    clippy::disallowed_methods,
    reason = "an Instant can be had in no other way; only differences count"
)]
fn origin_of_time() -> Instant {
    Instant::now()
}

fn limits(max_sockets: u32) -> Limits {
    Limits {
        max_sockets,
        max_idle: max_sockets,
        surplus_grace: Limits::SURPLUS_GRACE,
        max_queued: None,
        max_per_origin: 10,
        idle_timeout: Duration::from_secs(3600),
        keep_alive_cap: Duration::from_secs(60),
        keep_alive: true,
        scheduling: Scheduling::Lifo,
        queue_timeout: None,
        max_lifetime: None,
        max_requests: None,
        min_idle: 0,
    }
}

/// A pool with one idle connection to each of `n` origins.
fn warm(n: u32, now: Instant) -> (Pool<u32>, Vec<OriginId>) {
    let mut pool = Pool::new(limits(n), 1);
    let mut fx = Effects::new();
    let mut origins = Vec::new();
    for key in 0..n {
        let origin = pool.origin(&key, Expect::Single, now);
        origins.push(origin);
        assert!(matches!(pool.acquire(origin, None, now, &mut fx), Acquired::Queued { .. }));
        settle(&mut pool, now, &mut fx);
    }
    (pool, origins)
}

/// Dials succeed and requests end at once, until nothing is left to be done.
fn settle(pool: &mut Pool<u32>, now: Instant, fx: &mut Effects) {
    while let Some(effect) = fx.pop() {
        match effect {
            Effect::Connect(permit) => {
                pool.connected(permit, Capacity::SINGLE, now, fx);
            }
            Effect::Grant { lease, .. } => pool.released(lease, REUSABLE, now, fx),
            Effect::Abandon(_) | Effect::Reject { .. } | Effect::Close { .. } => {}
        }
    }
}

fn take(pool: &mut Pool<u32>, origin: OriginId, now: Instant, fx: &mut Effects) -> Option<Lease> {
    match pool.acquire(origin, None, now, fx) {
        Acquired::Granted(lease) => Some(lease),
        Acquired::Queued { .. } | Acquired::Refused(_) | Acquired::Forgotten => None,
    }
}

fn acquire_and_release(criterion: &mut Criterion) {
    for n in [1, 10_000] {
        let mut now = origin_of_time();
        let (mut pool, origins) = warm(n, now);
        let mut fx = Effects::new();
        let mut at = 0;
        criterion.bench_function(&format!("acquire and release, {n} origins"), |bench| {
            bench.iter(|| {
                // A stride that is prime to the number of origins: no two requests in a row to one.
                at = (at + 7919) % origins.len();
                now += Duration::from_nanos(100);
                if let Some(lease) = take(&mut pool, origins[at], now, &mut fx) {
                    pool.released(black_box(lease), REUSABLE, now, &mut fx);
                }
                black_box(pool.next_deadline());
            });
        });
        assert_eq!(pool.stats().created, u64::from(n), "every request was served by an idle connection");
    }
}

fn queue_and_grant(criterion: &mut Criterion) {
    let mut now = origin_of_time();
    let mut pool: Pool<u32> = Pool::new(limits(1), 1);
    let mut fx = Effects::new();
    let origin = pool.origin(&0, Expect::Single, now);
    assert!(take(&mut pool, origin, now, &mut fx).is_none());
    let mut lease = None;
    while let Some(effect) = fx.pop() {
        match effect {
            Effect::Connect(permit) => {
                pool.connected(permit, Capacity::SINGLE, now, &mut fx);
            }
            Effect::Grant { lease: granted, .. } => lease = Some(granted),
            Effect::Abandon(_) | Effect::Reject { .. } | Effect::Close { .. } => {}
        }
    }
    criterion.bench_function("queue, release and grant, one origin", |bench| {
        bench.iter(|| {
            now += Duration::from_nanos(100);
            black_box(take(&mut pool, origin, now, &mut fx));
            if let Some(lease) = lease.take() {
                pool.released(lease, REUSABLE, now, &mut fx);
            }
            if let Some(Effect::Grant { lease: granted, .. }) = fx.pop() {
                lease = Some(granted);
            }
        });
    });
    assert_eq!(pool.stats().created, 1);
}

criterion_group!(benches, acquire_and_release, queue_and_grant);
criterion_main!(benches);
