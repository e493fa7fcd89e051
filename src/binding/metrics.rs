//! A pool's metrics as one flat block of numbers, for `lib/observe/figures.js` to read.

use std::time::Duration;

use napi::bindgen_prelude::Float64Array;
use napi_derive::napi;

use crate::dispatch::{Observed, OriginStanding};
use crate::key::Scheme;
use crate::metrics::{Counters, Event, Outcome, Stage, StageSummaries, Summary};
use crate::pool::Stats;

use super::numbers::exact;
use super::pools::{pool, present_or_past};

/// A pool at one moment. A thousand origins as JSON took 65 ms to write and 10 to read; as numbers they take one.
#[napi(object)]
pub struct MetricsBlock {
    /// Of each origin that was measured, a line.
    pub measured: String,
    /// Of each origin that has connections, dials or waiters, a line. One with several trusts or ways comes several times.
    pub standing: String,
    /// In this order, as `lib/observe/figures.js` says: the pool's connections, the index at which what stands begins, the
    /// pool's row, the row of each measured origin, the six figures of each standing one.
    pub numbers: Float64Array,
}

/// The pool at this moment, with or without its origins; `null` once it is forgotten, which is some time after it was
/// destroyed.
#[napi]
pub fn metrics(number: u32, origins: bool) -> Option<MetricsBlock> {
    let pool = present_or_past(number)?;
    Some(block(&if origins { pool.observe() } else { pool.observe_whole() }))
}

/// Requests that failed so far.
#[napi]
pub fn error_count(number: u32) -> f64 {
    pool(number).map_or(0.0, |pool| exact(pool.errors()))
}

/// Forgets what was measured, but not what is open.
#[napi]
pub fn reset_metrics(number: u32) {
    if let Some(pool) = pool(number) {
        pool.reset_metrics();
    }
}

/// A request that the pool did not carry was answered after so many milliseconds.
#[napi]
pub fn track_request(number: u32, ms: f64) {
    // What is no time at all was refused above.
    if let (Some(pool), Ok(took)) = (pool(number), Duration::try_from_secs_f64(ms / 1_000.0)) {
        pool.record_elsewhere(Outcome::Completed(took));
    }
}

/// A request that the pool did not carry failed, because a time ran out or otherwise.
#[napi]
pub fn track_error(number: u32, timed_out: bool) {
    if let Some(pool) = pool(number) {
        pool.record_elsewhere(if timed_out { Outcome::TimedOut } else { Outcome::Failed });
    }
}

/// A request that the pool did not carry had to wait for a connection.
#[napi]
pub fn track_exhaustion(number: u32) {
    if let Some(pool) = pool(number) {
        pool.happened_elsewhere(Event::PoolExhausted);
    }
}

fn block(observed: &Observed) -> MetricsBlock {
    let origins = &observed.measured.origins;
    let mut numbers =
        Vec::with_capacity(POOL + ROW * (origins.len() + 1) + STANDING * observed.origins.len());
    numbers.extend(stats(&observed.stats));
    numbers.push(ms(observed.oldest_wait));
    numbers.push(exact((POOL + ROW * (origins.len() + 1)) as u64));
    row(&mut numbers, &observed.measured.counters, &observed.measured.stages);
    for origin in origins {
        row(&mut numbers, &origin.counters, &origin.stages);
    }
    numbers.extend(observed.origins.iter().flat_map(standing));
    MetricsBlock {
        measured: lines(origins.iter().map(|origin| &*origin.name)),
        standing: lines(observed.origins.iter().map(|origin| &*origin.name)),
        numbers: numbers.into(),
    }
}

/// How many numbers the pool's connections, the row of an origin and a standing take: room to set aside, no more.
const POOL: usize = 12;
const ROW: usize = 16 + 6 * Stage::ALL.len();
const STANDING: usize = 6;

fn lines<'a>(names: impl Iterator<Item = &'a str>) -> String {
    names.collect::<Vec<_>>().join("\n")
}

fn row(numbers: &mut Vec<f64>, measured: &Counters, stages: &StageSummaries) {
    numbers.extend(counters(measured));
    for stage in Stage::ALL {
        // A stage in which nothing was recorded is one with a count of 0.
        numbers.extend(figures(&stages.get(stage).copied().unwrap_or_default()));
    }
}

fn stats(stats: &Stats) -> [f64; 10] {
    [
        stats.total.into(),
        stats.open.into(),
        stats.active.into(),
        stats.idle.into(),
        stats.connecting.into(),
        stats.waiting.into(),
        exact(stats.created),
        exact(stats.destroyed),
        exact(stats.detached),
        stats.peak.into(),
    ]
}

fn counters(counters: &Counters) -> [f64; 16] {
    [
        exact(counters.total_requests),
        exact(counters.completed),
        exact(counters.cached_connections),
        exact(counters.new_connections),
        exact(counters.errors),
        exact(counters.timeouts),
        exact(counters.aborted),
        exact(counters.pool_exhausted),
        exact(counters.resent),
        exact(counters.leaked),
        exact(counters.bytes_in),
        exact(counters.bytes_out),
        counters.total_response_ms(),
        counters.avg_response_ms(),
        exact(counters.tls_handshakes),
        exact(counters.tls_resumed),
    ]
}

fn figures(summary: &Summary) -> [f64; 6] {
    [exact(summary.count), summary.avg_ms, summary.p50_ms, summary.p95_ms, summary.p99_ms, summary.max_ms]
}

fn standing(origin: &OriginStanding) -> [f64; 6] {
    let stats = &origin.stats;
    let secure = f64::from(u8::from(origin.scheme == Scheme::Https));
    [
        secure,
        stats.active.into(),
        stats.idle.into(),
        stats.waiting.into(),
        ms(origin.oldest_wait),
        stats.connecting.into(),
    ]
}

fn ms(time: Option<Duration>) -> f64 {
    time.map_or(0.0, |time| time.as_secs_f64() * 1_000.0)
}
