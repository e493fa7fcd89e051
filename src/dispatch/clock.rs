//! The one place that reads the clock. Everything below takes time as an argument.

use std::future::Future;
use std::pin::Pin;
use std::time::{Duration, Instant, SystemTime};

#[expect(clippy::disallowed_methods, reason = "dispatch owns the clock")]
pub(crate) fn now() -> Instant {
    Instant::now()
}

/// The time that people go by, which also passes while the machine sleeps.
#[expect(clippy::disallowed_methods, reason = "dispatch owns the clock")]
pub(super) fn wall() -> SystemTime {
    SystemTime::now()
}

/// A time ran out.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Elapsed;

/// How late a timer may ring with nobody having been away.
pub(super) const SLACK: Duration = Duration::from_secs(1);

/// Whether a timer that was to ring at a time rang so late that nobody was there to hear it: the process was stopped.
pub(super) fn overslept(due: Instant, now: Instant) -> bool {
    now.saturating_duration_since(due) >= SLACK
}

/// The future's output, unless `limit` passes first. No timer is armed while the future is ready at once,
/// nor ever without a limit.
///
/// A process that was stopped finds its timers due before it has looked at its sockets, where what was awaited may lie since long:
/// it waits a moment more.
///
/// It is taken by reference, because a future that holds another by value holds it once for each place that
/// awaits it: three levels of that made ten kilobytes of a request.
pub(crate) async fn within<F: Future>(
    limit: Option<Duration>,
    future: Pin<&mut F>,
) -> Result<F::Output, Elapsed> {
    match limit {
        None => Ok(future.await),
        Some(limit) => match now().checked_add(limit) {
            None => Ok(future.await),
            Some(due) => until(due, limit.min(SLACK), future).await,
        },
    }
}

async fn until<F: Future>(
    mut due: Instant,
    more: Duration,
    mut future: Pin<&mut F>,
) -> Result<F::Output, Elapsed> {
    loop {
        if let Ok(output) = tokio::time::timeout_at(due.into(), future.as_mut()).await {
            return Ok(output);
        }
        let rang = now();
        if !overslept(due, rang) {
            return Err(Elapsed);
        }
        due = rang + more;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_timer_that_rings_a_second_late_was_not_heard() {
        let due = now();
        assert!(!overslept(due, due + SLACK / 2));
        assert!(overslept(due, due + SLACK));
    }
}
