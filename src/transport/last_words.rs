//! What a peer said before it stopped listening.
//!
//! A server that has heard enough of a request replies, or sends a GOAWAY, and closes; what still comes is reset. The kernel
//! then fails the next write while the reply waits to be read, and both hyper and h2 end with the first write that fails.
//! RFC 9112, section 9.5, and RFC 9113, section 6.8, want the reply heeded. So such a failure is kept back until all that had
//! arrived is read, and what is written meanwhile goes nowhere.
//!
//! "Not there yet" does not end the reading: the runtime hears of the reset later than a write does, but it does hear of it.

use std::io;
use std::task::{Context, Poll};

/// Whether a write failed by what the peer did, so that its reader hears of it too, after what the peer has said.
pub(super) fn follow(failure: &io::Error) -> bool {
    matches!(failure.kind(), io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe)
}

/// Why a write failed, while what came before is read.
#[derive(Debug, Default)]
pub(super) struct LastWords {
    failure: Option<io::Error>,
}

impl LastWords {
    /// Whether nothing more can be written.
    pub(super) fn are_awaited(&self) -> bool {
        self.failure.is_some()
    }

    /// For the writer: what failed passes for `done`, and its task is woken to read.
    pub(super) fn written<T>(
        &mut self,
        cx: &Context<'_>,
        outcome: Poll<io::Result<T>>,
        done: T,
    ) -> Poll<io::Result<T>> {
        match outcome {
            Poll::Ready(Err(failure)) if follow(&failure) => {
                self.failure = Some(failure);
                cx.waker().wake_by_ref();
                Poll::Ready(Ok(done))
            }
            other => other,
        }
    }

    /// For the reader: the bytes that `came`, and after the last of them why the write failed.
    pub(super) fn read(&mut self, outcome: Poll<io::Result<()>>, came: usize) -> Poll<io::Result<()>> {
        match self.failure.take_if(|_| outcome.is_ready() && came == 0) {
            Some(failure) => Poll::Ready(Err(failure)),
            None => outcome,
        }
    }

    /// Why the write failed, for once.
    pub(super) fn tell(&mut self) -> Option<io::Error> {
        self.failure.take()
    }
}
