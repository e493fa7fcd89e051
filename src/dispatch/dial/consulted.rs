//! A dial whose user is asked on the way, and the time that it has while his thread is held up.

use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use rustls::pki_types::CertificateDer;

use super::super::clock::{Elapsed, now, within};
use crate::transport::consult::{Answer, Consult};

/// Whose thread comes round later than this was held up.
const HELD_UP: Duration = Duration::from_millis(100);

/// The user of one dial, and how many of its questions he has not answered.
#[derive(Debug)]
pub(super) struct Consulted {
    user: Arc<dyn Consult>,
    open: Arc<AtomicUsize>,
}

impl Consulted {
    pub(super) fn of(user: Arc<dyn Consult>) -> Self {
        Self { user, open: Arc::default() }
    }

    fn is_asked(&self) -> bool {
        self.open.load(Ordering::Relaxed) > 0
    }

    fn counted<T: 'static>(&self, answer: Answer<T>) -> Answer<T> {
        let open = Open::of(&self.open);
        Box::pin(async move {
            let said = answer.await;
            drop(open);
            said
        })
    }
}

impl Consult for Consulted {
    fn look_up(&self, host: &str, family: u8) -> Option<Answer<Vec<SocketAddr>>> {
        self.user.look_up(host, family).map(|answer| self.counted(answer))
    }

    fn come_round(&self) -> Option<Answer<()>> {
        self.user.come_round()
    }

    fn check(&self, host: &str, chain: &[CertificateDer<'_>]) -> Option<Answer<()>> {
        self.user.check(host, chain).map(|answer| self.counted(answer))
    }
}

/// As [`within`], of a dial. Where the limit finds it waiting for its user, his thread has its turn first; was that held up,
/// the dial has as long again, once, since nobody knows for how long of its time it was.
pub(super) async fn within_his_time<F: Future>(
    limit: Option<Duration>,
    user: Option<&Consulted>,
    mut dial: Pin<&mut F>,
) -> Result<F::Output, Elapsed> {
    let elapsed = match within(limit, dial.as_mut()).await {
        Ok(dialled) => return Ok(dialled),
        Err(elapsed) => elapsed,
    };
    let turn = user.filter(|user| user.is_asked()).and_then(Consult::come_round);
    let Some(turn) = turn else { return Err(elapsed) };
    let since = now();
    tokio::select! {
        biased;
        dialled = dial.as_mut() => return Ok(dialled),
        _ = turn => {}
    }
    if now().saturating_duration_since(since) < HELD_UP {
        return Err(elapsed);
    }
    within(limit, dial).await
}

/// A question without an answer.
struct Open(Arc<AtomicUsize>);

impl Open {
    fn of(count: &Arc<AtomicUsize>) -> Self {
        count.fetch_add(1, Ordering::Relaxed);
        Self(Arc::clone(count))
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}
