//! A pool's metrics as JSON, for `lib/observe/metrics.js` to put into the shape that users see.

use std::time::Duration;

use napi_derive::napi;
use serde_json::{Map, Value, json};

use crate::dispatch::Observed;
use crate::metrics::{Counters, Event, Mark, Outcome, StageSummaries, Summary};
use crate::pool::Stats;

use super::numbers::{exact, whole};
use super::pools::{pool, present_or_past};

/// The pool at this moment, as JSON; `null` once it is forgotten, which is some time after it was destroyed. Of origins only those are told that have changed since
/// `mark` (`epoch`, `uses`), which the last answer gave; of another epoch all.
#[napi]
pub fn metrics(number: u32, epoch: Option<f64>, uses: Option<f64>) -> String {
    let mark = Mark { epoch: whole(epoch.unwrap_or(0.0)), uses: whole(uses.unwrap_or(0.0)) };
    present_or_past(number)
        .map_or_else(|| "null".to_owned(), |pool| describe(&pool.observe_since(mark)).to_string())
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

fn describe(observed: &Observed) -> Value {
    let origins = observed.measured.origins.iter().map(|origin| {
        json!({ "name": origin.name, "counters": counters(&origin.counters), "stages": stages(&origin.stages) })
    });
    let standing = observed.origins.iter().map(|origin| {
        let stats = &origin.stats;
        json!([
            origin.name,
            origin.scheme.name(),
            stats.active,
            stats.idle,
            stats.waiting,
            ms(origin.oldest_wait)
        ])
    });
    json!({
        "epoch": observed.mark.epoch,
        "uses": observed.mark.uses,
        "stats": stats(&observed.stats),
        "counters": counters(&observed.measured.counters),
        "stages": stages(&observed.measured.stages),
        "origins": origins.collect::<Vec<_>>(),
        "standing": standing.collect::<Vec<_>>(),
        "oldestWaitMs": ms(observed.oldest_wait),
    })
}

fn stats(stats: &Stats) -> Value {
    json!({
        "total": stats.total,
        "open": stats.open,
        "active": stats.active,
        "idle": stats.idle,
        "connecting": stats.connecting,
        "waiting": stats.waiting,
        "created": stats.created,
        "destroyed": stats.destroyed,
        "detached": stats.detached,
        "peak": stats.peak,
    })
}

fn counters(counters: &Counters) -> Value {
    json!({
        "totalRequests": counters.total_requests,
        "completed": counters.completed,
        "cachedConnections": counters.cached_connections,
        "newConnections": counters.new_connections,
        "errors": counters.errors,
        "timeouts": counters.timeouts,
        "aborted": counters.aborted,
        "poolExhausted": counters.pool_exhausted,
        "resent": counters.resent,
        "leaked": counters.leaked,
        "bytesIn": counters.bytes_in,
        "bytesOut": counters.bytes_out,
        "totalResponseTime": counters.total_response_ms(),
        "avgResponseTime": counters.avg_response_ms(),
    })
}

fn stages(stages: &StageSummaries) -> Value {
    let figures = stages.iter().map(|(stage, summary)| (stage.name().to_owned(), figures(summary)));
    Value::Object(figures.collect::<Map<_, _>>())
}

fn figures(summary: &Summary) -> Value {
    json!({
        "count": summary.count,
        "avg": summary.avg_ms,
        "p50": summary.p50_ms,
        "p95": summary.p95_ms,
        "p99": summary.p99_ms,
        "max": summary.max_ms,
    })
}

fn ms(time: Option<Duration>) -> f64 {
    time.map_or(0.0, |time| time.as_secs_f64() * 1_000.0)
}
