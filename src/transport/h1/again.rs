//! Reading a head again that had more fields than hyper makes room for.
//!
//! hyper keeps room for 100 fields on the stack. Room for 2000 would be made anew on the heap for each head,
//! at 15 µs a reply (measured), five times what all else about a small reply costs. So every connection
//! starts with the 100, and when a head overflows them, which leaves its bytes unread in the buffer, a second
//! hyper with more room is put over the same socket and the same bytes. It only reads a head that a request
//! of its own has been written for, so it is given a ghost of the request, whose bytes are swallowed.

use std::io::{self, IoSlice};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Waker};

use bytes::Bytes;
use http::{Method, Request};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::sync::oneshot;

use super::super::body::ReqBody;
use super::super::io::Io;
use super::super::last_words::LastWords;
use super::{H1Options, Room};
use crate::error::Error;

/// hyper's connection over ours.
pub(super) type Connection = http1::Connection<TokioIo<Rewound>, ReqBody>;

/// A connection of which some bytes were read before.
pub(super) struct Rewound {
    pub(super) io: Io,
    unread: Bytes,
    /// While set, writes are swallowed: the ghost is being sent.
    muted: Arc<AtomicBool>,
    /// Whether nothing may be read yet: hyper takes bytes that come before a request for an offence.
    held: bool,
    /// The reader to wake when the ghost has gone out.
    reader: Option<Waker>,
    /// The last write found the kernel full.
    is_full: bool,
    last_words: LastWords,
}

/// What the driver found out about a head that hyper could not read.
#[derive(Debug)]
pub(super) enum Verdict {
    Refused(Error),
    /// It can be read again, by sending [`ghost`] and taking the reply.
    Again(Retake),
}

#[derive(Debug)]
pub(super) struct Retake {
    pub(super) sender: http1::SendRequest<ReqBody>,
    pub(super) verdict: oneshot::Receiver<Verdict>,
    /// To be cleared when the head is there, before anything else is sent.
    pub(super) muted: Arc<AtomicBool>,
}

impl Rewound {
    pub(super) fn new(io: Io) -> Self {
        Self::over(io, Bytes::new(), Arc::default(), false)
    }

    fn over(io: Io, unread: Bytes, muted: Arc<AtomicBool>, held: bool) -> Self {
        Self { io, unread, muted, held, reader: None, is_full: false, last_words: LastWords::default() }
    }

    /// Whether a write is the ghost's, which lets its reply be read.
    fn swallows(&mut self) -> bool {
        let muted = self.muted.load(Ordering::Acquire);
        if muted {
            self.held = false;
            if let Some(reader) = self.reader.take() {
                reader.wake();
            }
        }
        muted
    }

    /// A write through `write`, of `size` bytes.
    fn write(
        &mut self,
        cx: &mut Context<'_>,
        size: usize,
        write: impl FnOnce(Pin<&mut Io>, &mut Context<'_>) -> Poll<io::Result<usize>>,
    ) -> Poll<io::Result<usize>> {
        if self.swallows() {
            return Poll::Ready(Ok(size));
        }
        // What is there to be read before any of a message has gone out is no reply to it.
        let has_begun = self.io.socket().message_has_begun();
        if self.last_words.are_awaited() {
            let failure = if has_begun { None } else { self.last_words.tell() };
            return failure.map_or(Poll::Pending, |failure| Poll::Ready(Err(failure)));
        }
        let written = write(Pin::new(&mut self.io), cx);
        self.note(cx, &written);
        if has_begun { self.last_words.written(cx, written, Poll::Pending) } else { written }
    }

    /// hyper does not look again after the flush that ends a message, so that where the reply was read before, nobody would
    /// hear that the connection is ready for the next: it is polled once more when the kernel has room again.
    fn note(&mut self, cx: &Context<'_>, written: &Poll<io::Result<usize>>) {
        if std::mem::replace(&mut self.is_full, written.is_pending()) && written.is_ready() {
            cx.waker().wake_by_ref();
        }
    }
}

/// hyper over a fresh connection.
pub(super) async fn begin(
    io: Rewound,
    options: &H1Options,
    room: Room,
) -> hyper::Result<(http1::SendRequest<ReqBody>, Connection)> {
    let mut builder = builder(options);
    if let Some(fields) = room.said(options) {
        builder.max_headers(fields);
    }
    builder.handshake(TokioIo::new(io)).await
}

/// hyper once more, with all the room that is allowed, over what the first has left.
pub(super) fn retake(
    io: Io,
    unread: Bytes,
    options: &H1Options,
    verdict: oneshot::Receiver<Verdict>,
    cx: &mut Context<'_>,
) -> Option<(Retake, Connection)> {
    let muted = Arc::new(AtomicBool::new(true));
    let rewound = Rewound::over(io, unread, Arc::clone(&muted), true);
    let mut builder = builder(options);
    builder.max_headers(options.max_headers);
    // Async in name only: it builds two structs.
    match pin!(builder.handshake(TokioIo::new(rewound))).poll(cx) {
        Poll::Ready(Ok((sender, connection))) => Some((Retake { sender, verdict, muted }, connection)),
        Poll::Ready(Err(_)) | Poll::Pending => None,
    }
}

/// A request that asks for nothing but a reply framed as one to `method` is.
pub(super) fn ghost(method: Method) -> Request<ReqBody> {
    let mut ghost = Request::new(ReqBody::Empty);
    *ghost.method_mut() = method;
    ghost
}

fn builder(options: &H1Options) -> http1::Builder {
    let mut builder = http1::Builder::new();
    builder.max_header_size(options.max_head);
    if options.max_head > DEFAULT_BUFFER {
        builder.max_buf_size(options.max_head);
    }
    builder
}

impl AsyncRead for Rewound {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if this.held {
            this.reader = Some(cx.waker().clone());
            return Poll::Pending;
        }
        if this.unread.is_empty() {
            let before = buffer.filled().len();
            let outcome = Pin::new(&mut this.io).poll_read(cx, buffer);
            return this.last_words.read(outcome, buffer.filled().len() - before);
        }
        let part = this.unread.split_to(this.unread.len().min(buffer.remaining()));
        buffer.put_slice(&part);
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Rewound {
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
        if this.last_words.are_awaited() {
            return Poll::Pending;
        }
        let flushed = Pin::new(&mut this.io).poll_flush(cx);
        if this.io.socket().message_has_begun() {
            this.last_words.written(cx, flushed, Poll::Pending)
        } else {
            flushed
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().io).poll_shutdown(cx)
    }
}

/// hyper's own bound on its read buffer, which a head must fit into.
const DEFAULT_BUFFER: usize = 8_192 + 4_096 * 100;
