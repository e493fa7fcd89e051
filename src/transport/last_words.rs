//! What a peer said before it stopped listening.
//!
//! A server that has heard enough of a request replies, or sends a GOAWAY, and closes; what still comes is reset. The kernel
//! then fails the next write while the reply waits to be read, and both hyper and h2 end with the first write that fails.
//! RFC 9112, section 9.5, and RFC 9113, section 6.8, want the reply heeded. So such a failure is kept back until all that had
//! arrived is read, however long the reader takes for it.
//!
//! "Not there yet" does not end the reading: the runtime hears of the reset later than a write does, but it does hear of it.

use std::io;
use std::task::{Context, Poll};

/// Whether a write failed by what the peer did, so that its reader hears of it too, after what the peer has said.
pub(super) fn follow(failure: &io::Error) -> bool {
    matches!(failure.kind(), io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe)
}

/// Whether a peer had said that no more comes before it reset the connection: that is an end of its own. Linux has another error
/// for that; elsewhere who reads after a reset is told of it, and of no end.
pub(super) fn ended_before(failure: &io::Error) -> bool {
    failure.kind() == io::ErrorKind::BrokenPipe
}

/// Why a write failed, while what came before is read.
#[derive(Debug, Default)]
pub(super) struct LastWords {
    failure: Option<io::Error>,
    /// The reader knows that nothing comes any more.
    over: bool,
}

impl LastWords {
    /// Whether nothing more can be written.
    pub(super) fn are_awaited(&self) -> bool {
        self.failure.is_some()
    }

    /// For the writer: what came of a write, or `instead`, and then its task is woken to read.
    pub(super) fn written<T>(
        &mut self,
        cx: &Context<'_>,
        outcome: Poll<io::Result<T>>,
        instead: Poll<io::Result<T>>,
    ) -> Poll<io::Result<T>> {
        match outcome {
            Poll::Ready(Err(failure)) if !self.over && follow(&failure) => {
                self.failure = Some(failure);
                cx.waker().wake_by_ref();
                instead
            }
            other => other,
        }
    }

    /// For the reader: the bytes that `came`, and after the last of them why the write failed.
    pub(super) fn read(&mut self, outcome: Poll<io::Result<()>>, came: usize) -> Poll<io::Result<()>> {
        let failure = self.failure.take_if(|_| outcome.is_ready() && came == 0);
        self.over |= failure.is_some();
        match failure {
            Some(failure) if !(matches!(outcome, Poll::Ready(Ok(()))) && ended_before(&failure)) => {
                Poll::Ready(Err(failure))
            }
            _ => outcome,
        }
    }

    /// Why the write failed, for once.
    pub(super) fn tell(&mut self) -> Option<io::Error> {
        self.failure.take()
    }
}
