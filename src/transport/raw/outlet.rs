//! What goes out on a raw connection, in as few calls as there may be.

use std::collections::VecDeque;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::{Buf, Bytes};
use tokio::io::AsyncWrite;

use super::super::io::Io;

/// What was queued, from where it goes on.
#[derive(Debug, Default)]
pub(super) struct Outlet {
    pieces: VecDeque<Bytes>,
}

impl Outlet {
    /// Takes over what others have queued. Whether there is anything to write.
    pub(super) fn fill(&mut self, queue: &mut VecDeque<Bytes>) -> bool {
        self.pieces.append(queue);
        !self.pieces.is_empty()
    }

    /// Writes once; how many bytes were taken.
    pub(super) fn write(&mut self, io: &mut Io, cx: &mut Context<'_>) -> Poll<io::Result<usize>> {
        // Pieces that are there at once share a call and the records of TLS, however they were cut.
        let mut slices = [IoSlice::new(&[]); AT_ONCE];
        for (slice, bytes) in slices.iter_mut().zip(&self.pieces) {
            *slice = IoSlice::new(bytes);
        }
        let slices = slices.get(..self.pieces.len().min(AT_ONCE)).unwrap_or_default();
        let count = ready!(Pin::new(io).poll_write_vectored(cx, slices))?;
        self.advance(count);
        Poll::Ready(Ok(count))
    }

    /// Lets go of so many bytes at the front.
    fn advance(&mut self, mut count: usize) {
        while let Some(front) = self.pieces.front_mut().filter(|_| count > 0) {
            let length = front.len().min(count);
            front.advance(length);
            count -= length;
            if front.is_empty() {
                self.pieces.pop_front();
            }
        }
    }
}

/// Pieces that go out in one call.
const AT_ONCE: usize = 16;
