//! What carries the bytes of a connection, whatever hyper is over it.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use hyper::client::conn::http1;
use tokio::io::AsyncWrite;
use tokio::sync::oneshot;

use super::super::head;
use super::super::io::Io;
use super::H1Options;
use super::again::{self, Connection, Verdict};
use super::failure::request_failure;
use crate::error::Error;

/// The future that carries the connection's bytes. It must be polled until it ends; dropping it closes the
/// connection.
#[must_use = "a connection does nothing unless its driver is polled"]
pub struct Driver {
    pub(super) connection: Option<Connection>,
    pub(super) options: H1Options,
    /// Fields of a head that the connection has room for.
    pub(super) room: usize,
    pub(super) verdict: Option<oneshot::Sender<Verdict>>,
    pub(super) raw: Arc<AtomicBool>,
}

/// How a connection ended.
#[derive(Debug)]
pub struct Ended {
    /// The connection with the bytes that were read and not used, after [`H1::into_raw`](super::H1::into_raw). The bytes must be
    /// empty for it to be used again. Otherwise it has been closed.
    pub io: Option<(Io, Bytes)>,
    /// Why it failed, where no request was there to be told.
    pub error: Option<Error>,
}

impl Future for Driver {
    type Output = Ended;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Ended> {
        loop {
            let Some(connection) = self.connection.as_mut() else {
                return Poll::Ready(Ended { io: None, error: None });
            };
            let ended = ready!(connection.poll_without_shutdown(cx));
            let parts = self.connection.take().map(http1::Connection::into_parts);
            let parts = parts.map(|parts| (parts.io.into_inner().io, parts.read_buf));
            if let Some(ended) = self.conclude(parts, ended, cx) {
                return Poll::Ready(ended);
            }
        }
    }
}

impl Driver {
    /// `None`: there is a new connection to drive.
    fn conclude(
        &mut self,
        mut parts: Option<(Io, Bytes)>,
        ended: hyper::Result<()>,
        cx: &mut Context<'_>,
    ) -> Option<Ended> {
        let H1Options { max_head, max_headers } = self.options;
        if let Some(pronounce) = self.verdict.take().filter(|verdict| !verdict.is_closed()) {
            let unread = parts.as_ref().map(|(_, unread)| unread.clone()).unwrap_or_default();
            let crowded = head::is_crowded(&unread, self.room, max_head, max_headers);
            if let Some((io, unread)) = parts.take_if(|_| crowded) {
                let (next, verdict) = oneshot::channel();
                let (retake, connection) = again::retake(io, unread, &self.options, verdict, cx)?;
                (self.connection, self.verdict, self.room) = (Some(connection), Some(next), max_headers);
                drop(pronounce.send(Verdict::Again(retake)));
                return None;
            }
            drop(pronounce.send(Verdict::Refused(head::diagnose(&unread, max_head, max_headers))));
        }
        let wanted = self.raw.load(Ordering::Acquire) && ended.is_ok();
        if let Some((mut io, _)) = parts.take_if(|(io, _)| !wanted || io.socket().saw_eof()) {
            // A parting word, close_notify under TLS, if the kernel has room for it.
            drop(Pin::new(&mut io).poll_shutdown(cx));
        }
        Some(Ended { io: parts, error: ended.err().map(|error| request_failure(&error)) })
    }
}

impl std::fmt::Debug for Driver {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Driver").field("options", &self.options).finish_non_exhaustive()
    }
}
