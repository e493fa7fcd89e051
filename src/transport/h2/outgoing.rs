//! A request's body on its way into a stream, and the account of that stream.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::task::{Context, Poll, Waker};

use bytes::{Buf, Bytes};
use http_body::{Body, Frame, SizeHint};
use parking_lot::Mutex;

use super::super::body::ReqBody;
use super::sight::Sight;
use crate::error::{Error, Kind, Phase};

/// A body at hand is given to h2 in pieces of this size, the next once there is room for the beginning of the one before: all that
/// h2 is given it keeps.
const PIECE: usize = 64 * 1024;

/// What one stream has carried. A head or trailers count with the bytes of their fields, as they are before compression: of
/// what is left of those on the wire a stream shares the table with all others.
#[derive(Debug, Default)]
pub struct Tally {
    received: AtomicU64,
    written: AtomicU64,
    /// Of the body alone.
    uploaded: AtomicU64,
    /// Bytes of it that h2 has taken and not written.
    held: AtomicU64,
    /// The stream's number; 0 before it has begun.
    stream: AtomicU32,
    upload: Mutex<Upload>,
}

#[derive(Debug, Default)]
struct Upload {
    began: bool,
    over: bool,
    cancelled: bool,
    /// What went wrong on this side.
    failure: Option<Error>,
    /// Of who waits for its end.
    waiter: Option<Waker>,
    /// Of who sends it.
    sender: Option<Waker>,
    /// Of the tasks in which hyper sends it and waits for the reply.
    tasks: Vec<Waker>,
}

impl Tally {
    /// Bytes of the reply that have been read.
    pub fn received(&self) -> u64 {
        self.received.load(Ordering::Relaxed)
    }

    /// Bytes of the request that have gone out.
    pub fn written(&self) -> u64 {
        self.written.load(Ordering::Relaxed)
    }

    /// Bytes of the request's body that have gone out, for which the peer had room.
    pub fn uploaded(&self) -> u64 {
        self.uploaded.load(Ordering::Relaxed)
    }

    pub(super) fn stream(&self) -> Option<u32> {
        Some(self.stream.load(Ordering::Relaxed)).filter(|stream| *stream > 0)
    }

    /// Ready once nothing of the request is left to send.
    pub fn poll_sent(&self, cx: &mut Context<'_>) -> Poll<()> {
        let mut upload = self.upload.lock();
        if self.is_done(&upload) {
            return Poll::Ready(());
        }
        upload.waiter = Some(cx.waker().clone());
        Poll::Pending
    }

    fn is_done(&self, upload: &Upload) -> bool {
        !upload.began || upload.over && self.held.load(Ordering::Acquire) == 0
    }

    /// Whether nothing of the request is left to send.
    pub fn is_sent(&self) -> bool {
        self.is_done(&self.upload.lock())
    }

    /// Whether h2 has all of the request and has not written it. A stream whose reply has ended is then nobody's to reset: it
    /// counts until its peer makes room, or the connection ends.
    pub fn is_stranded(&self) -> bool {
        let upload = self.upload.lock();
        upload.over && !self.is_done(&upload)
    }

    /// So many bytes less are h2's to write.
    fn let_go(&self, bytes: usize) {
        if self.held.fetch_sub(bytes as u64, Ordering::AcqRel) != bytes as u64 {
            return;
        }
        let mut upload = self.upload.lock();
        if upload.over
            && let Some(waiter) = upload.waiter.take()
        {
            waiter.wake();
        }
    }

    /// The rest of the request is not to be sent: the stream is reset.
    pub fn cancel(&self) {
        let mut upload = self.upload.lock();
        upload.cancelled = true;
        let (sender, tasks) = (upload.sender.take(), std::mem::take(&mut upload.tasks));
        drop(upload);
        sender.into_iter().chain(tasks).for_each(Waker::wake);
    }

    /// Whether it was not cancelled; `waker` is woken when it is.
    fn goes_on(&self, waker: &Waker) -> bool {
        let mut upload = self.upload.lock();
        if !upload.cancelled && !upload.tasks.iter().any(|known| known.will_wake(waker)) {
            upload.tasks.push(waker.clone());
        }
        !upload.cancelled
    }

    pub(super) fn failure(&self) -> Option<Error> {
        self.upload.lock().failure.clone()
    }

    pub(in super::super) fn count_received(&self, bytes: usize) {
        self.received.fetch_add(bytes as u64, Ordering::Relaxed);
    }
}

/// The body that hyper sends.
#[derive(Debug)]
pub(super) struct Outgoing {
    body: ReqBody,
    tally: Arc<Tally>,
    sight: Arc<Sight>,
    /// Bytes of the request's head.
    head: u64,
}

impl Outgoing {
    pub(super) fn new(body: ReqBody, head: u64, tally: Arc<Tally>, sight: Arc<Sight>) -> Self {
        tally.upload.lock().began = true;
        Self { body, tally, sight, head }
    }

    pub(super) fn into_inner(mut self) -> ReqBody {
        std::mem::take(&mut self.body)
    }

    fn poll_body(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        match &mut self.body {
            ReqBody::Full(bytes) if bytes.len() > PIECE => {
                Poll::Ready(Some(Ok(Frame::data(bytes.split_to(PIECE)))))
            }
            body => Pin::new(body).poll_frame(cx),
        }
    }
}

/// Bytes of a body, counted as h2 writes them. It takes a piece before there is room for all of it, and hyper before there is any.
#[derive(Debug)]
pub(super) struct Piece {
    bytes: Bytes,
    tally: Arc<Tally>,
    sight: Arc<Sight>,
}

impl Buf for Piece {
    fn remaining(&self) -> usize {
        self.bytes.remaining()
    }

    fn chunk(&self) -> &[u8] {
        self.bytes.chunk()
    }

    fn advance(&mut self, count: usize) {
        self.bytes.advance(count);
        self.tally.written.fetch_add(count as u64, Ordering::Relaxed);
        self.tally.uploaded.fetch_add(count as u64, Ordering::Relaxed);
        self.sight.uploads(count);
        self.tally.let_go(count);
    }
}

impl Drop for Piece {
    fn drop(&mut self) {
        if self.bytes.has_remaining() {
            self.tally.let_go(self.bytes.len());
        }
    }
}

impl Body for Outgoing {
    type Data = Piece;
    type Error = Error;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Piece>, Error>>> {
        let this = self.get_mut();
        {
            let mut upload = this.tally.upload.lock();
            if upload.cancelled {
                return Poll::Ready(Some(Err(given_up())));
            }
            upload.sender = Some(cx.waker().clone());
        }
        let polled = this.poll_body(cx);
        if let Poll::Ready(Some(Err(error))) = &polled {
            this.tally.upload.lock().failure = Some(error.clone());
        }
        polled.map_ok(|frame| {
            frame.map_data(|bytes| {
                this.tally.held.fetch_add(bytes.len() as u64, Ordering::AcqRel);
                Piece { bytes, tally: Arc::clone(&this.tally), sight: Arc::clone(&this.sight) }
            })
        })
    }

    /// hyper asks this first of all as it hands the request's head to h2, and again behind each piece, while it may have another
    /// request in its hands.
    fn is_end_stream(&self) -> bool {
        let is_over = self.body.is_end_stream();
        if self.tally.stream().is_none() {
            self.tally.stream.store(self.sight.begin(), Ordering::Relaxed);
            self.tally.written.fetch_add(self.head, Ordering::Relaxed);
            self.sight.begins_upload((!is_over).then_some(&self.tally));
        }
        is_over
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Drop for Outgoing {
    fn drop(&mut self) {
        let mut upload = self.tally.upload.lock();
        upload.over = true;
        if let Some(waiter) = upload.waiter.take() {
            waiter.wake();
        }
    }
}

/// A future of hyper's that ends with its upload. Dropped, it resets the stream, if nobody reads a reply of it any more.
pub(super) struct Sending {
    task: Option<Pin<Box<dyn Future<Output = ()> + Send>>>,
    tally: Arc<Tally>,
}

impl Sending {
    pub(super) fn new(task: Pin<Box<dyn Future<Output = ()> + Send>>, tally: Arc<Tally>) -> Self {
        Self { task: Some(task), tally }
    }
}

impl Future for Sending {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = self.get_mut();
        if this.tally.goes_on(cx.waker()) {
            return this.task.as_mut().map_or(Poll::Ready(()), |task| task.as_mut().poll(cx));
        }
        // Outside the lock, which the body takes when it is dropped.
        this.task = None;
        Poll::Ready(())
    }
}

fn given_up() -> Error {
    Error::new(Kind::Aborted, Phase::Body, "the rest of the request's body is not sent")
}
