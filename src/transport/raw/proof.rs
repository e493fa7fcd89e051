//! Whether a connection that rested still lives, before a byte is written on it.

use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};

/// What has to be known of a connection before the first byte of a lease.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Proof {
    /// Nothing: it was made for the lease.
    #[default]
    None,
    /// What the kernel tells the runtime of all its sockets: one call for all leases that begin together.
    Shared,
    /// What the kernel says of this one, right before the write: for what must not be sent twice.
    Own,
}

/// The wait until the runtime has asked the kernel what is new.
#[derive(Debug, Default)]
pub(super) struct Round {
    bell: Option<Arc<Bell>>,
}

impl Round {
    /// Ready once all that the kernel had to tell at the first call is known. Who yields is woken after the runtime has looked at
    /// its sockets; whatever else wakes the task meanwhile ends nothing.
    pub(super) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if let Some(bell) = &self.bell {
            if !bell.rung.load(Ordering::Acquire) {
                return Poll::Pending;
            }
            self.bell = None;
            return Poll::Ready(());
        }
        let bell = Arc::new(Bell { rung: AtomicBool::new(false), task: cx.waker().clone() });
        let waker = Waker::from(Arc::clone(&bell));
        let yielded = pin!(tokio::task::yield_now()).poll(&mut Context::from_waker(&waker));
        self.bell = Some(bell).filter(|_| yielded.is_pending());
        yielded
    }
}

/// What the runtime wakes, and nobody else.
#[derive(Debug)]
struct Bell {
    rung: AtomicBool,
    task: Waker,
}

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.rung.store(true, Ordering::Release);
        self.task.wake_by_ref();
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;
    use std::task::Poll;

    use super::Round;

    #[test]
    fn nothing_but_the_runtime_ends_a_round() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(async {
            let mut round = Round::default();
            let twice = poll_fn(|cx| Poll::Ready([round.poll(cx), round.poll(cx)])).await;
            assert_eq!(twice, [Poll::Pending; 2]);
            poll_fn(|cx| round.poll(cx)).await;
        });
    }
}
