//! A connection under h2 whose frames are looked at.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::super::super::io::Io;
use super::super::super::last_words::LastWords;
use super::super::doubt::PING;
use super::Sight;
use super::scan::Scan;

/// A connection whose frames are looked at.
#[derive(Debug)]
pub(in super::super) struct Watched {
    io: Io,
    scan: Scan,
    sight: Arc<Sight>,
    /// What is left to write of a PING of ours.
    ping: &'static [u8],
    last_words: LastWords,
}

impl Watched {
    pub(in super::super) fn new(io: Io, max_head: u32, sight: Arc<Sight>) -> Self {
        Self { io, scan: Scan::new(max_head), sight, ping: &[], last_words: LastWords::default() }
    }

    /// A write, after what is left of a PING; `done` if it is of no use any more. Frames tell by themselves which request they
    /// answer, so that what is left to be read is heeded whatever had gone out.
    fn write<T>(
        &mut self,
        cx: &mut Context<'_>,
        done: T,
        write: impl FnOnce(Pin<&mut Io>, &mut Context<'_>) -> Poll<io::Result<T>>,
    ) -> Poll<io::Result<T>> {
        if self.last_words.are_awaited() {
            return Poll::Ready(Ok(done));
        }
        let outcome = match ready!(self.poll_ping(cx)) {
            Ok(()) => write(Pin::new(&mut self.io), cx),
            Err(failure) => Poll::Ready(Err(failure)),
        };
        if let Poll::Ready(Err(failure)) = &outcome {
            self.sight.failed(failure);
        }
        self.last_words.written(cx, outcome, Poll::Ready(Ok(done)))
    }

    fn poll_ping(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while !self.ping.is_empty() {
            let written = ready!(Pin::new(&mut self.io).poll_write(cx, self.ping))?;
            if written == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            self.ping = self.ping.get(written..).unwrap_or_default();
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncRead for Watched {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let before = buffer.filled().len();
        let mut heeded = 0;
        // It asks for more once it has dealt with all that it had.
        if !this.scan.closed.is_empty() {
            this.sight.ended(&mut this.scan.closed);
        }
        if this.sight.over().is_none() {
            let outcome = Pin::new(&mut this.io).poll_read(cx, buffer);
            let came = buffer.filled().len() - before;
            if let Poll::Ready(Err(failure)) = &outcome {
                this.sight.failed(failure);
            }
            ready!(this.last_words.read(outcome, came))?;
            if came > 0 {
                this.sight.doubt.allay();
            }
            heeded = this.scan.read(buffer.filled().get(before..).unwrap_or_default(), &this.sight);
            buffer.set_filled(before + heeded);
        }
        // Nothing that is read would pass for the peer's end.
        if heeded == 0 && this.sight.over().is_some() {
            return Poll::Ready(Err(io::ErrorKind::ConnectionAborted.into()));
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Watched {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.get_mut().write(cx, bytes.len(), |io, cx| io.poll_write(cx, bytes))
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let size = slices.iter().map(|slice| slice.len()).sum();
        self.get_mut().write(cx, size, |io, cx| io.poll_write_vectored(cx, slices))
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        // h2 flushes when all that it had to write is written, which ends with a frame.
        if this.sight.doubt.take_unasked() {
            this.ping = PING;
        }
        this.write(cx, (), Io::poll_flush)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.get_mut().write(cx, (), Io::poll_shutdown)
    }
}
