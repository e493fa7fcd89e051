//! Whether a connection that rested still lives, before a byte is written on it.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

/// How a connection is looked at before the first byte of a lease.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Doubt {
    /// Not at all: it was made for the lease.
    #[default]
    None,
    /// The runtime asks the kernel what is new of all its sockets: one call for all leases that begin together.
    Hear,
    /// The kernel is asked about this one, right before the write: for what must not be sent twice.
    Look,
}

/// The wait until the runtime has heard from the kernel.
#[derive(Default)]
pub(super) struct News {
    due: Option<Pin<Box<dyn Future<Output = ()> + Send>>>,
}

impl News {
    /// Ready once all that the kernel had to tell at the first call is known. A task that yields goes on after the runtime has
    /// looked at its sockets; one that is woken meanwhile knows what it knew.
    pub(super) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let due = self.due.get_or_insert_with(|| Box::pin(tokio::task::yield_now()));
        ready!(due.as_mut().poll(cx));
        self.due = None;
        Poll::Ready(())
    }
}

impl fmt::Debug for News {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("News").field("is_due", &self.due.is_some()).finish()
    }
}
