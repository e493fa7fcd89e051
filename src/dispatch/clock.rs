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

/// The future's output, unless `limit` passes first. No timer is armed while the future is ready at once,
/// nor ever without a limit.
///
/// It is taken by reference, because a future that holds another by value holds it once for each place that
/// awaits it: three levels of that made ten kilobytes of a request.
pub(crate) async fn within<F: Future>(
    limit: Option<Duration>,
    future: Pin<&mut F>,
) -> Result<F::Output, Elapsed> {
    match limit {
        None => Ok(future.await),
        Some(limit) => tokio::time::timeout(limit, future).await.map_err(|_| Elapsed),
    }
}
